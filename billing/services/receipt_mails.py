"""How a receipt reaches its donor: by e-mail where no signature by hand is needed, else printed, signed and posted."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.letters import merge_pdfs
from billing.models import Mail, Receipt
from members.models import Member, Organisation

PRINT, PRINTED = Mail.State.PRINT, Mail.State.PRINTED


def receipt_mail(receipt: Receipt, now: datetime) -> Mail:
    """The message that brings a receipt; the PDF goes with it as it was kept."""
    member = receipt.member
    mailed = receipt.machine_made and bool(member.email) and member.delivery == Member.Delivery.MAIL
    mail = Mail(
        organisation=receipt.organisation, member=member, receipt=receipt, key=f"receipt:{receipt.pk}", kind="receipt", created_at=now,
        recipient=member.email if mailed else "", state=Mail.State.WAITING if mailed else PRINT, next_at=now if mailed else None,
    )  # fmt: skip
    with override(member.language):
        facts = {"number": receipt.number, "year": receipt.given_in, "house": receipt.organisation.name}
        mail.subject = (_("Your donation receipt for %(year)s – %(house)s") % facts)[:200]
        parts = [
            _("Hello %(name)s,") % {"name": member.name},
            _("please find attached your donation receipt %(number)s for %(year)s. Keep it for your tax return.")
            % facts,
            _("Kind regards"),
            receipt.organisation.name,
        ]
        mail.text = "\n\n".join(parts) + "\n"
    return mail


def to_print(organisation: Organisation) -> QuerySet[Mail]:
    """Receipts that wait to be printed, signed and posted; sorted by postcode for franking."""
    waiting = Mail.objects.filter(organisation=organisation, kind="receipt", state=PRINT, receipt__cancelled_on=None)
    return waiting.order_by("member__country", "member__postal_code", "receipt__year", "receipt__sequence")


def letters(organisation: Organisation) -> bytes:
    """One PDF of them all; empty when there are none."""
    files = to_print(organisation).values_list("receipt__pdf__content", flat=True)
    contents = [bytes(content) for content in files if content]
    return merge_pdfs(contents) if contents else b""


def mark_posted(organisation: Organisation, now: datetime) -> int:
    """They were printed, signed and posted; gives how many."""
    ids = list(to_print(organisation).values_list("pk", flat=True))
    return Mail.objects.filter(pk__in=ids, state=PRINT).update(state=PRINTED, sent_at=now)
