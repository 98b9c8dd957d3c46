"""Erasure: what can go goes, what the law keeps stays until its day, and facts about money are never touched."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django_scopes import scope, scopes_disabled

from billing.models import Collection, Contract, Invoice, InvoiceFile, InvoiceLine, Mail, Mandate, Posting
from billing.services import erasure, retention
from billing.services.contracts import cancel_contract
from members.models import Consent, ConsentPurpose, ConsentText, ErasureRequest, Member, Organisation, User
from tests.services.club import join, noon, small_club
from tests.services.test_quotes import bill

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ON, LEFT, ASKED = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)
MONEY = (Invoice, InvoiceLine, InvoiceFile, Posting, Collection, Mandate, Contract)


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


@pytest.fixture
def gone(club: Organisation) -> Member:
    """Somebody who was billed and has left, with everything that is known of them."""
    member = join(club, "1", phone="0431 1", note="lame", date_of_birth=date(1990, 5, 1), salutation="Frau", start=ON)
    member.user = User.objects.create_user("m1@example.org")
    member.save()
    bill(club, ON, date(2027, 1, 31))
    cancel_contract(Contract.objects.get(member=member), LEFT, ON)
    Mandate.objects.filter(member=member).update(ended_on=LEFT, ended_as="revoked")
    return Member.objects.select_related("organisation", "user").get()


def asked(member: Member) -> ErasureRequest:
    return erasure.ask(member, "Bitte löschen", None, noon(ASKED))


def accept(row: ErasureRequest, on: date = ASKED) -> ErasureRequest:
    erasure.decide(row, True, "", None, on, noon(on))
    row.refresh_from_db()
    return row


def money() -> list[list[Any]]:
    return [list(model.objects.order_by("pk").values()) for model in MONEY]


def test_what_can_go_goes_at_once_and_the_rest_has_its_day(gone: Member) -> None:
    before = money()
    row = accept(asked(gone))
    gone.refresh_from_db()
    assert (gone.phone, gone.note, gone.email, gone.date_of_birth, gone.user) == ("", "", "", None, None)
    assert (gone.last_name, gone.street) == ("Weiß1", "Am Deich 1")
    assert not Member.history.filter(id=gone.pk).exclude(phone="", note="", email="").exists()
    assert User.objects.filter(is_active=False, email__startswith="erased-").count() == 1
    assert row.purge_on == date(2038, 1, 1)
    assert money() == before
    answer = Mail.objects.get(kind="erasure").text
    for words in ("31.12.2035", "31.12.2037", "AO 147", "EPC173-14"):
        assert words in answer, words


def test_after_the_last_day_nobody_can_be_recognised_and_the_books_are_as_they_were(gone: Member) -> None:
    row, before = accept(asked(gone)), money()
    day = date(2038, 1, 1)
    assert erasure.due(gone.organisation, day - timedelta(days=1)) == []
    assert [one.pk for one in erasure.due(gone.organisation, day)] == [row.pk]
    assert erasure.anonymise(erasure.due(gone.organisation, day)[0], day, noon(day))
    gone.refresh_from_db()
    assert (gone.first_name, gone.street, gone.city, gone.last_name, gone.search) == ("", "", "", "anonymisiert", "")
    assert gone.number != "1"
    assert not Member.history.filter(id=gone.pk, last_name="Weiß1").exists()
    assert not Mail.objects.filter(text__contains="Weiß1").exists()
    assert money() == before
    assert erasure.due(gone.organisation, day) == []


def test_who_was_written_to_later_is_kept_longer(gone: Member) -> None:
    row = accept(asked(gone))
    Invoice.objects.order_by("pk").first()
    later = date(2037, 6, 1)
    Mail.objects.create(
        organisation=gone.organisation,
        member=gone,
        key="x",
        kind="office",
        recipient="a@b.example",
        subject="x",
        text="x",
        created_at=noon(later),
    )
    day = date(2038, 1, 1)
    row.member = gone
    assert not erasure.anonymise(row, day, noon(day))
    row.refresh_from_db()
    assert row.purge_on == date(2044, 1, 1)


def test_what_still_runs_keeps_name_and_address(club: Organisation) -> None:
    member = join(club, "1", phone="0431 1", start=ON)
    assert erasure.bound(member, ASKED) == ["Erwachsene", "Mandat M-1"]
    row = accept(asked(member))
    member.refresh_from_db()
    assert (member.phone, member.email, row.purge_on) == ("", "m1@example.org", None)
    assert "Erwachsene" in row.answer


def test_a_refusal_says_why_and_where_to_complain(gone: Member) -> None:
    row = asked(gone)
    with pytest.raises(ValidationError):
        erasure.decide(row, False, " ", None, ASKED, noon(ASKED))
    erasure.decide(row, False, "Es läuft ein Verfahren.", None, ASKED, noon(ASKED))
    row.refresh_from_db()
    assert "Datenschutzbehörde" in row.answer
    gone.refresh_from_db()
    assert gone.phone
    with pytest.raises(ValidationError, match="schon entschieden"):
        erasure.decide(row, True, "", None, ASKED, noon(ASKED))


def test_one_request_waits_at_a_time(gone: Member) -> None:
    asked(gone)
    with pytest.raises(ValidationError, match="schon beim Büro"):
        asked(gone)


def test_a_sign_in_that_opens_more_stays(gone: Member) -> None:
    with scopes_disabled():
        other = Organisation.objects.create(slug="chor", name="Chor")
        Member.objects.create(organisation=other, number="9", last_name="Weiß", user=gone.user)
    accept(asked(gone))
    assert User.objects.get(email="m1@example.org").is_active


def test_an_older_record_of_the_same_person_goes_with_it(gone: Member) -> None:
    later = join(gone.organisation, "2", debit=False, first_name="Käthe", last_name="Weiß1", user=gone.user)
    Contract.objects.filter(member=later).delete()
    Member.objects.filter(pk=gone.pk).update(merged_into=later, left_on=LEFT)
    accept(asked(Member.objects.select_related("organisation").get(pk=later.pk)))
    gone.refresh_from_db()
    assert (gone.phone, gone.note, gone.email, gone.user) == ("", "", "", None)
    assert ErasureRequest.objects.get(member=gone).purge_on == date(2038, 1, 1)
    assert not User.objects.filter(email="m1@example.org").exists()


def test_the_command_counts_first_and_then_does_it(gone: Member) -> None:
    accept(asked(gone))
    purpose = ConsentPurpose.objects.create(organisation=gone.organisation, name="Fotos")
    text = ConsentText.objects.create(
        organisation=gone.organisation, purpose=purpose, number=1, text="Ja", since=noon(ON)
    )
    Consent.objects.create(
        organisation=gone.organisation, member=gone, purpose=purpose, text=text, given_at=noon(ON), given_how={"ip": "203.0.113.7"},
        withdrawn_at=noon(LEFT), withdrawn_how={"ip": "203.0.113.7"},
    )  # fmt: skip
    with time_machine.travel(noon(date(2038, 1, 1)), tick=False):
        for flags in (["--dry-run"], []):
            out = StringIO()
            call_command("retention", *flags, stdout=out)
            assert "     1  Mitglieder, die um Löschung gebeten haben" in out.getvalue()
            assert "     1  Wie alte Einwilligungen gegeben wurden" in out.getvalue()
            assert (Consent.objects.get().given_how == {}) == (not flags)
    assert not retention.is_due(gone.organisation, date(2038, 1, 1))
