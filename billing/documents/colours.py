"""Colours that can be read: the contrast of WCAG 2.1 (1.4.3 and 1.4.11), and the nearest colour that has enough of it."""

Colour = tuple[float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
# The lowest contrast of small print (1.4.3), and of lines and areas that mean something (1.4.11).
READABLE, VISIBLE = 4.5, 3.0
STEPS = 200


def parsed(colour: str) -> Colour:
    """`#rrggbb` as three parts between 0 and 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def written(colour: Colour) -> str:
    """As `#rrggbb`."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def luminance(colour: Colour) -> float:
    """Relative luminance (WCAG 2.1)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """Between 1, which nobody can see, and 21, which is black on white."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """So much of the other colour, the rest of this one."""
    red, green, blue = (part + share * (end - part) for part, end in zip(colour, other, strict=True))
    return red, green, blue


def tint(colour: Colour, share: float) -> Colour:
    """So much of the colour, the rest white."""
    return mixed(WHITE, colour, share)


def nearest(colour: Colour, ground: Colour, ratio: float) -> Colour:
    """The colour itself, or the nearest darker one (lighter on a dark ground) that stands out from the ground so much."""
    end = BLACK if luminance(ground) > 0.18 else WHITE
    for step in range(STEPS):
        found = parsed(written(mixed(colour, end, step / STEPS)))
        if contrast(found, ground) >= ratio:
            return found
    return end


def accent_of(colour: str) -> Colour:
    """The organisation's colour, darkened until it can be read on white paper."""
    return nearest(parsed(colour), WHITE, READABLE)


def line_of(colour: str) -> Colour:
    """The organisation's second colour, darkened until its lines can be seen on white paper."""
    return nearest(parsed(colour), WHITE, VISIBLE)
