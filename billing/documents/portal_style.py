"""The portal in an organisation's colours, by day and by night; every colour that words stand in or on can be read (WCAG 2.1 AA)."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from billing.documents.colours import BLACK as BLACKEST
from billing.documents.colours import READABLE, VISIBLE, WHITE, contrast, mixed, nearest, parsed, written

# The grounds that `static/kassenwart.css` and Pico use: page and panel, light and dark.
LIGHT, DARK = ("#ffffff", "#f3f6f8"), ("#13171f", "#1a212b")
STANDARD = "#1b4d5c"
# A little more than the rule asks, so that rounding takes nothing away.
SPARE = 0.1
# Coloured words on a dark page tire the eyes: they get more than the rule asks for.
CLEAR = 7.0


@dataclass(frozen=True, slots=True)
class Mode:
    """`words` on the page, `button` with white words on it, `pressed` when the pointer is over it, `stripe` for bars."""

    words: str
    button: str
    pressed: str
    stripe: str


@dataclass(frozen=True, slots=True)
class Colours:
    """Both modes."""

    light: Mode
    dark: Mode


@lru_cache(maxsize=256)
def colours_of(colour: str, second: str) -> Colours:
    """From the organisation's one or two colours."""
    accent, line = parsed(colour), parsed(second or colour)
    words, button = accent, nearest(accent, WHITE, READABLE + SPARE)
    for ground in LIGHT:
        words = nearest(words, parsed(ground), READABLE + SPARE)
    bar = nearest(line, WHITE, VISIBLE + SPARE)
    light = Mode(written(words), written(button), written(mixed(button, BLACKEST, 0.25)), written(bar))
    words, bar = accent, line
    for ground in DARK:
        words, bar = nearest(words, parsed(ground), CLEAR), nearest(bar, parsed(ground), VISIBLE + SPARE)
    raised = lightest(accent)
    return Colours(light, Mode(written(words), written(raised), written(mixed(raised, BLACKEST, 0.2)), written(bar)))


def lightest(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """As light as white words on it allow, so that a button stands out from a dark page."""
    for step in range(100, -1, -1):
        found = mixed(colour, WHITE, step / 100)
        if contrast(found, WHITE) >= READABLE + SPARE:
            return found
    return nearest(colour, WHITE, READABLE + SPARE)


@lru_cache(maxsize=256)
def stylesheet(colour: str, second: str) -> str:
    """Nothing but our colours under the names that the common stylesheet uses."""
    colours = colours_of(colour, second)
    return (
        f':root:not([data-theme="dark"]) {{ {properties(colours.light)} }}\n'
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme]) {{ {properties(colours.dark)} }} }}\n"
    )


def properties(mode: Mode) -> str:
    """One mode."""
    names = {
        "primary": mode.words, "primary-background": mode.button, "primary-border": mode.button, "primary-hover": mode.words,
        "primary-hover-background": mode.pressed, "primary-hover-border": mode.pressed, "primary-underline": f"{mode.words}66",
        "primary-focus": f"{mode.words}66",
    }  # fmt: skip
    return " ".join(f"--pico-{name}: {value};" for name, value in names.items()) + f" --stripe: {mode.stripe};"


def digest(colour: str, second: str) -> str:
    """The name of a stylesheet: another colour is another address, so browsers may keep each for ever."""
    return hashlib.sha256(stylesheet(colour, second).encode()).hexdigest()[:16]
