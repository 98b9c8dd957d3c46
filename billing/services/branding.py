"""How an organisation looks: what a document freezes of it, which logos are kept, and what may be stored."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.documents.colours import READABLE, VISIBLE, WHITE, contrast, nearest, parsed, written
from billing.models import Branding, LogoFile
from members.models import Organisation, User

FIELDS = ("second_colour", "sender_line", "footer_contact", "footer_register", "footer_bank")
DETAILS = ("colour", "legal_form", "seat", "supervisory_chair")
KINDS, PLACES, LANGUAGES = ("invoice", "letter", "mail"), ("greeting", "closing"), ("de", "en")
LONGEST_TEXT, MOST_LINES = 1_000, 3


def branding_of(organisation: Organisation) -> Branding:
    """What was chosen; one that is not stored is all standard."""
    found: Branding | None = Branding.objects.filter(organisation=organisation).first()
    return found or Branding(organisation=organisation)


def look_of(organisation: Organisation, branding: Branding | None = None) -> dict[str, str]:
    """What a document freezes beside name and address: colours, logo by its hash, sender line, footer, legal details."""
    branding = branding or branding_of(organisation)
    own: dict[str, str] = {name: getattr(branding, name) for name in FIELDS}
    details: dict[str, str] = {name: getattr(organisation, name) for name in DETAILS}
    return own | details | {"logo": sha256(bytes(organisation.logo)) if organisation.logo else ""}


def text_of(branding: Branding, kind: str, language: str, place: str) -> str:
    """The organisation's own words in front of or behind something; empty where there are none."""
    return str(branding.texts.get(f"{kind}.{language}.{place}", ""))


def texts_around(branding: Branding, kind: str, language: str) -> dict[str, str]:
    """The words above and below a document, as its snapshot has them."""
    return {
        "intro": text_of(branding, kind, language, "greeting"),
        "closing": text_of(branding, kind, language, "closing"),
    }


def mail_words_of(branding: Branding, language: str) -> tuple[str, str]:
    """The organisation's own greeting, with `{name}` in it, and close of its mails; empty where there are none."""
    return text_of(branding, "mail", language, "greeting"), text_of(branding, "mail", language, "closing")


def sha256(content: bytes) -> str:
    """The name of a logo."""
    return hashlib.sha256(content).hexdigest()


def keep_logo(organisation: Organisation) -> None:
    """Keeps the logo in force for the documents that name it; harmless to repeat."""
    if organisation.logo:
        content = bytes(organisation.logo)
        row = LogoFile(organisation=organisation, content=content, sha256=sha256(content))
        LogoFile.objects.bulk_create([row], ignore_conflicts=True)


def logo_for(issuer: Mapping[str, Any], organisation: Organisation) -> bytes | None:
    """The logo that a document was issued with; one that froze none (before there was a choice) has the one in force."""
    current = bytes(organisation.logo) if organisation.logo else None
    wanted = issuer.get("logo")
    if wanted is None or (current and sha256(current) == wanted):
        return current
    kept = LogoFile.objects.filter(organisation=organisation, sha256=wanted).first() if wanted else None
    return bytes(kept.content) if kept else None


def check_colours(colour: str, second: str) -> None:
    """Words in the first colour, and white words on it, can be read; lines in the second can be seen (WCAG 2.1 AA)."""
    faults: dict[str, ValidationError] = {}
    for name, value, ratio in (("colour", colour, READABLE), ("second_colour", second, VISIBLE)):
        if value and contrast(parsed(value), WHITE) < ratio:
            faults[name] = too_pale(value, ratio)
    if faults:
        raise ValidationError(faults)


def too_pale(colour: str, ratio: float) -> ValidationError:
    """The ratio, and the nearest colour that is dark enough."""
    message = _(
        "Too pale on white: contrast %(found)s, at least %(ratio)s is needed. The nearest that does is %(offer)s."
    )
    found = shown(contrast(parsed(colour), WHITE))
    params = {"found": found, "ratio": shown(ratio), "offer": offered(colour, ratio)}
    return ValidationError(message, code="contrast", params=params)


def offered(colour: str, ratio: float) -> str:
    """The nearest colour with so much contrast on white."""
    return written(nearest(parsed(colour), WHITE, ratio))


def shown(ratio: float) -> str:
    """`4.5:1`, cut and not rounded, so that what does not pass never looks as if it did."""
    tenths = int(ratio * 100)
    return f"{tenths // 100}.{tenths % 100:02}:1"


def check_texts(branding: Branding) -> None:
    """Short enough for their places."""
    faults: dict[str, Any] = {}
    for name in ("footer_contact", "footer_register", "footer_bank"):
        if len(getattr(branding, name).splitlines()) > MOST_LINES:
            faults[name] = _("At most %(most)s lines: the page needs its room.") % {"most": MOST_LINES}
    for key, text in branding.texts.items():
        if len(text) > LONGEST_TEXT:
            faults[key] = _("At most %(most)s characters.") % {"most": LONGEST_TEXT}
    if faults:
        raise ValidationError(faults)


def store(organisation: Organisation, branding: Branding, user: User | None) -> None:
    """Stores look and legal details together. Documents that are issued already keep what they were issued with."""
    check_colours(organisation.colour, branding.second_colour)
    check_texts(branding)
    branding.full_clean(exclude=["organisation"])
    organisation.full_clean()
    changed: tuple[Any, ...] = (organisation, branding)
    for row in changed:
        row._history_user = user
    with transaction.atomic():
        organisation.save()
        branding.save()
        keep_logo(organisation)
