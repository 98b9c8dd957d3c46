"""The mails and letters of a price change: to who pays, about all their contracts, and to who holds one and reads e-mail."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from billing.documents.mails import listed
from billing.models import Mail, PriceChange, PriceNotice
from billing.services.addresses import portal_url
from billing.services.price_reach import Both, Reached, Step
from billing.services.price_words import Units, choice, differences, first_day, from_to, units_of, why
from members.models import Member, Organisation


@dataclass(frozen=True, slots=True)
class Letter:
    """One message; without a recipient it is printed."""

    member: int
    key: str
    recipient: str
    subject: str
    text: str


def address(organisation: Organisation) -> str:
    """Where the member answers."""
    return f"{portal_url(organisation)}/price-changes/"


class Phrases:
    """What one change says, asked once for each language and each kind of contract: thousands read the same."""

    def __init__(self, change: PriceChange, tariffs: Both) -> None:
        self.change, self.tariffs = change, tariffs
        self.units: Units = units_of(change.organisation)
        self.known: dict[tuple[object, ...], str] = {}

    def once(self, make: Callable[..., str], *key: object) -> str:
        """The words for this key in the language that is active."""
        place = (get_language(), make.__name__, *key)
        if place not in self.known:
            self.known[place] = make(*key)
        return self.known[place]

    def amount(self, step: Step) -> str:
        """From when, and how much."""
        place = (
            get_language(),
            step.starts_on,
            step.replaces,
            step.old,
            step.new,
            str(step.old_every),
            str(step.every),
        )
        if place not in self.known:
            facts = {"day": first_day(step.starts_on), "amount": from_to(step)}
            self.known[place] = _("from %(day)s: %(amount)s") % facts
        return self.known[place]

    def choice(self, starts_on: date) -> str:
        """What may be done."""
        return choice(self.change, starts_on)

    def subject(self, starts_on: date) -> str:
        """What stands above it."""
        facts = {"tariff": self.tariffs.version.tariff.name, "day": first_day(starts_on)}
        return _("%(tariff)s: new price from %(day)s") % facts

    def opening(self) -> str:
        """What it is about; where each one consents, it is a question and no fact."""
        tariff = self.tariffs.version.tariff.name
        if self.change.basis == PriceChange.Basis.CONSENT:
            return _("we would like to change the price of %(tariff)s, and ask for your consent:") % {"tariff": tariff}
        return _("the price of %(tariff)s changes:") % {"tariff": tariff}

    def else_new(self, replaces: int) -> str:
        """Usage prices and terms that differ; and that amounts hold the VAT, if there is any."""
        place = [row.pk for row in self.tariffs.siblings].index(replaces)
        old, new = self.tariffs.tariff(place), self.tariffs.tariff(self.tariffs.place)
        facts = [
            (label, _("%(new)s (until now: %(old)s)") % {"new": after, "old": before})
            for label, before, after in differences(old, new, self.units)
        ]
        vat = _("All amounts include VAT.") if new.vat_rate else ""
        return "\n\n".join(part for part in (listed(facts), vat) if part)


def addressed(part: Sequence[Reached], people: Mapping[int, Member]) -> dict[int, list[Reached]]:
    """Who is written to about which contracts: who pays about all of them, and every other holder who reads e-mail."""
    about: dict[int, list[Reached]] = {}
    for one in part:
        about.setdefault(one.payer, []).append(one)
        if one.member != one.payer and by_mail(people[one.member]):
            about.setdefault(one.member, []).append(one)
    return about


def by_mail(member: Member) -> bool:
    """Whether somebody gets e-mails from us."""
    return bool(member.email) and member.delivery == Member.Delivery.MAIL


def letters_to(phrases: Phrases, part: Sequence[Reached], people: Mapping[int, Member]) -> Iterator[Letter]:
    """One letter for each of them."""
    for member, rows in addressed(part, people).items():
        yield letter(phrases, people[member], rows)


def letter(phrases: Phrases, to: Member, rows: Sequence[Reached]) -> Letter:
    """The words for one person. Contracts may begin on different days; what may be done stands once."""
    change, step = phrases.change, rows[0].step
    with override(to.language):
        choices = dict.fromkeys(phrases.once(phrases.choice, one.step.starts_on) for one in rows)
        parts = [
            _("Hello %(name)s,") % {"name": to.name}, phrases.once(phrases.opening), listed([(one.name, phrases.amount(one.step)) for one in rows]),
            phrases.once(phrases.else_new, step.replaces), why(change), *choices, how(change, to), _("Kind regards"), change.organisation.name,
        ]  # fmt: skip
        subject = f"{phrases.once(phrases.subject, step.starts_on)} – {change.organisation.name}"
        text = "\n\n".join(part for part in parts if part) + "\n"
    key = f"price:{change.pk}:{min(one.contract for one in rows)}:{to.pk}"
    return Letter(to.pk, key, to.email if by_mail(to) else "", subject[:200], text)


def how(change: PriceChange, to: Member) -> str:
    """The way to answer: the portal, or a line to the office."""
    if change.object_until is None:
        return ""
    if not to.email:
        return _("A few lines to us are enough; no form is needed.")
    reach = change.organisation.email or change.organisation.phone
    words = _("You can do so here: %(address)s") % {"address": address(change.organisation)}
    other = _("A plain e-mail to %(reach)s is enough as well.") % {"reach": reach} if reach else ""
    return "\n".join(part for part in (words, other) if part)


def confirmations(notice: PriceNotice, answer: str, now: datetime) -> list[Mail]:
    """What the member answered, in text form, to who holds the contract and who pays. `answer`: keep, end or agree."""
    member = notice.contract.member
    people = [one for one in (member, member.payer) if one and one.email] or [member.payer or member]
    return [confirmation(notice, answer, one, now) for one in people]


def confirmation(notice: PriceNotice, answer: str, to: Member, now: datetime) -> Mail:
    """To one of them."""
    with override(to.language):
        moment = date_format(timezone.localtime(now), "DATETIME_FORMAT")
        said = answered(answer, notice)
        tariff, house = notice.change.version.tariff.name, notice.organisation.name
        facts = {"member": notice.contract.member.name, "tariff": tariff, "moment": moment}
        parts = [
            _("Hello %(name)s,") % {"name": to.name},
            _("we have received your answer on %(moment)s. It is about %(tariff)s for %(member)s.") % facts, said, _("Kind regards"), house,
        ]  # fmt: skip
        subject, text = f"{_('Confirmed')}: {tariff} – {house}"[:200], "\n\n".join(parts) + "\n"
    mail = Mail(
        organisation=notice.organisation, member=to, key=f"answer:{notice.pk}:{answer}:{to.pk}", kind="price", subject=subject, text=text,
        created_at=now, recipient=to.email, next_at=now if to.email else None,
    )  # fmt: skip
    mail.state = Mail.State.WAITING if to.email else Mail.State.PRINT
    return mail


def answered(answer: str, notice: PriceNotice) -> str:
    """What follows from the answer, in the language that is active."""
    from_day = first_day(notice.starts_on)
    return {
        "keep": _("You keep the price that you have; the new one of %(day)s does not hold for you."),
        "end": _("The contract ends before the new price begins on %(day)s."),
        "agree": _("You have agreed to the new price from %(day)s."),
    }[answer] % {"day": from_day}
