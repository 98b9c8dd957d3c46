"""Bar charts as SVG, drawn here: no script, no service. Colours come from the page's style sheet by class."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HEIGHT, FOOT, HEAD, WIDTH = 150, 34, 16, 720


@dataclass(frozen=True, slots=True)
class Bar:
    """One column: what stands below and above it, what it says when pointed at, and its parts from the bottom up."""

    label: str
    parts: tuple[tuple[str, Decimal], ...]
    top: str = ""
    title: str = ""

    @property
    def size(self) -> Decimal:
        """The whole of it."""
        return sum((value for _name, value in self.parts), Decimal(0))


def bar_chart(bars: Sequence[Bar], name: str, limit: Decimal = Decimal(0)) -> SafeString:
    """The columns side by side; `name` says what they show to who cannot see them; `limit` is drawn as a line."""
    highest = max([bar.size for bar in bars] + [limit * Decimal("1.1")], default=Decimal(0)) or Decimal(1)
    step = Decimal(WIDTH) / max(1, len(bars))
    drawn = format_html_join("", "{}", ([column(bar, place * step, step, highest)] for place, bar in enumerate(bars)))
    line = limit_line(HEAD + HEIGHT - round(HEIGHT * limit / highest, 1)) if limit else ""
    size = WIDTH, HEAD + HEIGHT + FOOT
    return format_html(
        '<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>', *size, name, drawn, line
    )


def level(used: Decimal, limit: Decimal, expected: Decimal, name: str) -> SafeString:
    """One lying bar: what was used up to the limit and beyond it, what is still to come, and the limit as a line. 100 units wide."""
    whole = max(used, limit, expected) or Decimal(1)
    within = min(used, limit) if limit else used
    parts = (
        ("rest", Decimal(0), whole),
        ("ahead", used, expected),
        ("free", Decimal(0), within),
        ("over", within, used),
    )
    pieces = [
        (kind, round(100 * start / whole, 2), round(100 * (end - start) / whole, 2))
        for kind, start, end in parts
        if end > start
    ]
    drawn = format_html_join("", '<rect class="{}" x="{}" y="4" width="{}" height="12"/>', pieces)
    mark = (
        format_html('<line class="limit" x1="{}" y1="0" x2="{}" y2="20"/>', *[round(100 * limit / whole, 2)] * 2)
        if limit
        else ""
    )
    return format_html(
        '<svg class="level" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label="{}">{}{}</svg>',
        name,
        drawn,
        mark,
    )


def limit_line(y: Decimal) -> SafeString:
    """A dashed line at a height."""
    return format_html('<line class="limit" x1="0" y1="{}" x2="{}" y2="{}"/>', y, WIDTH, y)


def column(bar: Bar, left: Decimal, step: Decimal, highest: Decimal) -> SafeString:
    """One column with its words."""
    width, middle, base = step * Decimal("0.7"), round(left + step / 2, 1), HEAD + HEIGHT
    pieces, floor = [], Decimal(base)
    for name, value in bar.parts:
        high = Decimal(HEIGHT) * value / highest
        floor -= high
        pieces.append((name, round(left + step * Decimal("0.15"), 1), round(floor, 1), round(width, 1), round(high, 1)))
    drawn = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', pieces)
    return format_html(
        '<g><title>{}</title>{}<text x="{}" y="{}" text-anchor="middle">{}</text><text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        bar.title or bar.label, drawn, middle, round(floor - 4, 1), bar.top, middle, base + 16, bar.label,
    )  # fmt: skip
