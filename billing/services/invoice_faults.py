"""What the law wants on a document before it is issued (UStG 14 Abs. 4, 14a, 14c, 19; UStDV 33, 34a). Genuine dues are none of it."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from billing.pricing.vat import treatment
from billing.services.vat import VatTotal
from members.models import Member, Organisation, vat_id_is_valid

# UStDV 33: up to and including this total the recipient need not be named.
SMALL_INVOICE = Decimal(250)


def invoice_fault(
    organisation: Organisation, payer: Mapping[str, Any], totals: Sequence[VatTotal], gross: Decimal
) -> str:
    """Why this document must not be issued, and what to do; empty if it may."""
    how = {treatment(total.rate, total.exemption) for total in totals} - {"outside"}
    if not how:
        return ""
    shows_vat, reverse = any(total.vat for total in totals), "reverse" in how
    own = issuer_faults(organisation, shows_vat=shows_vat, small="small" in how, reverse=reverse)
    return next(chain(own, recipient_faults(payer, gross, reverse=reverse), xrechnung_faults(organisation, payer)), "")


def issuer_faults(organisation: Organisation, *, shows_vat: bool, small: bool, reverse: bool) -> Iterator[str]:
    """What the organisation itself lacks, or must not show."""
    if organisation.small_business and shows_vat:
        yield _(
            "A small business (section 19 UStG) must not show VAT: give the tariff rate 0 and the exemption “§ 19 Abs. 1 UStG”."
        )
    if small and not organisation.small_business:
        yield _("The tariff is exempt as a small business, but the organisation is none (Settings, organisation).")
    if not (organisation.street and organisation.city):
        yield _("The organisation's own address is missing: every invoice names it (Settings, organisation).")
    if not (organisation.tax_number or organisation.vat_id):
        yield _("The organisation has no tax number or VAT id: every invoice names one (Settings, organisation).")
    if reverse and not organisation.vat_id:
        yield _("The recipient owes the VAT: then the organisation needs a VAT id of its own (Settings, organisation).")


def recipient_faults(payer: Mapping[str, Any], gross: Decimal, *, reverse: bool) -> Iterator[str]:
    """What is not known of the recipient. A consumer's missing address is told in the preview, but billed all the same (UStG 14 Abs. 2)."""
    if reverse and not (payer["vat_id"] and vat_id_is_valid(payer["vat_id"])):
        yield _("The recipient owes the VAT: enter their VAT id (Member, invoices to a company).")
    business = payer["kind"] == Member.Kind.COMPANY and gross > SMALL_INVOICE
    if (reverse or business) and not (payer["street"] and payer["postal_code"] and payer["city"]):
        yield _("Above 250 EUR an invoice names the recipient's full address: complete it.")


def xrechnung_faults(organisation: Organisation, payer: Mapping[str, Any]) -> Iterator[str]:
    """What XRechnung wants beyond the law (BR-DE-5 to 8, PEPPOL-EN16931-R010)."""
    if payer["invoice_format"] == "zugferd":
        return
    if not (organisation.phone and organisation.email and organisation.postal_code):
        yield _("An XRechnung names phone, e-mail and postcode of the issuer: complete them (Settings, organisation).")
    if not (payer["email"] and payer["postal_code"] and payer["city"]):
        yield _("An XRechnung names the e-mail address, postcode and town of its recipient: complete them.")
