"""Sends what waits in the outbox: after commit, by the worker, again with growing pauses, with the same Message-ID each time."""

import hashlib
import logging
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.utils.translation import gettext as _
from django_scopes import scope

from billing.documents.mails import housed, invoice_mail, one_line
from billing.formats import bounce
from billing.models import BillingRun, Branding, EInvoiceFile, Invoice, Mail, ReceiptFile
from billing.services import bounces
from billing.services.addresses import portal_url
from billing.services.archive import pdf_of, xml_of
from billing.services.branding import branding_of, mail_words_of
from billing.services.dunning_letters import notice_name, notice_pdf
from billing.services.mail_pace import room
from billing.services.mail_templates import Templates, templates_of
from members.models import OfficeRole, Organisation
from members.roles import TREASURER

logger = logging.getLogger(__name__)

PAUSES = [timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24)]
LEASE = timedelta(minutes=10)
BY_A_PERSON = "answer"
IS_BULK = ExpressionWrapper(Q(kind="invoice"), output_field=BooleanField())


def send_due(organisation: Organisation, now: datetime, limit: int = 100) -> int:
    """Sends up to `limit` waiting messages; gives how many went out. A person's mail never stands behind a run's invoices."""
    waiting = Mail.objects.filter(organisation=organisation, state="waiting", next_at__lte=now)
    with scope(organisation=organisation):
        ids = list(waiting.order_by(IS_BULK, "next_at", "id").values_list("pk", flat=True)[:limit])
        ids = ids[: room(organisation, now, len(ids))] if ids else []
        return send_many(organisation, ids, now) if ids else 0


def send_many(organisation: Organisation, ids: list[int], now: datetime) -> int:
    """Over one connection. When the server does not answer, none is tried; all of them wait."""
    connection, templates, house = get_connection(), templates_of(organisation), branding_of(organisation)
    try:
        connection.open()
    except (SMTPException, OSError) as failed:
        for mail in Mail.objects.filter(pk__in=ids):
            put_off(mail, now, failed)
        return 0
    try:
        return sum(send_one(pk, now, connection, templates, house) for pk in ids)
    finally:
        connection.close()


def send_one(
    pk: int, now: datetime, connection: BaseEmailBackend | None, templates: Templates, house: Branding | None = None
) -> bool:
    """Takes one message by compare-and-set, so that two workers never send it both, and sends it."""
    taken = Mail.objects.filter(pk=pk, state="waiting", next_at__lte=now).update(next_at=now + LEASE)
    if not taken:
        return False
    mail = Mail.objects.select_related("invoice", "organisation", "member", "notice").get(pk=pk)
    if not mail.message_id:
        Mail.objects.filter(pk=pk).update(message_id=message_id(mail))
    try:
        message_of(mail, connection, templates, house or Branding()).send()
    except SMTPRecipientsRefused as refused:
        take_refusal(mail, refused, now)
        return False
    except Exception as failed:  # whatever it was: it must not stop the mails of others
        logger.warning("message %s was not sent: %s", pk, failed)
        put_off(mail, now, failed)
        if connection and isinstance(failed, (SMTPException, OSError)):
            connection.close()
        return False
    Mail.objects.filter(pk=pk).update(state="sent", sent_at=now, subject=mail.subject, text=mail.text, error="")
    return True


def take_refusal(mail: Mail, refused: SMTPRecipientsRefused, now: datetime) -> None:
    """A wrong address is noted at once; any other refusal, such as a full mailbox, is tried again."""
    code, answer = next(iter(refused.recipients.values()), (0, b""))
    reason = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    status = bounce.STATUS.search(reason)
    if bounce.is_bad_address(status[0] if status else "", code):
        Mail.objects.filter(pk=mail.pk).update(attempts=F("attempts") + 1, subject=mail.subject, text=mail.text)
        bounces.record(mail.organisation, mail.recipient, f"{code} {reason}", now, mail)
    else:
        put_off(mail, now, refused)


def message_of(mail: Mail, connection: BaseEmailBackend | None, templates: Templates, house: Branding) -> EmailMessage:
    """The message with its attachment, greeting and close as the house has them; an invoice's words are made from its snapshot."""
    if mail.invoice and mail.kind == "invoice":
        words = invoice_mail(mail.invoice.snapshot, templates.get(("invoice", mail.invoice.snapshot["language"])))
        mail.subject, mail.text = words.subject, words.text
    organisation = mail.organisation
    reply_to = [organisation.email] if organisation.email else []
    language = mail.member.language if mail.member else organisation.language
    mail.text = housed(mail.text, language, mail_words_of(house, language))
    headers = {"Message-ID": message_id(mail)}
    if mail.kind != BY_A_PERSON:
        headers["Auto-Submitted"] = "auto-generated"
    return EmailMessage(
        mail.subject, mail.text, sender_of(organisation), [mail.recipient], reply_to=reply_to, headers=headers,
        attachments=attachments_of(mail), connection=connection,
    )  # fmt: skip


def attachments_of(mail: Mail) -> list[tuple[str, bytes, str]]:
    """The document that the message brings: invoice, donation receipt, or the letter of a reminder with its code to pay."""
    if mail.invoice and mail.kind == "invoice":
        return files_of(mail.invoice)
    if mail.receipt_id:
        kept = ReceiptFile.objects.select_related("receipt").get(receipt=mail.receipt_id)
        return [(f"{kept.receipt.number}.pdf", bytes(kept.content), "application/pdf")]
    return [(notice_name(mail.notice), notice_pdf(mail.notice), "application/pdf")] if mail.notice else []


def sender_of(organisation: Organisation) -> str:
    """The installation's address under the organisation's name."""
    return formataddr((one_line(organisation.name), sending_address()))


def sending_address() -> str:
    """The setting may say `Name <address>`."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def files_of(invoice: Invoice) -> list[tuple[str, bytes, str]]:
    """The PDF, which holds a ZUGFeRD inside; an XRechnung stands beside it."""
    found = [(f"{invoice.number}.pdf", bytes(pdf_of(invoice).content), "application/pdf")]
    xml = xml_of(invoice)
    if xml and xml.format != EInvoiceFile.Format.ZUGFERD:
        found.insert(0, (f"{invoice.number}.xml", bytes(xml.content), "application/xml"))
    return found


def message_id(mail: Mail) -> str:
    """Always the same for the same cause: a second sending after a crash is recognised as a repeat."""
    digest = hashlib.sha256(f"{mail.organisation_id}|{mail.key}".encode()).hexdigest()[:32]
    return f"<{digest}@{sending_address().rpartition('@')[2] or 'localhost'}>"


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
        "debit_total": figures["direct_debit_total"], "address": f"{portal_url(run.organisation)}/office/runs/{run.pk}/",
    }  # fmt: skip
    return tell_office(run.organisation, f"preview:{run.pk}", subject, text, now)
