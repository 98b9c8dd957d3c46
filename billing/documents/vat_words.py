"""What a document says about VAT (UStG 14 Abs. 4 Nr. 7 and 8; UStDV 34a; UStAE 1.4): from the stored sums, nothing computed.

Genuine dues are outside VAT (rate None): no line, no rate, no "exempt". Exempt supplies name their exemption and show no
rate. Taxable supplies show net and VAT per rate.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.documents.figures import money, percent

Total = Mapping[str, Any]


def is_exempt(total: Total) -> bool:
    """A norm frees it, so that there is no rate to show."""
    return bool(total["exemption"]) and not is_positive(total)


def is_taxed(total: Total) -> bool:
    """It has a rate to show; 0 % without an exemption is one."""
    return total["rate"] is not None and not is_exempt(total)


def is_positive(total: Total) -> bool:
    """Tax is due on it."""
    return total["rate"] is not None and Decimal(total["rate"]) > 0


def total_rows(totals: Sequence[Total], language: str) -> list[tuple[str, str]]:
    """Label and amount of each sum above the grand total; none when there is nothing but one sum without VAT."""
    if len(totals) == 1 and not is_taxed(totals[0]):
        return []
    return [row for total in totals for row in rows_of(total, language)]


def rows_of(total: Total, language: str) -> Iterator[tuple[str, str]]:
    """Net and VAT of a rate; one sum for what is exempt or outside VAT."""
    if is_taxed(total):
        rate = percent(total["rate"], language)
        yield _("Net at %(rate)s") % {"rate": rate}, money(total["net"], language)
        yield _("VAT %(rate)s") % {"rate": rate}, money(total["vat"], language)
    elif is_exempt(total):
        yield _("Exempt from VAT"), money(total["net"], language)
    else:
        yield _("Dues"), money(total["gross"], language)


def exemption_notes(totals: Sequence[Total], language: str) -> list[str]:
    """One sentence per exemption; with its amount where the document holds other sums too."""
    notes = [(exemption_sentence(total["exemption"]), total["net"]) for total in totals if is_exempt(total)]
    if len(totals) == 1:
        return [sentence for sentence, _net in notes]
    return [f"{sentence.removesuffix('.')}: {money(net, language)}" for sentence, net in notes]


def exemption_sentence(exemption: str) -> str:
    """A tariff holds either the whole sentence or the norm alone."""
    if any(word in exemption.lower() for word in ("frei", "exempt")):
        return exemption
    return _("Exempt from VAT under %(norm)s.") % {"norm": exemption}
