"""What the queue runs: thin calls of services. One schedule, every minute; everything else is in our own table."""

from django.utils import timezone

from billing.services import work


def tick() -> int:
    """Does what is due now."""
    return work.tick(timezone.now())
