"""Issues a cancellation or a correction in one transaction: number, document, lines, postings, set-off, message, what comes next."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import day
from billing.models import BillingRun, Contract, Creditor, Invoice, InvoiceLine, Mail, RunSettings, SetOff
from billing.services import bulk
from billing.services.contracts import touch
from billing.services.corrections import Correction, Wish, plan
from billing.services.issuing import LINE_FIELDS
from billing.services.numbering import chain_hash, formatted, locked_range, pattern_of
from billing.services.posting import invoice_postings, open_books
from billing.services.snapshots import creditor_data, issuer, plain, vat_data
from billing.services.vat import ZERO
from billing.services.work import enqueue


def correct(invoice: Invoice, wish: Wish, now: datetime) -> Invoice:
    """Issues the correction that was wished; it is planned once more under the lock of the invoice and its run."""
    with transaction.atomic():
        correction = plan(locked(invoice), wish)
        document = written(correction)
        write_details(correction, document, now)
        if wish.again:
            for contract in Contract.objects.filter(invoice_lines__invoice=invoice).distinct():
                touch(contract, min(one.line.start for one in correction.draft.lines if one.contract_id == contract.pk))
        enqueue(correction.invoice.organisation, "draw_document", str(document.pk), now)
    return document


def locked(invoice: Invoice) -> Invoice:
    """The invoice as it stands, with nobody issuing, collecting or correcting it meanwhile."""
    if invoice.run_id:
        BillingRun.objects.select_for_update().only("pk").get(pk=invoice.run_id)
    rows = Invoice.objects.select_for_update(of=("self",)).select_related("organisation", "run__creditor", "payer")
    found: Invoice = rows.get(pk=invoice.pk)
    return found


def written(correction: Correction) -> Invoice:
    """The document under the next number of its series."""
    invoice, on, draft = correction.invoice, correction.wish.on, correction.draft
    numbers = locked_range(invoice.organisation, correction.kind, on.year)
    sequence = numbers.next_value
    number = formatted(pattern_of(invoice.organisation, correction.kind), on.year, sequence)
    document = snapshot(correction, number)
    previous, numbers.last_hash = numbers.last_hash, chain_hash(numbers.last_hash, document)
    numbers.next_value += 1
    issued: Invoice = Invoice.objects.create(
        organisation=invoice.organisation, payer=invoice.payer, kind=correction.kind, year=on.year, sequence=sequence,
        number=number, issued_on=on, due_on=on, net=draft.net, vat=draft.gross - draft.net, gross=draft.gross,
        method="credit" if correction.given else "none", corrects=invoice, reason=correction.wish.reason.strip(),
        snapshot=document, previous_hash=previous, hash=numbers.last_hash,
    )  # fmt: skip
    numbers.save(update_fields=["next_value", "last_hash"])
    return issued


def write_details(correction: Correction, document: Invoice, now: datetime) -> None:
    """Lines, postings, what is set off against the unpaid invoice, and the message."""
    organisation, draft = correction.invoice.organisation, correction.draft
    rows = [
        (
            organisation.pk, document.pk, position, one.contract_id, one.line.tariff, one.line.component, one.line.kind,
            one.line.start, one.line.end, one.line.revision, one.line.quantity, one.line.amount, one.line.vat_rate,
            one.line.text, one.line.reverses,
        )
        for position, one in enumerate(draft.lines, 1)
    ]  # fmt: skip
    bulk.insert(InvoiceLine, LINE_FIELDS, rows)
    invoice_postings(open_books(organisation), document.issued_on, [((document.pk, document.number), draft)])
    if correction.settled:
        SetOff.objects.create(
            organisation=organisation, credit=document, invoice=correction.invoice, amount=correction.settled
        )
    message(correction, document, now)


def message(correction: Correction, document: Invoice, now: datetime) -> None:
    """By e-mail, or to be printed for those without an address."""
    payer, organisation = correction.invoice.payer, correction.invoice.organisation
    settings = RunSettings.objects.filter(organisation=organisation).first()
    by_mail = bool((settings is None or settings.mail_invoices) and payer.email and payer.delivery == "mail")
    Mail.objects.create(
        organisation=organisation, member=payer, invoice=document, key=f"invoice:{document.pk}", kind="invoice",
        recipient=payer.email if by_mail else "", subject=f"{organisation.name[:120]}: {document.number}", text="",
        state="waiting" if by_mail else "print", next_at=now if by_mail else None, created_at=now,
    )  # fmt: skip


def snapshot(correction: Correction, number: str) -> dict[str, Any]:
    """The document as data. Recipient, days and words of the lines are those of the invoice."""
    invoice, draft, wish = correction.invoice, correction.draft, correction.wish
    before = invoice.snapshot
    with override(before["language"]):
        title = _("Cancellation invoice") if correction.cancels else _("Correction of an invoice")
        intro = " ".join(introduction(correction, before["language"]))
    return {
        "version": 1, "language": before["language"], "kind": correction.kind, "title": title, "number": number,
        "issued_on": wish.on.isoformat(), "due_on": wish.on.isoformat(), "supply": supply(correction),
        "issuer": issuer(invoice.organisation, creditor_of(invoice)), "recipient": before["recipient"],
        "corrects": {"number": invoice.number, "issued_on": invoice.issued_on.isoformat()},
        "reason": wish.reason.strip(), "by": wish.by, "lines": lines(correction), "prices": before["prices"],
        "vat": [vat_data(total) for total in draft.totals], "net": str(draft.net),
        "vat_total": str(draft.gross - draft.net), "gross": str(draft.gross), "payment": payment(correction, number),
        "notes": [], "texts": {"intro": intro, "closing": ""},
    }  # fmt: skip


def introduction(correction: Correction, language: str) -> Iterator[str]:
    """What the document does, to which invoice, and why."""
    invoice = correction.invoice
    words = {"number": invoice.number, "day": day(invoice.issued_on.isoformat(), language)}
    if correction.cancels:
        yield _("This document cancels invoice %(number)s of %(day)s.") % words
    else:
        yield _("This document corrects invoice %(number)s of %(day)s; everything else in it stays as it is.") % words
    yield _("Reason: %(reason)s") % {"reason": full_stop(correction.wish.reason.strip())}
    if correction.wish.again:
        yield _("You will get a new invoice.")


def full_stop(text: str) -> str:
    """A sentence ends with a full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def supply(correction: Correction) -> dict[str, str]:
    """The days that the lines are about."""
    lines = [one.line for one in correction.draft.lines]
    return {"from": min(one.start for one in lines).isoformat(), "to": max(one.end for one in lines).isoformat()}


def lines(correction: Correction) -> list[dict[str, Any]]:
    """The invoice's own lines as printed, with what is taken back."""
    printed = correction.invoice.snapshot["lines"]
    return [
        printed[position - 1] | {"amount": str(one.line.amount), "quantity": plain(one.line.quantity)}
        for position, one in zip(correction.positions, correction.draft.lines, strict=True)
    ]


def payment(correction: Correction, number: str) -> dict[str, Any]:
    """What becomes of the money: the unpaid claim takes it up, and the rest is the payer's credit."""
    invoice = correction.invoice
    found: dict[str, Any] = {
        "method": "credit" if correction.given else "none",
        "due_on": correction.wish.on.isoformat(),
    }
    found |= {"remittance": number} | creditor_data(creditor_of(invoice))
    if correction.settled > ZERO:
        found["settles"] = {
            "number": invoice.number,
            "amount": str(correction.settled),
            "left": str(correction.still_due),
        }
    return found | {"given": str(correction.given)}


def creditor_of(invoice: Invoice) -> Creditor:
    """The account that the invoice named."""
    return invoice.run.creditor if invoice.run else Creditor.objects.filter(organisation=invoice.organisation)[0]
