"""By which notice of the tax office receipts may be made on a day (AO 63 (5)), computed to the day of issue."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.models import TaxNotice
from billing.services.invoicing import shown
from members.models import Organisation

WARNED = timedelta(days=90)
EXEMPTION = TaxNotice.Kind.EXEMPTION


def newest(organisation: Organisation, on: date) -> TaxNotice | None:
    """The newest notice of exemption; the finding on the statutes counts only while there never was one."""
    # `exemption` sorts before `statutes`.
    known = TaxNotice.objects.filter(organisation=organisation, issued_on__lte=on)
    return known.order_by("kind", "-issued_on").first()


def notice_on(organisation: Organisation, on: date) -> TaxNotice:
    """The notice that receipts of this day rest on; refuses where there is none, or where it is too old."""
    notice = newest(organisation, on)
    if notice is None:
        message = _(
            "Enter the notice of the tax office first (Settings, Notices of the tax office): receipts rest on it."
        )
        raise ValidationError(message, code="no_notice")
    if notice.revoked_on and notice.revoked_on <= on:
        message = _("The notice of %(day)s does not hold since %(since)s: no receipts may be made.")
        raise ValidationError(
            message, code="revoked", params={"day": shown(notice.issued_on), "since": shown(notice.revoked_on)}
        )
    if on > notice.last_day:
        raise ValidationError(too_old(notice), code="too_old")
    return notice


def too_old(notice: TaxNotice) -> str:
    """Until when receipts could be made, and what to do."""
    facts = {"day": shown(notice.issued_on), "last": shown(notice.last_day)}
    if notice.kind == EXEMPTION:
        return (
            _(
                "The notice of exemption of %(day)s is older than five years: receipts could be made until %(last)s "
                "(§ 63 Abs. 5 AO). Ask the tax office for a new one and enter it."
            )
            % facts
        )
    return (
        _(
            "The finding on the statutes of %(day)s is older than three years: receipts could be made until %(last)s "
            "(§ 63 Abs. 5 AO). Send in your tax return and enter the notice of exemption."
        )
        % facts
    )


def ends_soon(organisation: Organisation, on: date) -> date | None:
    """The last day for receipts, if it comes within 90 days or has passed; None where nobody makes any."""
    notice = newest(organisation, on)
    if notice is None or notice.last_day > on + WARNED:
        return None
    return notice.last_day
