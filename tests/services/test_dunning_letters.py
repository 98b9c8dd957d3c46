"""The words of a reminder: in the mail, in the letter with its code, in the contacts, and once more on paper when a mail comes back."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import zxingcpp
from django.core import mail as outbox
from django_scopes import scopes_disabled

from billing.documents.dunning_pdf import render_notice
from billing.documents.mail_words import Words
from billing.models import DunningNotice, Mail
from billing.services import bounces, letters, mailing
from billing.services.contact_history import latest
from billing.services.dunning_letters import letters_of, notice_name, notice_pdf
from billing.services.mail_templates import store
from members.models import Member, Organisation
from tests.documents.reading import picture, text
from tests.services.club import noon
from tests.services.overdue import FIRST, SECOND, claim_of, late, pay, payer_of, remind, strict

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def house() -> Organisation:
    organisation = late()
    strict(organisation)
    Member.objects.filter(pk=payer_of(organisation, 1).pk).update(delivery="letter")
    return organisation


def notice_of(organisation: Organisation, number: int, level: int) -> DunningNotice:
    return DunningNotice.objects.select_related("organisation").get(member=payer_of(organisation, number), level=level)


def test_the_mail_says_what_to_pay_until_when_and_brings_the_letter_with_its_code(house: Organisation) -> None:
    remind(house)
    assert mailing.send_due(house, noon(FIRST)) == 1
    [message] = outbox.outbox
    number = claim_of(house).number
    assert message.subject == "Zahlungserinnerung: 14,00 € – Kleiner Verein spaet"
    for said in (
        f"{number}, fällig am 04.01.2027:",
        "Bitte überweisen Sie 14,00\xa0€ bis zum 15. Februar 2027",
        "IBAN:",
    ):
        assert said in message.body
    [(name, content, kind)] = message.attachments
    assert (name, kind) == ("2027-02-01-Zahlungserinnerung.pdf", "application/pdf")
    [code] = zxingcpp.read_barcodes(picture(content))
    assert f"EUR14.00\n\n\n{number}" in code.bytes.decode()


def test_the_letter_lists_claims_payments_costs_and_how_the_interest_came_about(house: Organisation) -> None:
    remind(house)
    pay(house, "4.00", claim_of(house, 1).number, FIRST + timedelta(days=10))
    remind(house, SECOND)
    said = text(notice_pdf(notice_of(house, 1, 2)))
    for words in (
        "Mahnung", "14,00 €", "4,00 €", "10,00 €", "Gebühr dieser Mahnung", "2,50 €", "12,55 €",
        "1,52 % + 5 %", "Verzug seit 05.02.2027 (nach unserer Mahnung", "geringerer Schaden",
    ):  # fmt: skip
        assert words in said.replace("\xa0", " "), words
    # Six days of 14 EUR and twenty-one of 10 EUR: 0.0150 + 0.0375.
    stretches = notice_of(house, 1, 2).snapshot["items"][0]["stretches"]
    assert [(one["days"], one["principal"]) for one in stretches] == [(6, "14.00"), (21, "10.00")]
    assert sum((Decimal(one["amount"]) for one in stretches), Decimal(0)).quantize(Decimal("0.01")) == Decimal("0.05")


def test_the_same_letter_is_the_same_bytes(house: Organisation) -> None:
    remind(house)
    one = notice_of(house, 1, 1)
    assert notice_pdf(one) == notice_pdf(one) == render_notice(one.snapshot, None, house.colour)
    assert notice_name(one) == "2027-02-01-Zahlungserinnerung.pdf"


def test_who_gets_no_mail_gets_a_letter_among_all_letters(house: Organisation) -> None:
    outcome = remind(house)
    assert outcome.run
    [letter] = letters.batch(house)
    assert letter.mail.member == payer_of(house, 1)
    assert "Zahlungserinnerung" in text(letter.content)
    assert [one.pk for one in letters_of(outcome.run)] == [letter.mail.pk]
    assert [row.mail.subject for row in latest(payer_of(house, 1), 1) if row.mail] == [letter.mail.subject]


def test_an_address_that_takes_no_mail_gets_paper(house: Organisation) -> None:
    remind(house)
    mailing.send_due(house, noon(FIRST))
    sent = Mail.objects.get(member=payer_of(house), kind="notice")
    bounces.record(house, sent.recipient, "550 unknown", noon(FIRST), sent)
    letter = Mail.objects.get(key=f"{sent.key}:letter")
    assert (letter.state, letter.notice) == ("print", sent.notice)
    remind(house, SECOND)
    assert Mail.objects.get(notice=notice_of(house, 0, 2)).state == "print"


def test_own_words_hold_and_the_tables_stand_where_they_are_wanted(house: Organisation) -> None:
    own = Words("{heading}!", "Moin {name},\n\n{payment}\n\nund hier: {claims}\n\n{costs} {amount} {deadline}\n")
    store(house, "reminder", "de", own, None)
    remind(house)
    snapshot = notice_of(house, 0, 1).snapshot
    assert snapshot["subject"] == "Zahlungserinnerung!"
    assert "[[payment]]" in snapshot["text"]
    assert "[[" not in snapshot["mail"]
    said = text(render_notice(snapshot))
    assert said.index("Banking-App") < said.index("und hier") < said.index("Noch nicht bezahlt")


def test_in_the_members_language(house: Organisation) -> None:
    Member.objects.filter(pk=payer_of(house).pk).update(language="en")
    remind(house)
    one = notice_of(house, 0, 1)
    assert (one.name, "Please transfer" in one.snapshot["mail"]) == ("Friendly reminder", True)
