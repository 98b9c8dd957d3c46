"""How many mails may go now. Many providers take so many an hour and block who sends more: the rest goes later, by itself."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django_scopes import scopes_disabled

from billing.models import Mail, RunSettings
from members.models import Organisation

HOUR, SHARE = timedelta(hours=1), 6


class Queue(NamedTuple):
    """What waits because of the limit, and when the last of it goes."""

    mails: int
    done_at: datetime


def limit_of(organisation: Organisation) -> int | None:
    """The smaller one of the organisation's own limit and of the server's."""
    own = RunSettings.objects.filter(organisation=organisation).values_list("mails_per_hour", flat=True).first()
    limits = [limit for limit in (own, settings.MAILS_PER_HOUR) if limit]
    return min(limits) if limits else None


def room(organisation: Organisation, now: datetime, most: int) -> int:
    """How many of `most` may go now: within an hour no more than the limit, and within ten minutes a sixth of it."""
    own = RunSettings.objects.filter(organisation=organisation).values_list("mails_per_hour", flat=True).first()
    if own:
        most = min(most, left(own, Mail.objects.filter(organisation=organisation), now))
    if settings.MAILS_PER_HOUR:
        with scopes_disabled():
            most = min(most, left(settings.MAILS_PER_HOUR, Mail.objects.all(), now))
    return max(most, 0)


def left(limit: int, mails: QuerySet[Mail], now: datetime) -> int:
    """What the limit leaves after that which went out."""
    gone = mails.filter(sent_at__gt=now - HOUR, state__in=("sent", "bounced")).exclude(recipient="")
    just = Count("pk", filter=Q(sent_at__gt=now - HOUR / SHARE))
    found = gone.aggregate(hour=Count("pk"), just=just)
    hour, tenth = int(found["hour"]), int(found["just"])
    return min(limit - hour, -(-limit // SHARE) - tenth)


def queue(organisation: Organisation, now: datetime) -> Queue | None:
    """For the office: nothing where there is no limit, or everything goes within the next minutes."""
    limit = limit_of(organisation)
    if limit is None:
        return None
    waiting = Mail.objects.filter(organisation=organisation, state="waiting", next_at__lte=now).count()
    if waiting <= -(-limit // SHARE):
        return None
    return Queue(waiting, now + HOUR * waiting / limit)
