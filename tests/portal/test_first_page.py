"""The first page: what I pay, what comes next before there is an invoice, what was used, who wrote; and what all of it costs the database."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from billing.models import (
    BillingRun,
    Contract,
    ContractEvent,
    Mail,
    Mandate,
    Meter,
    PlannedDebit,
    RunSettings,
    UsageEvent,
)
from members.models import ContactEntry, Member, Organisation
from tests.portal.test_pages import sign_in, text_of
from tests.portal.world import DATA, NOON, TODAY, World, attempt, contract, invoice, member

MONTHLY: dict[str, Any] = {"interval": {"months": 1}, "anchor": "calendar"}
MOST = 15


@pytest.fixture
def petra(world: World, client: Client) -> Client:
    """Petra, signed in, reading English; the organisation bills on the 15th, did so this month, and collects 16 days later."""
    with scopes_disabled():
        BillingRun.objects.update(on=date(2026, 12, 15), fingerprint="x", approved_at=NOON, issued_at=NOON)
        Mandate.objects.update(last_presented_on=date(2026, 12, 1))
        RunSettings.objects.create(organisation=world.organisation)
    return sign_in(client, world.petra.user)


def held(world: World, holder: Member, name: str, price: str, **terms: Any) -> Contract:
    """A contract that is billed up to the end of January."""
    fee = {"components": [{"code": "fee", "kind": "flat", "price": price}]}
    return contract(world, holder, name, MONTHLY | fee | terms, settled_to=date(2027, 2, 1), due_on=date(2027, 2, 1))


def metered(world: World, used: str = "25", on: date = date(2026, 12, 3)) -> Contract:
    """A contract with ten free gigabytes, more than used up."""
    with scopes_disabled():
        meter = Meter.objects.create(organisation=world.organisation, code="gb", name="Volume", unit="GB")
        fee = {"code": "fee", "kind": "flat", "price": "9.90"}
        agreed = held(
            world, world.petra, "Radio", "9.90", components=[fee, DATA], legal_basis="consumer", vat_rate="19"
        )
        Contract.objects.filter(pk=agreed.pk).update(settled_to=on.replace(day=1), due_on=date(2027, 1, 1))
        UsageEvent.objects.create(
            organisation=world.organisation, contract=agreed, meter=meter, key="1", on=on, at=datetime.combine(on, NOON.timetz()), value=Decimal(used), received_at=NOON
        )  # fmt: skip
    return agreed


def household(world: World) -> None:
    """Four people with a contract each."""
    held(world, world.petra, "Adults", "12.00")
    for number, name in enumerate(("Jonas", "Lena", "Otto"), 1002):
        held(world, member(world.organisation, str(number), name, payer=world.petra), f"Youth {name}", "5.50")


def told(world: World, kind: str = "price", state: str = "sent", **fields: Any) -> Mail:
    values = {
        "subject": "Your new price – TSV Musterstadt e. V.",
        "text": "As of May.\nKind regards",
        "created_at": NOON,
        "sent_at": NOON,
    }
    with scopes_disabled():
        return Mail.objects.create(
            organisation=world.organisation, key=f"{kind}:{Mail.objects.count()}", kind=kind, state=state, recipient="petra@example.org",
            **{"member": world.petra} | values | fields,
        )  # fmt: skip


def answered(world: World) -> ContactEntry:
    """A question with an answer that nobody has opened."""
    with scopes_disabled():
        asked = {
            "organisation": world.organisation,
            "member": world.petra,
            "at": NOON,
            "subject": "Locker",
            "text": "Is one free?",
        }
        question = ContactEntry.objects.create(kind="question", **asked)
        ContactEntry.objects.create(kind="answer", question=question, **asked)
    return question


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.both
def test_the_first_page_of_a_household_with_a_metered_contract_asks_fifteen_questions_at_most(
    world: World, petra: Client
) -> None:
    household(world)
    metered(world)
    told(world)
    answered(world)
    attempt(world, invoice(world, "R0", due_on=date(2026, 12, 1)), on=date(2026, 12, 1), booked_on=date(2026, 12, 2))
    assert queries(petra, "/") <= MOST, "before there is an invoice"
    attempt(world, invoice(world, "R1"))
    assert queries(petra, "/") <= MOST
    assert queries(petra, "/invoices/") <= MOST
    assert queries(petra, "/invoices/R1/") <= MOST
    assert queries(petra, "/messages/") <= MOST


def test_what_is_paid_is_what_the_next_run_bills(world: World, petra: Client) -> None:
    household(world)
    held(world, world.petra, "Boat", "120.00", interval={"months": 12})
    page = text_of(petra.get("/"))
    assert "What you pay €28.50 monthly and €120.00 yearly" in page
    assert "Youth Lena €5.50 monthly" in page
    assert "Probably €28.50 on 1 Feb 2027 from DE71 … 6789" in page


def test_quantities_reductions_and_what_was_chosen_are_in_the_price(world: World, petra: Client) -> None:
    seats = {"code": "seat", "kind": "per_unit", "price": "2.50"}
    agreed = held(
        world, world.petra, "Boathouse", "0", components=[seats], vat_rate="19", prices="net", legal_basis="b2b"
    )
    with scopes_disabled():
        Contract.objects.filter(pk=agreed.pk).update(quantities={"seat": "4"}, discounts=[{"percent": "10"}])
    page = text_of(petra.get("/"))
    assert "Boathouse €10.71 monthly with 19% VAT; €9.00 without it" in page
    held(world, member(world.organisation, "1002", "Jonas", payer=world.petra), "Child", "0", legal_basis="membership")
    assert "Child free of dues" in text_of(petra.get("/"))


def test_a_pause_and_a_coming_price_are_told_beside_the_price_of_today(world: World, petra: Client) -> None:
    agreed = held(world, world.petra, "Adults", "12.00")
    with scopes_disabled():
        ContractEvent.objects.create(
            organisation=world.organisation, contract=agreed, kind="pause", on=date(2027, 2, 1), known_on=TODAY, data={"value": {"until": "2027-04-01"}}
        )  # fmt: skip
    assert "Adults €12.00 monthly from 1 Feb 2027: €0.00 monthly" in text_of(petra.get("/"))


def test_a_run_that_waits_for_its_approval_names_the_day_and_transfers_are_told_as_such(
    world: World, petra: Client
) -> None:
    held(world, world.petra, "Adults", "12.00")
    with scopes_disabled():
        BillingRun.objects.create(
            organisation=world.organisation, creditor=world.creditor, on=TODAY, until=date(2027, 2, 28), collect_on=date(2027, 1, 8)
        )  # fmt: skip
    assert "Probably €12.00 on 8 Jan 2027 from DE71 … 6789" in text_of(petra.get("/"))
    with scopes_disabled():
        Mandate.objects.update(suspended_on=TODAY)
    page = text_of(petra.get("/"))
    assert "Probably €12.00, invoiced around 18 Dec 2026, to be transferred by 8 Jan 2027" in page
    assert "DE71" not in page


def test_what_was_issued_is_told_instead_of_what_is_expected(world: World, petra: Client) -> None:
    held(world, world.petra, "Adults", "12.00")
    attempt(world, invoice(world, "R1"))
    page = text_of(petra.get("/"))
    assert "Will be debited on Monday, 4 January 2027" in page
    assert "Probably" not in page


def planned(world: World, **fields: Any) -> None:
    """The only plan that still holds, as it went out to Petra."""
    with scopes_disabled():
        PlannedDebit.objects.filter(withdrawn_on=None).update(withdrawn_on=TODAY)
        as_told = {
            "day": date(2027, 1, 29), "amount": Decimal("12.00"), "mandate_reference": Mandate.objects.get().reference,
            "mail": Mail.objects.get(kind="debit_plan"),
        }  # fmt: skip
        PlannedDebit.objects.create(organisation=world.organisation, member=world.petra, **as_told | fields)


def test_a_debit_that_the_yearly_plan_announced_is_told_as_such(world: World, petra: Client) -> None:
    held(world, world.petra, "Adults", "12.00")
    mail = told(world, kind="debit_plan")
    differs = ({"amount": Decimal("11.00")}, {"day": date(2027, 3, 1)}, {"mandate_reference": "another"})
    for fields in differs:
        planned(world, **fields)
        assert "Probably €12.00 on 1 Feb 2027 from DE71 … 6789" in text_of(petra.get("/")), fields
    planned(world)
    page = text_of(petra.get("/"))
    assert "Next debit, as announced €12.00 on 29 Jan 2027 from DE71 … 6789" in page
    assert "Probably" not in page
    with scopes_disabled():
        Mail.objects.filter(pk=mail.pk).update(state="waiting")
    assert "Probably" in text_of(petra.get("/"))


def test_without_a_rhythm_of_runs_no_day_is_invented(world: World, petra: Client) -> None:
    held(world, world.petra, "Adults", "12.00")
    with scopes_disabled():
        RunSettings.objects.all().delete()
    page = text_of(petra.get("/"))
    assert "What you pay €12.00 monthly" in page
    assert "Nothing to pay at the moment." in page


def test_usage_beyond_the_quota_is_drawn_beyond_its_mark(world: World, petra: Client) -> None:
    metered(world)
    answer = petra.get("/")
    page, drawn = text_of(answer), answer.content.decode()
    assert "25 GB used, 10 GB of it free" in page
    assert "15 GB more than is free" in page
    assert "Radio €9.90 monthly plus Data: 10 GB per month free, €0.50 for each GB with 19% VAT" in page
    assert '<rect class="over"' in drawn
    assert '<line class="limit"' in drawn
    assert '<rect class="over"' in petra.get("/usage/").content.decode()


def test_below_the_quota_nothing_is_over(world: World, petra: Client) -> None:
    metered(world, "4")
    answer = petra.get("/")
    assert "4 GB of 10 GB used" in text_of(answer)
    assert b'class="over"' not in answer.content


@pytest.mark.both
def test_an_answer_is_new_until_its_conversation_is_opened(world: World, petra: Client) -> None:
    question = answered(world)
    assert "The office has answered you: Locker" in text_of(petra.get("/"))
    assert "Locker new" in text_of(petra.get("/messages/"))
    petra.get(f"/help/{question.pk}/")
    assert "The office has answered you" not in text_of(petra.get("/"))
    assert "Locker new" not in text_of(petra.get("/messages/"))


def test_messages_are_mine_as_they_went_out_and_only_once_they_did(world: World, petra: Client) -> None:
    mine = told(world, text="<b>As of May</b>\nKind regards")
    stranger = member(world.organisation, "1009", "Uwe")
    others = [told(world, member=stranger), told(world, state="waiting"), told(world, kind="office")]
    page = petra.get("/messages/")
    assert text_of(page).count("Your new price") == 1
    assert "Change of price" in text_of(page)
    shown = petra.get(f"/messages/{mine.pk}/").content.decode()
    assert "&lt;b&gt;As of May&lt;/b&gt;\nKind regards" in shown
    assert {petra.get(f"/messages/{one.pk}/").status_code for one in others} == {404}


def test_customers_of_a_company_are_no_members(world: World, petra: Client) -> None:
    held(world, world.petra, "Radio", "9.90", legal_basis="consumer")
    Organisation.objects.filter(pk=world.organisation.pk).update(kind="company")
    petra.cookies["django_language"] = "de"
    for address in ("/", "/details/", "/bank-details/", "/consents/", "/erasure/", "/help/", "/proofs/", "/messages/"):
        assert "itglied" not in text_of(petra.get(address)), address
    assert "Kundennummer 1001" in text_of(petra.get("/"))


def test_what_may_be_changed_stands_in_one_closed_menu_a_person(world: World, petra: Client) -> None:
    household(world)
    page = petra.get("/").content.decode()
    assert page.count('<details class="menu">') == 4
    assert "Cancel Youth Lena" in page


def test_who_has_left_still_reads_what_is_open_and_pays_for_who_stays(world: World, petra: Client) -> None:
    household(world)
    attempt(world, invoice(world, "R1"))
    with scopes_disabled():
        Member.objects.filter(pk=world.petra.pk).update(left_on=date(2026, 6, 30))
    page = text_of(petra.get("/"))
    assert "Hello Petra Muster" in page
    assert "belongs to your sign-in yet" not in page
    assert "Will be debited on Monday, 4 January 2027" in page
    assert "What you pay €16.50 monthly" in page
    assert "pays for this" not in page
