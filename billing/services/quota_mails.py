"""Tells members that a free quota is nearly used, or used: once per contract, period and level."""

from collections.abc import Mapping
from collections.abc import Set as Several
from datetime import date, datetime

from django.utils.translation import override

from billing.documents.mails import signature_of
from billing.documents.usage_words import left_words, used_words
from billing.models import Mail, Meter
from billing.services.addresses import portal_url
from billing.services.bounces import bounced_addresses, reachable
from billing.services.mail_templates import Templates, templates_of, written
from billing.services.portfolio import Held
from billing.services.quota import UsageRow, near_quota
from members.models import Member, Organisation

LEVELS = (100, 80)


def write(organisation: Organisation, on: date, now: datetime) -> int:
    """Writes what is due; a second call on the same day, or in the same period, writes nothing new."""
    told = set(Meter.objects.filter(organisation=organisation, quota_mails=True).values_list("code", flat=True))
    if not told:
        return 0
    due = [(one, row) for one, row in near_quota(organisation, on, min(LEVELS)) if row.code in told]
    members = Member.objects.in_bulk({number for one, _row in due for number in (one.member, one.payer)})
    templates, bounced = templates_of(organisation), bounced_addresses(organisation)
    read_by = [(reader(members, one, bounced), one, row) for one, row in due]
    mails = [mail_of(organisation, who, one, row, now, templates) for who, one, row in read_by if who]
    return len(Mail.objects.bulk_create(mails, ignore_conflicts=True))


def reader(members: Mapping[int, Member], one: Held, bounced: Several[str]) -> Member | None:
    """The member, or who pays for a member whom no mail reaches; None: nobody is reached."""
    both = (members[one.member], members[one.payer])
    return next((who for who in both if reachable(who.email, bounced)), None)


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
            "left": left_words(row.days_left, row.expected, row.unit), "address": f"{portal_url(organisation)}/usage/",
        }  # fmt: skip
