"""Lines of the bank statement as the treasurer reads them: what is proposed, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.documents.return_words import for_treasurer
from billing.formats.return_reasons import reason_of
from billing.models import AncillaryClaim, CollectionBatch, Invoice, PayoutBatch
from billing.models.payments import mask_iban
from billing.office.money_words import euro
from billing.services.matching_facts import Line, Part, Proposal
from billing.services.reconciliation import fingerprint
from members.models import Member, Organisation

RULES: dict[str, Promise] = {
    "end_to_end_id": gettext_lazy("the bank names this direct debit"),
    "mandate": gettext_lazy("mandate reference and amount fit"),
    "file": gettext_lazy("the bank names this file"),
    "file_sum": gettext_lazy("sum and day fit this file"),
    "number": gettext_lazy("the invoice number stands in the text"),
    "account": gettext_lazy("paid from a known account"),
    "name": gettext_lazy("the name fits"),
    "payout": gettext_lazy("the bank names this payout"),
    "payout_file": gettext_lazy("sum fits this payout file"),
    "payout_back": gettext_lazy("a payout comes back"),
    "fee": gettext_lazy("the bank says that this is its fee"),
    "person": gettext_lazy("assigned by hand"),
    "agreement": gettext_lazy("the instalment agreement stands in the text"),
    "written_off": gettext_lazy("pays what was written off"),
}
HINTS: dict[str, Promise] = {
    "in_collection": gettext_lazy("A direct debit for it is under way: it would be paid twice."),
    "less": gettext_lazy("Part payment: the rest stays open."),
    "more": gettext_lazy("More than is owed: the rest stands to the payer's credit."),
    "several": gettext_lazy("Pays several invoices, the oldest first."),
    "namesakes": gettext_lazy("Several people fit: check who it is."),
    "nothing_owed": gettext_lazy("Nothing is owed: it stands to the payer's credit."),
}
MANDATES: dict[str, Promise] = {
    "end": gettext_lazy("The mandate ends."),
    "suspend": gettext_lazy("The mandate is suspended until you have asked."),
}
ONE_BY_ONE = {"in_collection", "nothing_owed", "namesakes"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line on the page. `token` accepts the proposal as it was seen; `alone`: never with all others at once."""

    pk: int
    booked_on: date
    name: str
    account: str
    text: str
    amount: str
    incoming: bool
    token: str = ""
    what: Sequence[str] = ()
    why: str = ""
    notes: Sequence[str] = ()
    alone: bool = False
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What the parts of proposals are called, looked up once for a page."""

    members: dict[int, str]
    invoices: dict[int, str]
    costs: dict[int, str]
    files: dict[int, str]
    payout_files: dict[int, str]


def names_of(organisation: Organisation, proposals: Iterable[Proposal]) -> Names:
    """Everything that these proposals name."""
    parts = [part for one in proposals for part in one.parts]
    members = Member.objects.filter(organisation=organisation, pk__in={part.member for part in parts})
    invoices = Invoice.objects.filter(organisation=organisation, pk__in={part.invoice for part in parts})
    costs = AncillaryClaim.objects.filter(organisation=organisation, pk__in={part.ancillary for part in parts})
    files = CollectionBatch.objects.filter(organisation=organisation, pk__in={one.file for one in proposals})
    payouts = PayoutBatch.objects.filter(organisation=organisation, pk__in={one.payouts for one in proposals})
    return Names(
        {one.pk: one.name for one in members},
        dict(invoices.values_list("pk", "number")),
        {one.pk: str(one.get_kind_display()) for one in costs},
        dict(files.values_list("pk", "message_id")),
        dict(payouts.values_list("pk", "message_id")),
    )


def rows_of(
    lines: Sequence[Line], proposals: dict[int, Proposal], names: Names, rests: Mapping[int, Decimal]
) -> list[Row]:
    """The lines with their proposals. `rests`: by line, the small difference that may be given up, EUR."""
    return [row_of(line, proposals.get(line.pk), names, rests.get(line.pk)) for line in lines]


def row_of(line: Line, found: Proposal | None, names: Names, rest: Decimal | None = None) -> Row:
    """One line."""
    said: dict[str, Any] = {
        "pk": line.pk, "booked_on": line.booked_on, "name": line.name, "account": mask_iban(line.iban), "text": line.remittance[:300],
        "amount": euro(line.amount), "incoming": line.amount > 0,
    }  # fmt: skip
    if found is None:
        return Row(**said, notes=[str(for_treasurer(line.return_reason))] if line.return_reason else [])
    careful = reason_of(found.reason).claim == "check"
    return Row(
        **said, token=f"{line.pk}:{fingerprint(found)}", what=list(what_of(found, names)), why=str(RULES[found.rule]),
        notes=[str(note) for note in notes_of(found)], alone=careful or bool(ONE_BY_ONE & set(found.hints)),
        rest=euro(rest) if rest else "",
    )  # fmt: skip


def what_of(found: Proposal, names: Names) -> Iterable[str]:
    """What it settles, one line each."""
    if found.file:
        yield _("Direct debit file %(name)s") % {"name": names.files.get(found.file, "")}
    if found.payouts:
        yield _("Payout file %(name)s") % {"name": names.payout_files.get(found.payouts, "")}
    for part in found.parts:
        yield part_words(part, names)


def part_words(part: Part, names: Names) -> str:
    """One part."""
    words = {
        "name": names.members.get(part.member or 0, ""), "number": names.invoices.get(part.invoice or 0, ""),
        "amount": euro(abs(Decimal(part.amount))), "cost": names.costs.get(part.ancillary or 0, ""),
    }  # fmt: skip
    if part.kind == "payment" and part.ancillary:
        return _("%(name)s: %(cost)s, %(number)s (%(amount)s)") % words
    if part.kind == "payment":
        return _("%(name)s: invoice %(number)s (%(amount)s)") % words
    if part.kind == "return":
        return _("Returned debit of %(name)s, invoice %(number)s (%(amount)s)") % words
    if part.kind == "advance":
        return _("Credit of %(name)s (%(amount)s)") % words
    return _("Payout to %(name)s (%(amount)s)") % words if part.kind == "payout" else _("Bank fee (%(amount)s)") % words


def notes_of(found: Proposal) -> Iterable[Any]:
    """What a person should know before they say yes."""
    yield from (HINTS[hint] for hint in found.hints if hint in HINTS)
    if "return" in found.hints:
        reason = reason_of(found.reason)
        if found.reason:
            yield f"{found.reason}: {for_treasurer(found.reason)}"
        if reason.mandate in MANDATES:
            yield MANDATES[reason.mandate]
