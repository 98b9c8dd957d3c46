"""Donations and receipts in the office: what a treasurer is told when something is not right."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from billing.models import Donation, Receipt, ReceiptSettings
from billing.services import receipts
from members.models import Member
from tests.office.world import House, rows
from tests.services.giving import gift, may_give_receipts

TODAY = date(2026, 12, 15)


def entered(client: Client, house: House, **fields: Any) -> Any:
    data = {"member": house.member.pk, "given_on": "04.05.2026", "amount": "50", "kind": "money"} | fields
    return client.post(reverse("admin:billing_donation_add"), data)


def test_a_donation_is_entered_with_who_and_when(office: Client, house: House) -> None:
    assert entered(office, house).status_code == 302
    (donation,) = rows(Donation)
    assert (donation.amount, donation.sphere, donation.organisation) == (Decimal(50), "ideell", house.organisation)
    assert donation.recorded_by is not None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "waiver"}, "Ein Verzicht nennt den Anspruch"),
        ({"kind": "in_kind"}, "Eine Sache wird genau bezeichnet"),
        ({"amount": "0"}, "mehr als nichts"),
        ({"given_on": "16.12.2026"}, "liegt noch vor uns"),
        ({"kind": "waiver", "claim": "Fahrt", "claim_on": "01.01.2025"}, "mehr als ein Jahr"),
    ],
)
def test_what_is_missing_is_said(office: Client, house: House, fields: dict[str, str], told: str) -> None:
    assert told in entered(office, house, **fields).content.decode()
    assert not rows(Donation).exists()


def test_a_donor_of_another_organisation_is_no_choice(office: Client, house: House, other: House) -> None:
    assert entered(office, house, member=other.member.pk).status_code == 200
    assert not rows(Donation).exists()


def test_a_faulty_list_is_shown_with_its_line_and_brings_nothing(office: Client, house: House) -> None:
    content = b"Mitgliedsnummer;Datum;Betrag\n999999;04.05.2026;50\n"
    page = office.post(reverse("donation_upload"), {"file": SimpleUploadedFile("x.csv", content)}).content.decode()
    assert "ist keine Nummer eines Mitglieds" in page
    assert "999999" in page
    office.post(reverse("donation_take"), {"content": "no base64"})
    assert not rows(Donation).exists()


def test_a_withdrawn_donation_names_the_receipt_to_call_back(treasurer: Client, house: House) -> None:
    with scope(organisation=house.organisation):
        may_give_receipts(house.organisation)
        member = Member.objects.get(pk=house.member.pk)
        donation = gift(member)
        Member.objects.filter(pk=member.pk).update(street="Am Deich 1", postal_code="24143", city="Kiel")
    treasurer.post(reverse("office_receipts_make"), {"year": "2026", "member": str(house.member.pk)})
    (receipt,) = rows(Receipt)
    page = treasurer.post(reverse("donation_withdraw", args=[donation.pk]), {"reason": "Rückgabe"}, follow=True)
    assert f"Die Bestätigung {receipt.number} enthält sie" in page.content.decode()
    with scope(organisation=house.organisation):
        assert receipts.doubtful(house.organisation) == [receipt]
    assert receipt.number in treasurer.get(reverse("office_receipts")).content.decode()


def test_no_receipts_by_machine_without_a_signature(treasurer: Client, house: House) -> None:
    address = reverse("admin:billing_receiptsettings_add")
    page = treasurer.post(address, {"signatory": "Anna Petersen", "notified_on": "01.02.2026"}).content.decode()
    assert "zeigen ein Bild davon" in page
    assert not rows(ReceiptSettings).exists()
