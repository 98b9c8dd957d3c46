"""When the public demo is reset: once a day at a local time."""

from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

DAY = timedelta(days=1)


def time_of(text: str) -> time:
    """`03:00`; anything else is a ValueError."""
    return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 (a time of day has no zone)


def next_reset(after: datetime, at: time) -> datetime:
    """The first reset behind an instant.

    On the days when the clock changes: an hour that comes twice counts the first time; a time that is left out is
    taken by the clock before the change, so 02:30 is 03:30 by the new one. There is one reset on each calendar day.
    """
    today = after.astimezone(timezone.get_default_timezone()).date()
    days = (today + DAY * number for number in range(3))
    resets = (datetime.combine(day, at, timezone.get_default_timezone()).astimezone(UTC) for day in days)
    return next(one for one in resets if one > after)
