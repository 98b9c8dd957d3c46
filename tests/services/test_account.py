"""Accounts, ages, waivers and handing over: sums that fit together, and nothing that disappears."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from hypothesis import given
from hypothesis import strategies as st

from billing.models import AncillaryClaim, HandedClaim, Invoice, Posting, SetOff
from billing.services import dunning_stops, hand_over, waiving
from billing.services.account_pdf import statement_pdf
from billing.services.account_statement import account
from billing.services.aging import aging, as_csv, bucket_of
from billing.services.audit import audit
from billing.services.open_items import advances, items_of, open_items
from members.models import Member, Organisation, User
from tests.documents.reading import text
from tests.models.rows import row
from tests.services.bank import accept_all, bring, club, member, returned, whole_file
from tests.services.overdue import (
    DUE,
    FIRST,
    ISSUED,
    SECOND,
    THIRD,
    claim_of,
    late,
    looked,
    pay,
    payer_of,
    remind,
    strict,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db]
EURO = Decimal


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def house() -> Organisation:
    organisation = late(delivery="letter")
    strict(organisation)
    remind(organisation)
    remind(organisation, SECOND)
    return organisation


def closing(payer: Member, end: date) -> Decimal:
    return account([payer.pk], date(2020, 1, 1), end).closing


def owed(payer: Member, on: date) -> Decimal:
    """By the open items: what is owed, less what was paid too much and credits that are still open."""
    items = open_items(payer.organisation, on, [payer.pk])
    given_back = Invoice.objects.filter(payer=payer, gross__lt=0, issued_on__lte=on)
    used = sum((one.amount for one in SetOff.objects.filter(credit__in=given_back)), EURO(0))
    open_credit = -sum((one.gross for one in given_back), EURO(0)) - used
    too_much = advances(payer.organisation, on, [payer.pk]).get(payer.pk, EURO(0))
    return sum((one.owed for one in items), EURO(0)) - open_credit - too_much


def test_the_account_names_everything_and_ends_with_what_is_open(house: Organisation) -> None:
    payer = payer_of(house)
    pay(house, "20.00", claim_of(house).number, SECOND + timedelta(days=2))
    whole = account([payer.pk], date(2026, 1, 1), THIRD)
    assert sorted(one.movement.amount for one in whole.lines) == sorted(
        EURO(one) for one in ("14.00", "2.50", "0.07", "-2.50", "-0.07", "-14.00", "-3.43")
    )
    assert (whole.opening, whole.closing, whole.owed, whole.paid) == (
        EURO(0),
        EURO("-3.43"),
        EURO("16.57"),
        EURO("20.00"),
    )
    later = account([payer.pk], SECOND + timedelta(days=1), THIRD)
    assert (later.opening, later.closing) == (EURO("16.57"), EURO("-3.43"))
    for day in (ISSUED - timedelta(days=1), ISSUED, SECOND, SECOND + timedelta(days=2), THIRD):
        assert closing(payer, day) == owed(payer, day)


def test_a_return_and_its_fee_stand_in_the_account() -> None:
    bank = club(transfers=0)
    bring(bank, [whole_file(bank), returned(bank, "D0", "AM04")])
    accept_all(bank)
    payer = member(bank, "D0")
    amounts = [one.movement.amount for one in account([payer.pk], date(2026, 1, 1), FIRST).lines]
    assert amounts == [EURO("14.00"), EURO("-14.00"), EURO("3.00"), EURO("14.00")]
    assert closing(payer, FIRST) == owed(payer, FIRST) == EURO("17.00")


def test_what_was_taken_back_stands_there_twice(house: Organisation) -> None:
    fee = AncillaryClaim.objects.get(invoice=claim_of(house), kind="costs")
    waiving.waive(fee, "Kulanz", None, SECOND + timedelta(days=1))
    lines = account([payer_of(house).pk], date(2026, 1, 1), THIRD).lines
    assert [one.movement.amount for one in lines if one.movement.text.startswith("Verzicht")] == [EURO("-2.50")]
    assert closing(payer_of(house), THIRD) == owed(payer_of(house), THIRD) == EURO("14.07")


def test_the_statement_on_paper(house: Organisation) -> None:
    said = text(statement_pdf(payer_of(house), account([payer_of(house).pk], ISSUED, SECOND), SECOND))
    for words in (
        "Kontoauszug",
        "Anfangssaldo",
        claim_of(house).number,
        "16,57 €",
        "Am letzten Tag waren 16,57 € offen.",
    ):
        assert words in said


def test_a_waiver_has_a_reason_is_posted_back_and_happens_once(house: Organisation) -> None:
    user = row(User)
    fee, interest = AncillaryClaim.objects.filter(invoice=claim_of(house)).order_by("pk")
    with pytest.raises(ValidationError):
        waiving.waive(fee, "  ", user, SECOND)
    waiving.waive(fee, "Härtefall", user, SECOND + timedelta(days=1))
    fee.refresh_from_db()
    assert (fee.waived_reason, fee.waived_by, fee.waived_on) == ("Härtefall", user, SECOND + timedelta(days=1))
    there, back = Posting.objects.filter(case__startswith=f"costs/{fee.pk}").order_by("pk")
    assert (there.debit_account, there.amount) == (back.credit_account, back.amount)
    with pytest.raises(ValidationError, match="schon verzichtet"):
        waiving.waive(fee, "noch einmal", user, SECOND)
    pay(house, "14.07", claim_of(house).number, SECOND + timedelta(days=3))
    with pytest.raises(ValidationError, match="schon etwas bezahlt"):
        waiving.waive(interest, "Kulanz", user, THIRD)
    assert audit(house) == []


def test_waived_interest_is_not_asked_for_again(house: Organisation) -> None:
    interest = AncillaryClaim.objects.get(invoice=claim_of(house), kind="interest")
    waiving.waive(interest, "Kulanz", None, SECOND + timedelta(days=1))
    remind(house, THIRD)
    again = AncillaryClaim.objects.filter(invoice=claim_of(house), kind="interest").latest("pk")
    assert again.item
    assert again.item.interest_from == SECOND + timedelta(days=1)


@pytest.mark.parametrize(
    "days, bucket", [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (900, 4)]
)
def test_the_buckets_begin_and_end_with_their_days(days: int, bucket: int) -> None:
    assert bucket_of(DUE, DUE + timedelta(days=days)) == bucket


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-400, 800), st.integers(0, 200))
def test_a_claim_only_gets_older(due: date, days: int, more: int) -> None:
    on = due + timedelta(days=days)
    assert bucket_of(due, on) <= bucket_of(due, on + timedelta(days=more))


@pytest.mark.parametrize("days", [-30, 0, 25, 59, 80, 200])
def test_the_table_of_ages_is_what_is_open_at_any_date(house: Organisation, days: int) -> None:
    on = DUE + timedelta(days=days)
    found = aging(house, on)
    assert found.total == sum((one.owed for one in open_items(house, on)), EURO(0))
    assert sum(found.buckets) == found.total
    assert {one.member for one in found.rows} == {payer_of(house), payer_of(house, 1)} or on < ISSUED


def test_the_csv_runs_no_formula(house: Organisation) -> None:
    Member.objects.filter(pk=payer_of(house).pk).update(first_name="", title="", last_name="=HYPERLINK(1)")
    lines = as_csv(aging(house, SECOND)).decode("utf-8-sig").splitlines()
    assert any("'=HYPERLINK(1)" in line for line in lines)
    assert lines[-1].endswith("33,14")
    assert len(lines) == 4


def test_ages_and_accounts_cost_the_same_for_few_and_many(house: Organisation) -> None:
    other = late("viele", 20)
    counts = []
    for organisation in (house, other):
        with CaptureQueriesContext(connection) as asked:
            aging(organisation, FIRST)
            account([payer_of(organisation).pk], ISSUED, FIRST)
        counts.append(len(asked))
    assert counts == [8, 8]


def test_the_package_holds_what_a_lawyer_asks_for(house: Organisation) -> None:
    payer = payer_of(house)
    with pytest.raises(ValidationError):
        hand_over.package(payer, THIRD)
    with pytest.raises(ValidationError):
        hand_over.hand_over(payer, [claim_of(house, 1).pk], "RA Meier", None, THIRD)
    with pytest.raises(ValidationError):
        hand_over.hand_over(payer, [claim_of(house).pk], " ", None, THIRD)
    assert hand_over.hand_over(payer, [claim_of(house).pk], "RA Meier", None, THIRD) == 1
    with pytest.raises(ValidationError, match="schon abgegeben"):
        hand_over.hand_over(payer, [claim_of(house).pk], "RA Meier", None, THIRD)
    assert [one.payer for one in looked(house, THIRD).notices] == [payer_of(house, 1)]
    content = hand_over.package(payer, THIRD)
    assert content == hand_over.package(payer, THIRD)
    files = zipfile.ZipFile(io.BytesIO(content))
    number = claim_of(house).number
    assert set(files.namelist()) == {
        "Forderungen-und-Schuldner.txt", "Vertraege.txt", f"Rechnungen/{number}.pdf", "Mahnungen/2027-02-01-Zahlungserinnerung.pdf",
        "Mahnungen/2027-03-03-Mahnung.pdf", "Kontoauszug.pdf", "Zinsberechnung.pdf",
    }  # fmt: skip
    form = files.read("Forderungen-und-Schuldner.txt").decode().replace("\xa0", " ")
    for words in (
        "Kleiner Verein spaet", payer.name, "Am Deich 1", "Hauptforderung: 14,00 €", "Mahngebühr, 03.03.2027: 2,50 €",
        "Zinsen in Höhe von 5 Prozentpunkten über dem Basiszinssatz auf 14,00 € seit dem 05.02.2027", "Verjährung: 31.12.2030",
    ):  # fmt: skip
        assert words in form
    assert "Verzug seit 05.02.2027" in text(files.read("Zinsberechnung.pdf"))
    assert '"tariff": "ERW"' in files.read("Vertraege.txt").decode()
    handed = HandedClaim.objects.get()
    dunning_stops.take_back(handed, THIRD)
    with pytest.raises(ValidationError):
        dunning_stops.take_back(handed, THIRD)
    assert looked(house, THIRD).claims == 2


def test_stops_are_set_with_a_reason_and_lifted_once(house: Organisation) -> None:
    payer = payer_of(house)
    with pytest.raises(ValidationError):
        dunning_stops.stop_member(payer, "", THIRD, None, SECOND)
    with pytest.raises(ValidationError):
        dunning_stops.stop_member(payer, "krank", SECOND - timedelta(days=1), None, SECOND)
    stop = dunning_stops.stop_claim(claim_of(house), "strittig", THIRD, None, SECOND)
    assert list(dunning_stops.stops_of(payer)) == [stop]
    dunning_stops.lift(stop, None, SECOND)
    with pytest.raises(ValidationError):
        dunning_stops.lift(stop, None, SECOND)


def test_an_item_keeps_its_costs_when_only_they_are_left(house: Organisation) -> None:
    pay(house, "14.00", claim_of(house).number, SECOND + timedelta(days=1))
    [item] = items_of(Invoice.objects.filter(pk=claim_of(house).pk), THIRD)
    assert (item.open, item.ancillary) == (EURO("0.00"), EURO("2.57"))
    assert [one.payer for one in looked(house, THIRD).notices] == [payer_of(house, 1)]
