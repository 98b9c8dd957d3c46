"""What the contract page says: tariffs, phases and events in words, and everything as a picture."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.documents.timeline_drawing import Band, Mark, Picture
from billing.models import ContractEvent, InvoiceLine
from billing.office.money_words import euro
from billing.pricing.periods import DAY, add_months
from billing.services.contract_story import Segment, Step, Story

BACK, AHEAD = 24, 13
Kind = ContractEvent.Kind


def picture_of(story: Story, today: date) -> Picture:
    """Two years back and one ahead, or less if the contract is younger or ends."""
    start = max(min(story.start, today), add_months(today, -BACK))
    end = max(add_months(max(today, story.start), AHEAD), min(story.end or today, add_months(today, 3 * AHEAD)))
    if story.end and story.end < today:
        start, end = max(story.start, add_months(story.end, -BACK)), add_months(story.end, 1)
    inside = [one for one in bands(story, end) if one.end > start]
    return Picture(
        start, end, today, inside, marks(story, start), flags(story), _("The course of the contract"), _("today")
    )


def bands(story: Story, until: date) -> Iterator[Band]:
    """Tariffs as wide bars; trial, phases and pauses as narrow ones."""
    for one in story.segments:
        words = segment_words(one)
        yield Band("segment", one.start, one.end or until, words, f"{words}: {days(one.start, one.end)}", one.tariff)
    if story.first_paid > story.start:
        words = _("Trial, free of charge")
        title = f"{words}: {days(story.start, story.first_paid)}"
        yield Band("trial", story.start, story.first_paid, words, title, _("Trial"))
    for step in story.phases:
        words = phase_words(step)
        short_words = euro(step.amount) if step.amount is not None else f"{step.percent} %"
        yield Band("phase", step.start, step.end or until, words, f"{words}: {days(step.start, step.end)}", short_words)
    for start, end in story.pauses:
        yield Band("pause", start, end, _("Pause"), f"{_('Pause')}: {days(start, end)}")


def marks(story: Story, start: date) -> list[Mark]:
    """A dot per invoice; those of one day stand below each other."""
    found: dict[int, Mark] = {}
    for line in story.lines:
        if line.invoice.issued_on >= start and line.invoice_id not in found:
            found[line.invoice_id] = mark(line, sum(one.on == line.invoice.issued_on for one in found.values()))
    return list(found.values())


def mark(line: InvoiceLine, slot: int) -> Mark:
    """The dot of the invoice that holds the line."""
    invoice = line.invoice
    title = f"{invoice.number}, {short(invoice.issued_on)}: {euro(invoice.gross)}"
    return Mark(
        invoice.issued_on, title, reverse("admin:billing_invoice_change", args=[invoice.pk]), invoice.kind, slot
    )


def flags(story: Story) -> list[tuple[date, str]]:
    """The agreed end, and the next possible one if that is earlier."""
    found = [(story.end, _("ends after %(day)s") % {"day": short(story.end - DAY)})] if story.end else []
    if story.by_rule:
        day = story.by_rule.last_day
        found.append((day + DAY, _("could end after %(day)s") % {"day": short(day)}))
    return found


def segment_words(one: Segment) -> str:
    """`Funk M, 19,90 EUR monatlich`"""
    version = _(" (version %(number)s)") % {"number": one.version} if one.version > 1 else ""
    if one.amount is None:
        return f"{one.tariff}{version}"
    return _("%(tariff)s%(version)s, %(amount)s %(every)s") % {
        "tariff": one.tariff, "version": version, "amount": euro(one.amount), "every": every_words(one.every),
    }  # fmt: skip


def phase_words(step: Step) -> str:
    """`Preisphase, 4,95 EUR (50 % des Preises)`"""
    words = (
        _("Price phase, %(amount)s") % {"amount": euro(step.amount)} if step.amount is not None else _("Price phase")
    )
    return f"{words} ({_('%(percent)s %% of the price') % {'percent': step.percent}})" if step.percent else words


def every_words(every: dict[str, int]) -> str:
    """How often."""
    months, number = every.get("months", 0), every.get("days", 0)
    if months:
        names = {1: _("monthly"), 3: _("quarterly"), 6: _("half-yearly"), 12: _("yearly")}
        return names.get(months) or ngettext("every month", "every %(count)s months", months) % {"count": months}
    return ngettext("every day", "every %(count)s days", number) % {"count": number}


def days(start: date, end: date | None) -> str:
    """A half-open range as people say it."""
    if end is None:
        return _("from %(day)s on") % {"day": short(start)}
    return f"{short(start)} – {short(end - DAY)}"


def short(day: date) -> str:
    """A day in the reader's language."""
    return date_format(day, "SHORT_DATE_FORMAT")


def event_words(event: ContractEvent, names: dict[str, str]) -> str:
    """One event as people say it."""
    value = event.data.get("value")
    if event.kind == Kind.CHANGE_TARIFF:
        return _("to %(tariff)s") % {"tariff": names.get(str(value), value)}
    if event.kind == Kind.CANCEL and value == "contractual":
        return _("by the rules of the tariff")
    if event.kind == Kind.CANCEL:
        return _("last day %(day)s") % {"day": short(date.fromisoformat(str(value)) - DAY)}
    if event.kind == Kind.PAUSE and isinstance(value, dict):
        return _("until %(day)s") % {"day": short(date.fromisoformat(value["until"]) - DAY)}
    if event.kind == Kind.RHYTHM and isinstance(value, dict):
        return every_words(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {number}" for name, number in value.items())
    return _("the version from %(day)s") % {"day": short(date.fromisoformat(str(value)))}
