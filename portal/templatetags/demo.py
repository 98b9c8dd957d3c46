"""What the public demo shows on every page, and on no page of anything else."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.conf import settings

from billing.demo.logins import PASSWORD
from billing.demo.public.clock import next_reset, time_of
from billing.demo.public.folder import seeded_at

register = template.Library()


@register.inclusion_tag("demo/banner.html")
def demo_banner() -> dict[str, Any]:
    """That all of it is invented, since when, and until when."""
    if not settings.PUBLIC_DEMO:
        return {}
    now = datetime.now(UTC)
    since = seeded_at(settings.DATA_DIR) or now
    until = next_reset(now, time_of(settings.PUBLIC_DEMO_RESET_AT))
    return {"is_demo": True, "since": since, "until": until, "imprint": settings.PUBLIC_DEMO_IMPRINT}


@register.inclusion_tag("demo/cards.html", takes_context=True)
def demo_cards(context: dict[str, Any]) -> dict[str, Any]:
    """Ways in without typing."""
    return {"is_demo": settings.PUBLIC_DEMO, "password": PASSWORD, "csrf_token": context.get("csrf_token")}
