"""Donations from a list, and donations that turn out to be none."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.formats import donation_csv
from billing.formats.donation_csv import DonationRow
from billing.formats.member_csv import CsvFault
from billing.models import Donation, Receipt, ReceiptLine
from members.models import Member, Organisation, User

FILE_FAULTS = {
    "empty": gettext_lazy("The file is empty."),
    "too_large": gettext_lazy("The file is larger than 1 MB. Split it."),
    "binary": gettext_lazy("This is no text file. Export the list as CSV."),
    "field": gettext_lazy(
        "A cell of the list has no end: a quote is missing, or it is too long. Export the list anew."
    ),
    "columns": gettext_lazy("These columns are missing in the first line: %(missing)s."),
    "no_rows": gettext_lazy("The list has no rows."),
}
ROW_FAULTS = {
    "member": gettext_lazy("is no number of a member"),
    "day": gettext_lazy("is no day like 31.01.2026"),
    "amount": gettext_lazy("is no amount like 50 or 50,00"),
    "future": gettext_lazy("lies in the future"),
}


@dataclass(slots=True)
class DonationList:
    """What a list would bring: new donations with their donors, how many are there already, what is wrong."""

    new: list[tuple[DonationRow, Member]] = field(default_factory=list)
    known: int = 0
    faults: list[tuple[CsvFault, str]] = field(default_factory=list)


def look(organisation: Organisation, data: bytes, on: date) -> DonationList:
    """Reads a list; nothing is written."""
    try:
        rows = list(donation_csv.read(data))
    except donation_csv.DonationFileError as refused:
        message = FILE_FAULTS[refused.code]
        raise ValidationError(message, code=refused.code, params={"missing": refused.missing}) from refused
    good = [row for row in rows if isinstance(row, DonationRow)]
    members = {
        one.number: one
        for one in Member.objects.filter(organisation=organisation, number__in={row.member for row in good})
    }
    keys = Donation.objects.filter(organisation=organisation, withdrawn_on=None).exclude(key="")
    stored = set(keys.values_list("key", flat=True))
    found = DonationList()
    for row in rows:
        fault = row if isinstance(row, CsvFault) else fault_of(row, members, on)
        if fault:
            found.faults.append((fault, str(ROW_FAULTS[fault.code])))
        elif isinstance(row, DonationRow) and key_of(row) in stored:
            found.known += 1
        elif isinstance(row, DonationRow):
            found.new.append((row, members[row.member]))
    return found


def fault_of(row: DonationRow, members: dict[str, Member], on: date) -> CsvFault | None:
    """What cannot be true of a row that can be read."""
    if row.member not in members:
        return CsvFault(row.line, "member", row.member, "member")
    return CsvFault(row.line, "day", row.on.isoformat(), "future") if row.on > on else None


def key_of(row: DonationRow) -> str:
    """By which the same row is known again."""
    return hashlib.sha256(row.identity.encode()).hexdigest()


def take(organisation: Organisation, data: bytes, now: datetime, on: date, user: User | None) -> int:
    """Enters what is new of a list without faults, as a whole; gives how many donations that were."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        found = look(organisation, data, on)
        if found.faults:
            raise ValidationError(_("The list has faulty rows. Correct them and upload it again."), code="faults")
        new = [
            Donation(
                organisation=organisation, member=member, given_on=row.on, amount=row.amount, reference=row.reference, key=key_of(row),
                recorded_at=now, recorded_by=user,
            )
            for row, member in found.new
        ]  # fmt: skip
        Donation.objects.bulk_create(new)
    return len(new)


def withdraw(donation: Donation, reason: str, on: date) -> Receipt | None:
    """The money came back, or the entry was wrong. Gives the receipt that must be called back now, if there is one."""
    if not reason.strip():
        raise ValidationError(_("Please say why it is withdrawn."), code="reason")
    standing = Donation.objects.filter(pk=donation.pk, withdrawn_on=None)
    if standing.update(withdrawn_on=on, withdrawn_reason=reason.strip()[:200]) != 1:
        raise ValidationError(_("This donation was withdrawn already."), code="withdrawn")
    line = ReceiptLine.objects.filter(
        organisation=donation.organisation_id, payment=f"donation:{donation.pk}", freed_on=None
    )
    return Receipt.objects.filter(lines__in=line).first()
