"""The price of running contracts changes: what it would bring, and the announcement to everybody whom it reaches.

A version for consumers reaches running contracts only by this announcement (BGB 307, 309; law.md CON-13). Nothing reaches
back without an explicit act that gives its reason.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateField, Value
from django.db.models.functions import Coalesce, Least
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.models import Contract, Mail, PriceChange, PriceNotice, TariffVersion
from billing.pricing.money import total
from billing.pricing.periods import add_months
from billing.services import bulk
from billing.services.contracts import load_versions
from billing.services.price_mails import Letter, Phrases, addressed, by_mail, letter, letters_to
from billing.services.price_reach import Both, Reached, both, reached
from members.models import Member, Organisation, User

Basis, Rule = PriceChange.Basis, PriceChange.Rule
NOTICE_MONTHS, TIME_TO_ANSWER = 1, timedelta(days=14)
NOTICE_FIELDS = (
    "organisation", "change", "contract", "replaces", "starts_on", "old", "old_every", "new", "every",
)  # fmt: skip
MAIL_FIELDS = (
    "organisation", "member", "key", "kind", "recipient", "subject", "text", "state", "attempts", "next_at", "error", "created_at",
)  # fmt: skip
MEMBER_FIELDS = ("pk", "first_name", "last_name", "company", "title", "email", "language", "delivery", "payer_id")


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be announced. `told_on`: the day on which it was announced by other means; None: now, from here."""

    version: TariffVersion
    day: date
    basis: str
    reason: str
    rule: str
    object_until: date | None = None
    told_on: date | None = None
    early_reason: str = ""

    def told(self, today: date) -> date:
        """The day on which people know of it."""
        return self.told_on or today


@dataclass(slots=True)
class Preview:
    """What an announcement would bring; `by_letter`: the members who get no e-mail. Sums are EUR a year with VAT, of contracts billed by months."""

    tariffs: Both
    contracts: list[Reached] = field(default_factory=list)
    mails: int = 0
    by_letter: set[int] = field(default_factory=set)
    sample: Letter | None = None

    @property
    def starts_on(self) -> list[date]:
        """The days on which the new price begins for the first and for the last contract."""
        days = [one.step.starts_on for one in self.contracts]
        return [min(days), max(days)] if days else []

    @property
    def yearly(self) -> tuple[Decimal, Decimal]:
        """The regular amounts of a year, before and after."""
        steps = [one.step for one in self.contracts]
        old = total(a_year(one.old, one.old_every) for one in steps)
        return old, total(a_year(one.new, one.every) for one in steps)

    @property
    def fingerprint(self) -> str:
        """What was looked at is what is announced."""
        rows = (
            (one.contract, one.step.starts_on.isoformat(), str(one.step.old), str(one.step.new))
            for one in self.contracts
        )
        return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()


def a_year(amount: Decimal | None, every: dict[str, int]) -> Decimal:
    """A period's amount for twelve months."""
    months = every.get("months", 0)
    return amount * 12 / months if amount is not None and months else Decimal(0)


def announceable(organisation: Organisation, today: date) -> list[TariffVersion]:
    """Versions that running contracts do not have. Where a tariff began there is no older price to change."""
    first: dict[int, TariffVersion] = {}
    rows = load_versions(organisation)
    found = [row for row in rows if first.setdefault(row.tariff_id, row) is not row and waits(row, today)]
    return sorted(found, key=lambda row: (row.tariff.position, row.tariff.code, row.number))


def waits(version: TariffVersion, today: date) -> bool:
    """Whether it may be announced: for consumers whatever was not, for others what has not begun."""
    begun = version.existing_from is not None and version.existing_from <= today
    return not hasattr(version, "price_change") and (not begun or version.terms.get("legal_basis") == "consumer")


def announce_by(wish: Wish) -> date:
    """The last day on which people must know: a month ahead, or, where a resolution decides, before it begins."""
    return wish.day - timedelta(days=1) if wish.basis == Basis.RESOLUTION else add_months(wish.day, -NOTICE_MONTHS)


def preview(wish: Wish, now: datetime) -> Preview:
    """Everybody whom the version would reach, and a letter as it would be sent. Refuses what may not be announced."""
    refuse(wish, timezone.localdate(now))
    found = Preview(both(wish.version, wish.day))
    phrases = Phrases(as_row(wish, None, now), found.tariffs)
    for part in reached(found.tariffs):
        people = people_of(part)
        about = addressed(part, people)
        printed = {member for member in about if not by_mail(people[member])}
        found.contracts += part
        found.mails += len(about) - len(printed)
        found.by_letter |= printed
        if found.sample is None and about:
            member, rows = next(iter(about.items()))
            found.sample = letter(phrases, people[member], rows)
    return found


def refuse(wish: Wish, today: date) -> None:
    """Everything that stands against an announcement, each with what to do."""
    faults = list(faults_of(wish, today))
    if faults:
        raise ValidationError(faults)


def faults_of(wish: Wish, today: date) -> Iterator[ValidationError]:
    """Who may decide, when it may begin, and how long people have to answer."""
    if wish.basis == Basis.RESOLUTION and wish.version.terms.get("legal_basis") in ("consumer", "b2b"):
        message = _(
            "A resolution binds members. This tariff is a contract with customers: name its price clause, or ask each one."
        )
        yield ValidationError(message, code="basis")
    told = wish.told(today)
    if told > today:
        yield ValidationError(_("The day on which it was announced lies ahead."), code="told_ahead")
    if wish.day <= told and wish.basis != Basis.RESOLUTION:
        message = _("Nobody pays more for days before they were told. Choose a day after %(day)s.")
        yield ValidationError(message, code="before_told", params={"day": shown(told)})
    elif (told > announce_by(wish) or wish.day <= today) and not wish.early_reason:
        message = _(
            "For %(day)s it must be announced by %(by)s at the latest. Choose a later day, or say why it begins so soon."
        )
        yield ValidationError(message, code="early", params={"day": shown(wish.day), "by": shown(announce_by(wish))})
    yield from answer_faults(wish, told)


def answer_faults(wish: Wish, told: date) -> Iterator[ValidationError]:
    """Who is asked has two weeks at least, and answers before the new price begins."""
    if wish.rule == Rule.NONE or wish.object_until is None:
        return
    if wish.object_until >= wish.day:
        yield ValidationError(_("Answers must be in before the new price begins."), code="answer_late")
    elif wish.object_until < told + TIME_TO_ANSWER and not wish.early_reason:
        message = _("Give people until %(day)s at least to answer, or say why it is so soon.")
        yield ValidationError(message, code="answer_early", params={"day": shown(told + TIME_TO_ANSWER)})


def shown(day: date) -> str:
    """A day in the reader's language."""
    return str(date_format(day, "SHORT_DATE_FORMAT"))


def as_row(wish: Wish, user: User | None, now: datetime) -> PriceChange:
    """The announcement as it is stored; checked, and not saved yet."""
    change = PriceChange(
        organisation=wish.version.organisation, version=wish.version, basis=wish.basis, reason=wish.reason, rule=wish.rule,
        object_until=wish.object_until, told_on=wish.told(timezone.localdate(now)), elsewhere=wish.told_on is not None,
        early_reason=wish.early_reason, announced_at=now, announced_by=user,
    )  # fmt: skip
    change.full_clean(exclude={"version"})
    return change


@transaction.atomic
def announce(wish: Wish, fingerprint: str, user: User | None, now: datetime) -> PriceChange:
    """Sets the day for running contracts, and tells everybody, all or nothing; a repeat gives the same and adds nothing.

    Refuses if something changed since `fingerprint` was looked at.
    """
    organisation = Organisation.objects.select_for_update().get(pk=wish.version.organisation_id)
    done = PriceChange.objects.filter(organisation=organisation, version=wish.version).first()
    if done:
        return done
    found = preview(wish, now)
    if found.fingerprint != fingerprint:
        message = _("Something has changed since you looked at it. Please look again and announce it then.")
        raise ValidationError(message, code="stale")
    TariffVersion.objects.filter(pk=wish.version.pk).update(existing_from=wish.day)
    wish.version.existing_from = wish.day
    change = as_row(wish, user, now)
    change.save()
    tell(change, found.tariffs, found.contracts, now)
    return change


@transaction.atomic
def tell_newcomers(change: PriceChange, now: datetime) -> int:
    """Tells those whose contracts came later, as long as there is time to answer; gives how many contracts."""
    Organisation.objects.select_for_update().get(pk=change.organisation_id)
    tariffs = both(change.version, change.version.existing_from)
    new = newcomers(change, tariffs)
    tell(change, tariffs, new, now)
    return len(new)


def newcomers(change: PriceChange, tariffs: Both) -> list[Reached]:
    """Contracts that the version would reach and that were not told."""
    told = set(change.notices.values_list("contract", flat=True))
    return [one for part in reached(tariffs, told) for one in part]


def may_tell(change: PriceChange, today: date) -> bool:
    """Whether those who came later still have time to answer."""
    until = change.object_until or change.version.existing_from
    return not change.elsewhere and until is not None and today + TIME_TO_ANSWER <= until


def tell(change: PriceChange, tariffs: Both, contracts: Sequence[Reached], now: datetime) -> None:
    """Notices and messages, with a constant number of queries per thousand contracts."""
    phrases = Phrases(change, tariffs)
    for part in by_payer(contracts):
        bulk.insert(PriceNotice, NOTICE_FIELDS, [notice_row(change, one) for one in part])
        if not change.elsewhere:
            letters = letters_to(phrases, part, people_of(part))
            bulk.insert(Mail, MAIL_FIELDS, [mail_row(change, one, now) for one in letters])
        price_again([one.contract for one in part], change, timezone.localdate(now))


def by_payer(contracts: Sequence[Reached], size: int = 1_000) -> Iterator[list[Reached]]:
    """Slices that never cut through a payer."""
    part: list[Reached] = []
    for one in contracts:
        if len(part) >= size and part[-1].payer != one.payer:
            yield part
            part = []
        part.append(one)
    if part:
        yield part


def people_of(part: Sequence[Reached]) -> dict[int, Member]:
    """Holders and payers, in one query."""
    ids = {one.member for one in part} | {one.payer for one in part}
    return Member.objects.only(*MEMBER_FIELDS).in_bulk(ids)


def notice_row(change: PriceChange, one: Reached) -> tuple[object, ...]:
    """What this contract is told."""
    step = one.step
    return (
        change.organisation_id, change.pk, one.contract, step.replaces, step.starts_on, step.old, step.old_every, step.new, step.every,
    )  # fmt: skip


def mail_row(change: PriceChange, letter: Letter, now: datetime) -> tuple[object, ...]:
    """One message: by e-mail, or to be printed."""
    by_mail = bool(letter.recipient)
    state, next_at = (Mail.State.WAITING, now) if by_mail else (Mail.State.PRINT, None)
    return (
        change.organisation_id, letter.member, letter.key, "price", letter.recipient, letter.subject, letter.text, state, 0, next_at,
        "", now,
    )  # fmt: skip


def price_again(contracts: Sequence[int], change: PriceChange, on: date) -> None:
    """Contracts whose periods after that day are billed already are settled by the next run."""
    day = Value(on, output_field=DateField())
    rows = Contract.objects.filter(pk__in=contracts, settled_to__gt=change.version.existing_from)
    rows.update(settled_to=None, due_on=Least(Coalesce("due_on", day), day))
