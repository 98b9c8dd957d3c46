"""What became of an invoice, in the member's words. Every page asks here, so no two pages ever disagree.

An invoice never changes. Its state comes from what the bank's lines paid, its method of payment and the latest attempt to
collect it. Nothing is called paid because a file was made: before the bank's line arrives we only say when we collected.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

from billing.documents.return_words import for_member
from billing.models import Collection, Invoice
from billing.pricing.money import ZERO, total
from portal.words import day, euro

Tone = Literal["coming", "open", "done", "problem", "quiet"]


@dataclass(frozen=True, slots=True)
class PaymentState:
    """`code` for programs, `text` for people, `tone` for the colour; `due` while money is still to move, with its day if known."""

    code: str
    tone: Tone
    text: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What the bank's lines paid of an invoice, less what went back (EUR), and the day of the last of them."""

    amount: Decimal = ZERO
    on: date | None = None


NOTHING = Received()


def state_of(invoice: Invoice, attempt: Collection | None, on: date, received: Received = NOTHING) -> PaymentState:
    """The state on a day. `attempt` is the latest attempt to collect the invoice, with its batch."""
    if undone := undone_by(invoice):
        return PaymentState("cancelled", "quiet", _("cancelled by %(number)s") % {"number": undone})
    if invoice.kind == Invoice.Kind.CANCELLATION and invoice.method == Invoice.Method.NONE:
        return PaymentState("cancellation", "quiet", _("takes an invoice back"))
    payable = payable_of(invoice)
    if received.on and received.amount >= payable > 0:
        return PaymentState("paid", "done", _("paid on %(day)s") % {"day": day(received.on)})
    if received.amount > 0 and invoice.method == Invoice.Method.TRANSFER:
        words = {"paid": euro(received.amount), "left": euro(payable - received.amount)}
        return PaymentState("to_transfer", "open", _("%(paid)s received, %(left)s still open") % words, invoice.due_on)
    if invoice.method == Invoice.Method.DEBIT:
        return debited(invoice, attempt, on)
    if invoice.method == Invoice.Method.TRANSFER:
        return transferred(invoice, on)
    if invoice.method == Invoice.Method.CREDIT:
        return PaymentState("credit", "done", _("credit in your favour"))
    return PaymentState("nothing", "quiet", _("nothing to pay"))


def undone_by(invoice: Invoice) -> str:
    """The number of the document that takes it back; lists have read it along."""
    if hasattr(invoice, "undone_by"):
        return str(invoice.undone_by or "")
    undone = invoice.corrections.filter(kind=Invoice.Kind.CANCELLATION).first()
    return undone.number if undone else ""


def corrections_of(invoice: Invoice) -> list[tuple[str, Decimal]]:
    """What corrections took off before it was paid, each with its document's number."""
    given = invoice.set_offs.all()
    return [(one.credit.number, one.amount) for one in given if one.credit.corrects_id == invoice.pk]


def payable_of(invoice: Invoice) -> Decimal:
    """What is to be paid by all that is known today, EUR; lists have read along what was taken off."""
    if hasattr(invoice, "corrected"):
        return total([invoice.payable, -(invoice.corrected or ZERO)])
    return invoice.payable - sum((amount for _number, amount in corrections_of(invoice)), ZERO)


def transferred(invoice: Invoice, on: date) -> PaymentState:
    """To be transferred by the member. Afterwards only the day is stated: the bank's lines may not have been read yet."""
    words = {"day": day(invoice.due_on)}
    if on <= invoice.due_on:
        return PaymentState("to_transfer", "open", _("open, please transfer by %(day)s") % words, invoice.due_on)
    return PaymentState("transfer_was_due", "quiet", _("by bank transfer, due on %(day)s") % words)


def debited(invoice: Invoice, attempt: Collection | None, on: date) -> PaymentState:
    """By direct debit: the latest dated fact of the latest attempt."""
    if attempt is None or attempt.failed_as == "withdrawn":
        return announced(invoice, attempt, on)
    if attempt.failed_on:
        return failed(attempt, attempt.failed_on)
    if attempt.booked_on:
        return PaymentState("paid", "done", _("paid on %(day)s") % {"day": day(attempt.booked_on)})
    return presented(attempt, on)


def announced(invoice: Invoice, attempt: Collection | None, on: date) -> PaymentState:
    """Not with the bank yet: the invoice has announced the day, unless that file was taken back or the day has passed."""
    announced_on = date.fromisoformat(invoice.snapshot["payment"].get("collection_date") or invoice.due_on.isoformat())
    if attempt is None and announced_on >= on:
        return to_be_debited(announced_on)
    return PaymentState("debit_later", "coming", _("will be debited, we will tell you the day"))


def presented(attempt: Collection, on: date) -> PaymentState:
    """In a file for the bank."""
    collected_on = attempt.batch.collection_date
    if collected_on >= on:
        return to_be_debited(collected_on)
    if attempt.batch.submitted_at is None:
        return PaymentState("debit_later", "coming", _("will be debited, we will tell you the day"))
    return PaymentState("debited", "done", _("debited on %(day)s") % {"day": day(collected_on)})


def to_be_debited(collected_on: date) -> PaymentState:
    """The sentence that members look for."""
    return PaymentState(
        "to_debit", "coming", _("will be debited on %(day)s") % {"day": day(collected_on)}, collected_on
    )


def failed(attempt: Collection, failed_on: date) -> PaymentState:
    """The bank gave it back, or did not carry it out; with the reason where it says one that concerns the member."""
    code = "returned" if attempt.failed_as == "returned" else "rejected"
    said = _("returned by the bank on %(day)s") if code == "returned" else _("not carried out by the bank on %(day)s")
    text, reason = said % {"day": day(failed_on)}, for_member(attempt.return_reason)
    return PaymentState(
        code, "problem", _("%(said)s: %(reason)s") % {"said": text, "reason": reason} if reason else text
    )
