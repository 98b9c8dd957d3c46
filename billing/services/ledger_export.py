"""The whole ledger for another program: accounts, postings, open items and members' accounts as CSV, or a text journal.

Made for some days and kept; as long as nothing changed, the same days give the file that is there.
"""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _

from billing.formats import journal
from billing.formats.zip_entry import stamped
from billing.models import DebtorAccount, LedgerFile, LedgerSettings, Posting
from billing.pricing.money import total
from billing.services.chart import NAMES, accounts_of, ledger_settings
from billing.services.open_items import open_items
from billing.services.packing import Packed, pack, read, unpack
from billing.services.vat import ZERO
from members.models import Member, Organisation, User

SLICE = 2_000
IN_MEMORY = 8 * 1024 * 1024
COLUMNS = (
    "pk",
    "posted_on",
    "debit_account",
    "credit_account",
    "amount",
    "case",
    "reference",
    "sphere",
    "tax_key",
    "text",
)
Row = Sequence[Any]


def make(organisation: Organisation, kind: str, start: date, end: date, user: User | None, now: datetime) -> LedgerFile:
    """The file of the days from `start` until `end`; an equal one that is there already is given again."""
    if start >= end:
        raise ValidationError(_("The last day lies before the first one."), code="days")
    rows = postings_of(organisation, start, end)
    packed = pack(pieces_of(organisation, kind, start, end))
    same = LedgerFile.objects.filter(organisation=organisation, kind=kind, start=start, end=end, sha256=packed.sha256)
    return same.defer("content").first() or store(organisation, kind, (start, end), rows, packed, user, now)


def store(
    organisation: Organisation, kind: str, days: tuple[date, date], rows: QuerySet[Posting], packed: Packed, user: User | None, now: datetime
) -> LedgerFile:  # fmt: skip
    """A new file, with what it holds."""
    sums = rows.aggregate(count=Count("pk"), sum=Sum("amount"))
    return LedgerFile.objects.create(
        organisation=organisation, kind=kind, start=days[0], end=days[1], count=sums["count"], total=total([sums["sum"] or ZERO]),
        content=packed.content, sha256=packed.sha256, made_at=now, made_by=user,
    )  # fmt: skip


def postings_of(organisation: Organisation, start: date, end: date) -> QuerySet[Posting]:
    """The postings of the days."""
    rows = Posting.objects.filter(organisation=organisation, posted_on__gte=start, posted_on__lt=end)
    return rows.order_by("posted_on", "pk")


def pieces_of(organisation: Organisation, kind: str, start: date, end: date) -> Iterator[bytes]:
    """The bytes of a file, piece by piece."""
    settings = ledger_settings(organisation)
    if kind == LedgerFile.Kind.JOURNAL:
        yield from journal_pieces(organisation, settings, start, end)
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as package:
        write_csv(package, organisation, settings, start, end)
        package.seek(0)
        yield from read(package)


def journal_pieces(organisation: Organisation, settings: LedgerSettings, start: date, end: date) -> Iterator[bytes]:
    """The journal as UTF-8."""
    names = ("pk", "posted_on", "debit_account", "credit_account", "amount", "reference", "text", "case")
    rows = postings_of(organisation, start, end).values_list(*names).iterator(chunk_size=SLICE)
    used = {str(number): name for number, name, _role in chart_rows(settings)}
    for line in journal.journal(sorted(used.items()), settings.account_length, (journal.Entry(*row) for row in rows)):
        yield f"{line}\n".encode()


def chart_rows(settings: LedgerSettings) -> Iterator[Row]:
    """The accounts of the chart that are in use here."""
    for role, number in sorted(accounts_of(settings).items(), key=lambda pair: (pair[1], pair[0])):
        yield number, NAMES.get(role, role), role


def write_csv(target: IO[bytes], organisation: Organisation, settings: LedgerSettings, start: date, end: date) -> None:
    """Four tables in one ZIP; UTF-8 with a mark, semicolons, decimal comma: a spreadsheet opens them."""
    rows = postings_of(organisation, start, end)
    tables: tuple[tuple[str, Row, Iterable[Row]], ...] = (
        ("konten.csv", ("Konto", "Name", "Rolle"), chart_rows(settings)),
        ("buchungen.csv", ("Nr", "Tag", "Soll", "Haben", "Betrag", "Fall", "Beleg", "Sphäre", "Schlüssel", "Text"), posting_rows(rows)),
        ("offene_posten.csv", ("Beleg", "Mitgliedsnummer", "Datum", "Fällig", "Offen", "Nebenforderungen"), item_rows(organisation, end)),
        ("mitgliederkonten.csv", ("Konto", "Mitgliedsnummer", "Name", "Soll", "Haben", "Saldo"), member_rows(organisation, rows)),
    )  # fmt: skip
    with zipfile.ZipFile(target, "w") as archive:
        for name, head, body in tables:
            with archive.open(stamped(name, start, zipfile.ZIP_DEFLATED), "w", force_zip64=True) as raw:
                write_table(raw, head, body)


def write_table(raw: IO[bytes], head: Row, body: Iterable[Row]) -> None:
    """One table."""
    with io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
        writer = csv.writer(text, delimiter=";")
        writer.writerow(head)
        writer.writerows([cell(value) for value in row] for row in body)


def cell(value: Any) -> str:
    """As a German spreadsheet reads it; a text never begins a formula."""
    if isinstance(value, Decimal):
        return f"{value:.2f}".replace(".", ",")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def posting_rows(rows: QuerySet[Posting]) -> Iterator[Row]:
    """Every posting."""
    yield from rows.values_list(*COLUMNS).iterator(chunk_size=SLICE)


def item_rows(organisation: Organisation, end: date) -> Iterator[Row]:
    """What is open at the end of the days."""
    items = open_items(organisation, end - timedelta(days=1))
    numbers = dict(
        Member.objects.filter(organisation=organisation, invoices__isnull=False).values_list("pk", "number").distinct()
    )
    for item in items:
        yield item.number, numbers[item.payer], item.issued_on, item.due_on, item.open, item.ancillary


def member_rows(organisation: Organisation, rows: QuerySet[Posting]) -> Iterator[Row]:
    """Each member's account: what it was debited and credited in the days."""
    debited, credited = sums_by(rows, "debit_account"), sums_by(rows, "credit_account")
    accounts = DebtorAccount.objects.filter(organisation=organisation).select_related("member").order_by("number")
    for account in accounts.iterator(chunk_size=SLICE):
        debit, credit = debited.get(str(account), ZERO), credited.get(str(account), ZERO)
        yield account.number, account.member.number, account.member.name, debit, credit, debit - credit


def sums_by(rows: QuerySet[Posting], side: str) -> dict[str, Decimal]:
    """EUR per account of one side."""
    grouped = rows.order_by().values(side).annotate(sum=Sum("amount")).values_list(side, "sum")
    return {account: total([amount]) for account, amount in grouped.iterator(chunk_size=SLICE)}


def content(file: LedgerFile) -> Iterator[bytes]:
    """The bytes of a file, as they were made."""
    yield from unpack(bytes(file.content or b""))


def file_name(file: LedgerFile) -> str:
    """How the downloaded file is called."""
    days = f"{file.start:%Y-%m-%d}_{file.end - timedelta(days=1):%Y-%m-%d}"
    if file.kind == LedgerFile.Kind.IMAGES:
        part = f"-{file.part}" if file.part > 1 else ""
        return f"Belegbilder_{days}_{file.batch_id}{part}.zip"
    return f"Buchhaltung_{days}.zip" if file.kind == LedgerFile.Kind.CSV else f"Journal_{days}.ledger"
