"""Income of a later fiscal year waits there, to the cent, and comes back once."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django_scopes import scope
from hypothesis import given
from hypothesis import strategies as st

from billing import pricing
from billing.models import Invoice, LedgerSettings, Posting
from billing.pricing.money import total
from billing.services import audit, deferral, fiscal
from billing.services.correcting import correct
from billing.services.corrections import Wish
from billing.services.drafts import DraftLine
from billing.services.vat import vat_totals
from members.models import Organisation
from tests.services.club import noon
from tests.services.metered import FEE, bill, customer, provider, tariff

pytestmark = [pytest.mark.both, pytest.mark.django_db]
OCTOBER, BILLED = date(2026, 10, 1), date(2026, 10, 1)
YEARS = fiscal.Calendar(1, ())


@pytest.fixture
def firm() -> Iterator[Organisation]:
    """120 EUR net for a year from October on; the books are balanced."""
    yearly = {"interval": {"months": 12}, "anchor": "start", "prices": "net", "legal_basis": "b2b"}
    organisation = provider(tariffs=[tariff("Y", [FEE | {"price": "120.00"}], **yearly)])
    with scope(organisation=organisation):
        LedgerSettings.objects.filter(organisation=organisation).update(defers_income=True)
        customer(organisation, "1", "Y", OCTOBER)
        yield organisation


def rows(kind: str) -> list[tuple[date, str, str, Decimal, str]]:
    found = Posting.objects.filter(case__startswith=f"{kind}/").order_by("pk")
    return [(one.posted_on, one.debit_account, one.credit_account, one.amount, one.tax_key) for one in found]


def test_a_year_from_october_on_waits_with_nine_months_of_its_net(firm: Organisation) -> None:
    bill(firm, BILLED)
    assert Invoice.objects.get().gross == Decimal("142.80")
    assert rows("pra") == [(BILLED, "8400", "0990", Decimal("90.00"), "40")]
    assert deferral.waiting(firm, date(2026, 12, 31)) == (0, Decimal("0.00"))
    assert deferral.waiting(firm, date(2027, 1, 1)) == (1, Decimal("90.00"))
    assert audit.audit(firm) == []


def test_it_is_dissolved_once_on_the_first_day_of_its_year(firm: Organisation) -> None:
    bill(firm, BILLED)
    assert deferral.release(firm, date(2026, 12, 31)) == 0
    assert [deferral.release(firm, date(2027, 1, 5)) for _twice in range(2)] == [1, 0]
    assert rows("release") == [(date(2027, 1, 1), "0990", "8400", Decimal("90.00"), "40")]
    assert deferral.waiting(firm, date(2027, 1, 5)) == (0, Decimal("0.00"))
    assert audit.audit(firm) == []


def test_in_locked_books_it_is_dissolved_on_the_first_open_day(firm: Organisation) -> None:
    bill(firm, BILLED)
    fiscal.lock(firm, date(2027, 1, 31), None, noon(date(2027, 2, 3)))
    assert deferral.release(firm, date(2027, 2, 3)) == 1
    assert [row[0] for row in rows("release")] == [date(2027, 2, 1)]


def test_a_correction_in_the_same_year_takes_its_deferral_back(firm: Organisation) -> None:
    bill(firm, BILLED)
    correct(Invoice.objects.get(), Wish("wrong", date(2026, 11, 2)), noon(date(2026, 11, 2)))
    assert rows("pra")[1:] == [(date(2026, 11, 2), "0990", "8400", Decimal("90.00"), "40")]
    assert deferral.release(firm, date(2027, 1, 1)) == 2
    assert balance("0990") == Decimal("0.00")
    assert audit.audit(firm) == []


def test_a_correction_in_the_new_year_is_all_of_that_year(firm: Organisation) -> None:
    bill(firm, BILLED)
    correct(Invoice.objects.get(), Wish("wrong", date(2027, 1, 10)), noon(date(2027, 1, 10)))
    assert len(rows("pra")) == 1
    deferral.release(firm, date(2027, 1, 10))
    assert balance("0990") == Decimal("0.00")


def test_who_does_not_balance_defers_nothing(firm: Organisation) -> None:
    LedgerSettings.objects.update(defers_income=False)
    bill(firm, BILLED)
    assert rows("pra") == []


def test_the_audit_finds_what_does_not_fit(firm: Organisation) -> None:
    bill(firm, BILLED)
    [kept] = Posting.objects.filter(case__startswith="pra/")
    Posting.objects.create(
        organisation=firm, posted_on=date(2027, 1, 1), debit_account="0990", credit_account="8400", amount=1,
        case=kept.case.replace("pra/", "release/"), document=kept.document, reference=kept.reference, text="x",
    )  # fmt: skip
    assert [fault.check for fault in audit.audit(firm)] == ["postings"]


def balance(account: str) -> Decimal:
    debited = Posting.objects.filter(debit_account=account).values_list("amount", flat=True)
    credited = Posting.objects.filter(credit_account=account).values_list("amount", flat=True)
    return total(debited) - total(credited)


def line(amount: Decimal, start: date, end: date, rate: str | None, prices: str) -> DraftLine:
    priced = pricing.Line(
        component="fee", tariff="Y", kind="charge", start=start, end=end, amount=amount, quantity=Decimal(1),
        vat_rate=Decimal(rate) if rate else None, text="x", revision=1, reverses=None,
    )  # fmt: skip
    return DraftLine(1, "x", "Y", "", "", {}, prices, priced)


DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@given(
    parts=st.lists(
        st.tuples(st.integers(-500_000, 500_000), DAYS, st.integers(1, 900)), min_size=1, max_size=6
    ),
    rate=st.sampled_from(["19", "7", None]), prices=st.sampled_from(["gross", "net"]), on=DAYS,
)  # fmt: skip
def test_the_parts_of_all_years_are_the_whole_to_the_cent(
    parts: list[tuple[int, date, int]], rate: str | None, prices: str, on: date
) -> None:
    lines = [
        line(Decimal(cents) / 100, start, start + timedelta(days=days), rate, prices) for cents, start, days in parts
    ]
    found = deferral.parts_of(lines, YEARS, on)
    net = sum(one.net for one in vat_totals((x.line.vat_rate, x.prices, x.line.amount, "") for x in lines))
    assert sum(found.values()) == net
    assert next(iter(found)) == date(on.year, 1, 1)
    assert all(amount == round(amount, 2) for amount in found.values())


def test_a_share_goes_by_whole_months_or_by_days() -> None:
    assert deferral.share(date(2026, 10, 1), date(2027, 10, 1), date(2027, 1, 1)) == Fraction(3, 12)
    assert deferral.share(date(2026, 12, 15), date(2027, 1, 15), date(2027, 1, 1)) == Fraction(17, 31)
    assert deferral.share(date(2027, 3, 1), date(2027, 4, 1), date(2027, 1, 1)) == 0
    assert deferral.share(date(2026, 3, 1), date(2026, 4, 1), date(2027, 1, 1)) == 1
