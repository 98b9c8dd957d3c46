"""A club in which Petra has one of everything that the portal can show, on one day, so that every page has something to show."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import time_machine
from django.core import signing
from django_scopes import scope, scopes_disabled

from billing.models import CollectionBatch, Contract, Creditor, Invoice, Mail, Mandate, PriceNotice, Tariff
from billing.pricing.periods import add_months
from billing.services import declarations, metering, month
from billing.services.contracts import load_tariffs
from billing.services.metering import Incoming
from members import consenting
from members.models import Consent, ConsentText, ContactEntry, Member, Organisation, Proof, User
from portal.declarations import RECEIPT
from tests.house.debt_routes import debts_of
from tests.house.receipt_routes import receipts_of
from tests.portal.world import build, member, office_user
from tests.services.club import join, noon
from tests.services.newcomers import Newcomer, applied, links, open_house
from tests.services.price_world import announce, dearer
from tests.services.test_quotes import offer

ON, THE_DAY = date(2026, 12, 15), date(2026, 12, 18)
FEE = {"code": "fee", "name": "Grundpreis", "kind": "flat", "price": "29.90"}
DATA = {
    "code": "data", "name": "Datenvolumen", "kind": "usage", "meter": "gb", "aggregate": "sum", "included": "100", "price": "0.20",
}  # fmt: skip
BOX = {"code": "box", "name": "Zusatzbox", "kind": "per_unit", "price": "3.00"}


@dataclass(frozen=True, slots=True)
class Everything:
    """The club, who looks, and the things that addresses name."""

    club: Organisation
    petra: User
    clerk: User
    things: dict[str, Any]


@contextmanager
def on_the_day() -> Iterator[None]:
    """The clock goes on from there, since browsers wait."""
    with time_machine.travel(noon(THE_DAY), tick=True):
        yield


def everything() -> Everything:
    """One of everything."""
    club = open_house("ostufer", approval=True)
    Organisation.objects.filter(pk=club.pk).update(name="Ruderverein Ostufer von 1898 e.V.", phone="0431 123456")
    club.refresh_from_db()
    with scope(organisation=club):
        Creditor.objects.filter(organisation=club).update(name="Ruderverein Ostufer von 1898 e.V.")
        petra = family(club)
        metered = metered_contract(club, petra)
        month.run_month(club, ON, date(2027, 1, 31), date(2027, 1, 1), approved=True, now=noon(ON))
        things = papers(club, petra) | {"metered": metered.pk} | announced(club)
    with scopes_disabled():
        things |= strangers_things(club)
    assert petra.user
    elsewhere(petra.user)
    return Everything(club, petra.user, office_user(club), things)


def family(club: Organisation) -> Member:
    """Petra, a student who may choose the rhythm and pause, and a child that she pays for."""
    adults = Tariff.objects.get(code="ERW")
    Tariff.objects.filter(code="STU").update(choose_rhythm=True, pause_months=3, falls_back_to=adults)
    Tariff.objects.filter(code__in=("ERW", "STU")).update(offered=True, family="dues")
    petra = join(
        club, "1001", first_name="Petra", last_name="Muster", tariff="STU", start=date(2026, 12, 1), email="petra@example.org",
        user=User.objects.create_user("petra@example.org"),
    )  # fmt: skip
    join(club, "1002", first_name="Jonas", last_name="Muster", tariff="JUG", payer=petra, debit=False)
    Member.objects.filter(number="1002").update(date_of_birth=date(2014, 5, 4))
    return petra


def metered_contract(club: Organisation, petra: Member) -> Contract:
    """A year of usage, close to what is free, that a bigger tariff would suit."""
    small = offer(club, "komfort", "", components=[FEE, DATA, BOX])
    Tariff.objects.filter(pk=small.pk).update(pieces_most={"box": 3})
    offer(club, "flat", "34.90")
    metering.ensure_meters(club, load_tariffs(club))
    start = date(2025, 12, 1)
    contract = Contract.objects.create(
        organisation=club, member=petra, tariff=small, start=start, bill_from=date(2026, 12, 1), due_on=date(2026, 12, 1)
    )  # fmt: skip
    days = [add_months(start, number) for number in range(12)]
    events = [
        Incoming(f"u{day}", "gb", datetime(day.year, day.month, 20, tzinfo=UTC), contract.pk, value=Decimal(120 + day.month))
        for day in days
    ]  # fmt: skip
    metering.record(club, events, noon(ON))
    return contract


def told(club: Organisation, petra: Member) -> int:
    """A message of the office."""
    text = "Hallo Petra Muster,\n\nIhr Nachweis gilt bis 30.09.2027.\n\nViele Grüße\n"
    row = Mail(
        organisation=club, member=petra, key="proof:1", kind="proof", subject="Ihr Nachweis ist angenommen", text=text, created_at=noon(ON),
        recipient="petra@example.org", state="sent", sent_at=noon(ON),
    )  # fmt: skip
    row.save()
    return row.pk


def papers(club: Organisation, petra: Member) -> dict[str, Any]:
    """A receipt, an agreement, a question, a proof, a consent and one that is asked for."""
    question = ContactEntry.objects.create(
        organisation=club, member=petra, kind="question", at=noon(ON), subject="Rechnungen", text="Wann kommt die nächste Rechnung?",
        open_since=noon(ON),
    )  # fmt: skip
    proof = {"what_for": "Studium", "valid_until": date(2027, 9, 30), "sent_at": noon(ON)}
    Proof.objects.create(organisation=club, member=petra, **proof)
    consenting.write(club, "Rundbrief", "Wir schreiben Ihnen einmal im Monat.", noon(ON))
    purpose = consenting.write(club, "Fotos", "Wir zeigen Fotos von Wettfahrten auf unserer Website.", noon(ON))
    text = ConsentText.objects.get(purpose=purpose)
    Consent.objects.create(organisation=club, member=petra, purpose=purpose, text=text, given_at=noon(ON))
    bill = Invoice.objects.filter(payer=petra).earliest("pk")
    return receipts_of(petra) | debts_of(bill) | {
        "letter": told(club, petra), "question": question.pk, "member": petra.pk, "number": bill.number, "mandate": Mandate.objects.get(member=petra).pk,
        "contract": Contract.objects.get(member=petra, tariff__code="STU").pk, "bill": bill.pk, "run": bill.run_id,
        "batch": CollectionBatch.objects.earliest("pk").pk, "tariff": Tariff.objects.get(code="komfort").pk,
    }  # fmt: skip


def announced(club: Organisation) -> dict[str, Any]:
    """A price that she may object to, and one that needs her yes."""
    found: dict[str, Any] = {}
    for code, basis, rule, price in (("STU", "resolution", "end", "20.00"), ("komfort", "consent", "keep", "31.90")):
        change = announce(dearer(Tariff.objects.get(code=code), price), on=ON, basis=basis, rule=rule)
        found |= {"price_change": change.pk}
        found[f"notice_{basis}"] = PriceNotice.objects.get(change=change).pk
    return found


def strangers_things(club: Organisation) -> dict[str, Any]:
    """What somebody holds who has not signed in: a declaration's receipt, the link of a new application."""
    wish = declarations.Wish("withdraw", "form-1", "Nora Neumann", "Ruderkurs", "nora@example.org")
    declared = declarations.receive(club, wish, "de", None, noon(ON))
    waiting = applied(club)
    Newcomer(club.slug).order(person={"first_name": "Kim", "email": "kim@example.org"})
    return {
        "slug": club.slug,
        "declaration": declared.pk,
        "application": waiting.pk,
        "received": signing.dumps(declared.pk, salt=RECEIPT),
        "confirm": links()[-1].split("/")[3],
    }


def elsewhere(petra: User) -> None:
    """She sings, too."""
    choir = build("chor", "other@example.org", "Singkreis Harmonie 1897 e. V. Musterstadt-Unterdorf")
    member(choir.organisation, "7", "Petra", user=petra)
