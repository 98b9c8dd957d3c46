"""Two records of one person: what goes on moves, what was stays, and nobody is billed or reached twice."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from django_scopes import scope

from billing.models import Allocation, Contract, DebtSettings, DunningStop, InvoiceLine, Mandate, PlannedDebit
from billing.services import audit, debit_plans, dunning_stops, merging, month
from members.models import (
    Consent,
    ConsentPurpose,
    ConsentText,
    ContactEntry,
    DataChange,
    ErasureRequest,
    Member,
    Organisation,
    User,
)
from tests.models.rows import row
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
TODAY = date(2026, 12, 10)
NOW = noon(TODAY)


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation), override("en"):
        yield organisation


def pair(club: Organisation) -> tuple[Member, Member]:
    """Nora twice: by a list without account, and from the website with a mandate, a sign-in and a child."""
    stays = join(club, "1", debit=False, first_name="Nora", last_name="Neumann", city="Kiel", email="")
    double = join(club, "2", first_name="Nora", last_name="Neumann", email="nora@example.org", city="")
    Contract.objects.filter(member=stays).delete()
    double.user = User.objects.create_user("nora@example.org")
    double.save()
    child = join(club, "3", debit=False, first_name="Kim", last_name="Neumann")
    Member.objects.filter(pk=child.pk).update(payer=double)
    return double, stays


def test_what_goes_on_moves_and_is_billed_once(club: Organisation) -> None:
    double, stays = pair(club)
    moves = merging.look(double, stays, TODAY)
    assert (moves.faults, len(moves.moves)) == ([], 4)
    merging.merge(double, stays, None, NOW)
    stays, double = Member.objects.get(number="1"), Member.objects.get(number="2")
    assert (stays.email, stays.city, stays.user) == ("nora@example.org", "Kiel", double.user)
    assert (double.merged_into, double.left_on, stays.left_on) == (stays, date(2026, 12, 9), None)
    assert Mandate.objects.get(ended_on=None).member == stays
    assert Member.objects.get(number="3").payer == stays
    month.run_month(
        club, date(2026, 12, 15), date(2027, 1, 31), date(2027, 1, 4), approved=True, now=noon(date(2026, 12, 15))
    )
    assert set(InvoiceLine.objects.values_list("invoice__payer__number", "contract__member__number")) == {
        ("1", "1"),
        ("1", "3"),
    }
    assert audit.audit(club) == []


def test_both_records_say_so_and_the_change_is_in_their_history(club: Organisation) -> None:
    double, stays = pair(club)
    treasurer = User.objects.create_user("kasse@example.org")
    merging.merge(double, stays, treasurer, NOW)
    assert set(ContactEntry.objects.values_list("member__number", "by")) == {("1", treasurer.pk), ("2", treasurer.pk)}
    for one in (Member.objects.get(pk=double.pk), Contract.objects.get(member=stays), Mandate.objects.get()):
        assert one.history.latest().history_user == treasurer


def test_open_money_a_sign_in_of_their_own_and_the_same_contract_stand_against_it(club: Organisation) -> None:
    double = join(club, "2", debit=False, first_name="Nora", last_name="Neumann")
    stays = join(club, "1", first_name="Nora", last_name="Neumann")
    assert "from the same day" in merging.look(double, stays, TODAY).faults[0]
    Contract.objects.filter(member=stays).update(start=date(2025, 1, 1))
    for number, one in enumerate((double, stays)):
        one.user = User.objects.create_user(f"{number}@example.org")
        one.save()
    assert "sign-in of their own" in merging.look(double, stays, TODAY).faults[0]
    Member.objects.filter(pk=stays.pk).update(user=None)
    month.run_month(
        club, date(2026, 12, 15), date(2027, 1, 31), date(2027, 1, 4), approved=True, now=noon(date(2026, 12, 15))
    )
    with pytest.raises(ValidationError, match="still open"):
        merging.merge(Member.objects.get(pk=double.pk), Member.objects.get(pk=stays.pk), None, NOW)
    assert not Member.objects.exclude(merged_into=None).exists()


def test_it_says_what_to_look_at(club: Organisation) -> None:
    double = join(club, "2", first_name="Nora", last_name="Neumann")
    stays = join(club, "1", first_name="Norah", last_name="Neumann")
    Contract.objects.filter(member=stays).update(start=date(2025, 1, 1))
    found = merging.look(double, stays, TODAY)
    assert [any(words in note for note in found.notes) for words in ("billed twice", "mandate", "differ")] == [True] * 3
    merging.merge(double, stays, None, NOW)
    assert Mandate.objects.get(member=double).ended_as == "replaced"
    assert Mandate.objects.get(member=stays).ended_on is None


def test_a_consent_that_both_gave_is_kept_once(club: Organisation) -> None:
    double, stays = pair(club)
    for name, givers in (("Photos", (double, stays)), ("News", (double,))):
        purpose = ConsentPurpose.objects.create(organisation=club, name=name)
        text = ConsentText.objects.create(organisation=club, purpose=purpose, number=1, text="Yes.", since=NOW)
        for one in givers:
            Consent.objects.create(organisation=club, member=one, purpose=purpose, text=text, given_at=NOW)
    merging.merge(double, stays, None, NOW)
    holding = Consent.objects.filter(withdrawn_at=None).values_list("member__number", "purpose__name", "given_at")
    assert sorted(holding) == [("1", "News", NOW), ("1", "Photos", NOW)]


def test_a_closed_record_takes_no_second_merger_and_who_looks_alike_is_named(club: Organisation) -> None:
    double, stays = pair(club)
    assert merging.alike(double) == [stays]
    merging.merge(double, stays, None, NOW)
    again = merging.look(Member.objects.get(pk=double.pk), stays, TODAY)
    assert "already" in again.faults[0]
    assert merging.alike(stays) == []


def test_a_yearly_plan_of_debits_is_no_obstacle_and_is_told_anew(club: Organisation) -> None:
    double, stays = pair(club)
    DebtSettings.objects.create(organisation=club, yearly_plan=True)
    assert debit_plans.write(club, NOW) == 1
    merging.merge(double, stays, None, NOW)
    assert not PlannedDebit.objects.filter(withdrawn_on=None).exists()
    assert debit_plans.write(club, NOW) == 1
    assert set(PlannedDebit.objects.filter(withdrawn_on=None).values_list("member__number", flat=True)) == {"1"}


def test_what_was_paid_too_much_is_not_left_behind(club: Organisation) -> None:
    double, stays = pair(club)
    row(Allocation, organisation=club, member=double, kind="advance", invoice=None, amount=Decimal(20))
    assert "credit balance" in merging.look(double, stays, TODAY).faults[0]


def test_a_stop_of_reminders_goes_on(club: Organisation) -> None:
    double, stays = pair(club)
    dunning_stops.stop_member(double, "ill", date(2027, 3, 31), None, TODAY)
    assert any("ill" in one for one in merging.look(double, stays, TODAY).moves)
    merging.merge(double, stays, None, NOW)
    assert DunningStop.objects.get(member=stays).until == date(2027, 3, 31)


def test_what_somebody_asked_for_is_decided_first(club: Organisation) -> None:
    double, stays = pair(club)
    DataChange.objects.create(
        organisation=club, member=double, kind="name", before={}, after={"last_name": "Nolte"}, reason="Wedding", asked_at=NOW
    )  # fmt: skip
    ErasureRequest.objects.create(organisation=club, member=stays, asked_at=NOW)
    faults = merging.look(double, stays, TODAY).faults
    assert [words in fault for words, fault in zip(("change of data", "erased"), faults, strict=True)] == [True, True]


def test_another_payer_is_told_beforehand(club: Organisation) -> None:
    double, stays = pair(club)
    assert not merging.look(double, stays, TODAY).notes
    Member.objects.filter(number="3").update(payer=None)
    double.payer = Member.objects.get(number="3")
    assert "Until now Kim Neumann (3) pays" in merging.look(double, stays, TODAY).notes[0]
    double.payer = stays
    assert not any("Until now" in note for note in merging.look(double, stays, TODAY).notes)


def test_three_records_of_one_person_stay_readable_by_one_sign_in(club: Organisation) -> None:
    last, middle = join(club, "7", debit=False), join(club, "8", debit=False, start=date(2026, 1, 1))
    merging.merge(last, middle, None, NOW)
    double, _stays = pair(club)
    Contract.objects.filter(member=middle).delete()
    merging.merge(Member.objects.get(pk=middle.pk), double, None, NOW)
    assert set(Member.objects.exclude(user=None).values_list("number", flat=True)) == {"2", "7", "8"}


def test_of_two_that_have_left_the_later_day_counts(club: Organisation) -> None:
    double, stays = pair(club)
    double.left_on, stays.left_on = date(2027, 6, 30), date(2020, 6, 30)
    double.save()
    stays.save()
    merging.merge(double, stays, None, NOW)
    assert Member.objects.get(pk=stays.pk).left_on == date(2027, 6, 30)


@pytest.mark.postgres
def test_a_run_is_waited_for_and_does_not_wait(club: Organisation) -> None:
    """A run holds contracts and then names payers in its invoices: in this order, and with their keys free, nobody waits in a circle."""
    double, stays = pair(club)
    with CaptureQueriesContext(connection) as asked:
        merging.merge(double, stays, None, NOW)
    locks = [one["sql"].rpartition(" FOR ")[2] for one in asked if " FOR " in one["sql"]]
    assert locks[:2] == ['NO KEY UPDATE OF "billing_contract"', 'NO KEY UPDATE OF "members_member"']
