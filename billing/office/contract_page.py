"""One contract: its course drawn, what was billed and why, what comes, and what would happen if it were cancelled today."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.documents.timeline_drawing import drawn
from billing.models import Contract, ContractEvent, InvoiceLine, Mandate, PriceNotice, Tariff
from billing.office.access import office, organisation_of, page
from billing.office.contract_words import days, event_words, every_words, phase_words, picture_of, segment_words, short
from billing.office.money_words import euro
from billing.office.price_change_page import state_of
from billing.office.price_changes import with_answers
from billing.pricing.periods import DAY
from billing.services.contract_story import Ending, Story, story_of
from billing.services.line_story import explain
from billing.services.price_words import from_to

PAGE, MOST_COMING = 24, 48


@office("billing.view_contract")
def contract_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole story of one contract."""
    rows = Contract.objects.select_related("member__payer", "tariff", "organisation")
    contract = get_object_or_404(rows, pk=pk, organisation=organisation_of(request))
    today = timezone.localdate()
    story = story_of(contract, today)
    context = {
        "contract": contract, "story": story, "picture": drawn(picture_of(story, today)), "course": course_words(story),
        "facts": facts(story, today), "endings": endings(story), "events": events_of(contract), "notices": notices_of(contract),
        "lines": Paginator(story.lines, PAGE).get_page(request.GET.get("page")),
        "coming": story.coming[:MOST_COMING], "more": max(0, len(story.coming) - MOST_COMING), "coming_total": euro(story.coming_total),
    }  # fmt: skip
    return page(request, "office/contract_page.html", str(contract), context)


def course_words(story: Story) -> list[tuple[str, str, list[str]]]:
    """What is drawn, as a list in the order of time: what it is, its days, what usage costs."""
    found: list[tuple[date, str, str, list[str]]] = [
        (one.start, segment_words(one), days(one.start, one.end), one.usage) for one in story.segments
    ]
    found += [(one.start, phase_words(one), days(one.start, one.end), []) for one in story.phases]
    found += [(start, _("Pause"), days(start, end), []) for start, end in story.pauses]
    if story.first_paid > story.start:
        found.append((story.start, _("Trial, free of charge"), days(story.start, story.first_paid), []))
    return [row[1:] for row in sorted(found, key=lambda row: row[0])]


def facts(story: Story, today: date) -> list[tuple[str, str]]:
    """Who pays how, since when, and until when."""
    contract = story.contract
    payer = contract.member.payer or contract.member
    now = next(
        (one for one in reversed(story.segments) if one.start <= today), story.segments[0] if story.segments else None
    )
    found = [
        (_("who pays"), payer.name), (_("way of payment"), payment(contract)),
        (_("paid"), every_words(now.every) if now else ""), (_("begins on"), short(story.start)),
        (_("billed here from"), short(contract.bill_from) if contract.bill_from else ""),
        (_("quantities"), ", ".join(f"{name}: {number}" for name, number in contract.quantities.items())),
        (_("discounts"), "; ".join(discount_words(one) for one in contract.discounts)),
        (_("next charge due on"), short(story.coming[0].on) if story.coming else ""),
        (_("last day"), short(story.end - DAY) if story.end else _("open")),
    ]  # fmt: skip
    return [(label, value) for label, value in found if value]


def payment(contract: Contract) -> str:
    """By direct debit with the payer's mandate, or by transfer."""
    payer = contract.member.payer_id or contract.member_id
    mandate = Mandate.objects.usable().filter(organisation=contract.organisation, member_id=payer).first()
    return _("direct debit, mandate %(reference)s") % {"reference": mandate.reference} if mandate else _("transfer")


def discount_words(discount: dict[str, Any]) -> str:
    """`20 % ab 01.02.2026 für 3 Zeiträume`"""
    words = f"{discount['percent']} %" if "percent" in discount else euro(discount["amount"])
    if discount.get("from"):
        words = _("%(discount)s from %(day)s") % {"discount": words, "day": short(date.fromisoformat(discount["from"]))}
    if discount.get("periods"):
        words = _("%(discount)s for %(count)s periods") % {"discount": words, "count": discount["periods"]}
    return words


def endings(story: Story) -> list[dict[str, str]]:
    """Both ways to end the contract today, side by side."""
    ways = ((_("Cancelled by the rules"), story.by_rule), (_("Ended at once, for good cause"), story.at_once))
    return [ending_words(title, ending) for title, ending in ways if ending]


def ending_words(title: str, ending: Ending) -> dict[str, str]:
    """One way to end, in words."""
    amounts = {"credit": ending.credit, "still": ending.still, "less": ending.less}
    return {"title": title, "last_day": short(ending.last_day)} | {name: euro(one) for name, one in amounts.items()}


def events_of(contract: Contract) -> list[tuple[ContractEvent, str]]:
    """What was entered, in words."""
    names = dict(Tariff.objects.filter(organisation=contract.organisation).values_list("code", "name"))
    rows = contract.events.select_related("user").order_by("on", "id")
    return [(event, event_words(event, names)) for event in rows]


def notices_of(contract: Contract) -> list[tuple[PriceNotice, str, str]]:
    """The price changes that this contract was told of, latest first: the amounts, and what became of it."""
    rows = with_answers(PriceNotice.objects.filter(organisation=contract.organisation, contract=contract))
    found = rows.select_related("change__version__tariff").order_by("-starts_on", "-id")
    return [(one, from_to(one), state_of(one)) for one in found]


@office("billing.view_contract")
def line_page(request: HttpRequest, pk: int) -> HttpResponse:
    """How one billed line came about."""
    rows: QuerySet[InvoiceLine] = InvoiceLine.objects.select_related(
        "invoice__run",
        "contract__member__payer",
        "contract__tariff",
        "contract__organisation",
        "reverses__invoice__run",
    ).defer("invoice__snapshot", "invoice__run__preview", "invoice__run__amounts")
    line = get_object_or_404(rows, pk=pk, organisation=organisation_of(request))
    found = explain(line)
    context = {
        "found": found, "line": line, "days": days(found.about.start, found.about.end), "more": found.counted - len(found.events),
        "late": any(one.late for one in found.events), "units": {one.event.meter.unit for one in found.events},
    }  # fmt: skip
    return page(request, "office/contract_line.html", line.text, context)
