"""How old what is owed is, by payer, at any date: not due, up to 30, 60, 90 days, and more. The sums are those of the open items."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.pricing.money import ZERO
from billing.services.open_items import open_items
from billing.services.tables import comma, table
from members.models import Member, Organisation

# The last day of each bucket, counted from the due day; the last bucket has none.
LIMITS = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class Row:
    """A payer with what they owe in each bucket, EUR."""

    member: Member
    buckets: Sequence[Decimal]
    oldest: date

    @property
    def total(self) -> Decimal:
        """All of it."""
        return sum(self.buckets, ZERO)


@dataclass(frozen=True, slots=True)
class Aging:
    """All payers who owe something on the day, the largest sum first."""

    on: date
    rows: list[Row]

    @property
    def buckets(self) -> list[Decimal]:
        """The sums of the columns."""
        return [sum((row.buckets[at] for row in self.rows), ZERO) for at in range(len(LIMITS) + 1)]

    @property
    def total(self) -> Decimal:
        """Everything."""
        return sum(self.buckets, ZERO)


def bucket_of(due_on: date, on: date) -> int:
    """Which bucket: 0 is not due, 4 more than 90 days late."""
    days = (on - due_on).days
    return next((at for at, limit in enumerate(LIMITS) if days <= limit), len(LIMITS))


def aging(organisation: Organisation, on: date) -> Aging:
    """What is owed with costs and interest, as it stood at the end of the day."""
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO] * (len(LIMITS) + 1))
    oldest: dict[int, date] = {}
    for item in open_items(organisation, on):
        sums[item.payer][bucket_of(item.due_on, on)] += item.owed
        oldest.setdefault(item.payer, item.due_on)
    members = {
        one.pk: one for one in Member.objects.filter(organisation=organisation, invoices__gross__gt=0).distinct()
    }
    rows = [Row(members[payer], buckets, oldest[payer]) for payer, buckets in sums.items()]
    return Aging(on, sorted(rows, key=lambda row: (-row.total, row.member.pk)))


def headings() -> list[str]:
    """What the buckets are called."""
    return [_("not due"), _("1–30 days"), _("31–60 days"), _("61–90 days"), _("over 90 days")]


def as_csv(found: Aging) -> bytes:
    """For a spreadsheet; no cell runs as a formula."""
    head = [_("Member number"), _("Name"), _("Oldest due day"), *headings(), _("Total")]
    rows = [
        [row.member.number, row.member.name, row.oldest.isoformat(), *map(comma, row.buckets), comma(row.total)]
        for row in found.rows
    ]
    return table(head, [*rows, ["", _("Total"), "", *map(comma, found.buckets), comma(found.total)]])
