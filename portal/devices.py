"""Which device a session belongs to, in words that its owner recognises."""

from django.utils.translation import gettext as _

# The order matters: Edge and Opera also call themselves Chrome, Chrome calls itself Safari, Android calls itself Linux.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent: str) -> str:
    """`Firefox, Windows`; what is not recognised is called unknown, never guessed."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), _("unknown browser"))
    system = next((name for sign, name in SYSTEMS if sign in user_agent), _("unknown device"))
    return f"{browser}, {system}"
