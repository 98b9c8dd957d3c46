"""Tells members that a free quota is nearly used, or used: once per contract, period and level."""

from datetime import date, datetime

from django.conf import settings
from django.utils.translation import override

from billing.documents.mails import signature_of
from billing.documents.usage_words import left_words, used_words
from billing.models import Mail, Meter
from billing.services.bounces import bounced_addresses, reachable
from billing.services.mail_templates import Templates, templates_of, written
from billing.services.portfolio import Held
from billing.services.quota import UsageRow, near_quota
from members.models import Member, Organisation

LEVELS = (100, 80)


def write(organisation: Organisation, on: date, now: datetime) -> int:
    """Writes what is due; a second call on the same day, or in the same period, writes nothing new."""
    told = set(Meter.objects.filter(organisation=organisation, quota_mails=True).values_list("name", flat=True))
    if not told:
        return 0
    due = [(one, row) for one, row in near_quota(organisation, on, min(LEVELS)) if row.meter in told]
    members = Member.objects.in_bulk({one.member for one, _row in due})
    templates, bounced = templates_of(organisation), bounced_addresses(organisation)
    told_by_mail = [(one, row) for one, row in due if reachable(members[one.member].email, bounced)]
    mails = [mail_of(organisation, members[one.member], one, row, now, templates) for one, row in told_by_mail]
    return len(Mail.objects.bulk_create(mails, ignore_conflicts=True))


def mail_of(
    organisation: Organisation, member: Member, one: Held, row: UsageRow, now: datetime, templates: Templates
) -> Mail:
    """The message for the highest level that is reached."""
    level = next(level for level in LEVELS if (row.percent or 0) >= level)
    words = written(templates, "quota", member.language, values_of(organisation, member, row, level))
    return Mail(
        organisation=organisation, member=member, kind="quota", key=f"quota:{one.id}:{row.component[:30]}:{row.now.start}:{level}",
        recipient=member.email, subject=words.subject, text=words.text, next_at=now, created_at=now,
    )  # fmt: skip


def values_of(organisation: Organisation, member: Member, row: UsageRow, level: int) -> dict[str, str]:
    """What the message tells, in the member's language."""
    with override(member.language):
        return {
            "name": member.name, "organisation": organisation.name, "signature": signature_of(organisation),
            "meter": row.meter, "level": str(level), "used": used_words(row.now.used, row.now.free, row.unit),
            "left": left_words(row.days_left, row.expected, row.unit), "address": f"{settings.PUBLIC_URL}/usage/",
        }  # fmt: skip
