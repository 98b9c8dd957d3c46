"""Claims that came over from another program: each document that is still open there is a claim here, dunned and paid as any other.

It bears the number of that document, so that the bank's lines find it; it is no invoice of ours and no PDF is made of it.
Posted against the account of opening balances. The same list again adds nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from billing.formats import opening_csv
from billing.formats.member_csv import CsvFault
from billing.formats.opening_csv import OpeningRow
from billing.models import Creditor, Invoice, Posting
from billing.pricing.money import total
from billing.services import bulk
from billing.services.chart import OPENING
from billing.services.drafts import load_payers
from billing.services.issuing import INVOICE_FIELDS
from billing.services.numbering import canonical, locked_range, text_hash
from billing.services.posting import POSTING_FIELDS, Books, debtor_accounts, open_books, open_day
from billing.services.snapshots import creditor_data, issuer, recipient
from billing.services.vat import ZERO
from members.models import Member, Organisation

FILE_FAULTS = {
    "empty": gettext_lazy("The file is empty."),
    "too_large": gettext_lazy("The file is larger than 5 MB. Split it."),
    "binary": gettext_lazy("This is no text file. Export the list as CSV."),
    "columns": gettext_lazy("These columns are missing in the first line: %(missing)s."),
    "no_rows": gettext_lazy("The list has no rows."),
}
ROW_FAULTS = {
    "member": gettext_lazy("is no number of a member"),
    "number": gettext_lazy("is no document number of 1 to 30 signs"),
    "day": gettext_lazy("is no day like 31.01.2026"),
    "due": gettext_lazy("is no day like 31.01.2026"),
    "amount": gettext_lazy("is no open amount like 50 or 50,00"),
    "future": gettext_lazy("lies after the day on which the claims are taken over"),
    "early": gettext_lazy("lies before the day of the document"),
    "twice": gettext_lazy("stands in this list twice"),
    "taken": gettext_lazy("is the number of another document"),
}
SLICE = 1_000


@dataclass(slots=True)
class OpeningList:
    """What a list would bring: new claims with their members, how many are there already, what is wrong."""

    new: list[tuple[OpeningRow, Member]] = field(default_factory=list)
    known: int = 0
    faults: list[tuple[CsvFault, str]] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """EUR that are still open."""
        return total(row.amount for row, _member in self.new)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the rows of a list are compared with."""

    members: dict[str, Member]
    documents: dict[str, tuple[str, int, Decimal]]


def look(organisation: Organisation, data: bytes, on: date) -> OpeningList:
    """Reads a list that is taken over on a day; nothing is written."""
    try:
        rows = list(opening_csv.read(data))
    except opening_csv.OpeningFileError as refused:
        message = FILE_FAULTS[refused.code]
        raise ValidationError(message, code=refused.code, params={"missing": refused.missing}) from refused
    stored = stored_for(organisation, [row for row in rows if isinstance(row, OpeningRow)])
    found, seen = OpeningList(), set[str]()
    for row in rows:
        fault = row if isinstance(row, CsvFault) else fault_of(row, stored, seen, on)
        if fault:
            found.faults.append((fault, str(ROW_FAULTS[fault.code])))
        elif isinstance(row, OpeningRow):
            seen.add(row.number)
            if row.number in stored.documents:
                found.known += 1
            else:
                found.new.append((row, stored.members[row.member]))
    return found


def stored_for(organisation: Organisation, rows: Sequence[OpeningRow]) -> Stored:
    """The members and documents that these rows name, in a constant number of queries per slice."""
    members: dict[str, Member] = {}
    documents: dict[str, tuple[str, int, Decimal]] = {}
    for part in bulk.slices(rows, SLICE):
        people = Member.objects.filter(organisation=organisation, number__in={row.member for row in part})
        members |= {one.number: one for one in people}
        known = Invoice.objects.filter(organisation=organisation, number__in={row.number for row in part})
        rows_of = known.values_list("number", "kind", "payer_id", "gross")
        documents |= {number: (kind, payer, gross) for number, kind, payer, gross in rows_of}
    return Stored(members, documents)


def fault_of(row: OpeningRow, stored: Stored, seen: set[str], on: date) -> CsvFault | None:
    """What cannot be true of a row that can be read."""
    member = stored.members.get(row.member)
    if member is None:
        return CsvFault(row.line, "member", row.member, "member")
    if row.number in seen:
        return CsvFault(row.line, "number", row.number, "twice")
    known = stored.documents.get(row.number)
    if known and known != (Invoice.Kind.OPENING, member.pk, row.amount):
        return CsvFault(row.line, "number", row.number, "taken")
    if row.on > on:
        return CsvFault(row.line, "day", row.on.isoformat(), "future")
    return CsvFault(row.line, "due", row.due_on.isoformat(), "early") if row.due_on < row.on else None


def take(organisation: Organisation, data: bytes, on: date) -> int:
    """Takes over what is new of a list without faults, as a whole; gives how many claims that were."""
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
    if creditor is None:
        message = _("Enter the creditor and the account first, so that members know where to pay.")
        raise ValidationError(message, code="no_creditor")
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        found = look(organisation, data, on)
        if found.faults:
            raise ValidationError(_("The list has faulty rows. Correct them and upload it again."), code="faults")
        books = open_books(organisation)
        for part in bulk.slices(found.new, SLICE):
            store(books, creditor, part, on)
    return len(found.new)


def store(books: Books, creditor: Creditor, part: Sequence[tuple[OpeningRow, Member]], on: date) -> None:
    """Claims with their place in the chain, and their postings."""
    organisation = books.organisation
    numbers = locked_range(organisation, Invoice.Kind.OPENING, on.year)
    payers = load_payers({member.pk for _row, member in part})
    head = issuer(organisation, creditor)
    first, rows = numbers.next_value, []
    for sequence, (row, member) in enumerate(part, first):
        document = canonical(snapshot(row, payers[member.pk], head, creditor))
        previous, numbers.last_hash = numbers.last_hash, text_hash(numbers.last_hash, document)
        rows.append((
            organisation.pk, None, member.pk, Invoice.Kind.OPENING, on.year, sequence, row.number, row.on, row.due_on, row.amount, ZERO,
            row.amount, Invoice.Method.TRANSFER, bulk.Json(document), previous, numbers.last_hash,
        ))  # fmt: skip
    bulk.insert(Invoice, INVOICE_FIELDS, rows)
    numbers.next_value = first + len(rows)
    numbers.save(update_fields=["next_value", "last_hash"])
    stored = Invoice.objects.filter(
        organisation=organisation, kind=Invoice.Kind.OPENING, year=on.year, sequence__gte=first
    )
    keys = stored.order_by("sequence").values_list("pk", flat=True)
    bulk.insert(Posting, POSTING_FIELDS, posting_rows(books, list(zip(keys, part, strict=True)), on))


def posting_rows(
    books: Books, claims: Sequence[tuple[int, tuple[OpeningRow, Member]]], on: date
) -> Iterator[tuple[object, ...]]:
    """The member's account to the account of opening balances."""
    debtors = debtor_accounts(books, [member.pk for _pk, (_row, member) in claims])
    for pk, (row, member) in claims:
        text = f"Vortrag {member.last_name or member.company} {row.number}"[:60]
        yield (
            books.organisation.pk, open_day(books, on), str(debtors[member.pk]), books.accounts[OPENING], row.amount, OPENING, pk,
            row.number, "", "", text,
        )  # fmt: skip


def snapshot(row: OpeningRow, payer: dict[str, Any], head: dict[str, Any], creditor: Creditor) -> dict[str, Any]:
    """What is known of the claim, in the shape of a document without lines."""
    with override(payer["language"]):
        title = _("Claim from an earlier program")
    how = {"method": "transfer", "due_on": row.due_on.isoformat(), "remittance": row.number} | creditor_data(creditor)
    return {
        "version": 1, "language": payer["language"], "kind": "opening", "title": title, "number": row.number,
        "issued_on": row.on.isoformat(), "due_on": row.due_on.isoformat(),
        "supply": {"from": row.on.isoformat(), "to": row.on.isoformat()}, "issuer": head, "recipient": recipient(payer), "lines": [],
        "prices": "gross", "vat": [], "net": str(row.amount), "vat_total": str(ZERO), "gross": str(row.amount), "payment": how,
        "notes": [], "texts": {"intro": row.text, "closing": ""},
    }  # fmt: skip
