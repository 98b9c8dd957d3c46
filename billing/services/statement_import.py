"""Bank statements come in: looked at first, then taken over whole or not at all. The same or an overlapping one adds nothing."""

import hashlib
import io
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from billing.formats import bank_files
from billing.formats.bank_lines import BankFileError, Head
from billing.models import Statement, StatementFile
from billing.pricing.money import ZERO
from billing.services.statement_store import Report, Writer, own_accounts
from billing.services.statement_words import refusal
from members.models import Organisation, User

BLOCK = 64 * 1024


class Undone(Exception):  # noqa: N818 (nothing went wrong)
    """Takes back what was only tried."""


def keep(organisation: Organisation, name: str, source: BinaryIO, user: User | None, now: datetime) -> StatementFile:
    """The file as it came; the same bytes are kept once."""
    source.seek(0)
    packed, hashed, pieces = zlib.compressobj(3), hashlib.sha256(), []
    while block := source.read(BLOCK):
        hashed.update(block)
        pieces.append(packed.compress(block))
    content = b"".join([*pieces, packed.flush()])
    values = {"name": name[-120:], "content": content, "received_at": now, "received_by": user}
    found, _new = StatementFile.objects.defer("content").get_or_create(
        organisation=organisation, sha256=hashed.hexdigest(), defaults=values
    )
    return found


def opened(file: StatementFile) -> BinaryIO:
    """The bytes as they came."""
    content = StatementFile.objects.values_list("content", flat=True).get(pk=file.pk)
    return io.BytesIO(zlib.decompress(bytes(content)))


def preview(file: StatementFile, now: datetime, source: BinaryIO | None = None) -> Report:
    """What taking the file would bring; nothing is written."""
    try:
        with transaction.atomic():
            report = write(file, now, source or opened(file))
            raise Undone
    except Undone:
        return report


def take(file: StatementFile, now: datetime, source: BinaryIO | None = None) -> Report:
    """Takes the file over, whole or not at all."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=file.organisation_id)
        report = write(file, now, source or opened(file))
        StatementFile.objects.filter(pk=file.pk, taken_at=None).update(report=as_json(report), taken_at=now)
    return report


def write(file: StatementFile, now: datetime, source: BinaryIO) -> Report:
    """Writes every new line of the file."""
    report = Report()
    writer = Writer(file.organisation, file, now, report, own_accounts(file.organisation))
    try:
        for line in bank_files.read(source):
            writer.take(line)
            if isinstance(line, Head):
                report.warnings += gaps(writer, line)
    except BankFileError as refused:
        raise refusal(refused) from refused
    writer.flush()
    if not report.statements:
        raise refusal(BankFileError("empty"))
    return report


def gaps(writer: Writer, head: Head) -> Iterator[str]:
    """A statement is missing if nothing that is known ends with the balance that this one begins with."""
    if not head.must_add_up or head.iban not in writer.accounts:
        return
    stored = Statement.objects.filter(creditor=writer.accounts[head.iban], kind__in=("camt.053", "MT940"))
    ends = stored.filter(closing=head.opening) | stored.filter(opening=head.opening, identifier=head.identifier)
    if stored.exists() and not ends.exists():
        message = _(
            "Before the statement %(statement)s one seems to be missing: no known one ends with %(opening)s EUR."
        )
        yield message % {"statement": head.identifier, "opening": head.opening}


def as_json(report: Report) -> dict[str, object]:
    """The report as it is kept with the file."""
    days = {"first_on": report.first_on, "last_on": report.last_on}
    return {
        "statements": report.statements, "new": report.new, "known": report.known, "resolved": report.resolved,
        "received": str(report.received + ZERO), "taken": str(report.taken + ZERO), "warnings": report.warnings[:20],
    } | {name: day.isoformat() if day else None for name, day in days.items()}  # fmt: skip


def import_file(
    organisation: Organisation, name: str, source: BinaryIO, user: User | None, now: datetime
) -> tuple[StatementFile, Report]:
    """Keeps and takes over a file in one go, for the command and the folder; a refused file is not kept."""
    with transaction.atomic():
        file = keep(organisation, name, source, user, now)
        source.seek(0)
        report = take(file, now, source)
    return file, report
