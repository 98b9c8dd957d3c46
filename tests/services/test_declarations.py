"""What becomes of a declaration: entered by itself where all is certain, else it waits; and what it does to the money."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from billing.models import Contract, ContractEvent, Declaration, InvoiceLine, Mail, Tariff, TariffVersion
from billing.services import declaration_desk, declarations, month
from billing.services.declarations import CANCEL, WITHDRAW, Wish
from members.models import Member, Organisation
from tests.services.club import join, noon, small_club
from tests.services.metered import bill as metered_bill
from tests.services.metered import customer, provider, use

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON = date(2026, 12, 15)
TRAINING = {
    "components": [{"code": "fee", "kind": "flat", "price": "30.00"}], "interval": {"months": 1}, "prices": "gross", "vat_rate": "19",
    "legal_basis": "consumer", "notice": {"months": 1},
}  # fmt: skip


@pytest.fixture
def club() -> Any:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


def trained(organisation: Organisation, number: str = "77", start: date = date(2026, 12, 1)) -> Contract:
    """A member with a consumer contract that was entered on its first day."""
    tariff, new = Tariff.objects.get_or_create(organisation=organisation, code="COURSE", defaults={"name": "Kurs"})
    if new:
        TariffVersion.objects.create(organisation=organisation, tariff=tariff, terms=TRAINING)
    member = join(organisation, number, tariff="COURSE", start=start)
    contract = Contract.objects.get(member=member)
    contract.history.update(history_date=noon(start))
    return contract


def send(member: Member, kind: str = CANCEL, on: date = ON, **fields: Any) -> Declaration:
    values = {"name": f"{member.first_name} {member.last_name}", "about": f"Nr. {member.number}", "email": member.email}
    wish = Wish(kind, fields.pop("key", f"form {Declaration.objects.count()}"), **(values | fields))
    found = declarations.receive(member.organisation, wish, "de", None, noon(on))
    return Declaration.objects.get(pk=found.pk)


def test_a_certain_cancellation_ends_the_contract_by_its_rules(club: Organisation) -> None:
    contract = trained(club)
    sent = send(contract.member)
    assert sent.contract == contract
    assert sent.event
    assert (sent.event.kind, sent.event.on, sent.event.data) == ("cancel", ON, {"value": "contractual"})
    assert sent.settled_by is None
    told = Mail.objects.get(kind="contract")
    assert told.recipient == contract.member.email
    assert "31. Januar 2027" in told.text


@pytest.mark.parametrize("other", [
    {"name": "Käthe Anders"}, {"about": "Nr. 78"}, {"about": "mein Kurs"}, {"email": "other@example.org"},
])  # fmt: skip
def test_whatever_does_not_fit_waits_and_gets_the_same_receipt(club: Organisation, other: dict[str, Any]) -> None:
    contract = trained(club)
    waits, fits = send(contract.member, **other), send(contract.member)
    assert (waits.contract, waits.event, waits.settled_at) == (None, None, None)
    receipts = [Mail.objects.get(key=f"declaration:{one.pk}:receipt") for one in (waits, fits)]
    changed = {"name": "Käthe Weiß77", "about": "Nr. 77", "email": contract.member.email}
    same = receipts[0].text
    for name, value in other.items():
        same = same.replace(value, changed[name])
    assert same == receipts[1].text
    assert receipts[0].subject == receipts[1].subject


def test_order_and_capitals_of_a_name_do_not_matter(club: Organisation) -> None:
    assert send(trained(club).member, name="WEISS77, Käthe".replace("SS", "ß")).event


def test_a_later_day_that_was_wished_for_counts_and_an_earlier_one_means_the_earliest(club: Organisation) -> None:
    later = send(trained(club).member, wished_on=date(2027, 6, 30))
    sooner = send(trained(club, "88").member, wished_on=date(2026, 12, 20))
    assert later.event
    assert sooner.event
    assert (later.event.data, sooner.event.data) == ({"value": "2027-07-01"}, {"value": "contractual"})


def test_a_contract_that_cannot_be_priced_does_not_keep_anybody_from_declaring(club: Organisation) -> None:
    contract = trained(club)
    Contract.objects.filter(pk=contract.pk).update(quantities={"nothing": "x"})
    sent = send(contract.member)
    assert sent.event is None
    assert Mail.objects.filter(key=f"declaration:{sent.pk}:receipt").exists()
    (found,) = declaration_desk.candidates(sent, ON)
    assert (found.contract, found.answer) == (contract, None)
    assert found.refused


def test_two_contracts_wait_unless_the_tariff_is_named(club: Organisation) -> None:
    contract = trained(club)
    tariff = Tariff.objects.get(code="ERW")
    Contract.objects.create(
        organisation=club, member=contract.member, tariff=tariff, start=date(2026, 12, 1), due_on=ON
    )
    assert send(contract.member).event is None
    assert send(contract.member, about="77, Kurs").contract == contract


def test_good_cause_waits_for_a_person_who_names_the_day(club: Organisation) -> None:
    contract = trained(club)
    sent = send(contract.member, extraordinary=True, reason="Umzug ins Ausland")
    assert sent.event is None
    event = declarations.enter(sent, contract, None, noon(ON), date(2026, 12, 20))
    assert event.data == {"value": "2026-12-21"}
    assert "Umzug ins Ausland" in sent.text


def bill(organisation: Organisation, on: date) -> None:
    month.run_month(organisation, on, on + timedelta(days=31), on + timedelta(days=17), approved=True, now=noon(on))


def test_a_withdrawal_takes_everything_back_from_the_start(club: Organisation) -> None:
    contract = trained(club, start=date(2026, 12, 5))
    bill(club, date(2026, 12, 6))
    billed = InvoiceLine.objects.filter(contract=contract)
    assert sum(line.amount for line in billed) >= 30
    sent = send(contract.member, WITHDRAW, date(2026, 12, 19))
    assert sent.event
    assert sent.event.data == {"value": "2026-12-05"}
    bill(club, date(2026, 12, 20))
    assert sum(line.amount for line in InvoiceLine.objects.filter(contract=contract)) == 0
    told = Mail.objects.get(kind="contract")
    assert "Widerruf" in told.subject
    assert "als hätte er nie begonnen" in told.text


@pytest.mark.parametrize("change", ["late", "membership", "imported"])
def test_a_withdrawal_that_may_not_be_one_waits(club: Organisation, change: str) -> None:
    contract = trained(club, start=date(2026, 12, 5))
    if change == "membership":
        version = TariffVersion.objects.get(tariff__code="COURSE")
        TariffVersion.objects.create(
            organisation=club,
            tariff=version.tariff,
            number=2,
            valid_from=date(2026, 1, 1),
            terms=TRAINING | {"legal_basis": "membership"},
        )
    if change == "imported":
        Contract.objects.filter(pk=contract.pk).update(bill_from=date(2026, 12, 5))
    sent = send(contract.member, WITHDRAW, date(2026, 12, 20) if change == "late" else ON)
    assert sent.event is None
    assert Mail.objects.filter(key=f"declaration:{sent.pk}:receipt").exists()


def test_a_second_press_of_one_form_adds_nothing(club: Organisation) -> None:
    contract = trained(club)
    assert send(contract.member, key="form").pk == send(contract.member, key="form").pk
    assert ContractEvent.objects.filter(contract=contract).count() == 1
    assert Mail.objects.filter(kind="declaration").count() == 1


def test_a_second_cancellation_waits_and_is_answered(club: Organisation) -> None:
    contract = trained(club)
    send(contract.member)
    again = send(contract.member, on=ON + timedelta(days=1))
    assert again.event is None
    declarations.answer(again, "Ihr Vertrag ist schon gekündigt.", None, noon(ON))
    assert "Ihr Vertrag ist schon gekündigt." in Mail.objects.get(key=f"declaration:{again.pk}:answer").text
    with pytest.raises(ValidationError, match=r"settled|erledigt"):
        declarations.enter(again, contract, None, noon(ON))


def test_who_wrote_from_another_address_learns_the_end_there(club: Organisation) -> None:
    contract = trained(club)
    sent = send(contract.member, email="other@example.org")
    declarations.enter(sent, contract, None, noon(ON))
    told = Mail.objects.get(key=f"declaration:{sent.pk}:entered")
    assert told.recipient == "other@example.org"
    assert "31. Januar 2027" in told.text
    assert contract.member.email not in told.text
    assert Mail.objects.get(kind="contract").recipient == contract.member.email


def test_usage_before_a_withdrawal_is_not_charged() -> None:
    """Nobody asked in writing to begin before the 14 days were over, so nothing is owed for what was used (BGB 357a Abs. 2)."""
    house = provider()
    with scope(organisation=house):
        held = customer(house, "1", start=date(2027, 1, 1))
        use(house, held, "a", "2027-01-03T12:00:00+01:00", value="30")
        held.history.update(history_date=noon(date(2027, 1, 1)))
        metered_bill(house, date(2027, 1, 4))
        sent = send(held.member, WITHDRAW, date(2027, 1, 5))
        assert sent.contract == held
        assert metered_bill(house, date(2027, 2, 1)) == [("fee", "01-01", "-9.90")]


def test_the_office_finds_whom_it_may_be(club: Organisation) -> None:
    contract = trained(club)
    join(club, "78")
    sent = send(contract.member, email="other@example.org", about="weiß nicht")
    found = declaration_desk.candidates(sent, ON)
    assert [(one.contract, one.hits) for one in found] == [(contract, 1)]
    assert [one.contract.member.number for one in declaration_desk.candidates(sent, ON, "weiß78")] == ["78"]


def test_a_hostile_text_costs_no_more_queries(club: Organisation) -> None:
    contract = trained(club)
    for number in range(100, 112):
        join(club, str(number))
    send(contract.member, about="9999", key="first")
    with CaptureQueriesContext(connection) as plain:
        send(contract.member, about="9999", key="one")
    with CaptureQueriesContext(connection) as hostile:
        send(contract.member, about=" ".join(str(number) for number in range(100, 140)), key="two")
    assert len(hostile) == len(plain)
