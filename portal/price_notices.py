"""The announced prices of the reader and of those they pay for, in the reader's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from billing.models import Contract, PriceNotice, TariffVersion
from billing.pricing.periods import DAY
from billing.services.contracts import load_versions
from billing.services.price_answers import may_consent, may_object, objected_on, with_objections
from billing.services.price_reach import both
from billing.services.price_words import Units, button, choice, differences, first_day, from_to, units_of, why
from members.tenancy import household_members

RELATED = ("organisation", "change__version__tariff", "change__version__organisation", "contract__member__payer")


@dataclass(frozen=True, slots=True)
class Coming:
    """One announced price. `said`: what was answered; `choice`: what may be done."""

    notice: PriceNotice
    tariff: str
    member: str
    from_day: str
    words: str
    why: str
    choice: str
    said: str
    may_object: bool
    may_agree: bool
    button: str


def own_notices(request: HttpRequest) -> QuerySet[PriceNotice]:
    """For my contracts, and for those of somebody I pay for."""
    ours = household_members(request).order_by().values("pk")
    rows = PriceNotice.objects.filter(organisation=request.organisation)  # type: ignore[attr-defined]
    rows = rows.filter(contract__in=Contract.objects.filter(member__in=ours).values("pk"))
    return with_objections(rows.select_related(*RELATED).order_by("starts_on", "id"))


def coming_prices(request: HttpRequest, today: date) -> list[Coming]:
    """Those that have not begun."""
    return [coming(one, today) for one in own_notices(request).filter(starts_on__gt=today)]


def coming(notice: PriceNotice, today: date) -> Coming:
    """One of them."""
    change = notice.change
    return Coming(
        notice, change.version.tariff.name, notice.contract.member.name, first_day(notice.starts_on), from_to(notice), why(change),
        choice(change, notice.starts_on), said(notice), may_object(notice, today), may_consent(notice, today),
        button(change, notice.starts_on),
    )  # fmt: skip


def said(notice: PriceNotice) -> str:
    """What was answered, and what follows; empty as long as nothing was."""
    if notice.consented_on:
        return _("You agreed on %(day)s.") % {"day": first_day(notice.consented_on)}
    no_on = objected_on(notice)
    if no_on is None:
        return ""
    facts = {"day": first_day(no_on), "last": first_day(notice.starts_on - DAY)}
    if notice.change.rule == "keep":
        return _("You objected on %(day)s, and keep the price that you have.") % facts
    return _("Your answer came on %(day)s; the contract ends on %(last)s.") % facts


def with_differences(found: Sequence[Coming]) -> list[tuple[Coming, list[tuple[str, str, str]]]]:
    """Each with the usage prices and terms that differ as well; the tariffs are read once."""
    if not found:
        return []
    organisation = found[0].notice.organisation
    versions, units = load_versions(organisation), units_of(organisation)
    return [(one, else_new(one.notice, versions, units)) for one in found]


def else_new(notice: PriceNotice, versions: Sequence[TariffVersion], units: Units) -> list[tuple[str, str, str]]:
    """Usage prices and terms that differ as well."""
    version = notice.change.version
    tariffs = both(version, version.existing_from, versions)
    place = [row.pk for row in tariffs.siblings].index(notice.replaces_id)
    return differences(tariffs.tariff(place), tariffs.tariff(tariffs.place), units)
