"""The document as data: everything that the PDF, the e-mail and the audit need, frozen on the day of issue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents import vat_words
from billing.models import BillingRun, Branding, Creditor, LedgerSettings
from billing.models.payments import mask_iban
from billing.services.branding import branding_of, look_of, texts_around
from billing.services.drafts import Draft, DraftLine
from billing.services.vat import VatTotal
from members.models import Organisation

CASH_BASIS_SAID = date(2028, 1, 1)
# Days after due day and receipt (BGB 286 Abs. 3).
DEFAULT_AFTER = 30


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What is the same on every document of a run."""

    issuer: dict[str, str]
    creditor: dict[str, str]
    issued_on: str
    collection_date: str
    titles: dict[str, str]
    texts: dict[str, dict[str, str]]
    cash_basis: bool


def letterhead(run: BillingRun, collection_date: date) -> Letterhead:
    """Read once per run."""
    titles: dict[str, str] = {}
    is_company = run.organisation.kind == Organisation.Kind.COMPANY
    for language in ("de", "en"):
        with override(language):
            titles |= {
                f"{language}.dues": _("Membership dues"),
                f"{language}.invoice": _("Invoice"),
                f"{language}.credit": _("Credit for your contract") if is_company else _("Credit for your membership"),
                f"{language}.ahead": _("Invoiced ahead: the service is rendered in the period stated."),
                f"{language}.cash_basis": vat_words.cash_basis(),
                f"{language}.default": _(
                    "You are in default at the latest if you do not pay within 30 days after this invoice is due and has reached you "
                    "(BGB 286 Abs. 3)."
                ),
            }
    creditor, branding = run.creditor, branding_of(run.organisation)
    return Letterhead(
        issuer(run.organisation, creditor, branding),
        creditor_data(creditor),
        run.on.isoformat(),
        collection_date.isoformat(),
        titles,
        {language: texts_around(branding, "invoice", language) for language in ("de", "en")},
        on_cash_basis(run.organisation, run.on),
    )


def on_cash_basis(organisation: Organisation, on: date) -> bool:
    """Whether a document of this day says that its VAT is due when it is paid (UStG 14 Abs. 4, 20; from 2028 on)."""
    settings = LedgerSettings.objects.filter(organisation=organisation).exclude(cash_basis_since=None).first()
    return settings is not None and on >= max(CASH_BASIS_SAID, settings.cash_basis_since or on)


def issuer(organisation: Organisation, creditor: Creditor, branding: Branding | None = None) -> dict[str, str]:
    """Name, address and numbers of the organisation (UStG 14 Abs. 4 Nr. 1 and 2), and how its letters look on this day."""
    names = (
        "name",
        "kind",
        "street",
        "postal_code",
        "city",
        "country",
        "email",
        "phone",
        "website",
        "tax_number",
        "vat_id",
        "board",
    )
    data: dict[str, str] = {name: getattr(organisation, name) for name in names}
    bank = {"register": organisation.register_entry, "iban": creditor.iban, "bic": creditor.bic, "bank_name": ""}
    return data | bank | look_of(organisation, branding)


def creditor_data(creditor: Creditor) -> dict[str, str]:
    """Who collects, and the account for transfers."""
    return {
        "creditor_identifier": creditor.identifier,
        "iban": creditor.iban,
        "bic": creditor.bic,
        "name": creditor.name,
    }


def snapshot(head: Letterhead, draft: Draft, number: str) -> dict[str, Any]:
    """The document of one draft under its number."""
    language = draft.payer["language"]
    kind = "credit" if draft.gross < 0 else "invoice"
    only_dues = all(one.line.vat_rate is None for one in draft.lines)
    title = head.titles[f"{language}.{'credit' if kind == 'credit' else 'dues' if only_dues else 'invoice'}"]
    starts, ends = [one.line.start for one in draft.lines], [one.line.end for one in draft.lines]
    warned = names_default(draft, only_dues)
    data = {
        "version": 1, "language": language, "kind": kind, "title": title, "number": number,
        "issued_on": head.issued_on, "due_on": head.collection_date,
        "supply": {"from": min(starts).isoformat(), "to": max(ends).isoformat()},
        "issuer": head.issuer, "recipient": recipient(draft.payer),
        "lines": [line_data(one) for one in draft.lines],
        "prices": draft.lines[0].prices, "vat": [vat_data(total) for total in draft.totals],
        "net": str(draft.net), "vat_total": str(draft.gross - draft.net), "gross": str(draft.gross),
        "payment": payment(head, draft, number),
        "notes": notes(head, draft, language, warned), "texts": head.texts[language],
    }  # fmt: skip
    return data | ({"default_after": DEFAULT_AFTER} if warned else {})


def names_default(draft: Draft, only_dues: bool) -> bool:
    """Whether the document has to tell a consumer when default begins: a service that is paid by transfer (BGB 286 Abs. 3)."""
    return draft.method == "transfer" and draft.payer["kind"] == "person" and not only_dues and draft.gross > 0


def notes(head: Letterhead, draft: Draft, language: str, warned: bool) -> list[str]:
    """What the law wants to be said beside the sums."""
    said = {
        "ahead": ahead(head, draft),
        "cash_basis": head.cash_basis and any(one.line.vat_rate for one in draft.lines),
        "default": warned,
    }
    return [head.titles[f"{language}.{name}"] for name, applies in said.items() if applies]


def ahead(head: Letterhead, draft: Draft) -> bool:
    """Whether supplies with VAT are billed before they begin (UStG 14 Abs. 5)."""
    taxed = [one.line for one in draft.lines if one.line.vat_rate]
    return bool(taxed) and min(line.start for line in taxed).isoformat() > head.issued_on


def recipient(payer: Mapping[str, Any]) -> dict[str, str]:
    """The payer as addressed."""
    person = " ".join(payer[name] for name in ("title", "first_name", "last_name") if payer[name])
    return {
        "member_number": payer["number"], "salutation": payer["salutation"], "name": person, "company": payer["company"],
        "extra": payer["address_extra"], "street": payer["street"], "postal_code": payer["postal_code"],
        "city": payer["city"], "country": payer["country"], "vat_id": payer["vat_id"],
        "buyer_reference": payer["buyer_reference"], "email": payer["email"], "kind": payer["kind"],
        "format": payer["invoice_format"],
    }  # fmt: skip


def line_data(one: DraftLine) -> dict[str, Any]:
    """A line as printed."""
    line = one.line
    return {
        "member": one.member, "text": line.text, "from": line.start.isoformat(), "to": line.end.isoformat(),
        "quantity": plain(line.quantity), "amount": str(line.amount), "vat_rate": plain(line.vat_rate), "explanation": "",
        "exemption": one.exemption,
    }  # fmt: skip


def vat_data(total: VatTotal) -> dict[str, Any]:
    """The sums of one rate as printed."""
    return {
        "rate": plain(total.rate),
        "net": str(total.net),
        "vat": str(total.vat),
        "gross": str(total.gross),
        "exemption": total.exemption,
    }


def payment(head: Letterhead, draft: Draft, number: str) -> dict[str, Any]:
    """How the document is paid; for a direct debit this is the pre-notification (EPC016-06, 4.3)."""
    base = (
        {"method": draft.method, "due_on": head.collection_date, "remittance": number} | head.creditor | set_off(draft)
    )
    if draft.method != "debit" or draft.mandate is None:
        return base
    return base | {
        "collection_date": head.collection_date, "mandate_reference": draft.mandate["reference"],
        "account_holder": draft.mandate["account_holder"], "debtor_iban": mask_iban(draft.mandate["iban"]),
    }  # fmt: skip


def set_off(draft: Draft) -> dict[str, Any]:
    """The credits that are set off, and what is left to pay; nothing where there are none."""
    if not draft.set_offs:
        return {}
    given = [
        {"number": credit.number, "issued_on": credit.issued_on.isoformat(), "amount": str(amount)}
        for credit, amount in draft.set_offs
    ]
    return {"set_off": given, "payable": str(draft.payable)}


def plain(number: Decimal | None) -> str | None:
    """`19`, `1.5`: without an exponent or trailing zeros."""
    if number is None:
        return None
    return f"{number.normalize():f}"
