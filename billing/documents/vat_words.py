"""What a document says about VAT (UStG 14 Abs. 4 Nr. 7 and 8, 14a; UStDV 34a; UStAE 1.4): from the stored sums, nothing computed.

Genuine dues are outside VAT (rate None): no line, no rate, no "exempt". Exempt supplies name their exemption and show no
rate; nor do those of a small business or those for which the recipient owes the tax. Taxable supplies show net and VAT
per rate.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from billing.documents.figures import money, percent
from billing.pricing.vat import treatment

Total = Mapping[str, Any]
REVERSE = "Steuerschuldnerschaft des Leistungsempfängers"
REVERSE_WORDS = gettext_noop("Reverse charge: the recipient owes the VAT")
SMALL_WORDS = gettext_noop("Exempt from VAT under section 19 (1) UStG (exemption for small businesses).")
CASH_BASIS = "Versteuerung nach vereinnahmten Entgelten"
CASH_BASIS_WORDS = gettext_noop("VAT is due when the invoice is paid")


def how_taxed(total: Total) -> str:
    """How the law treats it."""
    return treatment(Decimal(total["rate"]) if total["rate"] is not None else None, total["exemption"])


def is_exempt(total: Total) -> bool:
    """There is no rate to show, and a norm that says why."""
    return how_taxed(total) in ("exempt", "small", "reverse")


def is_taxed(total: Total) -> bool:
    """It has a rate to show; 0 % without an exemption is one."""
    return how_taxed(total) in ("taxed", "zero")


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
        reverse = how_taxed(total) == "reverse"
        yield _("Net, without VAT") if reverse else _("Exempt from VAT"), money(total["net"], language)
    else:
        yield _("Dues"), money(total["gross"], language)


def exemption_notes(totals: Sequence[Total], language: str) -> list[str]:
    """One sentence per exemption; with its amount where the document holds other sums too."""
    notes = [(sentence_of(total), total["net"]) for total in totals if is_exempt(total)]
    if len(totals) == 1:
        return [sentence for sentence, _net in notes]
    return [f"{sentence.removesuffix('.')}: {money(net, language)}" for sentence, net in notes]


def sentence_of(total: Total) -> str:
    """Why no VAT is shown. The words for a recipient who owes the tax are the law's own (UStG 14a Abs. 1 and 5)."""
    how, exemption = how_taxed(total), total["exemption"]
    if how == "reverse":
        return REVERSE if REVERSE in _(REVERSE_WORDS) else f"{REVERSE} ({_(REVERSE_WORDS)})."
    return _(SMALL_WORDS) if how == "small" and not is_sentence(exemption) else exemption_sentence(exemption)


def is_sentence(exemption: str) -> bool:
    """A tariff holds either the whole sentence or the norm alone."""
    return any(word in exemption.lower() for word in ("frei", "exempt"))


def exemption_sentence(exemption: str) -> str:
    """The tariff's own sentence, or one about the norm."""
    if is_sentence(exemption):
        return exemption
    return _("Exempt from VAT under %(norm)s.") % {"norm": exemption}


def cash_basis() -> str:
    """The words of a business that owes the VAT only when it is paid; they are the law's own (UStG 14 Abs. 4, from 2028 on)."""
    return CASH_BASIS if CASH_BASIS in _(CASH_BASIS_WORDS) else f"{CASH_BASIS} ({_(CASH_BASIS_WORDS)})."
