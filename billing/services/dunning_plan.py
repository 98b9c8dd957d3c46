"""Who is reminded on a day: which claims, at which level, with which costs and interest, and why others are not. Writes nothing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import DunningLevel, DunningSettings
from billing.pricing.arrears import Default, points_of
from billing.pricing.interest import Stretch, interest, is_known, total_of
from billing.pricing.money import ZERO
from billing.pricing.periods import add_months
from billing.services.bounces import bounced_addresses, reachable
from billing.services.dunning_facts import Facts, facts_of, sum_of
from billing.services.dunning_holds import shown
from billing.services.dunning_levels import levels_of, settings_of
from members.models import Member, Organisation

DAY = timedelta(days=1)
LUMP_SUM = Decimal("40.00")
ADULT = 18 * 12
DEAD = "MD07"


@dataclass(frozen=True, slots=True)
class Due:
    """A claim that is reminded: at which level, since when in default, the new interest with its stretches, and the lump sum."""

    facts: Facts
    level: DunningLevel
    default: Default | None
    stretches: Sequence[Stretch]
    interest: Decimal
    lump: Decimal


@dataclass(frozen=True, slots=True)
class Kept:
    """A claim that is due and not reminded, and why. `waits`: only its day has not come."""

    facts: Facts
    reason: str
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """One payer's reminder. `fee` EUR for the letter itself."""

    payer: Member
    dues: Sequence[Due]
    level: DunningLevel
    by_mail: bool
    fee: Decimal
    pay_until: date

    @property
    def principal(self) -> Decimal:
        """The claims themselves."""
        return sum((one.facts.item.open for one in self.dues), ZERO)

    @property
    def costs(self) -> Decimal:
        """Fees and lump sums, old and new."""
        return self.fee + sum((sum_of(one.facts.costs, interest=False) + one.lump for one in self.dues), ZERO)

    @property
    def interest(self) -> Decimal:
        """Old and new."""
        return sum((sum_of(one.facts.costs, interest=True) + one.interest for one in self.dues), ZERO)

    @property
    def total(self) -> Decimal:
        """All that is to be paid."""
        return self.principal + self.costs + self.interest

    @property
    def seen(self) -> str:
        """What a person saw before they said yes."""
        return f"{self.level.level}/{len(self.dues)}/{self.total}"


@dataclass(slots=True)
class Plan:
    """`stale_rate`: the table of base rates ends before the day."""

    notices: list[Planned] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    stale_rate: bool = False

    @property
    def claims(self) -> int:
        """How many claims are reminded."""
        return sum(len(one.dues) for one in self.notices)

    @property
    def total(self) -> Decimal:
        """Of all reminders, EUR."""
        return sum((one.total for one in self.notices), ZERO)


def plan(organisation: Organisation, on: date) -> Plan:
    """The reminders of a day; a constant number of queries."""
    made, ready, late = Plan(), defaultdict[int, list[Due]](list), facts_of(organisation, on)
    if not late:
        return made
    settings, levels = settings_of(organisation), levels_of(organisation)
    bounced = bounced_addresses(organisation)
    for facts in late:
        level, why_not = next_step(facts, levels, on)
        if level is None:
            made.kept.append(why_not)
        else:
            ready[facts.item.payer].append(due(facts, level, settings, on))
    for dues in ready.values():
        one = planned(dues, settings, bounced, on)
        if one.principal + one.costs + one.interest - one.fee < settings.minimum:
            made.kept += [Kept(each.facts, _("less than the smallest sum to remind of")) for each in dues]
        else:
            made.notices.append(one)
    made.notices.sort(key=lambda one: (one.payer.last_name or one.payer.company, one.payer.first_name, one.payer.pk))
    made.stale_rate = not is_known(on) and any(one.stretches for each in made.notices for one in each.dues)
    return made


def next_step(facts: Facts, levels: Sequence[DunningLevel], on: date) -> tuple[DunningLevel | None, Kept]:
    """The next level if its day has come and nothing holds the claim; else why not."""
    reason = facts.hold or personal_reason(facts, on) or debit_reason(facts)
    if reason:
        return None, Kept(facts, reason)
    level = next((one for one in levels if one.level > facts.past.level), None)
    if level is None:
        return None, Kept(facts, _("the last reminder went out on %(day)s") % {"day": shown(facts.past.on or on)})
    ready = ready_on(facts, level)
    waits = Kept(facts, _("from %(day)s on") % {"day": shown(ready)}, waits=True)
    return (level if ready <= on else None), waits


def ready_on(facts: Facts, level: DunningLevel) -> date:
    """The first day of a level: so long after the due day (or the failed debit), or after the reminder before and its deadline."""
    past = facts.past
    if past.on is None or past.pay_until is None:
        return facts.due_since + timedelta(days=level.after_days)
    return max(past.on + timedelta(days=level.after_days), past.pay_until + DAY, facts.due_since + DAY)


def personal_reason(facts: Facts, on: date) -> str:
    """Cases for a person: who died is not reminded, and a minor is not written to themselves."""
    if facts.failed and facts.failed.reason == DEAD:
        return _("the bank says that the payer has died: please look after it personally")
    born = facts.payer.date_of_birth
    if born and facts.payer.kind == Member.Kind.PERSON and add_months(born, ADULT) > on:
        return _("the payer is under 18: enter who pays for them")
    return ""


def debit_reason(facts: Facts) -> str:
    """Whoever gave a mandate that may be used, and whose debit never failed, waits for us."""
    waits_for_us = facts.by_debit and facts.has_mandate and facts.failed is None and not facts.past.level
    return _("will be collected by direct debit, but is in no file yet") if waits_for_us else ""


def due(facts: Facts, level: DunningLevel, settings: DunningSettings, on: date) -> Due:
    """A claim with what its lateness costs."""
    default = facts.default(bool(settings.dues_basis))
    if default is None or default.on > on:
        return Due(facts, level, None, (), ZERO, ZERO)
    stretches = stretches_of(facts, default, on) if level.interest and settings.interest else []
    amount = total_of(stretches)
    lump = LUMP_SUM if level.interest and owes_lump_sum(facts, settings) else ZERO
    return Due(facts, level, default, stretches if amount else (), amount, lump)


def stretches_of(facts: Facts, default: Default, on: date) -> list[Stretch]:
    """Interest up to and including the day, from where the last reminder stopped."""
    start = max(default.on, facts.past.interest_to or default.on)
    if start > on:
        return []
    return interest(facts.owed, start, on + DAY, points_of(facts.payer.kind == Member.Kind.PERSON, facts.dues))


def owes_lump_sum(facts: Facts, settings: DunningSettings) -> bool:
    """Only between companies, only for services, once per claim (BGB 288 Abs. 5)."""
    between = facts.payer.kind == Member.Kind.COMPANY and settings.organisation.kind == Organisation.Kind.COMPANY
    return settings.lump_sum and between and not facts.dues and not facts.lump


def planned(dues: Sequence[Due], settings: DunningSettings, bounced: frozenset[str], on: date) -> Planned:
    """All claims of one payer in one reminder, at the highest of their levels."""
    payer, level = dues[0].facts.payer, max((one.level for one in dues), key=lambda one: one.level)
    by_mail = payer.delivery == Member.Delivery.MAIL and reachable(payer.email, bounced)
    fee = level.mail_fee if by_mail else level.fee
    if payer.kind == Member.Kind.PERSON:
        fee = min(fee, settings.consumer_cap)
    return Planned(payer, dues, level, by_mail, fee, on + timedelta(days=level.pay_within_days))
