"""What members answer to a price change: a no, which keeps the old price or ends the contract by the rule; or a yes."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Contract, ContractEvent, Mail, PriceChange, PriceNotice, PriceObjection
from billing.pricing import ends_on
from billing.pricing.contracts import parse_contract
from billing.services.contracts import add_event, load_tariffs, stored_data, touch
from billing.services.price_changes import shown
from billing.services.price_mails import confirmations
from members.models import User

Kind, Basis, Rule = ContractEvent.Kind, PriceChange.Basis, PriceChange.Rule
RELATED = ("organisation", "change__version__tariff", "contract__organisation", "contract__member__payer")


def may_object(notice: PriceNotice, on: date) -> bool:
    """Whether a no that comes in on the day is in time and has not been given."""
    until = notice.change.object_until
    return until is not None and on <= until and not notice.consented_on and objected_on(notice) is None


def may_consent(notice: PriceNotice, on: date) -> bool:
    """Whether a yes is asked for, and still counts."""
    return notice.change.basis == Basis.CONSENT and may_object(notice, on)


def with_objections(notices: QuerySet[PriceNotice]) -> QuerySet[PriceNotice]:
    """The notices, each with the day of its contract's no, read along."""
    given = PriceObjection.objects.filter(change=OuterRef("change"), contract=OuterRef("contract"))
    return notices.annotate(said_no_on=Subquery(given.values("received_on")[:1]))


def objected_on(notice: PriceNotice) -> date | None:
    """The day of the no of this contract, if there is one; lists have read it along."""
    if hasattr(notice, "said_no_on"):
        return notice.said_no_on  # type: ignore[no-any-return]
    given = objection_of(notice)
    return given.received_on if given else None


def objection_of(notice: PriceNotice) -> PriceObjection | None:
    """The no of this contract, if there is one."""
    return PriceObjection.objects.filter(change=notice.change_id, contract=notice.contract_id).first()


@transaction.atomic
def record_objection(notice: PriceNotice, on: date, user: User | None, now: datetime) -> PriceObjection:
    """A no that was received on the day: the contract keeps its price, or ends before the new one begins; a repeat adds nothing."""
    notice = locked(notice)
    if given := objection_of(notice):
        return given
    refuse_late(notice, on, timezone.localdate(now))
    change, contract = notice.change, notice.contract
    follows = "keep" if change.rule == Rule.KEEP else "end"
    if follows == "keep":
        add_kept(contract, notice, on, user, now)
    else:
        add_end(contract, notice, on, user, now)
    objection = PriceObjection.objects.create(
        organisation=notice.organisation, change=change, contract=contract, received_on=on, entered_by=user
    )
    Mail.objects.bulk_create(confirmations(notice, follows, now), ignore_conflicts=True)
    return objection


@transaction.atomic
def record_consent(notice: PriceNotice, on: date, user: User | None, now: datetime) -> None:
    """A yes: the new price holds for this contract from its day on; a repeat adds nothing."""
    notice = locked(notice)
    if notice.consented_on:
        return
    if notice.change.basis != Basis.CONSENT:
        raise ValidationError(_("This change does not ask for consent."), code="no_consent")
    refuse_late(notice, on, timezone.localdate(now))
    if objection_of(notice):
        raise ValidationError(_("This contract has already objected."), code="objected")
    PriceNotice.objects.filter(pk=notice.pk, consented_on=None).update(consented_on=on, consented_by=user)
    touch(notice.contract, on)
    Mail.objects.bulk_create(confirmations(notice, "agree", now), ignore_conflicts=True)


def locked(notice: PriceNotice) -> PriceNotice:
    """Read anew while the contract is held: two answers at once come one after the other."""
    Contract.objects.select_for_update(of=("self",)).get(pk=notice.contract_id, organisation=notice.organisation_id)
    return PriceNotice.objects.select_related(*RELATED).get(pk=notice.pk)


def refuse_late(notice: PriceNotice, on: date, today: date) -> None:
    """An answer counts from the day on which people were told until the last day that was named."""
    change = notice.change
    if change.object_until is None:
        raise ValidationError(_("This resolution holds for all members: nobody can object to it."), code="no_objection")
    if on > today or on < change.told_on:
        message = _("The answer was received between %(first)s and today; %(day)s is not.")
        raise ValidationError(message, code="day", params={"first": shown(change.told_on), "day": shown(on)})
    if on > change.object_until:
        message = _("Answers were possible until %(until)s; this one came on %(day)s.")
        raise ValidationError(message, code="late", params={"until": shown(change.object_until), "day": shown(on)})
    if notice.consented_on:
        raise ValidationError(_("This contract has already agreed."), code="agreed")


def add_kept(contract: Contract, notice: PriceNotice, on: date, user: User | None, now: datetime) -> None:
    """The contract passes the version by."""
    version_from = notice.change.version.existing_from
    if version_from:
        day = free_day(contract, Kind.KEEP_PRICE, on)
        add_event(contract, Kind.KEEP_PRICE, day, version_from.isoformat(), timezone.localdate(now), user)


def add_end(contract: Contract, notice: PriceNotice, on: date, user: User | None, now: datetime) -> None:
    """The contract ends before the new price begins, unless it ends earlier anyway."""
    end = ends_on(load_tariffs(contract.organisation), parse_contract(stored_data(contract)))
    if end is None or end > notice.starts_on:
        day = free_day(contract, Kind.CANCEL, on)
        add_event(contract, Kind.CANCEL, day, notice.starts_on.isoformat(), timezone.localdate(now), user)


def free_day(contract: Contract, kind: str, day: date) -> date:
    """A day holds one event of a kind: the next free one stands for it, since what counts is the day in it."""
    taken = set(ContractEvent.objects.filter(contract=contract, kind=kind, on__gte=day).values_list("on", flat=True))
    while day in taken:
        day += timedelta(days=1)
    return day
