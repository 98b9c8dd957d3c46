"""The one schedule of the queue. `migrate` puts it in place; it has no arguments, since unreadable ones would stop every other."""

from typing import Any

from django.apps import apps

TICK = {"func": "billing.tasks.tick", "schedule_type": "I", "minutes": 1, "repeats": -1, "args": None, "kwargs": None}


def ensure_schedule(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Every minute, for ever; harmless to repeat."""
    if sender is None or sender.name == "billing":
        apps.get_model("django_q", "Schedule").objects.using(using).update_or_create(name="tick", defaults=TICK)
