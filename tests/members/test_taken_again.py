"""What a second list changes: told field by field before, and written so that nothing is billed twice or for nothing."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from django_scopes import scope

from billing.models import Contract, ImportSettings, InvoiceLine, Mandate, Tariff
from billing.services import contracts as contract_services
from billing.services import member_import, month
from members.models import Member, Organisation
from tests.members.lists import (
    ANNA,
    BEN,
    BILL_FROM,
    COLUMNS,
    IBANS,
    codes,
    contracts,
    differences,
    mandates,
    planned,
    row,
    taken,
)
from tests.services.club import noon, small_club

pytestmark = pytest.mark.django_db
JOINED = date(2019, 3, 1)
ERW, JUG, TENNIS = (("ERW", JOINED, 3, None), ("JUG", JOINED, 3, None), ("TENNIS", JOINED, 3, None))
IN_MARCH = date(2027, 3, 1)


@pytest.fixture
def club() -> Iterator[Organisation]:
    """Anna pays for herself and for Ben, who also plays tennis."""
    organisation = small_club()
    with override("en"):
        taken(organisation, ANNA, BEN)
        yield organisation


def member(organisation: Organisation, number: str) -> Member:
    with scope(organisation=organisation):
        return Member.objects.select_related("payer").get(number=number)


def billed_january(organisation: Organisation) -> None:
    with scope(organisation=organisation):
        month.run_month(
            organisation, date(2026, 12, 15), date(2027, 1, 31), date(2027, 1, 4), approved=True, now=noon(date(2026, 12, 15))
        )  # fmt: skip


def total_of(organisation: Organisation, number: str) -> dict[str, Any]:
    """What was billed of each tariff of a member, credits included."""
    with scope(organisation=organisation):
        lines = InvoiceLine.objects.filter(contract__member__number=number).order_by("pk")
        return {code: sum(one.amount for one in lines if one.tariff == code) for code in {one.tariff for one in lines}}


def bill(organisation: Organisation, on: date, until: date, collect_on: date) -> None:
    with scope(organisation=organisation):
        month.run_month(organisation, on, until, collect_on, approved=True, now=noon(on))


def test_nothing_differs_and_nothing_is_said(club: Organisation) -> None:
    plan = planned(club, ANNA, BEN)
    assert (plan.new, plan.changed, plan.unchanged, plan.refused) == ([], [], 2, [])
    assert contracts(club, "1") == [ERW]
    assert contracts(club, "2") == [JUG, TENNIS]
    paying = member(club, "2").payer
    assert paying is not None
    assert paying.number == "1"


def test_another_name_and_town_are_shown_old_and_new_and_then_taken(club: Organisation) -> None:
    changed = row(ANNA, Nachname="Krüger", Ort="Plön", Bemerkung="hat geheiratet")
    assert differences(planned(club, changed, BEN)) == {
        "1": [("last name", "Thießen", "Krüger"), ("town", "Kiel", "Plön"), ("note", "", "hat geheiratet")]
    }
    assert member(club, "1").last_name == "Thießen"
    report = taken(club, changed, BEN)
    assert (report.changed, report.unchanged, report.contracts, report.mandates) == (1, 1, 0, 0)
    anna = member(club, "1")
    assert (anna.last_name, anna.city) == ("Krüger", "Plön")
    assert "KRÜGER" in anna.search
    assert [one.last_name for one in anna.history.all()] == ["Krüger", "Thießen"]


def test_columns_that_a_list_does_not_have_stay_as_they_are(club: Organisation) -> None:
    few = ("Mitgliedsnummer", "Nachname", "Beitragsgruppe", "Ort")
    assert differences(planned(club, row(ANNA, Ort="Plön"), BEN, columns=few)) == {"1": [("town", "Kiel", "Plön")]}
    taken(club, row(ANNA, Ort="Plön"), BEN, columns=few)
    ben = member(club, "2")
    assert (ben.first_name, ben.joined_on, ben.payer_id) == ("Ben", JOINED, member(club, "1").pk)
    assert contracts(club, "2") == [JUG, TENNIS]
    assert mandates(club, "1") == [("M-1", "0419", date(2026, 10, 1), None)]


def test_a_new_department_is_a_contract_from_the_first_day_of_billing(club: Organisation) -> None:
    changed = row(BEN, Abteilungen="Tennis, Rudern")
    assert differences(planned(club, ANNA, changed, bill_from=IN_MARCH)) == {
        "2": [("contract RUDERN", "", "from 03/01/2027, every 3 months")]
    }
    assert taken(club, ANNA, changed, bill_from=IN_MARCH).contracts == 1
    assert contracts(club, "2") == [JUG, TENNIS, ("RUDERN", IN_MARCH, 3, None)]


def test_a_department_that_is_gone_ends_when_billing_begins(club: Organisation) -> None:
    changed = row(BEN, Abteilungen="")
    assert differences(planned(club, ANNA, changed, bill_from=IN_MARCH)) == {
        "2": [("contract TENNIS", "from 03/01/2019", "no longer from 03/01/2027")]
    }
    taken(club, ANNA, changed, bill_from=IN_MARCH)
    assert contracts(club, "2") == [JUG, ("TENNIS", JOINED, 3, "2027-03-01")]
    assert planned(club, ANNA, changed, bill_from=BILL_FROM).changed == []


def test_a_department_that_comes_back_is_a_contract_of_its_own(club: Organisation) -> None:
    taken(club, ANNA, row(BEN, Abteilungen=""), bill_from=IN_MARCH)
    taken(club, ANNA, BEN, bill_from=date(2027, 6, 1))
    assert contracts(club, "2") == [JUG, ("TENNIS", JOINED, 3, "2027-03-01"), ("TENNIS", date(2027, 6, 1), 3, None)]


def test_what_was_billed_beyond_the_end_of_a_department_is_credited(club: Organisation) -> None:
    billed_january(club)
    before = total_of(club, "2")["TENNIS"]
    taken(club, ANNA, row(BEN, Abteilungen=""), bill_from=IN_MARCH, on=date(2027, 1, 20))
    bill(club, date(2027, 2, 15), date(2027, 3, 31), date(2027, 3, 2))
    assert total_of(club, "2")["TENNIS"] == before * 2 / 3


def test_contracts_that_the_list_has_no_word_for_stay(club: Organisation) -> None:
    with scope(organisation=club):
        settings = ImportSettings.objects.get()
        settings.departments.pop("Turnen")
        settings.save()
        turnen = Tariff.objects.get(code="TURNEN")
        contract_services.create_contract(club, member(club, "1"), turnen, BILL_FROM)
    assert planned(club, ANNA, BEN).changed == []


def test_another_fee_group_ends_the_old_contract_and_begins_the_new_one(club: Organisation) -> None:
    taken(club, ANNA, row(BEN, Beitragsgruppe="ERW"), bill_from=IN_MARCH)
    assert contracts(club, "2") == [("JUG", JOINED, 3, "2027-03-01"), TENNIS, ("ERW", IN_MARCH, 3, None)]


def test_a_fee_group_changed_in_the_office_is_what_the_list_is_compared_with(club: Organisation) -> None:
    with scope(organisation=club):
        contract = Contract.objects.get(member__number="2", tariff__code="JUG")
        contract_services.add_event(contract, "change_tariff", BILL_FROM, "ERW", BILL_FROM)
    assert planned(club, ANNA, row(BEN, Beitragsgruppe="ERW")).changed == []


def test_another_rhythm_before_anything_was_billed_corrects_the_contracts_of_all_who_are_paid_for(
    club: Organisation,
) -> None:
    changed = row(ANNA, Zahlungsrhythmus="monatlich")
    assert differences(planned(club, changed, BEN)) == {
        "1": [("contract ERW", "every 3 months", "every month")],
        "2": [
            ("contract JUG", "every 3 months", "every month"),
            ("contract TENNIS", "every 3 months", "every month"),
        ],
    }
    assert taken(club, changed, BEN).contracts == 0
    assert contracts(club, "2") == [("JUG", JOINED, 1, None), ("TENNIS", JOINED, 1, None)]


def test_another_rhythm_after_billing_is_another_contract(club: Organisation) -> None:
    billed_january(club)
    taken(club, row(ANNA, Zahlungsrhythmus="monatlich"), BEN, bill_from=date(2027, 4, 1))
    assert contracts(club, "1") == [("ERW", JOINED, 3, "2027-04-01"), ("ERW", date(2027, 4, 1), 1, None)]


def test_leaving_ends_every_contract_after_the_last_day(club: Organisation) -> None:
    gone = row(BEN, Austritt="31.03.2027")
    assert differences(planned(club, ANNA, gone))["2"][0] == ("last day of membership", "", "03/31/2027")
    taken(club, ANNA, gone)
    assert contracts(club, "2") == [("JUG", JOINED, 3, "2027-04-01"), ("TENNIS", JOINED, 3, "2027-04-01")]
    assert planned(club, ANNA, gone).changed == []


def test_leaving_earlier_than_known_shortens_the_contracts(club: Organisation) -> None:
    taken(club, ANNA, row(BEN, Austritt="30.06.2027"))
    taken(club, ANNA, row(BEN, Austritt="31.03.2027"))
    assert contracts(club, "2") == [("JUG", JOINED, 3, "2027-04-01"), ("TENNIS", JOINED, 3, "2027-04-01")]


@pytest.mark.parametrize(("austritt", "end"), [("", None), ("30.06.2027", "2027-07-01")])
def test_staying_longer_goes_on_where_the_contract_would_have_ended(
    club: Organisation, austritt: str, end: str | None
) -> None:
    taken(club, ANNA, row(BEN, Austritt="31.03.2027"))
    taken(club, ANNA, row(BEN, Austritt=austritt))
    april = date(2027, 4, 1)
    assert contracts(club, "2") == [
        ("JUG", JOINED, 3, "2027-04-01"), ("TENNIS", JOINED, 3, "2027-04-01"), ("JUG", april, 3, end), ("TENNIS", april, 3, end),
    ]  # fmt: skip
    assert planned(club, ANNA, row(BEN, Austritt=austritt)).changed == []


def test_a_contract_of_a_day_that_is_taken_is_refused_and_not_made_twice(club: Organisation) -> None:
    new = row(BEN, Mitgliedsnummer="3", Eintritt="01.02.2027", Zahler="")
    taken(club, ANNA, BEN, new)
    taken(club, ANNA, BEN, row(new, Abteilungen=""))
    assert codes(planned(club, ANNA, BEN, new)) == [(4, "Beitragsgruppe", "contract_taken")]


def test_another_day_of_joining_is_noted_where_it_would_be_billed_otherwise(club: Organisation) -> None:
    assert planned(club, row(ANNA, Eintritt="01.04.2019"), BEN).warnings == []
    late = planned(club, row(ANNA, Eintritt="01.02.2027"), BEN)
    assert [(one.line, one.code) for one in late.warnings] == [(2, "contract_start")]


def test_another_payer_is_shown_and_linked(club: Organisation) -> None:
    other = row(ANNA, Mitgliedsnummer="9", IBAN="", Mandatsreferenz="")
    changed = row(BEN, Zahler="9")
    assert differences(planned(club, ANNA, changed, other)) == {"2": [("payer", "1", "9")]}
    taken(club, ANNA, changed, other)
    assert member(club, "2").payer == member(club, "9")
    alone = row(BEN, Zahler="", Zahlungsrhythmus="vierteljährlich")
    assert differences(planned(club, ANNA, alone, other)) == {"2": [("payer", "9", "")]}
    taken(club, ANNA, alone, other)
    assert member(club, "2").payer is None


def test_a_payer_who_is_a_member_already_need_not_stand_in_the_file(club: Organisation) -> None:
    third = row(BEN, Mitgliedsnummer="3", Zahlungsrhythmus="monatlich")
    taken(club, third)
    assert member(club, "3").payer == member(club, "1")
    assert contracts(club, "3") == [("JUG", JOINED, 3, None), ("TENNIS", JOINED, 3, None)]


def test_who_pays_for_others_cannot_be_paid_for(club: Organisation) -> None:
    fourth = row(ANNA, Mitgliedsnummer="4", IBAN="", Mandatsreferenz="")
    paid_for = row(ANNA, Zahler="4")
    assert codes(planned(club, paid_for, fourth)) == [(2, "Zahler", "pays_for_others")]
    assert codes(planned(club, paid_for, BEN, fourth)) == [(3, "Zahler", "payer_of_payer")]


def test_a_new_mandate_reference_ends_the_mandate_and_begins_another(club: Organisation) -> None:
    changed = row(ANNA, IBAN=IBANS[1], Mandatsreferenz="M-1b", Mandatsdatum="01.12.2026", Letzter_Einzug="")
    assert differences(planned(club, changed, BEN)) == {"1": [("mandate", "M-1", "M-1b")]}
    assert taken(club, changed, BEN).mandates == 1
    assert mandates(club, "1") == [("M-1", "0419", date(2026, 10, 1), date(2026, 12, 1)), ("M-1b", "3910", None, None)]
    with scope(organisation=club):
        assert [one.ended_on for one in Mandate.objects.get(reference="M-1").history.all()] == [date(2026, 12, 1), None]


def test_a_used_mandate_keeps_its_account_and_the_row_is_refused(club: Organisation) -> None:
    plan = planned(club, row(ANNA, IBAN=IBANS[1], Ort="Plön"), BEN)
    assert codes(plan) == [(2, "IBAN", "mandate_changed")]
    assert "reference of its own" in plan.refused[0].reason
    assert codes(planned(club, row(ANNA, Mandatsdatum="02.03.2019"), BEN)) == [(2, "Mandatsdatum", "mandate_changed")]


def test_a_mandate_that_was_never_used_is_corrected(club: Organisation) -> None:
    fresh = row(ANNA, Mitgliedsnummer="5", Mandatsreferenz="M-5", Letzter_Einzug="")
    taken(club, fresh)
    corrected = row(fresh, IBAN=IBANS[2], Kontoinhaber="Karl Thießen")
    assert differences(planned(club, corrected)) == {
        "5": [("IBAN", IBANS[0], IBANS[2]), ("account holder", "Anna Thießen", "Karl Thießen")]
    }
    taken(club, corrected)
    assert mandates(club, "5") == [("M-5", "2763", None, None)]


def test_the_last_collection_only_moves_forward(club: Organisation) -> None:
    taken(club, row(ANNA, Letzter_Einzug="02.11.2026"), BEN)
    assert mandates(club, "1") == [("M-1", "0419", date(2026, 11, 2), None)]
    assert planned(club, ANNA, BEN).changed == []


def test_who_changes_to_transfer_has_no_mandate_any_more(club: Organisation) -> None:
    changed = row(ANNA, Zahlungsart="Überweisung", IBAN="", Mandatsreferenz="")
    assert differences(planned(club, changed, BEN)) == {"1": [("mandate", "M-1", "")]}
    taken(club, changed, BEN)
    assert mandates(club, "1") == [("M-1", "0419", date(2026, 10, 1), date(2026, 12, 1))]


def test_an_ended_mandate_does_not_come_back_by_an_old_list(club: Organisation) -> None:
    with scope(organisation=club):
        Mandate.objects.filter(reference="M-1").update(ended_on=date(2026, 12, 1))
    plan = planned(club, ANNA, BEN)
    assert (plan.changed, plan.refused) == ([], [])
    assert [(one.line, one.code) for one in plan.warnings] == [(2, "mandate_ended")]


def test_a_list_is_not_taken_as_it_was_planned_when_the_books_have_moved_on(club: Organisation) -> None:
    plan = planned(club, row(ANNA, Ort="Plön"), BEN)
    with scope(organisation=club):
        Member.objects.filter(number="1").update(city="Eutin")
        with pytest.raises(ValidationError) as refused:
            member_import.take(plan, noon(date(2026, 12, 2)), None)
    assert refused.value.code == "stale"
    assert member(club, "1").city == "Eutin"


def test_the_same_plan_is_taken_once(club: Organisation) -> None:
    third = row(ANNA, Mitgliedsnummer="3", Mandatsreferenz="M-3")
    plan = planned(club, third)
    with scope(organisation=club):
        member_import.take(plan, noon(date(2026, 12, 2)), None)
        with pytest.raises(ValidationError) as refused:
            member_import.take(plan, noon(date(2026, 12, 2)), None)
    assert refused.value.code == "stale"
    assert mandates(club, "3") == [("M-3", "0419", date(2026, 10, 1), None)]


def test_nothing_is_half_written_when_something_fails_late(club: Organisation) -> None:
    third = row(ANNA, Mitgliedsnummer="3", Mandatsreferenz="M-3")
    plan = planned(club, third)
    with pytest.MonkeyPatch.context() as patch, scope(organisation=club):
        patch.setattr(member_import, "write_mandates", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            member_import.take(plan, noon(date(2026, 12, 2)), None)
        assert not Member.objects.filter(number="3").exists()


def test_the_columns_of_these_lists_are_all_read(club: Organisation) -> None:
    assert planned(club, ANNA, columns=(*COLUMNS, "Lieblingsfarbe")).unknown_columns == ["Lieblingsfarbe"]
