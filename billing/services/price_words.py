"""What a price change says to people: in the mail, the letter, the portal and the office, each in the reader's language."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.models import Meter, PriceChange, PriceNotice
from billing.pricing.periods import DAY
from billing.pricing.tariffs import Tariff
from billing.services.price_reach import Step
from billing.services.quote_answers import component_data
from billing.services.quote_desk import terms_data
from billing.services.quote_words import day, euro, every, length, usage
from members.models import Organisation

Basis, Rule = PriceChange.Basis, PriceChange.Rule
Units = Mapping[str, str]


def amount(value: Decimal | None, span: dict[str, int]) -> str:
    """`19,90 € im Monat`; nothing for a tariff without a fixed amount."""
    return f"{euro(value)} {every(span)}" if value is not None else ""


def from_to(step: Step | PriceNotice) -> str:
    """`24,90 € im Monat statt 19,90 € im Monat`."""
    old, new = amount(step.old, step.old_every), amount(step.new, step.every)
    if old and old == new:
        return _("%(new)s as before") % {"new": new}
    return _("%(new)s instead of %(old)s") % {"new": new, "old": old} if old and new else new


def first_day(when: date) -> str:
    """1. Februar 2027."""
    return day(when.isoformat())


def units_of(organisation: Organisation) -> Units:
    """The units of what is metered."""
    rows = Meter.objects.filter(organisation=organisation).values_list("code", "unit", "name")
    return {code: unit or name for code, unit, name in rows}


def differences(old: Tariff, new: Tariff, units: Units) -> list[tuple[str, str, str]]:
    """What else is different: label, old and new; usage prices with VAT, and the terms that bind."""
    before, after = dict(parts(old, units)), dict(parts(new, units))
    labels = [*before, *(label for label in after if label not in before)]
    found = ((label, before.get(label) or _("none"), after.get(label) or _("none")) for label in labels)
    return [row for row in found if row[1] != row[2]]


def parts(tariff: Tariff, units: Units) -> Iterator[tuple[str, str]]:
    """Usage prices and terms in words."""
    for one in tariff.metered:
        data = component_data(tariff, one) | {"unit": units.get(one.meter, one.meter)}
        yield one.name, ", ".join(usage(data))
    terms: dict[str, dict[str, Any]] = terms_data(tariff)
    for key, label in (("minimum", _("Minimum term")), ("renewal", _("Then it goes on for")), ("notice", _("Notice"))):
        if terms[key]:
            yield label, length(terms[key])
    if tariff.vat_rate:
        yield _("VAT"), f"{tariff.vat_rate.normalize():f} %"


def why(change: PriceChange) -> str:
    """What the change rests on."""
    return {
        Basis.RESOLUTION: _("It was decided: %(reason)s"),
        Basis.CLAUSE: _("Why: %(reason)s"),
        Basis.CONSENT: _("Why we ask you: %(reason)s"),
    }[Basis(change.basis)] % {"reason": change.reason}  # fmt: skip


def choice(change: PriceChange, starts_on: date) -> str:
    """What the member may do, until when, and what happens if they do nothing."""
    if change.object_until is None:
        return _("The resolution holds for all members alike. Your ordinary right to leave stays as it is.")
    facts = {"until": first_day(change.object_until), "last": first_day(starts_on - DAY)}
    return {
        (Basis.RESOLUTION, Rule.END): _(
            "If you do not want to go along with this, you may leave because of it: tell us by %(until)s, and the membership ends on %(last)s."),
        (Basis.CLAUSE, Rule.END): _(
            "If you do not agree, you may object by %(until)s: then your contract ends on %(last)s, at no cost for you."),
        (Basis.CLAUSE, Rule.KEEP): _(
            "If you do not agree, you may object by %(until)s: then you keep the price that you have."),
        (Basis.CONSENT, Rule.KEEP): _(
            "The new price holds only if you agree by %(until)s. If you do nothing, you keep the price that you have."),
    }[Basis(change.basis), Rule(change.rule)] % facts  # fmt: skip


def button(change: PriceChange, starts_on: date) -> str:
    """What stands on the button for a no."""
    if change.rule == Rule.KEEP:
        return _("Object and keep the old price") if change.basis == Basis.CLAUSE else _("No, keep the old price")
    if change.basis == Basis.RESOLUTION:
        return _("Leave on %(day)s") % {"day": first_day(starts_on - DAY)}
    return _("Object, and end on %(day)s") % {"day": first_day(starts_on - DAY)}
