"""Which documents are e-invoices, in which format, and their XML (UStG 14 Abs. 1 and 2; EN 16931)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import override

from billing.documents.payment_words import payment_words
from billing.formats.einvoice import EN_16931, XRECHNUNG, einvoice
from billing.formats.einvoice_cii import write_cii
from billing.formats.einvoice_ubl import write_ubl
from billing.models import Invoice, Mandate
from billing.pricing.vat import treatment

Snapshot = Mapping[str, Any]


class Made(NamedTuple):
    """An e-invoice as it was made: `format` is zugferd, cii or ubl."""

    format: str
    content: bytes


def format_of(snapshot: Snapshot) -> str:
    """Every document with VAT or for a company or authority is an e-invoice; empty: this one is none.

    Dues of a person are no invoice in the sense of the law. An issuer without any number cannot be named in one (BR-CO-26).
    """
    issuer, recipient = snapshot["issuer"], snapshot["recipient"]
    named = issuer["vat_id"] or issuer["tax_number"] or issuer["register"]
    business = recipient["company"] or recipient.get("kind") == "company" or recipient.get("buyer_reference")
    if not named or not (business or Decimal(snapshot["vat_total"])):
        return ""
    return str(recipient.get("format") or "zugferd")


def make(invoice: Invoice) -> Made | None:
    """The document's XML, checked against the schema; None where it is no e-invoice."""
    snapshot = invoice.snapshot
    chosen = format_of(snapshot)
    if not chosen:
        return None
    with override(snapshot["language"]):
        terms = payment_words(snapshot).headline
    profile = EN_16931 if chosen == "zugferd" else XRECHNUNG
    how = [treatment(rate_of(total), total["exemption"]) for total in snapshot["vat"]]
    document = einvoice(snapshot, how, terms, profile=profile, debtor_iban=debtor_iban(invoice))
    return Made(chosen, write_ubl(document) if chosen == "ubl" else write_cii(document))


def rate_of(total: Mapping[str, str | None]) -> Decimal | None:
    """The rate of a sum as it is stored."""
    return Decimal(total["rate"]) if total["rate"] is not None else None


def debtor_iban(invoice: Invoice) -> str:
    """The whole account of the mandate that the document names: a mandate that was used keeps its account."""
    reference = invoice.snapshot["payment"].get("mandate_reference")
    if not reference:
        return ""
    mandates = Mandate.objects.filter(organisation=invoice.organisation_id, reference=reference)
    return mandates.values_list("iban", flat=True).first() or ""
