"""What keeps a claim from being reminded, each with its words; nothing of it is hidden."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django_scopes import scopes_disabled

from billing.models import Collection, CollectionBatch, Contract, DunningItem, DunningStop, HandedClaim, Mandate
from billing.services import dunning_holds, dunning_pauses
from billing.services.dunning_levels import settings_of
from members.models import Member, Organisation
from tests.services.bank import accept_all, bring, claim, club, member, returned, whole_file
from tests.services.overdue import FIRST, SECOND, claim_of, late, looked, pay, payer_of, remind, strict

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def house() -> Organisation:
    organisation = late()
    strict(organisation)
    return organisation


@pytest.fixture
def bank() -> Organisation:
    """Two direct debits of 14 EUR that the bank has."""
    organisation = club(transfers=0)
    strict(organisation)
    return organisation


def reasons(organisation: Organisation, on: date = FIRST) -> dict[str, str]:
    return {one.facts.payer.number: one.reason for one in looked(organisation, on).kept}


def test_a_member_or_a_claim_is_stopped_up_to_and_including_the_day(house: Organisation) -> None:
    given = {"organisation": house, "set_on": FIRST, "until": FIRST + timedelta(days=5)}
    DunningStop.objects.create(member=payer_of(house), reason="lange krank", **given)
    stop = DunningStop.objects.create(invoice=claim_of(house, 1), reason="Rechnung strittig", **given)
    assert reasons(house) == {
        "spaet0": "gesperrt bis 06.02.2027: lange krank",
        "spaet1": "gesperrt bis 06.02.2027: Rechnung strittig",
    }
    assert remind(house).run is None
    DunningStop.objects.filter(pk=stop.pk).update(lifted_on=FIRST)
    assert [one.payer.number for one in looked(house).notices] == ["spaet1"]
    assert looked(house, FIRST + timedelta(days=5)).claims == 1
    assert looked(house, FIRST + timedelta(days=6)).claims == 2


def test_what_a_lawyer_has_is_theirs(house: Organisation) -> None:
    handed = HandedClaim.objects.create(organisation=house, invoice=claim_of(house), to="RA Meier", on=FIRST)
    assert reasons(house) == {"spaet0": "abgegeben an RA Meier am 01.02.2027"}
    HandedClaim.objects.filter(pk=handed.pk).update(taken_back_on=FIRST)
    assert looked(house).claims == 2


def test_another_reason_is_one_more_function(house: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = claim_of(house).pk

    def instalments(claims: dunning_holds.Claims, on: date) -> dunning_holds.Holds:
        return {mine: "in Raten"}

    monkeypatch.setattr(dunning_holds, "REASONS", (*dunning_holds.REASONS, instalments))
    assert reasons(house) == {"spaet0": "in Raten"}


def test_nothing_is_reminded_while_a_debit_is_under_way_or_its_file_waits(bank: Organisation) -> None:
    assert set(reasons(bank).values()) == {"wird am 04.01.2027 eingezogen"}
    CollectionBatch.objects.filter(organisation=bank)
    bring(bank, [whole_file(bank)])
    assert reasons(bank) == {}
    bring(bank, [returned(bank, "D0", "AM04")], identifier="R1")
    accept_all(bank)
    [notice] = looked(bank).notices
    assert (notice.payer, notice.total) == (member(bank, "D0"), Decimal("17.00"))


def test_who_may_be_debited_and_was_not_waits_for_us(bank: Organisation) -> None:
    Collection.objects.filter(organisation=bank).update(failed_on=date(2027, 1, 3), failed_as="withdrawn")
    assert set(reasons(bank).values()) == {"wird per Lastschrift eingezogen, ist aber noch in keiner Datei"}
    Mandate.objects.filter(member=member(bank, "D0")).update(ended_on=FIRST, ended_as="revoked")
    assert [one.payer for one in looked(bank).notices] == [member(bank, "D0")]


def test_the_dead_and_the_young_are_for_a_person(bank: Organisation) -> None:
    bring(bank, [whole_file(bank), returned(bank, "D0", "MD07"), returned(bank, "D1", "AM04")])
    accept_all(bank)
    Member.objects.filter(pk=member(bank, "D1").pk).update(date_of_birth=date(2009, 2, 2))
    found = reasons(bank)
    assert "verstorben" in found["bankD0"]
    assert "unter 18" in found["bankD1"]
    assert looked(bank, FIRST + timedelta(days=1)).claims == 1


def test_who_has_left_is_reminded_like_everybody(house: Organisation) -> None:
    Member.objects.filter(organisation=house).update(left_on=date(2027, 1, 10))
    assert looked(house).claims == 2


def test_a_debit_that_failed_by_our_fault_brings_nobody_into_default(bank: Organisation) -> None:
    settings = settings_of(bank)
    settings.dues_basis = "§ 6 der Satzung"
    settings.save()
    bring(bank, [whole_file(bank), returned(bank, "D0", "MD02"), returned(bank, "D1", "AM04")])
    accept_all(bank)
    remind(bank)
    items = {one.invoice_id: one.default_from for one in DunningItem.objects.all()}
    assert items == {claim(bank, "D0").pk: None, claim(bank, "D1").pk: date(2027, 1, 9)}
    remind(bank, SECOND)
    ours = DunningItem.objects.get(invoice=claim(bank, "D0"), level=2)
    assert (ours.default_reason, ours.default_from) == ("reminder", FIRST + timedelta(days=4))


def test_contracts_rest_from_the_level_that_says_so_and_go_on_when_it_is_paid(house: Organisation) -> None:
    level = house.dunning_levels.get(level=2)
    level.pause_days, level.pause_basis = 90, "§ 9 der Satzung"
    level.save()
    remind(house)
    remind(house, SECOND)
    mine = Contract.objects.get(member=payer_of(house))
    event = mine.events.get(kind="pause")
    assert (event.on, event.data) == (SECOND, {"value": {"until": "2027-06-01"}})
    assert dunning_pauses.to_resume(house, SECOND) == []
    pay(house, "14.07", claim_of(house).number, SECOND + timedelta(days=3))
    day = SECOND + timedelta(days=10)
    [proposed] = dunning_pauses.to_resume(house, day)
    assert proposed.event == event
    dunning_pauses.resume(proposed, day, None)
    event.refresh_from_db()
    assert event.data == {"value": {"until": "2027-03-13"}}
    assert dunning_pauses.to_resume(house, day) == []
    with pytest.raises(Exception, match="läuft schon wieder"):
        dunning_pauses.resume(proposed, day, None)
