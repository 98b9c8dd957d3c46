"""What the coming months bring: invoices and cash from the running contracts, notice given included.

Fees are what the contracts say. Usage is assumed to be as it was a year ago, or as in the last whole month
where nothing is known that far back. Days follow the organisation's
rhythm: a run on its day of the month bills the month after it, and collects some days later.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing import pricing
from billing.formats.target import next_open
from billing.models import Mandate, RunSettings
from billing.pricing.advice import gross
from billing.pricing.money import total
from billing.pricing.periods import add_months
from billing.services.contracts import Versions, load_tariffs
from billing.services.portfolio import Held, Selection, held
from billing.services.tables import comma, table
from billing.services.what_if import Progress
from members.models import Organisation

MONTHS = 12
YEAR = 12


@dataclass(frozen=True, slots=True)
class Month:
    """One month to come, EUR with VAT: what falls due in it by fees and by usage, and the cash it brings."""

    first: date
    fees: Decimal
    usage: Decimal
    debits: Decimal
    transfers: Decimal
    contracts: int
    ending: int

    @property
    def invoiced(self) -> Decimal:
        """All that falls due in the month."""
        return total([self.fees, self.usage])

    @property
    def cash(self) -> Decimal:
        """What comes in during the month if everybody pays on the day."""
        return total([self.debits, self.transfers])


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the organisation's runs bill and collect."""

    day_of_month: int
    collect_after: int

    def cash_on(self, bill_on: date) -> date:
        """The day on which what falls due then is collected: never before it falls due in its month."""
        run_on = add_months(bill_on.replace(day=1), -1).replace(day=self.day_of_month)
        return next_open(max(run_on + timedelta(days=self.collect_after), bill_on))


Amounts = dict[tuple[str, date], list[Decimal]]


def forecast(organisation: Organisation, on: date, progress: Progress = lambda done: None) -> list[Month]:
    """The twelve months from the one that holds `on`; what of it is billed already is told with the rest of it."""
    first = on.replace(day=1)
    end = add_months(first, MONTHS)
    amounts: Amounts = defaultdict(list)
    counts: Counter[tuple[str, date]] = Counter()
    tariffs, debited, rhythm, done = load_tariffs(organisation), debtors(organisation), rhythm_of(organisation), 0
    for part in held(organisation, tariffs, Selection(), add_months(first, -YEAR), end):
        for one in part:
            count(counts, one, tariffs, first)
            add(
                amounts,
                coming(one, tariffs, (first, end)),
                rhythm,
                "debits" if one.payer in debited else "transfers",
                first,
            )
        done += len(part)
        progress(done)
    return [month_of(amounts, counts, add_months(first, number)) for number in range(MONTHS)]


def debtors(organisation: Organisation) -> set[int]:
    """Who pays by direct debit."""
    return set(Mandate.objects.usable().filter(organisation=organisation).values_list("member_id", flat=True))


def rhythm_of(organisation: Organisation) -> Rhythm:
    """The days of the monthly run."""
    settings = RunSettings.objects.filter(organisation=organisation).first() or RunSettings()
    return Rhythm(settings.day_of_month, settings.collect_after_days)


def count(counts: "Counter[tuple[str, date]]", one: Held, tariffs: Versions, first: date) -> None:
    """Notes the months in which the contract runs, and the one in which it ends."""
    ends = pricing.ends_on(tariffs, one.contract)
    for number in range(MONTHS):
        month = add_months(first, number)
        following = add_months(month, 1)
        counts["running", month] += one.contract.start < following and (ends is None or ends > month)
        counts["ending", month] += ends is not None and month <= ends < following


def add(amounts: Amounts, charges: Iterable[pricing.Charge], rhythm: Rhythm, way: str, first: date) -> None:
    """Adds a contract's charges to the months in which they fall due, and in which they bring cash."""
    for charge in charges:
        due = max(charge.bill_on, first)
        amounts["usage" if charge.kind == "usage" else "fees", due.replace(day=1)].append(gross(charge))
        amounts[way, rhythm.cash_on(due).replace(day=1)].append(gross(charge))


def coming(one: Held, tariffs: Versions, span: tuple[date, date]) -> Iterator[pricing.Charge]:
    """The charges that fall due in the span, with the usage that may be expected."""
    since = pricing.open_period(tariffs, one.contract, span[0] - timedelta(days=1))
    usage = one.usage.ahead(span[0], MONTHS)
    for charge in pricing.charges(tariffs, one.contract, usage, span[1] - timedelta(days=1), since=since):
        if charge.bill_on >= span[0]:
            yield charge


def month_of(amounts: Amounts, counts: "Counter[tuple[str, date]]", first: date) -> Month:
    """One month of the forecast."""
    fees, usage, debits, transfers = (total(amounts[name, first]) for name in ("fees", "usage", "debits", "transfers"))
    return Month(first, fees, usage, debits, transfers, counts["running", first], counts["ending", first])


def as_data(month: Month) -> dict[str, Any]:
    """A month as it is stored; amounts as text."""
    names = ("fees", "usage", "debits", "transfers", "invoiced", "cash")
    figures = {name: str(getattr(month, name)) for name in names}
    return figures | {"first": month.first.isoformat(), "contracts": month.contracts, "ending": month.ending}


def as_csv(months: Sequence[Month]) -> bytes:
    """The months as a table for a spreadsheet."""
    head = [
        _("month"), _("contracts"), _("ending"), _("fees"), _("usage"), _("invoiced"), _("by direct debit"), _("by transfer"), _("cash"),
    ]  # fmt: skip
    return table(head, [cells(month) for month in months])


def cells(month: Month) -> list[str]:
    """One month's cells."""
    amounts = (month.fees, month.usage, month.invoiced, month.debits, month.transfers, month.cash)
    return [f"{month.first:%Y-%m}", str(month.contracts), str(month.ending), *(comma(amount) for amount in amounts)]
