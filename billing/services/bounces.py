"""Addresses that take no mail: told by the server at once, or by a delivery report afterwards. Who has one gets letters."""

from collections.abc import Collection as Several
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from billing.formats import bounce
from billing.models import Bounce, Collection, Mail
from members.models import Member, Organisation, User

# What has to arrive is printed when the mail did not: what announces a debit or a price, a confirmation in text form, a reminder.
BY_LETTER = ("invoice", "contract", "price", "announcement", "instalments", "debit_plan", "notice", "join_welcome")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a delivery report brought."""

    marked: list[str]
    known: list[str]
    passing: list[str]
    strange: list[str]


def bounced_addresses(organisation: Organisation) -> frozenset[str]:
    """Addresses that take no mail, in small letters."""
    return frozenset(open_bounces(organisation).values_list("address", flat=True))


def open_bounces(organisation: Organisation) -> QuerySet[Bounce]:
    """What was not cleared."""
    return Bounce.objects.filter(organisation=organisation, cleared_at=None)


def reachable(email: str, bounced: Several[str]) -> bool:
    """Whether a mail would arrive, as far as we know."""
    return bool(email) and email.lower() not in bounced


def takes_mail(organisation: Organisation, email: str) -> bool:
    """The same for one address."""
    return bool(email) and not open_bounces(organisation).filter(address=email.lower()).exists()


def members_to_correct(organisation: Organisation) -> QuerySet[Member]:
    """Members whose present address takes no mail; corrected or cleared, they are gone from here."""
    rows = Member.objects.filter(organisation=organisation).annotate(lower_email=Lower("email"))
    return rows.filter(lower_email__in=bounced_addresses(organisation))


def corrections(organisation: Organisation) -> list[tuple[Member, Bounce]]:
    """Each of them by name, with why."""
    reasons = {one.address: one for one in open_bounces(organisation)}
    members: Any = members_to_correct(organisation).order_by("last_name", "first_name", "pk")
    return [(one, reasons[one.lower_email]) for one in members]


@transaction.atomic
def record(organisation: Organisation, address: str, reason: str, now: datetime, mail: Mail | None = None) -> bool:
    """Marks an address, has letters written for what came back, and for what waits to be sent there. Says whether it is new."""
    address = address.lower()
    row = Bounce(organisation=organisation, address=address, reason=reason[:300], at=now, mail=mail)
    new = not open_bounces(organisation).filter(address=address).exists()
    if new:
        Bounce.objects.bulk_create([row], ignore_conflicts=True)
    if mail is not None:
        came_back(mail, reason, now)
    for waiting in Mail.objects.filter(organisation=organisation, state="waiting", recipient__iexact=address):
        came_back(waiting, reason, now)
    return new


def came_back(mail: Mail, reason: str, now: datetime) -> None:
    """The mail did not arrive: what has to arrive becomes a letter; a debit that it announced is not announced any more."""
    returned = Mail.objects.filter(pk=mail.pk, state__in=("waiting", "sent"))
    if returned.update(state="bounced", error=reason[:300], next_at=None) and mail.kind in BY_LETTER:
        by_letter(mail, now)


def by_letter(mail: Mail, now: datetime) -> None:
    """The same words on paper; a debit that the mail announced is announced when the letter is posted."""
    letter = Mail(
        organisation_id=mail.organisation_id, member_id=mail.member_id, invoice_id=mail.invoice_id, key=f"{mail.key[:73]}:letter",
        notice_id=mail.notice_id, kind=mail.kind, subject=mail.subject, text=mail.text, state=Mail.State.PRINT, created_at=now,
    )  # fmt: skip
    Mail.objects.bulk_create([letter], ignore_conflicts=True)
    announced_by(mail).filter(failed_on=None, batch__submitted_at=None).update(notified_on=None)


def announced_by(mail: Mail) -> QuerySet[Collection]:
    """The debits that a message told of: its invoice's, the one that it names, or those of its plan."""
    rows = Collection.objects.filter(organisation=mail.organisation_id)
    if mail.invoice_id:
        return rows.filter(invoice=mail.invoice_id)
    if mail.kind == "announcement":
        identifier = mail.key.removeprefix("debit:").removesuffix(":letter")
        return rows.filter(Q(end_to_end_id=identifier) | Q(part_of__end_to_end_id=identifier))
    planned = mail.planned_debits.filter(withdrawn_on=None).values_list("day", "mandate_reference")
    which = Q(pk__in=[])
    for day, reference in planned:
        which |= Q(batch__collection_date=day, mandate_reference=reference)
    return rows.filter(which, invoice__payer=mail.member_id)


def clear(bounce_row: Bounce, user: User | None, now: datetime) -> None:
    """Somebody says that the address works: mail goes there again."""
    if not Bounce.objects.filter(pk=bounce_row.pk, cleared_at=None).update(cleared_at=now, cleared_by=user):
        raise ValidationError(_("This address was cleared already."), code="cleared")


def take_report(organisation: Organisation, data: bytes, now: datetime) -> Outcome:
    """Reads a delivery report and marks the addresses that are gone for good; only such as this organisation wrote to."""
    try:
        reports = bounce.read(data)
    except ValueError as refused:
        message = _("This file is no delivery report (RFC 3464), or is larger than 10 MB: %(why)s.")
        raise ValidationError(message, code="no_report", params={"why": refused}) from refused
    found = Outcome([], [], [], [])
    for report in reports:
        group_for(organisation, report, now, found).append(report.address)
    return found


def group_for(organisation: Organisation, report: bounce.Report, now: datetime, found: Outcome) -> list[str]:
    """Marks one address where it has to be marked, and says where it belongs."""
    mail = mail_of(organisation, report)
    address = mail.recipient if mail else report.address
    if mail is None and not written_to(organisation, address):
        return found.strange
    if not report.permanent:
        return found.passing
    return found.marked if record(organisation, address, report.reason, now, mail) else found.known


def mail_of(organisation: Organisation, report: bounce.Report) -> Mail | None:
    """Our message that came back, by its Message-ID."""
    if not report.message_id:
        return None
    return Mail.objects.filter(organisation=organisation, message_id=report.message_id).first()


def written_to(organisation: Organisation, address: str) -> bool:
    """Whether a member has this address: a report about anybody else is none of ours."""
    return Member.objects.filter(organisation=organisation).alias(low=Lower("email")).filter(low=address).exists()
