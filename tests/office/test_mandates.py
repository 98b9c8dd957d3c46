"""A mandate's page and the pages of direct debit files, as the office uses them."""

from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from billing.models import (
    BankReply,
    Collection,
    CollectionBatch,
    Creditor,
    Mail,
    Mandate,
    MandateAmendment,
    MandateDocument,
    RunSettings,
)
from members.models import OfficeRole, User
from tests.formats.replies import reply
from tests.office.world import NOON, House, rows, signed_in
from tests.services.debiting import OTHER_BANK
from tests.services.scans import pdf


def page(client: Client, house: House) -> str:
    return client.get(reverse("office_mandate", args=[house.mandate.pk])).content.decode()


def submitted(house: House) -> CollectionBatch:
    rows(CollectionBatch).filter(pk=house.batch.pk).update(submitted_at=NOON)
    return house.batch


def test_another_account_is_noted_and_its_file_built_anew(office: Client, house: House) -> None:
    rows(Mandate).filter(pk=house.mandate.pk).update(last_presented_on=date(2026, 11, 2))
    wanted = {"account-iban": OTHER_BANK, "account-note": "Brief vom 1. Mai", "account-on": "14.12.2026"}
    answer = office.post(reverse("office_mandate_account", args=[house.mandate.pk]), wanted, follow=True)
    said = answer.content.decode()
    assert "DE02 … 2051" in said
    assert "Brief vom 1. Mai" in said
    assert OTHER_BANK not in said
    assert rows(MandateAmendment).get().noted_by.email == "office@ostufer.example"
    assert rows(CollectionBatch).filter(replaces=house.batch).count() == 1


def test_a_wrong_account_is_said_at_the_form_with_what_was_typed(office: Client, house: House) -> None:
    wanted = {"account-iban": "DE00 1234", "account-note": "Brief", "account-on": "14.12.2026"}
    answer = office.post(reverse("office_mandate_account", args=[house.mandate.pk]), wanted)
    assert "DE00 1234" in answer.content.decode()
    assert not rows(MandateAmendment).exists()


def came_back(house: House, **change: object) -> None:
    rows(Mandate).filter(pk=house.mandate.pk).update(**change)
    debit = rows(Collection).filter(mandate=house.mandate)
    debit.update(failed_on=date(2027, 1, 8), failed_as="returned", return_reason="AC01")


def test_a_suspended_mandate_says_why_and_is_used_again_by_one_button(office: Client, house: House) -> None:
    came_back(house, suspended_on=date(2027, 1, 8))
    said = page(office, house)
    assert "AC01" in said
    assert "ausgesetzt" in said
    office.post(reverse("office_mandate_resume", args=[house.mandate.pk]))
    assert rows(Mandate).get(pk=house.mandate.pk).suspended_on is None
    assert "AC01:" not in page(office, house)


def test_a_mandate_that_a_return_ended_takes_a_new_one_in_once(office: Client, house: House) -> None:
    came_back(house, ended_on=date(2027, 1, 8), ended_as="returned", suspended_on=None)
    assert reverse("office_mandate_replace", args=[house.mandate.pk]) in page(office, house)
    wanted = {"replace-holder": "Karl Krüger", "replace-iban": OTHER_BANK, "replace-on": "15.12.2026"}
    office.post(reverse("office_mandate_replace", args=[house.mandate.pk]), wanted)
    assert rows(Mandate).get(member=house.member, ended_on=None).iban == OTHER_BANK
    assert reverse("office_mandate_replace", args=[house.mandate.pk]) not in page(office, house)


def test_a_stopped_payer_is_led_from_collecting_again_to_the_mandate(treasurer: Client, house: House) -> None:
    rows(CollectionBatch).filter(pk=house.batch.pk).update(submitted_at=NOON)
    came_back(house, suspended_on=date(2027, 1, 8))
    said = treasurer.get(reverse("office_collect_again")).content.decode()
    assert "anderes Konto eintragen" in said
    assert reverse("office_mandate", args=[house.mandate.pk]) in said


def test_a_revocation_ends_the_mandate_and_cannot_lie_ahead(office: Client, house: House) -> None:
    address = reverse("office_mandate_revoke", args=[house.mandate.pk])
    office.post(address, {"revoke-on": "16.12.2026"})
    assert rows(Mandate).get(pk=house.mandate.pk).ended_on is None
    office.post(address, {"revoke-on": "15.12.2026"})
    assert rows(Mandate).get(pk=house.mandate.pk).ended_as == "revoked"
    assert not rows(Collection).filter(mandate=house.mandate, failed_on=None).exists()
    assert address not in page(office, house)


def test_a_new_mandate_takes_the_place_of_this_one(office: Client, house: House) -> None:
    wanted = {"replace-holder": "Karl Krüger", "replace-iban": OTHER_BANK, "replace-on": "14.12.2026"}
    answer = office.post(reverse("office_mandate_replace", args=[house.mandate.pk]), wanted)
    new = rows(Mandate).get(member=house.member, ended_on=None)
    assert answer["Location"] == reverse("office_mandate", args=[new.pk])
    assert (new.reference, new.account_holder, new.source) == ("OST-00001", "Karl Krüger", "paper")
    again = office.post(reverse("office_mandate_replace", args=[house.mandate.pk]), wanted, follow=True)
    assert "schon beendet" in again.content.decode()
    ahead = office.post(reverse("office_mandate_replace", args=[new.pk]), wanted | {"replace-on": "17.12.2026"})
    assert "kommt noch" in ahead.content.decode()
    assert rows(Mandate).filter(member=house.member).count() == 2


def test_a_scan_is_kept_and_given_back_as_a_download(office: Client, house: House) -> None:
    scan = pdf()
    file = SimpleUploadedFile("Mandat Müller.pdf", scan, "text/html")
    office.post(
        reverse("office_mandate_add_paper", args=[house.mandate.pk]), {"paper-kind": "paper", "paper-file": file}
    )
    paper = rows(MandateDocument).get()
    answer = office.get(reverse("office_mandate_paper", args=[paper.pk]))
    assert answer.content == scan
    assert answer["Content-Disposition"] == 'attachment; filename="Mandat-M-ller.pdf"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert "Mandat Müller.pdf" in page(office, house)
    assert office.get(reverse("office_mandate_evidence", args=[house.mandate.pk])).content.startswith(b"%PDF")


def test_a_new_mandate_gets_the_next_reference_and_none_that_was_used(office: Client, house: House) -> None:
    other = rows(Mandate).exclude(pk=house.mandate.pk).order_by("pk")[0]
    rows(Mandate).filter(pk=other.pk).update(ended_on=date(2026, 12, 1))
    form = {
        "member": other.member_id, "reference": house.mandate.reference.lower(), "signed_on": "01.12.2026", "account_holder": "Karl",
        "iban": OTHER_BANK, "scheme": "CORE", "source": "paper",
    }  # fmt: skip
    refused = office.post(reverse("admin:billing_mandate_add"), form)
    assert refused.status_code == 200
    office.post(reverse("admin:billing_mandate_add"), form | {"reference": ""})
    assert rows(Mandate).get(member=other.member_id, ended_on=None).reference == "OST-00001"


def test_where_two_are_asked_for_the_file_waits_for_the_second(treasurer: Client, house: House) -> None:
    rows(RunSettings).update(four_eyes=True)
    download = reverse("office_sepa_file", args=[house.batch.pk])
    assert treasurer.get(download).status_code == 302
    treasurer.post(reverse("office_batch_rebuild", args=[house.batch.pk]))
    batch = rows(CollectionBatch).get(replaces=house.batch)
    treasurer.post(reverse("office_batch_release", args=[batch.pk]))
    assert rows(CollectionBatch).get(pk=batch.pk).released_at is None
    assert (
        reverse("office_batch_release", args=[batch.pk])
        not in treasurer.get(reverse("office_batch", args=[batch.pk])).content.decode()
    )
    second = signed_in(User.objects.create_user("zweite@ostufer.example"))
    with scopes_disabled():
        user, group = User.objects.get(email="zweite@ostufer.example"), Group.objects.get(name="treasurer")
        OfficeRole.objects.create(organisation=house.organisation, user=user, group=group)
    second.post(reverse("office_batch_release", args=[batch.pk]))
    assert treasurer.get(reverse("office_sepa_file", args=[batch.pk])).content.startswith(b"<?xml")


def test_the_banks_answer_opens_the_claim_again_and_says_so(treasurer: Client, house: House) -> None:
    batch = submitted(house)
    one = rows(Collection).filter(batch=batch).order_by("pk")[0]
    content = reply(batch.message_id, "PART", {one.end_to_end_id: ("RJCT", "AM04")})
    for _twice in range(2):
        file = SimpleUploadedFile("answer.xml", content)
        said = treasurer.post(reverse("office_batches"), {"file": file}, follow=True).content.decode()
    assert "AM04" in said
    assert rows(BankReply).get().rejected == 1
    again = treasurer.get(reverse("office_collect_again")).content.decode()
    assert f'value="{one.invoice_id}"' in again
    treasurer.post(reverse("office_collect_again"), {"claim": one.invoice_id, "day": "11.01.2027"})
    made = rows(CollectionBatch).get(run=None)
    assert (made.count, made.made_by.email) == (1, "treasurer@ostufer.example")
    assert rows(Mail).filter(kind="announcement").count() == 1
    assert treasurer.get(reverse("office_batch", args=[made.pk])).status_code == 200


@pytest.mark.parametrize("content, words", [(b"no xml", "XML"), (b"<a/>", "pain.002")])
def test_what_is_no_answer_is_said_at_the_field(treasurer: Client, house: House, content: bytes, words: str) -> None:
    submitted(house)
    said = treasurer.post(reverse("office_batches"), {"file": SimpleUploadedFile("x.xml", content)})
    assert words in said.content.decode()
    assert not rows(BankReply).exists()


def test_another_name_of_the_creditor_is_noted_for_its_used_mandates(treasurer: Client, house: House) -> None:
    rows(Mandate).update(last_presented_on=date(2026, 11, 2))
    creditor = rows(Creditor).get()
    names = (
        "identifier",
        "iban",
        "bic",
        "lead_days",
        "cut_off",
        "prenotification_days",
        "max_debits",
        "bank_profile",
        "pain_version",
    )
    form = {name: getattr(creditor, name) for name in names} | {
        "name": "Neuer Name",
        "mandate_pattern": "OST-{number:05d}",
    }
    treasurer.post(reverse("admin:billing_creditor_change", args=[creditor.pk]), form)
    assert rows(MandateAmendment).count() == rows(Mandate).filter(ended_on=None).count() > 0
    assert set(rows(MandateAmendment).values_list("before_creditor_name", flat=True)) == {creditor.name}
