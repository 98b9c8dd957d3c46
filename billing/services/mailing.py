"""Sends what waits in the outbox: after commit, by the worker, again with growing pauses, with the same Message-ID each time."""

import hashlib
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _
from django_scopes import scope

from billing.documents.mails import invoice_mail
from billing.models import BillingRun, Mail, ReceiptFile
from billing.services.archive import pdf_of
from members.models import OfficeRole, Organisation
from members.roles import TREASURER

PAUSES = [timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24)]
LEASE = timedelta(minutes=10)


def send_due(organisation: Organisation, now: datetime, limit: int = 100) -> int:
    """Sends up to `limit` waiting messages; gives how many went out."""
    waiting = Mail.objects.filter(organisation=organisation, state="waiting", next_at__lte=now).order_by(
        "next_at", "id"
    )
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    if not ids:
        return 0
    with scope(organisation=organisation), get_connection() as connection:
        return sum(send_one(pk, now, connection) for pk in ids)


def send_one(pk: int, now: datetime, connection: Any) -> bool:
    """Takes one message by compare-and-set, so that two workers never send it both, and sends it."""
    taken = Mail.objects.filter(pk=pk, state="waiting", next_at__lte=now).update(next_at=now + LEASE)
    if not taken:
        return False
    mail = Mail.objects.select_related("invoice", "organisation", "member").get(pk=pk)
    try:
        message_of(mail, connection).send()
    except (SMTPException, OSError) as failed:
        put_off(mail, now, failed)
        return False
    Mail.objects.filter(pk=pk).update(state="sent", sent_at=now, subject=mail.subject, text=mail.text, error="")
    return True


def message_of(mail: Mail, connection: Any) -> EmailMessage:
    """The message with its attachment; an invoice's words are made from its snapshot."""
    attachments = []
    if mail.invoice and mail.kind == "invoice":
        words = invoice_mail(mail.invoice.snapshot)
        mail.subject, mail.text = words.subject[:200], words.text
        attachments = [(f"{mail.invoice.number}.pdf", bytes(pdf_of(mail.invoice).content), "application/pdf")]
    if mail.receipt_id:
        kept = ReceiptFile.objects.select_related("receipt").get(receipt=mail.receipt_id)
        attachments = [(f"{kept.receipt.number}.pdf", bytes(kept.content), "application/pdf")]
    organisation = mail.organisation
    reply_to = [organisation.email] if organisation.email else []
    headers = {"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"}
    return EmailMessage(
        mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.recipient], reply_to=reply_to, headers=headers,
        attachments=attachments, connection=connection,
    )  # fmt: skip


def message_id(mail: Mail) -> str:
    """Always the same for the same cause: a second sending after a crash is recognised as a repeat."""
    digest = hashlib.sha256(f"{mail.organisation_id}|{mail.key}".encode()).hexdigest()[:32]
    return f"<{digest}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2] or 'localhost'}>"


def put_off(mail: Mail, now: datetime, failed: Exception) -> None:
    """Tries again later; after the last pause the office sees it as failed."""
    attempts, error = mail.attempts + 1, str(failed)[:300]
    if attempts > len(PAUSES):
        Mail.objects.filter(pk=mail.pk).update(state="failed", attempts=attempts, error=error, next_at=None)
    else:
        Mail.objects.filter(pk=mail.pk).update(attempts=attempts, error=error, next_at=now + PAUSES[attempts - 1])


def mark_printed(run: BillingRun, now: datetime) -> int:
    """The letters of a run were printed and posted; that is their pre-notification."""
    return Mail.objects.filter(invoice__run=run, state="print").update(state="printed", sent_at=now)


def tell_office(organisation: Organisation, key: str, subject: str, text: str, now: datetime) -> int:
    """Writes to the treasurers of an organisation; once per `key`."""
    treasurers = OfficeRole.objects.filter(organisation=organisation, group__name=TREASURER).values_list(
        "user__email", flat=True
    )
    return len(
        Mail.objects.bulk_create(
            [office_mail(organisation, key, to, subject, text, now) for to in treasurers], ignore_conflicts=True
        )
    )


def office_mail(organisation: Organisation, key: str, to: str, subject: str, text: str, now: datetime) -> Mail:
    """One message to one treasurer."""
    return Mail(
        organisation=organisation, key=f"{key}:{to}"[:80], kind="office", recipient=to, subject=subject, text=text, next_at=now,
        created_at=now,
    )  # fmt: skip


def preview_waits(run: BillingRun, figures: dict[str, Any], now: datetime) -> int:
    """Tells the office that a preview waits for its approval."""
    subject = _("The preview of the run of %(day)s is ready") % {"day": f"{run.on:%d.%m.%Y}"}
    text = _(
        "%(count)s invoices, %(total)s EUR in all, %(debits)s of them by direct debit (%(debit_total)s EUR).\n"
        "Nothing has been issued. Please look at it and approve it: %(address)s\n"
    ) % {
        "count": figures["payers_invoiced"], "total": figures["invoiced_total"], "debits": figures["direct_debits"],
        "debit_total": figures["direct_debit_total"], "address": f"{settings.PUBLIC_URL}/office/runs/{run.pk}/",
    }  # fmt: skip
    return tell_office(run.organisation, f"preview:{run.pk}", subject, text, now)
