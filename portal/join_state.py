"""What was typed so far goes along in the form itself, signed: inside another website no cookie comes back.

The signature is of one organisation and lasts a day. The form's name and the moment it began stand in it, so that two presses
make one order and a machine's haste is seen.
"""

from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.utils.crypto import get_random_string

SALT = "join"
OLDEST = 24 * 3600
QUICKEST = timedelta(seconds=3)
State = dict[str, Any]


def begin(code: str, now: datetime) -> State:
    """A new order of one tariff."""
    return {"key": get_random_string(32), "began": now.isoformat(), "tariff": code}


def sealed(slug: str, state: State) -> str:
    """As it stands in the form."""
    return signing.dumps(state, salt=f"{SALT}:{slug}", compress=True)


def opened(slug: str, text: str) -> State | None:
    """What was signed here for this organisation within a day; none for anything else."""
    try:
        found = signing.loads(text, salt=f"{SALT}:{slug}", max_age=OLDEST)
    except signing.BadSignature:
        return None
    return found if isinstance(found, dict) else None


def is_quick(state: State, now: datetime) -> bool:
    """Whether fewer seconds have passed than a person needs."""
    return now < datetime.fromisoformat(state["began"]) + QUICKEST
