"""A contract's course as a picture: SVG drawn here, coloured by the page's style sheet through classes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from billing.pricing.periods import add_months

WIDTH, LEFT = 960, 8
BAND, BAND_HIGH = 34, 30
STRIP, STRIP_HIGH = 68, 20
INVOICES, AXIS, HIGH = 106, 142, 164
LETTER = Decimal("6.6")
HATCH = SafeString(
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line class="hatch" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class Band:
    """Days drawn as a bar: `kind` is its class (segment, trial, pause, phase), `label`, else `brief`, stands in it if there is room."""

    kind: str
    start: date
    end: date
    label: str
    title: str
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """An invoice: a dot that leads to it. `slot` counts those of the same day."""

    on: date
    title: str
    address: str
    kind: str
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn between two days."""

    start: date
    end: date
    today: date
    bands: Sequence[Band]
    marks: Sequence[Mark]
    ends: Sequence[tuple[date, str]]
    name: str
    today_word: str


def drawn(picture: Picture) -> SafeString:
    """The picture, from left to right; what lies ahead is dashed."""
    pieces = [
        HATCH,
        *axis(picture),
        *(band(picture, one) for one in picture.bands),
        *(mark(picture, one) for one in picture.marks),
        *(flag(picture, day, title) for day, title in picture.ends if picture.start <= day <= picture.end),
        today(picture),
    ]
    body = format_html_join("", "{}", ([piece] for piece in pieces))
    return format_html(
        '<svg class="course" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        WIDTH + 2 * LEFT,
        HIGH,
        picture.name,
        body,
    )


def place(picture: Picture, day: date) -> Decimal:
    """Where a day stands."""
    whole = max(1, (picture.end - picture.start).days)
    inside = min(max(day, picture.start), picture.end)
    return round(LEFT + Decimal(WIDTH * (inside - picture.start).days) / whole, 1)


def axis(picture: Picture) -> Iterator[SafeString]:
    """A tick for each month, a word for each year or, in a short picture, for each quarter."""
    months = (picture.end.year - picture.start.year) * 12 + picture.end.month - picture.start.month
    every = 1 if months <= 15 else 3 if months <= 40 else 12
    first = picture.start.replace(day=1)
    for number in range(months + 1):
        day = add_months(first, number)
        if day < picture.start:
            continue
        said = (day.month - 1) % every == 0
        x = place(picture, day)
        yield format_html(
            '<line class="tick" x1="{}" y1="{}" x2="{}" y2="{}"/>', x, AXIS - (10 if said else 5), x, AXIS
        )
        if said:
            yield format_html('<text x="{}" y="{}">{}</text>', x, AXIS + 16, f"{day.month:02}/{day.year % 100:02}")


def band(picture: Picture, one: Band) -> SafeString:
    """A bar: a tariff's past is filled and its future dashed; trial, phases and pauses are narrow bars below."""
    if one.kind != "segment":
        rect = bar(
            "hatched" if one.kind in ("trial", "pause") else "plain", picture, (one.start, one.end), STRIP, STRIP_HIGH
        )
        words = written(picture, one, "out", (one.start, one.end), STRIP + 14)
        return format_html('<g class="{}"><title>{}</title>{}{}</g>', one.kind, one.title, rect, words)
    past, future = (one.start, min(one.end, picture.today)), (max(one.start, picture.today), one.end)
    pieces = [
        bar(kind, picture, days, BAND, BAND_HIGH)
        for kind, days in (("past", past), ("future", future))
        if days[0] < days[1]
    ]
    wider = max((past, "in"), (future, "out"), key=lambda part: place(picture, part[0][1]) - place(picture, part[0][0]))
    words = written(picture, one, wider[1], wider[0], BAND + 20)
    body = format_html_join("", "{}", ([piece] for piece in [*pieces, words]))
    return format_html('<g class="{}"><title>{}</title>{}</g>', one.kind, one.title, body)


def bar(kind: str, picture: Picture, days: tuple[date, date], top: int, high: int) -> SafeString:
    """The rectangle over some days, hatched if it is to be."""
    left, right = place(picture, days[0]), place(picture, days[1])
    width = max(Decimal("1.5"), right - left)
    rect = format_html('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="3"/>', kind, left, top, width, high)
    if kind != "hatched":
        return rect
    lines = format_html('<rect fill="url(#hatch)" x="{}" y="{}" width="{}" height="{}"/>', left, top, width, high)
    return format_html("{}{}", rect, lines)


def written(picture: Picture, one: Band, kind: str, days: tuple[date, date], base: int) -> SafeString:
    """The bar's words, long or short, whichever there is room for."""
    left, right = place(picture, days[0]), place(picture, days[1])
    fitting = (words for words in (one.label, one.brief) if words and len(words) * LETTER < right - left - 10)
    words = next(fitting, "")
    return (
        format_html('<text class="{}" x="{}" y="{}">{}</text>', kind, left + 6, base, words) if words else SafeString()
    )


def mark(picture: Picture, one: Mark) -> SafeString:
    """A dot below its day."""
    return format_html(
        '<a href="{}" class="{}"><title>{}</title><circle cx="{}" cy="{}" r="5.5"/></a>', one.address, one.kind, one.title,
        place(picture, one.on), INVOICES + 12 * min(one.slot, 2),
    )  # fmt: skip


def flag(picture: Picture, day: date, title: str) -> SafeString:
    """The next possible end, or the agreed one."""
    x = place(picture, day)
    return format_html(
        '<g class="flag"><title>{}</title><path d="M{} {}v{}M{} {}l-10 5l10 5z"/></g>',
        title,
        x,
        14,
        AXIS - 14,
        x,
        14,
    )


def today(picture: Picture) -> SafeString:
    """A line through today, if it is in the picture."""
    if not picture.start <= picture.today <= picture.end:
        return SafeString()
    x = place(picture, picture.today)
    side = "end" if x > WIDTH - 90 else "start"
    return format_html(
        '<g class="today"><line x1="{}" y1="20" x2="{}" y2="{}"/><text x="{}" y="14" text-anchor="{}">{}</text></g>',
        x, x, AXIS, x + (-4 if side == "end" else 4), side, picture.today_word,
    )  # fmt: skip
