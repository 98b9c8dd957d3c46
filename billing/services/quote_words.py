"""What a quote says to people: in the portal, in the office and in the mail that confirms it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext, override
from django.utils.translation import gettext as _

from billing.documents.figures import DAY, long_day, money, quantity
from billing.documents.mails import listed, signature_of
from billing.models import Contract, ContractEvent
from members.models import Member

Answer = dict[str, Any]
Says = dict[str, Any]
Kind = ContractEvent.Kind
CONSUMER = "consumer"

OF_YOU = {
    "keep": gettext_lazy("You keep"),
    "back": gettext_lazy("You get back"),
    "pay": gettext_lazy("You pay"),
    "spared": gettext_lazy("You no longer pay"),
    "nothing": gettext_lazy("You pay because of the change"),
}
OF_THE_MEMBER = {
    "keep": gettext_lazy("The member keeps"),
    "back": gettext_lazy("The member gets back"),
    "pay": gettext_lazy("The member pays"),
    "spared": gettext_lazy("The member no longer pays"),
    "nothing": gettext_lazy("The member pays because of the change"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a quote says: a label, the value, and what explains it."""

    label: str
    value: str
    note: str = ""


def language() -> str:
    """The reader's language: `de` or `en`."""
    return (get_language() or "de")[:2]


def euro(amount: str | Decimal) -> str:
    """An amount in EUR."""
    return money(amount, language())


def unit_price(price: str) -> str:
    """A price of one unit, with as many decimals as it has: `0,0125 €`."""
    number = Decimal(price)
    exact = -int(number.as_tuple().exponent) <= 2
    return euro(number) if exact else f"{quantity(price, language())} €"


def day(iso: str) -> str:
    """1. Dezember 2026."""
    return long_day(iso, language())


def last_day(iso: str) -> str:
    """The day before the first one that is not covered: what people call the end."""
    return day((date.fromisoformat(iso) - DAY).isoformat())


def every(span: dict[str, int]) -> str:
    """How often an amount is paid: per month, per quarter, per year."""
    months, days = span.get("months", 0), span.get("days", 0)
    names = {1: _("per month"), 3: _("per quarter"), 6: _("per half-year"), 12: _("per year")}
    if months:
        return names.get(months) or ngettext("per month", "for every %(count)s months", months) % {"count": months}
    return ngettext("per day", "for every %(count)s days", days) % {"count": days}


def length(span: dict[str, int]) -> str:
    """`3 months`, `14 days`."""
    months, days = span.get("months", 0), span.get("days", 0)
    if months:
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def facts(answer: Answer, *, office: bool = False) -> list[Fact]:
    """Everything that is shown before the button is pressed, in the order in which people ask.

    `office`: the reader works there, and is not the one who pays.
    """
    say = OF_THE_MEMBER if office else OF_YOU
    return [*when(answer, say), *now_due(answer, say), *afterwards(answer), *binding(answer)]


def brief(answer: Answer) -> list[Fact]:
    """What a list of choices shows of each: from when, what it costs now and afterwards, how long it binds."""
    until_now = _("Until now")
    return [one for one in facts(answer) if one.label != until_now]


def when(answer: Answer, say: Says) -> Iterator[Fact]:
    """From when it holds, and why from then."""
    kind = answer["kind"]
    if answer.get("takes_back"):
        yield Fact(str(say["keep"]), answer["new"]["name"], _("The change to %(tariff)s on %(day)s falls away.") % {
            "tariff": answer["old"]["name"], "day": day(answer["takes_back"])})  # fmt: skip
    elif answer.get("never_began"):
        yield Fact(_("The contract"), _("is treated as if it had never begun"))
    elif kind == Kind.CANCEL:
        yield Fact(_("Last day of the contract"), last_day(answer["effective"]))
    elif kind == Kind.PAUSE:
        yield Fact(_("Nothing is charged"), _("from %(first)s to %(last)s") % {
            "first": day(answer["effective"]), "last": last_day(answer["until"])})  # fmt: skip
    else:
        yield Fact(_("Starting on"), day(answer["effective"]), reason(answer))
    if answer["moved"]:
        yield Fact(_("Received"), day(answer["on"]), _("A change was entered for the day before already."))


def reason(answer: Answer) -> str:
    """Why the change acts on that day."""
    if answer["kind"] == Kind.RHYTHM:
        return _("On this day a period of either rhythm begins.")
    if answer["kind"] != Kind.CHANGE_TARIFF:
        return ""
    return {
        "immediately": _("The change holds at once."),
        "period_end": _("The change holds when the present billing period is over."),
        "term_end": _("The change holds at the end of the present term."),
    }[answer["when"]]


def now_due(answer: Answer, say: Says) -> Iterator[Fact]:
    """What comes back and what is to pay because of it, VAT included."""
    credit, charge = Decimal(answer["credit"]), Decimal(answer["charge"])
    total, vat, spared = (Decimal(answer[key]) for key in ("total", "vat", "spared"))
    used = Decimal(answer.get("used", "0"))
    notes = [
        _("instead of %(amount)s") % {"amount": euro(spared)} if spared else "",
        _("%(amount)s of it for what was used already") % {"amount": euro(used)} if used else "",
    ]
    if credit:
        yield Fact(str(say["back"]), euro(credit))
    if charge:
        yield Fact(str(say["pay"]), euro(charge), "; ".join(filter(None, notes)))
    elif spared > 0:
        yield Fact(str(say["spared"]), euro(spared))
    if credit and charge:
        yield Fact(_("Together on the next invoice"), euro(total), contained(vat))
    elif vat:
        yield Fact(_("Included VAT"), euro(vat))
    if not credit and not charge and spared <= 0:
        yield Fact(str(say["nothing"]), _("nothing extra"))


def contained(vat: Decimal) -> str:
    """The VAT in a sum."""
    return _("including %(vat)s VAT") % {"vat": euro(vat)} if vat else ""


def afterwards(answer: Answer) -> Iterator[Fact]:
    """The regular amount before and after, and what usage costs."""
    if "new" not in answer:
        return
    yield Fact(_("Then"), steps(answer["new"]["steps"]), per_year(answer["new"]))
    yield Fact(_("Until now"), steps(answer["old"]["steps"]), per_year(answer["old"]))
    for one in answer["new"]["usage"]:
        yield Fact(one["name"], " · ".join(usage(one)))


def steps(amounts: list[Answer]) -> str:
    """`0,00 € per month, from 1 March 2027: 29.90 € per month`."""
    if not amounts:
        return _("no regular amount")
    first = f"{euro(amounts[0]['amount'])} {every(amounts[0]['every'])}"
    later = (
        _("from %(day)s %(amount)s %(every)s") % {
            "day": day(one["from"]), "amount": euro(one["amount"]), "every": every(one["every"])}
        for one in amounts[1:]
    )  # fmt: skip
    return ", ".join([first, *later])


def per_year(tariff: Answer) -> str:
    """The regular amount of a year, unless it is paid by the year anyway."""
    yearly = not tariff["steps"] or tariff["steps"][-1]["every"] == {"months": 12}
    return "" if yearly or not tariff["year"] else _("that is %(amount)s per year") % {"amount": euro(tariff["year"])}


def usage(one: Answer) -> Iterator[str]:
    """What metered use costs, and what of it is free."""
    if Decimal(one["included"]):
        yield _("%(count)s %(unit)s %(every)s free") % {
            "count": quantity(one["included"], language()), "unit": one["unit"], "every": every(one["every"])}  # fmt: skip
    yield from prices(one)
    if "minimum" in one:
        yield _("at least %(amount)s %(every)s") % {"amount": euro(one["minimum"]), "every": every(one["every"])}
    if "maximum" in one:
        yield _("at most %(amount)s %(every)s") % {"amount": euro(one["maximum"]), "every": every(one["every"])}


def prices(one: Answer) -> Iterator[str]:
    """The price of usage by its model."""
    if one["tiers"]:
        yield from tiers(one)
    elif one["model"] == "package":
        yield _("%(price)s for each %(size)s %(unit)s begun") % {
            "price": unit_price(one["price"]), "size": quantity(one["size"], language()), "unit": one["unit"]}  # fmt: skip
    elif one["model"] == "percentage":
        yield _("%(percent)s %% of the value") % {"percent": quantity(one["percent"], language())}
        if Decimal(one["fixed"]):
            yield _("%(price)s each time") % {"price": unit_price(one["fixed"])}
    else:
        yield _("%(price)s for each %(unit)s") % {"price": unit_price(one["price"]), "unit": one["unit"]}


def tiers(one: Answer) -> Iterator[str]:
    """Each price step: up to which quantity, and what it costs there."""
    for up_to, unit, flat in one["tiers"]:
        price = unit_price(unit) if Decimal(unit) or not Decimal(flat) else ""
        price = " + ".join(part for part in (price, euro(flat) if Decimal(flat) else "") if part)
        if up_to:
            words = _("up to %(count)s %(unit)s: %(price)s")
            yield words % {"count": quantity(up_to, language()), "unit": one["unit"], "price": price}
        else:
            yield _("beyond: %(price)s") % {"price": price}


def binding(answer: Answer) -> Iterator[Fact]:
    """How long the contract binds before and after."""
    if answer["kind"] != Kind.CHANGE_TARIFF:
        return
    terms = answer["new"]["terms"]
    if terms["minimum"]:
        yield Fact(_("Minimum term"), length(terms["minimum"]), renewal(terms["renewal"]))
    yield Fact(_("Notice"), length(terms["notice"]) if terms["notice"] else _("none"))
    before = _("until now: %(day)s") % {"day": ends(answer["ends_now"])}
    yield Fact(
        _("Can end on"), ends(answer["ends_after"]), "" if answer["ends_after"] == answer["ends_now"] else before
    )


def renewal(span: dict[str, int]) -> str:
    """What follows the minimum term."""
    return _("then it goes on for %(length)s at a time") % {"length": length(span)} if span else ""


def ends(iso: str) -> str:
    """The earliest last day after a cancellation."""
    return last_day(iso) if iso else _("no end")


def orders(answer: Answer) -> bool:
    """Whether pressing the button orders something that costs more: the button then says so (BGB 312j Abs. 3).

    What usage will cost is not known beforehand, so a metered tariff counts as dearer.
    """
    new, old = answer.get("new"), answer.get("old")
    if not new or not old or new["basis"] != CONSUMER or answer.get("takes_back"):
        return False
    dearer = Decimal(new["year"] or 0) > Decimal(old["year"] or 0)
    return (
        dearer
        or bool(answer.get("upgrade"))
        or Decimal(answer["total"]) > Decimal(answer["spared"])
        or bool(new["usage"])
    )


def headline(answer: Answer) -> str:
    """What it is about, in a few words."""
    if answer["kind"] == Kind.CHANGE_TARIFF:
        return _("%(old)s becomes %(new)s") % {"old": answer["old"]["name"], "new": answer["new"]["name"]}
    if answer.get("never_began"):
        return _("Withdrawal from %(tariff)s") % {"tariff": answer["tariff"]}
    return {
        Kind.QUANTITY: _("New quantity for %(tariff)s"),
        Kind.PAUSE: _("Pause for %(tariff)s"),
        Kind.RHYTHM: _("New rhythm of payment for %(tariff)s"),
        Kind.CANCEL: _("Cancellation of %(tariff)s"),
    }[answer["kind"]] % {"tariff": answer["tariff"]}  # fmt: skip


def confirmation_values(contract: Contract, answer: Answer, to: Member, now: datetime) -> dict[str, str]:
    """What the confirmation in text form says: what was agreed, when, and what the next invoice will say."""
    with override(to.language):
        rows = [(one.label, " – ".join(part for part in (one.value, one.note) if part)) for one in facts(answer)]
        return {
            "name": to.name, "member": contract.member.name, "organisation": contract.organisation.name, "change": headline(answer),
            "received": date_format(timezone.localtime(now), "DATETIME_FORMAT"), "facts": listed(rows),
            "invoice_lines": invoice_lines(answer), "signature": signature_of(contract.organisation),
        }  # fmt: skip


def invoice_lines(answer: Answer) -> str:
    """The lines of the invoice, as they will be printed."""
    if not answer["lines"]:
        return ""
    rows = [f"  {line['text']}: {euro(line['gross'])}" for line in answer["lines"]]
    return "\n".join([_("On your invoice this reads:"), *rows])
