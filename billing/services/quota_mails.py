"""Tells members that a free quota is nearly used, or used: once per contract, period and level."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.usage_words import left_words, used_words
from billing.models import Mail, Meter
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
    mails = [mail for one, row in due for mail in mail_of(organisation, reader(members, one), one, row, now)]
    return len(Mail.objects.bulk_create(mails, ignore_conflicts=True))


def reader(members: Mapping[int, Member], one: Held) -> Member:
    """The member, or who pays for a member without an e-mail address."""
    return members[one.member] if members[one.member].email else members[one.payer]


def mail_of(organisation: Organisation, member: Member, one: Held, row: UsageRow, now: datetime) -> Iterator[Mail]:
    """The message for the highest level that is reached; nobody without an e-mail address is written to."""
    level = next(level for level in LEVELS if (row.percent or 0) >= level)
    if not member.email:
        return
    with override(member.language):
        subject, text = words(organisation, member, row, level)
    yield Mail(
        organisation=organisation, member=member, kind="quota", key=f"quota:{one.id}:{row.component[:30]}:{row.now.start}:{level}",
        recipient=member.email, subject=subject[:200], text=text, next_at=now, created_at=now,
    )  # fmt: skip


def words(organisation: Organisation, member: Member, row: UsageRow, level: int) -> tuple[str, str]:
    """Subject and text in the member's language."""
    facts = {
        "name": member.name, "organisation": organisation.name, "meter": row.meter, "level": level,
        "used": used_words(row.now.used, row.now.free, row.unit), "left": left_words(row.days_left, row.expected, row.unit),
        "address": f"{settings.PUBLIC_URL}/usage/",
    }  # fmt: skip
    subject = _("%(meter)s: %(level)s %% of your free quota are used") % facts
    text = (
        _(
            "Hello %(name)s,\n\n%(meter)s: %(used)s. %(left)s\n\n"
            "What goes beyond the free quota is charged by your tariff. You see it day by day, and whether another tariff would suit you "
            "better, here: %(address)s\n\nKind regards\n%(organisation)s\n"
        )
        % facts
    )
    return subject, text
