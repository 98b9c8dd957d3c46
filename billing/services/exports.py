"""DATEV: postings as EXTF files, and the debtors they name. A posting is exported once; a repeat gives the stored bytes.

A file lies in one fiscal year and one calendar year, and its days are all locked or all open: locked ones are marked as
fixed (Festschreibung). What an earlier posting or document takes back is a general reversal; what corrects a document
names that document's number, so that the accountant's program settles the item.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, Q, QuerySet

from billing.formats import datev
from billing.models import DebtorAccount, Invoice, LedgerSettings, Mandate, Posting, PostingBatch
from billing.pricing.periods import add_months
from billing.services import bulk
from billing.services.chart import SPHERES
from billing.services.fiscal import Calendar, calendar_of
from billing.services.images import guid_of
from billing.services.packing import pack, unpack
from billing.services.posting import open_books
from billing.services.vat import ZERO
from members.models import Organisation, User

MOST_POSTINGS = 99_999
SLICE = 2_000
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days that one file may hold, half-open; `locked`: their books are closed."""

    start: date
    end: date
    locked: bool


def export(organisation: Organisation, month: date, user: User | None, now: datetime) -> list[PostingBatch]:
    """Every file of the month. Postings that came since the last export make one more part; otherwise nothing new is made."""
    first = month.replace(day=1)
    export_span(organisation, first, add_months(first, 1), user, now)
    batches = PostingBatch.objects.filter(organisation=organisation, month=first)
    return list(batches.defer("content", "debtors").order_by("part"))


def export_new(organisation: Organisation, user: User | None, now: datetime) -> list[PostingBatch]:
    """Every posting that no file holds yet, whatever its day."""
    days = Posting.objects.filter(organisation=organisation, batch=None).aggregate(
        first=Min("posted_on"), last=Max("posted_on")
    )
    if days["first"] is None:
        return []
    return export_span(
        organisation, days["first"].replace(day=1), add_months(days["last"].replace(day=1), 1), user, now
    )


def export_span(
    organisation: Organisation, start: date, end: date, user: User | None, now: datetime
) -> list[PostingBatch]:
    """The new files of some days, half-open; as many as fiscal years, calendar years and locks ask for."""
    made = []
    with transaction.atomic():
        settings = LedgerSettings.objects.select_for_update().get(pk=open_books(organisation).settings.pk)
        years = calendar_of(settings)
        for span in spans(years, settings.closed_until, start, end):
            while waiting(organisation, span).exists():
                made.append(export_part(organisation, settings, years, span, user, now))
    return made


def holding(day: date) -> Q:
    """The files in which postings of a day may lie."""
    return Q(month=day.replace(day=1)) | Q(start__lte=day, end__gt=day)


def spans(years: Calendar, closed: date | None, start: date, end: date) -> Iterator[Span]:
    """The days cut where a year turns and where the locked books end."""
    cuts = {start, end, *(date(year, 1, 1) for year in range(start.year + 1, end.year + 1))}
    cuts |= {one for year in years.between(start, end) for one in (year.start, year.end)}
    if closed:
        cuts.add(closed + DAY)
    days = sorted(day for day in cuts if start <= day <= end)
    for first, after in pairwise(days):
        yield Span(first, after, closed is not None and first <= closed)


def waiting(organisation: Organisation, span: Span) -> QuerySet[Posting]:
    """Postings of the days that no export holds yet, as many as a file takes."""
    rows = Posting.objects.filter(
        organisation=organisation, posted_on__gte=span.start, posted_on__lt=span.end, batch=None
    )
    return rows.order_by("posted_on", "id")[:MOST_POSTINGS]


@dataclass(slots=True)
class Written:
    """What a file holds, noted while it is written, so that nobody holds all postings."""

    settings: LedgerSettings
    ids: list[int] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)
    total: Decimal = ZERO

    def rows(self, postings: QuerySet[Posting]) -> Iterator[datev.PostingRow]:
        """The postings, one by one."""
        for row in postings.values(*READ).iterator(chunk_size=SLICE):
            self.ids.append(row["pk"])
            self.accounts |= {row["debit_account"], row["credit_account"]}
            self.total += row["amount"]
            yield posting_row(row, self.settings)


def export_part(
    organisation: Organisation, settings: LedgerSettings, years: Calendar, span: Span, user: User | None, now: datetime
) -> PostingBatch:
    """One file with its debtors, stored; its postings now belong to it."""
    head, written, month = header(settings, years, span, now), Written(settings), span.start.replace(day=1)
    postings = pack(datev.posting_pieces(head, written.rows(waiting(organisation, span))))
    debtors = pack(datev.debtor_pieces(head, debtor_rows(organisation, written.accounts)))
    earlier = PostingBatch.objects.filter(organisation=organisation, month=month).aggregate(part=Max("part"))
    batch = PostingBatch.objects.create(
        organisation=organisation, month=month, part=(earlier["part"] or 0) + 1, start=span.start, end=span.end, locked=span.locked,
        count=len(written.ids), total=written.total, packed=True, content=postings.content, sha256=postings.sha256,
        debtors=debtors.content, debtors_sha256=debtors.sha256, exported_at=now, exported_by=user,
    )  # fmt: skip
    for part in bulk.slices(written.ids, SLICE):
        Posting.objects.filter(pk__in=part).update(batch=batch)
    return batch


def header(settings: LedgerSettings, years: Calendar, span: Span, now: datetime) -> datev.Header:
    """The first line of an EXTF file."""
    last = span.end - DAY
    days = f"{span.start:%m-%Y}" if span.start.month == last.month else f"{span.start:%m-%Y} - {last:%m-%Y}"
    return datev.Header(
        consultant_number=settings.consultant_number, client_number=settings.client_number,
        fiscal_year_start=years.year_of(span.start).start, account_length=settings.account_length, start=span.start, end=last,
        label=f"Rechnungen {days}", created_at=now, chart=settings.chart.removeprefix("SKR"), locked=span.locked,
    )  # fmt: skip


READ = (
    "pk", "debit_account", "credit_account", "amount", "posted_on", "reference", "text", "tax_key", "sphere", "case", "document_id",
    "document__kind", "document__due_on", "document__hash", "document__corrects__number",
)  # fmt: skip


def posting_row(row: dict[str, Any], settings: LedgerSettings) -> datev.PostingRow:
    """A posting as DATEV reads it: the debtor on the left, the revenue account on the right, KOST1 the sphere."""
    debtor_debits = len(row["debit_account"]) > settings.account_length
    account, contra = row["debit_account"], row["credit_account"]
    if not debtor_debits:
        account, contra = contra, account
    reversal, kind = takes_back(row), row["document__kind"]
    claim = kind in (Invoice.Kind.INVOICE, Invoice.Kind.OPENING) and row["case"].startswith(("revenue/", "opening"))
    return datev.PostingRow(
        amount=row["amount"], account=account, contra_account=contra, debit=debtor_debits != reversal, document_date=row["posted_on"],
        reference=row["document__corrects__number"] or row["reference"], text=row["text"], tax_key=row["tax_key"],
        cost_center=SPHERES.get(row["sphere"], row["sphere"]), due_on=row["document__due_on"] if claim else None, reversal=reversal,
        document_link=f'BEDI "{guid_of(row["document__hash"])}"' if kind and kind != Invoice.Kind.OPENING else "",
    )  # fmt: skip


def takes_back(row: dict[str, Any]) -> bool:
    """Whether a posting undoes an earlier one: then it takes the turnover off both accounts (Generalumkehr)."""
    case = row["case"]
    if case.startswith(("revenue/", "pra/")):
        return bool(row["document__kind"] == Invoice.Kind.CANCELLATION)
    return bool(case == "undone" or case.endswith("/waived"))


def debtor_rows(organisation: Organisation, named: set[str]) -> Iterator[datev.DebtorRow]:
    """Master data of the debtors among the accounts that postings name."""
    accounts = DebtorAccount.objects.filter(organisation=organisation).select_related("member").order_by("number")
    rows = accounts.iterator(chunk_size=SLICE)
    for part in bulk.slices((one for one in rows if str(one.number) in named), SLICE):
        usable = Mandate.objects.usable().filter(member_id__in=[account.member_id for account in part])
        mandates = {mandate.member_id: mandate for mandate in usable}
        for account in part:
            yield debtor_row(account, mandates.get(account.member_id))


def debtor_row(account: DebtorAccount, mandate: Mandate | None) -> datev.DebtorRow:
    """One debtor."""
    member = account.member
    return datev.DebtorRow(
        account=str(account.number), kind=member.kind, company=member.company, last_name=member.last_name, first_name=member.first_name,
        salutation=member.salutation, title=member.title, street=member.street, postal_code=member.postal_code, city=member.city,
        country=member.country, email=member.email, phone=member.phone, iban=mandate.iban if mandate else "",
        bic=mandate.bic if mandate else "", account_holder=mandate.account_holder if mandate else "", customer_number=member.number,
        mandate_reference=mandate.reference if mandate else "",
    )  # fmt: skip


def file_names(batch: PostingBatch) -> tuple[str, str]:
    """How the two downloaded files are called; DATEV asks for the beginning."""
    part = f"-{batch.part}" if batch.part > 1 else ""
    last = "" if batch.last.month == batch.first.month else f"_{batch.last:%Y-%m}"
    days = f"{batch.month:%Y-%m}{last}{part}"
    return f"EXTF_Buchungsstapel_{days}.csv", f"EXTF_Debitoren_{days}.csv"


def pieces(batch: PostingBatch, kind: str) -> Iterator[bytes]:
    """The bytes of one of the two files, as they were made first: `postings` or `debtors`."""
    content = bytes(batch.content if kind == "postings" else batch.debtors)
    yield from unpack(content) if batch.packed else [content]


def content_of(batch: PostingBatch, kind: str = "postings") -> bytes:
    """The same in one."""
    return b"".join(pieces(batch, kind))


def files(batch: PostingBatch) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of both files."""
    for name, kind in zip(file_names(batch), ("postings", "debtors"), strict=True):
        yield name, content_of(batch, kind)
