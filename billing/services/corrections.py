"""What a cancellation or a partial credit of an invoice would say (UStDV 31 Abs. 5; UStG 14c Abs. 1, 17). Reads only.

An issued document is never touched. A cancellation invoice takes back what is left of an invoice, a correction takes off
a part; each has a number of its own, names the invoice and says why.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Collection, Discharge, Invoice, InvoiceLine, LedgerSettings, Posting
from billing.pricing.money import total
from billing.services.credits import unpaid
from billing.services.drafts import Draft, DraftLine, draft_line, load_payers, load_terms
from billing.services.posting import refuse_locked
from billing.services.vat import ZERO, VatTotal, add, negative, vat_totals

Rate = tuple[Decimal | None, str]
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rest:
    """A line and what is left of it after every credit, reversal and reduction; EUR in the price mode of its tariff.

    `elsewhere`: a run credited or reversed it on another invoice.
    """

    line: InvoiceLine
    left: Decimal
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants corrected, and why.

    `amounts`: EUR to take off by line; None cancels the invoice. `again`: the next run bills the cancelled days anew.
    """

    reason: str
    on: date
    again: bool = False
    amounts: Mapping[int, Decimal] | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """The document that would be issued.

    `settled`: what of it the unpaid claim takes up, of which `still_due` is left then; the rest is the payer's credit.
    """

    invoice: Invoice
    wish: Wish
    kind: str
    draft: Draft
    positions: list[int]
    settled: Decimal
    still_due: Decimal

    @property
    def given(self) -> Decimal:
        """What the payer has coming."""
        return -self.draft.gross - self.settled

    @property
    def cancels(self) -> bool:
        """Whether it takes back the whole invoice."""
        return self.kind == Invoice.Kind.CANCELLATION


def plan(invoice: Invoice, wish: Wish) -> Correction:
    """The correction that is wished, or why it cannot be."""
    refuse(invoice, wish)
    rests = rests_of(invoice)
    chosen = whole(rests, again=wish.again) if wish.amounts is None else part(rests, wish.amounts)
    kind = Invoice.Kind.CANCELLATION if wish.amounts is None else Invoice.Kind.CREDIT
    draft = drafted(invoice, rests, chosen)
    due = max(ZERO, unpaid(invoice.organisation, [invoice])[invoice.pk])
    settled = min(due, -draft.gross)
    positions = [rest.line.position for rest in rests if rest.line.pk in chosen]
    return Correction(invoice, wish, str(kind), draft, positions, settled, due - settled)


def refuse(invoice: Invoice, wish: Wish) -> None:
    """Only an invoice is corrected, with a reason, in open books, and not while its debit lies here for the bank."""
    refuse_locked(LedgerSettings.objects.filter(organisation=invoice.organisation).first(), wish.on)
    if not wish.reason.strip():
        raise ValidationError(_("Please say why: the reason stands on the document."), code="reason")
    if invoice.kind != Invoice.Kind.INVOICE:
        message = _("%(number)s is no invoice; only invoices are cancelled or corrected.")
        raise ValidationError(message, code="kind", params={"number": invoice.number})
    refuse_lost(invoice)
    done = invoice.corrections.filter(kind=Invoice.Kind.CANCELLATION).first()
    if done:
        message = _("Invoice %(number)s was cancelled already by %(other)s of %(day)s.")
        words = {
            "number": invoice.number,
            "other": done.number,
            "day": date_format(done.issued_on, "SHORT_DATE_FORMAT"),
        }
        raise ValidationError(message, code="cancelled", params=words)
    debit = Collection.objects.filter(invoice=invoice, failed_on=None, batch__submitted_at=None).select_related("batch")
    for waiting in debit.defer("batch__content"):
        message = _(
            "Invoice %(number)s is in the direct debit file %(file)s, which the bank does not have yet. Withdraw that file "
            "first; after the correction a new one is made without this amount."
        )
        raise ValidationError(
            message, code="in_file", params={"number": invoice.number, "file": waiting.batch.message_id}
        )


def refuse_lost(invoice: Invoice) -> None:
    """What is written off comes back into the books first: else its VAT would be taken back twice."""
    lost = Discharge.objects.filter(invoice=invoice, undone_on=None).exclude(kind=Discharge.Kind.ADVANCE)
    if lost.exists():
        message = _("Something of %(number)s is written off, or that is proposed. Take that back first.")
        raise ValidationError(message, code="written_off", params={"number": invoice.number})


def rests_of(invoice: Invoice) -> list[Rest]:
    """Every line of an invoice with what is left of it."""
    lines = list(invoice.lines.select_related("contract__member").order_by("position"))
    against: dict[int, list[Decimal]] = defaultdict(list)
    elsewhere = set()
    rows = InvoiceLine.objects.filter(reverses__in=lines)
    for line, amount, corrects in rows.values_list("reverses_id", "amount", "invoice__corrects"):
        against[line or 0].append(amount)
        if corrects != invoice.pk:
            elsewhere.add(line)
    return [Rest(line, total([line.amount, *against[line.pk]]), line.pk in elsewhere) for line in lines]


def whole(rests: Sequence[Rest], *, again: bool) -> dict[int, pricing.Line]:
    """The lines that take everything back. What an invoice gave back comes due again, which only a new invoice may do."""
    if not again and any(rest.line.amount < 0 for rest in rests):
        message = _(
            "This invoice also gives something back for earlier days. Let it be billed again, so that this is not lost."
        )
        raise ValidationError(message, code="gives_back")
    kind = "reversal" if again else "waiver"
    found = {
        rest.line.pk: taken(rest.line, kind if rest.left > 0 else "charge", -rest.left) for rest in rests if rest.left
    }
    if total(one.amount for one in found.values()) >= 0:
        raise ValidationError(_("Nothing is left of this invoice that could be taken back."), code="nothing_left")
    return found


def part(rests: Sequence[Rest], amounts: Mapping[int, Decimal]) -> dict[int, pricing.Line]:
    """The lines that take the wished amounts off; no line gives more than is left of it."""
    found = {}
    for rest in rests:
        amount = amounts.get(rest.line.pk, ZERO)
        if amount < 0 or amount > max(rest.left, ZERO):
            message = _("“%(line)s”: at most %(left)s EUR can be taken off, not %(amount)s EUR.")
            left, wished = shown(max(rest.left, ZERO)), shown(amount)
            raise ValidationError(
                message, code="too_much", params={"line": rest.line.text, "left": left, "amount": wished}
            )
        if amount:
            found[rest.line.pk] = taken(rest.line, "reduced", -amount)
    if not found:
        raise ValidationError(_("Please enter at least one amount that is taken off."), code="no_amount")
    return found


def shown(amount: Decimal) -> str:
    """`1.234,50`"""
    return number_format(amount, 2, force_grouping=True)


def taken(line: InvoiceLine, kind: str, amount: Decimal) -> pricing.Line:
    """A line against another. What undoes a credit is a charge of its own, which the next run compares like any other."""
    return pricing.Line(
        component=line.component, tariff=line.tariff, kind=kind, start=line.start, end=line.end, amount=amount,
        quantity=line.quantity if kind != "reduced" else Decimal(1), vat_rate=line.vat_rate, text=line.text,
        revision=next_revision(line, kind), reverses=None if kind == "charge" else line.pk,
    )  # fmt: skip


def next_revision(line: InvoiceLine, kind: str) -> int:
    """Counts on where lines of this kind for this period stand."""
    same = InvoiceLine.objects.filter(contract=line.contract_id, component=line.component, kind=kind, start=line.start)
    found = same.order_by("-revision").values_list("revision", flat=True).first()
    return (found or 0) + 1


def drafted(invoice: Invoice, rests: Sequence[Rest], chosen: Mapping[int, pricing.Line]) -> Draft:
    """The document's lines and sums, with the accounts that the invoice was booked to."""
    info, booked, left = load_terms(invoice.organisation).info, accounts_of(invoice), left_totals(invoice)
    draft = Draft(load_payers({invoice.payer_id})[invoice.payer_id])
    for rest in rests:
        if line := chosen.get(rest.line.pk):
            one = draft_line(row_of(rest.line), info, line)
            one.exemption, one.accounts = exemption_of(one, left), booked.get((line.vat_rate, one.sphere), one.accounts)
            draft.lines.append(one)
    parts = [(one.line.vat_rate, one.prices, one.line.amount, one.exemption) for one in draft.lines]
    draft.totals = [limited(sums, left[sums.rate, sums.exemption], rests, chosen) for sums in vat_totals(parts)]
    draft.net = total(one.net for one in draft.totals)
    draft.gross = total(one.gross for one in draft.totals)
    return draft


def limited(sums: VatTotal, left: VatTotal, rests: Sequence[Rest], chosen: Mapping[int, pricing.Line]) -> VatTotal:
    """Never more than is left of the rate; whoever takes all of it takes its very VAT, so that no cent remains."""
    own = [rest for rest in rests if rest.left and rest.line.vat_rate == sums.rate]
    if all(rest.line.pk in chosen and -chosen[rest.line.pk].amount == rest.left and not rest.elsewhere for rest in own):
        return negative(left)
    if -sums.gross > left.gross + CENT:
        message = _(
            "At most %(left)s EUR (with VAT) are left of this rate; the correction would take off %(amount)s EUR."
        )
        params = {"left": shown(left.gross), "amount": shown(-sums.gross)}
        raise ValidationError(message, code="too_much_of_rate", params=params)
    return negative(left) if -sums.gross > left.gross else sums


def left_totals(invoice: Invoice) -> dict[Rate, VatTotal]:
    """The invoice's sums per rate and exemption, less those of its corrections."""
    snapshots = [invoice.snapshot, *invoice.corrections.values_list("snapshot", flat=True)]
    found: dict[Rate, VatTotal] = {}
    for sums in (stored_total(one) for snapshot in snapshots for one in snapshot["vat"]):
        key = sums.rate, sums.exemption
        found[key] = add(found[key], sums) if key in found else sums
    return found


def stored_total(data: Mapping[str, str | None]) -> VatTotal:
    """The sums of one rate as a document holds them."""
    net, vat, gross = (Decimal(data[name] or 0) for name in ("net", "vat", "gross"))
    return VatTotal(
        Decimal(data["rate"]) if data["rate"] is not None else None, net, vat, gross, data["exemption"] or ""
    )


def exemption_of(one: DraftLine, left: Iterable[Rate]) -> str:
    """The norm as the invoice named it, whatever the tariff says today."""
    same = [exemption for rate, exemption in left if rate == one.line.vat_rate]
    return one.exemption if one.exemption in same else same[0]


def accounts_of(invoice: Invoice) -> dict[tuple[Decimal | None, str], dict[str, str]]:
    """The revenue account of each rate and sphere, as the invoice was booked."""
    found: dict[tuple[Decimal | None, str], dict[str, str]] = {}
    revenue = Posting.objects.filter(document=invoice, case__startswith="revenue/").order_by("pk")
    for case, sphere in revenue.values_list("case", "sphere"):
        _kind, account, rate, *_rest = case.split("/")
        found.setdefault((None if rate == "-" else Decimal(rate), sphere), {"revenue": account})
    return found


def row_of(line: InvoiceLine) -> dict[str, object]:
    """What a draft's line wants to know of its contract."""
    member = line.contract.member
    names = {f"member__{name}": getattr(member, name) for name in ("first_name", "last_name", "company", "number")}
    return {"id": line.contract_id, **names}
