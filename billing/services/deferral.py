"""Deferred income (HGB 250 Abs. 2; EStG 5 Abs. 5): what is billed for days of a later fiscal year waits on an account of its own.

Only for those who draw up a balance sheet. Net: VAT is owed when it is owed. The share goes by whole months where the
period and the turn of the year allow it, else by days; the parts of all years are the whole to the cent. A correction of
the same year takes its part back by the same rule; in the new year the whole of it is that year's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.models import Posting
from billing.pricing.money import cents
from billing.pricing.periods import add_months, month_number
from billing.services import bulk
from billing.services.chart import DEFERRED, OUTSIDE, SPHERES, accounts_of, ledger_settings
from billing.services.drafts import Draft, DraftLine
from billing.services.fiscal import Calendar
from billing.services.vat import ZERO, vat_totals
from members.models import Organisation

Key = tuple[str, Decimal | None, str]  # account, rate, sphere
FIELDS = (
    "organisation", "posted_on", "debit_account", "credit_account", "amount", "case", "document", "reference", "sphere", "tax_key", "text",
)  # fmt: skip
WITHOUT_AUTOMATIC = "40"
CASE, RELEASE = "pra", "release"
SLICE = 2_000


def share(start: date, end: date, until: date) -> Fraction:
    """The share of a period that lies before `until`: by months where both are whole ones, else by days."""
    until = min(max(until, start), end)
    months, part = (month_number(day) - month_number(start) for day in (end, until))
    if months and add_months(start, months) == end and add_months(start, part) == until:
        return Fraction(part, months)
    return Fraction((until - start).days, (end - start).days)


def parts_of(lines: Sequence[DraftLine], years: Calendar, on: date) -> dict[date, Decimal]:
    """Net EUR by start of the fiscal year, the year of `on` first; what lies before it counts to it. They add up to the net."""
    first = years.year_of(on)
    last = max(one.line.end for one in lines)
    ends = [first.end, *(year.end for year in years.between(first.end, last))]
    exact = [
        sum((net_of(one) * share(one.line.start, one.line.end, end) for one in lines), Fraction(0)) for end in ends
    ]
    sums = vat_totals((one.line.vat_rate, one.prices, one.line.amount, one.exemption) for one in lines)
    reached = [*(cents(part) for part in exact[:-1]), sum((one.net for one in sums), ZERO)]
    starts = [first.start, *ends[:-1]]
    return {start: after - before for start, before, after in zip(starts, [ZERO, *reached[:-1]], reached, strict=True)}


def net_of(one: DraftLine) -> Fraction:
    """The net amount of a line, not rounded."""
    amount, rate = Fraction(one.line.amount), one.line.vat_rate
    return amount * 100 / (100 + Fraction(rate)) if rate and one.prices == "gross" else amount


def deferral_rows(
    accounts: dict[str, str],
    years: Calendar,
    on: date,
    documents: Iterable[tuple[tuple[int, str], Draft]],
    account_of: Callable[[DraftLine], str],
) -> Iterator[tuple[object, ...]]:
    """Revenue to deferred income, a row per account, rate, sphere and later year; what is taken back goes the other way."""
    deferred = accounts[DEFERRED]
    for (document, number), draft in documents:
        groups: dict[Key, list[DraftLine]] = defaultdict(list)
        for one in draft.lines:
            groups[account_of(one), one.line.vat_rate, one.sphere].append(one)
        who = draft.payer["last_name"] or draft.payer["company"]
        for (account, rate, sphere), lines in groups.items():
            later = list(parts_of(lines, years, on).items())[1:]
            for start, amount in later:
                if amount:
                    debit, credit = (account, deferred) if amount > 0 else (deferred, account)
                    key = "" if account == accounts[OUTSIDE] else WITHOUT_AUTOMATIC
                    case = f"{CASE}/{account}/{'-' if rate is None else rate.normalize()}/{SPHERES.get(sphere, '0')}/{start:%Y%m%d}"
                    text = f"PRA {start:%Y} {who} {number}"[:60]
                    yield (None, on, debit, credit, abs(amount), case, document, number, sphere, key, text)


def release(organisation: Organisation, on: date) -> int:
    """Dissolves what was deferred to years that have begun, on their first day; each once, however often this is run."""
    settings = ledger_settings(organisation)
    rows = Posting.objects.filter(organisation=organisation, case__startswith=f"{CASE}/").order_by("pk")
    names = (
        "debit_account",
        "credit_account",
        "amount",
        "case",
        "document_id",
        "reference",
        "sphere",
        "tax_key",
        "text",
    )
    count = 0
    for part in bulk.slices(rows.values_list(*names).iterator(), SLICE):
        found = [one for one in part if year_start(one[3]) <= on]
        count += bulk.insert_new(
            Posting, FIELDS, [released(organisation.pk, settings.closed_until, one) for one in found]
        )
    return count


def released(organisation: int, closed: date | None, row: tuple[object, ...]) -> tuple[object, ...]:
    """The same posting the other way round, in its year or on the first open day."""
    debit, credit, amount, case, document, reference, sphere, key, text = row
    start = year_start(str(case))
    day = start if closed is None or start > closed else date.fromordinal(closed.toordinal() + 1)
    return (
        organisation, day, credit, debit, amount, str(case).replace(CASE, RELEASE, 1), document, reference, sphere, key,
        f"Auflösung {text}"[:60],
    )  # fmt: skip


def year_start(case: str) -> date:
    """The first day of the year that a deferral belongs to; it stands at the end of its case."""
    return date.fromisoformat(case.rpartition("/")[2])


def waiting(organisation: Organisation, on: date) -> tuple[int, Decimal]:
    """How many deferrals wait to be dissolved on this day, and EUR of them as income."""
    rows = Posting.objects.filter(organisation=organisation, case__startswith=f"{CASE}/")
    done = Posting.objects.filter(organisation=organisation, case__startswith=f"{RELEASE}/")
    released_keys = set(done.values_list("document_id", "case").iterator())
    deferred = accounts_of(ledger_settings(organisation))[DEFERRED]
    amounts = [
        amount if credit == deferred else -amount
        for document, case, amount, credit in rows.values_list(
            "document_id", "case", "amount", "credit_account"
        ).iterator()
        if year_start(case) <= on and (document, case.replace(CASE, RELEASE, 1)) not in released_keys
    ]
    return len(amounts), sum(amounts, ZERO)
