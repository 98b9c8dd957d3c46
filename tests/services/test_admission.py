"""A confirmed application on the office's desk: admitted once and as a whole, asked back, refused, or waiting because of a double."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from billing.models import Application, Contract, Creditor, Mail, Mandate, SignUpOffer, TariffVersion
from billing.services import admission, application_doubles, applications
from billing.services.admission import next_numbers
from members.models import Member, Organisation, User
from tests.services.club import join
from tests.services.newcomers import IBAN, NOW, Newcomer, applied, links, open_house

pytestmark = [pytest.mark.both, pytest.mark.django_db]
LATER = NOW + timedelta(days=1)


@pytest.fixture
def club(db: None) -> Organisation:
    return open_house(approval=True)


def admit(row: Application) -> Member:
    with scope(organisation=row.organisation):
        return admission.admit(row, None, LATER)


def test_with_approval_the_order_waits_and_both_sides_know(club: Organisation) -> None:
    row = applied(club)
    assert row.state == "waits"
    with scope(organisation=club):
        assert not Member.objects.exists()
        received = Mail.objects.get(kind="join_received")
        assert "14,00\xa0€ im Monat" in received.text
        assert applications.waiting(club) == 1


def test_admitting_twice_makes_one_member(club: Organisation) -> None:
    row = applied(club)
    assert admit(row) == admit(row)
    with scope(organisation=club):
        assert (Member.objects.count(), Contract.objects.count(), Mandate.objects.count()) == (1, 1, 1)
        assert Mail.objects.filter(kind="join_welcome").count() == 1


def test_nothing_is_half_written_when_something_is_refused(club: Organisation) -> None:
    row = applied(club)
    with scope(organisation=club):
        Creditor.objects.update(electronic_mandates_since=None)
    with pytest.raises(ValidationError, match="Mandat auf Papier"):
        admit(row)
    with scope(organisation=club):
        assert not Member.objects.exists()
        assert not Contract.objects.exists()
        assert not Mail.objects.filter(kind="join_welcome").exists()


def test_another_price_since_the_order_is_not_sold_under_the_old_words(club: Organisation) -> None:
    row = applied(club)
    with scope(organisation=club):
        version = TariffVersion.objects.get(tariff__code="ERW")
        dearer = version.terms | {"components": [{"code": "beitrag", "kind": "flat", "price": "15.00"}]}
        TariffVersion.objects.create(
            organisation=club, tariff=version.tariff, number=9, valid_from=date(2026, 12, 1), terms=dearer
        )
    with pytest.raises(ValidationError, match="geändert"):
        admit(row)


def test_a_tariff_that_is_no_longer_offered_is_still_honoured(club: Organisation) -> None:
    row = applied(club)
    with scope(organisation=club):
        club.sign_up_offers.all().delete()
    assert admit(row).name == "Nora Neumann"


def test_refused_with_a_reason_and_erased_after_some_days(club: Organisation) -> None:
    row = applied(club)
    with scope(organisation=club):
        applications.refuse(row, "Zurzeit nehmen wir niemanden auf.", None, LATER)
        assert "Zurzeit nehmen wir niemanden auf." in Mail.objects.get(kind="join_refused").text
        with pytest.raises(ValidationError, match="schon entschieden"):
            admission.admit(row, None, LATER)
        assert applications.erase(club, LATER + timedelta(days=29)) == 0
        assert applications.erase(club, LATER + timedelta(days=31)) == 1
        assert not Mail.objects.filter(kind__startswith="join_").exists()


def test_asked_back_it_waits_on_and_the_question_goes_out(club: Organisation) -> None:
    row = applied(club)
    with scope(organisation=club):
        applications.ask(row, "Welche Abteilung?", LATER)
        applications.ask(row, "Und ab wann?", LATER + timedelta(hours=1))
        texts = list(Mail.objects.filter(kind="join_asked").order_by("pk").values_list("text", flat=True))
        assert "Welche Abteilung?" in texts[0]
        assert "Und ab wann?" in texts[1]
        assert Application.objects.get().state == "asked"
        applications.refuse(row, "Nein.", None, LATER)
        applications.erase(club, LATER + timedelta(days=31))
        assert not Mail.objects.filter(kind="join_asked").exists()


def test_nobody_decides_what_was_not_confirmed(club: Organisation) -> None:
    Newcomer().order()
    with scope(organisation=club):
        row = Application.objects.get()
        for step in (lambda: admission.admit(row, None, LATER), lambda: applications.refuse(row, "Nein", None, LATER)):
            with pytest.raises(ValidationError, match="noch nicht bestätigt"):
                step()


def test_orders_that_nobody_confirmed_are_erased_with_their_mail(club: Organisation) -> None:
    Newcomer().order()
    kept = applied(club, person={"email": "else@example.org"})
    with scope(organisation=club):
        assert applications.erase(club, NOW + timedelta(days=6)) == 0
        assert applications.erase(club, NOW + timedelta(days=8)) == 1
        assert list(Application.objects.all()) == [kept]
        assert Mail.objects.filter(kind="join_confirm").count() == 1


def test_who_may_be_on_the_books_already_is_shown_with_the_reason(club: Organisation) -> None:
    row = applied(club)
    with scope(organisation=club):
        same = join(
            club,
            "7",
            first_name="nora",
            last_name="NEUMANN",
            date_of_birth=date(1990, 5, 4),
            email="x@example.org",
            debit=False,
        )
        box = join(club, "8", email="NORA@example.org", debit=False)
        account = join(club, "9", email="y@example.org")
        join(club, "10", email="z@example.org", debit=False)
        Mandate.objects.filter(member=account).update(iban=IBAN)
        found = {one.member: one.same for one in application_doubles.doubles(row)}
    assert found == {
        same: ["gleicher Name und gleiches Geburtsdatum"],
        box: ["dieselbe E-Mail-Adresse"],
        account: ["dasselbe Konto"],
    }


def test_without_approval_a_double_waits_for_a_person_all_the_same() -> None:
    club = open_house()
    with scope(organisation=club):
        join(club, "7", email="nora@example.org", debit=False)
    row = applied(club)
    assert row.state == "waits"
    with scopes_disabled():
        assert Member.objects.count() == 1


def test_an_application_of_another_organisation_changes_nothing_here(club: Organisation) -> None:
    other = open_house("gross", approval=True)
    row = applied(other)
    with scope(organisation=club), pytest.raises(Application.DoesNotExist):
        admission.admit(row, None, LATER)


@pytest.mark.parametrize("known, wanted", [
    ([], ["1001", "1002"]), (["7"], ["8", "9"]), (["0099"], ["0100", "0101"]), (["F10001", "F10002", "x"], ["F10003", "F10004"]),
    (["1001", "1002", "A-9"], ["1003", "1004"]), (["Ehren"], ["1001", "1002"]),
])  # fmt: skip
def test_numbers_go_on_from_the_highest_one(club: Organisation, known: list[str], wanted: list[str]) -> None:
    with scope(organisation=club):
        for number in known:
            Member.objects.create(organisation=club, number=number, last_name="X")
        assert next_numbers(club, 2) == wanted


def test_the_queries_do_not_grow_with_the_books(club: Organisation) -> None:
    row = applied(club)
    with scope(organisation=club):
        Member.objects.bulk_create(
            [Member(organisation=club, number=f"{number}", last_name="X") for number in range(2000, 2300)]
        )
        with CaptureQueriesContext(connection) as seen:
            application_doubles.doubles(row)
        assert len(seen) <= 3
        with CaptureQueriesContext(connection) as seen:
            admission.admit(row, User.objects.create_user("kasse@example.org"), LATER)
        assert len(seen) <= 100


def test_the_comparison_of_tariffs_asks_no_more_for_more_tariffs(club: Organisation) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert Newcomer().look().status == 200
        return len(seen)

    before = queries()
    with scope(organisation=club):
        for code in ("STU", "PAS", "EHR"):
            SignUpOffer.objects.create(organisation=club, tariff=club.tariffs.get(code=code))
    assert queries() == before <= 12
    assert links() == []
