"""The recapitulative statement of a quarter (Zusammenfassende Meldung, UStG 18a): per VAT id and kind the sum in full euros.

It lists supplies to businesses in other states of the EU for which the recipient owes the VAT; filed by the 25th of the month
after the quarter, at the tax office's own portal.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from billing.documents.vat_words import how_taxed
from billing.models import Invoice
from billing.pricing.periods import add_months
from billing.services.tables import table
from billing.services.vat import ZERO
from members.models import Organisation, vat_id_is_valid

GOODS = re.compile(
    r"innergemeinschaftliche lieferung|§\s*4\s*nr\.\s*1\s*(buchst\.\s*)?b|intra-community supply", re.IGNORECASE
)
TRIANGLE = re.compile(r"§\s*25\s?b|dreiecksgeschäft|triangular", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the statement. `kind`: L goods, S services, D triangular transaction."""

    vat_id: str
    kind: str
    amount: Decimal
    valid: bool

    @property
    def country(self) -> str:
        """The state that gave the id."""
        return self.vat_id[:2]


def quarter(year: int, number: int) -> tuple[date, date]:
    """Its first day, and the first day after it."""
    start = date(year, 3 * number - 2, 1)
    return start, add_months(start, 3)


def rows(organisation: Organisation, year: int, number: int) -> list[Row]:
    """By VAT id, then kind. A supply belongs to the quarter in which its period ends; corrections count with their sign."""
    start, end = quarter(year, number)
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for vat_id, vat in documents(organisation, start, end):
        for total in vat:
            kind = kind_of(total)
            if kind:
                sums[vat_id, kind] += Decimal(total["net"])
    return [
        Row(vat_id, kind, amount.quantize(Decimal(1), ROUND_HALF_UP), vat_id_is_valid(vat_id))
        for (vat_id, kind), amount in sorted(sums.items())
        if amount
    ]


def documents(organisation: Organisation, start: date, end: date) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Documents to holders of a foreign VAT id whose supply ended in these days (`to` is the day after the last one)."""
    found = Invoice.objects.filter(organisation=organisation, issued_on__gte=add_months(start, -36))
    found = found.annotate(holder=text_at("snapshot__recipient__vat_id"), ended=text_at("snapshot__supply__to"))
    found = found.filter(ended__gt=start.isoformat(), ended__lte=end.isoformat()).exclude(holder="")
    for vat_id, vat in found.order_by("pk").values_list("holder", "snapshot__vat"):
        if vat_id and not vat_id.startswith(organisation.country):
            yield vat_id, vat


def text_at(path: str) -> Cast:
    """A text inside the document, to be compared as text."""
    return Cast(KT(path), TextField())


def kind_of(total: dict[str, Any]) -> str:
    """What the statement calls it; empty for what does not belong in it."""
    exemption = total["exemption"]
    if TRIANGLE.search(exemption):
        return "D"
    if GOODS.search(exemption):
        return "L"
    return "S" if how_taxed(total) == "reverse" else ""


def as_csv(found: list[Row]) -> bytes:
    """For the tax office's form, or for the accountant."""
    heads = [_("Country"), _("VAT id"), _("Sum in full EUR"), _("Kind")]
    return table(heads, ([one.country, one.vat_id[2:], str(one.amount), one.kind] for one in found))
