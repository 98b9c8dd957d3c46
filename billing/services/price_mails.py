"""The mails and letters of a price change: to who pays, about all their contracts, and to who holds one and reads e-mail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.mails import listed
from billing.models import Mail, PriceChange, PriceNotice
from billing.services.price_reach import Both, Reached
from billing.services.price_words import Units, choice, differences, first_day, from_to, units_of, why
from members.models import Member


@dataclass(frozen=True, slots=True)
class Letter:
    """One message; without a recipient it is printed."""

    member: int
    key: str
    recipient: str
    subject: str
    text: str


def address() -> str:
    """Where the member answers."""
    return f"{settings.PUBLIC_URL}/price-changes/"


def mail_rows(
    change: PriceChange, tariffs: Both, part: Sequence[Reached], people: Mapping[int, Member]
) -> Iterator[Letter]:
    """One letter per payer with all their contracts, and one per other holder who has an e-mail address."""
    about: dict[int, list[Reached]] = {}
    for one in part:
        about.setdefault(one.payer, []).append(one)
        if one.member != one.payer and by_mail(people[one.member]):
            about.setdefault(one.member, []).append(one)
    known: dict[tuple[int, str], str] = {}
    units = units_of(change.organisation)
    for member, rows in about.items():
        yield letter(change, tariffs, people[member], rows, units, known)


def by_mail(member: Member) -> bool:
    """Whether somebody gets e-mails from us."""
    return bool(member.email) and member.delivery == Member.Delivery.MAIL


def letter(
    change: PriceChange, tariffs: Both, to: Member, rows: list[Reached], units: Units, known: dict[tuple[int, str], str]
) -> Letter:
    """The words for one person."""
    with override(to.language):
        step = rows[0].step
        terms = (step.replaces, to.language)
        if terms not in known:
            known[terms] = else_new(tariffs, step.replaces, units)
        name, house = tariffs.version.tariff.name, change.organisation.name
        parts = [
            _("Hello %(name)s,") % {"name": to.name},
            opening(change, name), amounts(rows), known[terms], why(change), *choices(change, rows), how(change, to), _("Kind regards"), house,
        ]  # fmt: skip
        subject = _("%(tariff)s: new price from %(day)s") % {"tariff": name, "day": first_day(step.starts_on)}
        text = "\n\n".join(part for part in parts if part) + "\n"
    key = f"price:{change.pk}:{min(one.contract for one in rows)}:{to.pk}"
    return Letter(to.pk, key, to.email if by_mail(to) else "", f"{subject} – {house}"[:200], text)


def opening(change: PriceChange, tariff: str) -> str:
    """What it is about; where each one consents, it is a question and no fact."""
    if change.basis == PriceChange.Basis.CONSENT:
        return _("we would like to change the price of %(tariff)s, and ask for your consent:") % {"tariff": tariff}
    return _("the price of %(tariff)s changes:") % {"tariff": tariff}


def amounts(rows: Sequence[Reached]) -> str:
    """A line for each contract: whose, from when, how much."""
    facts = [
        (one.name, _("from %(day)s %(amount)s") % {"day": first_day(one.step.starts_on), "amount": from_to(one.step)})
        for one in rows
    ]
    return listed(facts)


def else_new(tariffs: Both, replaces: int, units: Units) -> str:
    """Usage prices and terms that differ; and that amounts hold the VAT, if there is any."""
    place = [row.pk for row in tariffs.siblings].index(replaces)
    old, new = tariffs.tariff(place), tariffs.tariff(tariffs.place)
    facts = [
        (label, _("%(new)s (until now: %(old)s)") % {"new": after, "old": before})
        for label, before, after in differences(old, new, units)
    ]
    vat = _("All amounts include VAT.") if new.vat_rate else ""
    return "\n\n".join(part for part in (listed(facts), vat) if part)


def choices(change: PriceChange, rows: Sequence[Reached]) -> list[str]:
    """What may be done; contracts may begin on different days, and each sentence stands once."""
    return list(dict.fromkeys(choice(change, one.step.starts_on) for one in rows))


def how(change: PriceChange, to: Member) -> str:
    """The way to answer: the portal, or a line to the office."""
    if change.object_until is None:
        return ""
    house = change.organisation
    if not to.email:
        return _("A few lines to us are enough; no form is needed.")
    reach = house.email or house.phone
    words = _("You can do so here: %(address)s") % {"address": address()}
    other = _("A plain e-mail to %(reach)s is enough as well.") % {"reach": reach} if reach else ""
    return " ".join(part for part in (words, other) if part)


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
