"""Two records of one person become one: what goes on moves to the record that stays; what was, stays where it was.

Issued documents, payments and messages are never changed (AO 146 (4)): they stay with the double, and both records name each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from billing.models import Contract, DunningStop, Mandate, PayerAccount
from billing.pricing.periods import DAY
from billing.services import debit_plans, dunning_holds, dunning_stops
from billing.services.credits import open_credits
from billing.services.open_items import advances, open_items
from billing.services.quotes import standings
from members import consenting
from members.models import ContactEntry, DataChange, ErasureRequest, Member, Proof, User

FILLED = (
    "salutation", "title", "date_of_birth", "street", "address_extra", "postal_code", "city", "email", "phone", "vat_id", "buyer_reference",
)  # fmt: skip
MOST = 10


@dataclass(frozen=True, slots=True)
class Merger:
    """What would happen. `faults`: why it cannot yet; `moves`: what goes over; `notes`: what somebody should look at."""

    double: Member
    stays: Member
    faults: list[str]
    moves: list[str]
    notes: list[str]


def alike(member: Member) -> list[Member]:
    """Who may be the same: same mailbox, same name, or a mandate for the same account. A person judges it."""
    wanted = Q(first_name__iexact=member.first_name, last_name__iexact=member.last_name, company__iexact=member.company)
    if member.email:
        wanted |= Q(email__iexact=member.email)
    accounts = Mandate.objects.filter(member=member).values("iban")
    wanted |= Q(pk__in=Mandate.objects.filter(organisation=member.organisation_id, iban__in=accounts).values("member"))
    rows = Member.objects.filter(wanted, organisation=member.organisation_id, merged_into=None).exclude(pk=member.pk)
    return list(rows.order_by("number")[:MOST])


def look(double: Member, stays: Member, on: date) -> Merger:
    """What merging `double` into `stays` would do today; nothing is written."""
    running = running_contracts(double, on)
    moves = [f"{one.tariff.name} ({_('from %(day)s') % {'day': one.start.strftime('%d.%m.%Y')}})" for one in running]
    moves += [
        _("pays for %(name)s") % {"name": one} for one in Member.objects.filter(payer=double).exclude(pk=stays.pk)
    ]
    moves += [_("Mandate %(reference)s") % {"reference": one.reference} for one in moving_mandates(double, stays)]
    moves += [dunning_holds.said(one.reason, one.until) for one in stops(double, on)]
    moves += [_("sign-in to the portal")] if double.user_id and not stays.user_id else []
    return Merger(double, stays, list(faults(double, stays, on)), moves, list(notes(double, stays, on)))


def running_contracts(member: Member, on: date) -> list[Contract]:
    """Those that have not ended."""
    rows = list(Contract.objects.filter(member=member).select_related("tariff").order_by("start", "pk"))
    held = standings(member.organisation, rows, on) if rows else {}
    return [one for one in rows if (held[one.pk].ends or date.max) > on]


def moving_mandates(double: Member, stays: Member) -> list[Mandate]:
    """The mandate in use, if the record that stays pays for itself and has none."""
    if stays.payer_id not in (None, double.pk) or Mandate.objects.filter(member=stays, ended_on=None).exists():
        return []
    return list(Mandate.objects.filter(member=double, ended_on=None))


def stops(member: Member, on: date) -> Iterable[DunningStop]:
    """While these hold, nothing that the member owes is reminded."""
    return dunning_holds.standing(on).filter(member=member).order_by("until")


def faults(double: Member, stays: Member, on: date) -> Iterator[str]:
    """Why not, or not yet."""
    if double.pk == stays.pk:
        yield _("This is the same record. Please choose the other one.")
    for one in (double, stays):
        if one.merged_into_id:
            yield _("%(name)s was merged into another record already.") % {"name": one}
    if double.user_id and stays.user_id and double.user_id != stays.user_id:
        yield _("Both have a sign-in of their own to the portal: these are two people, or ask which one is to stay.")
    begun = set(Contract.objects.filter(member=stays).values_list("tariff", "start"))
    for held in running_contracts(double, on):
        if (held.tariff_id, held.start) in begun:
            yield _("Both have %(tariff)s from the same day. Please end the contract of %(name)s first.") % {
                "tariff": held.tariff.name, "name": double}  # fmt: skip
    yield from unsettled(double)
    yield from undecided(double, stays)


def unsettled(double: Member) -> Iterator[str]:
    """Money that still moves: its documents keep their payer, so it must come to rest first."""
    owed = open_items(double.organisation, date.max, [double.pk])
    if owed:
        numbers = ", ".join(item.number for item in owed)
        yield _("Of %(name)s is still open: %(numbers)s. Please wait until it is paid, or clear it.") % {
            "name": double, "numbers": numbers}  # fmt: skip
    if open_credits(double.organisation, [double.pk]) or advances(double.organisation, date.max, [double.pk]):
        yield _("%(name)s has a credit balance. Please pay it out or set it off first.") % {"name": double}


def undecided(double: Member, stays: Member) -> Iterator[str]:
    """What somebody has asked for would be answered at a closed record; and who is to be forgotten is not written down anew."""
    if DataChange.objects.filter(member=double, decided_at=None).exists():
        yield _("%(name)s has asked for a change of data. Please decide that first.") % {"name": double}
    for one in (double, stays):
        rows = ErasureRequest.objects.filter(member=one)
        if rows.filter(Q(decided_at=None) | Q(purge_on__isnull=False)).exists():
            yield _("%(name)s has asked to be erased: these records stay apart.") % {"name": one}


def notes(double: Member, stays: Member, on: date) -> Iterator[str]:
    """What is allowed, and should be looked at."""
    mine = {one.tariff.name for one in running_contracts(stays, on)}
    going_on = running_contracts(double, on)
    before, after = double.paying, stays.paying
    if going_on and before != after and not {before, after} <= {double, stays}:
        yield _("Until now %(before)s pays for what goes over; afterwards %(after)s does.") % {
            "before": before, "after": after}  # fmt: skip
    for one in going_on:
        if one.tariff.name in mine:
            yield _("Both have %(tariff)s: afterwards it is billed twice, until you end one of the two contracts.") % {
                "tariff": one.tariff.name}  # fmt: skip
    if Mandate.objects.filter(member=double, ended_on=None).exists() and not moving_mandates(double, stays):
        yield _("The mandate of %(name)s ends; debits go by the mandate of %(stays)s.") % {
            "name": double,
            "stays": stays.paying,
        }
    if (double.first_name, double.last_name, double.date_of_birth) != (
        stays.first_name,
        stays.last_name,
        stays.date_of_birth,
    ):
        yield _("Name or date of birth differ: please make sure that this is one person.")


@transaction.atomic
def merge(double: Member, stays: Member, user: User | None, now: datetime) -> None:
    """Does it, under a lock on both records. Raises ValidationError with the first reason why not."""
    double, stays = locked(double.pk, stays.pk)
    on = localdate(now)
    for fault in faults(double, stays, on):
        raise ValidationError(fault, code="merge")
    stays.payer = None if stays.payer_id == double.pk else stays.payer
    move(double, stays, on, user)
    consenting.carry(double, stays, user, now)
    fill(double, stays)
    double.left_on, double.payer, double.merged_into = min(double.left_on or date.max, on - DAY), None, stays
    for row in (stays, double):
        row._history_user = user  # type: ignore[attr-defined]
        row.save()
    written(Member, list(Member.objects.filter(merged_into=double)), user, user=stays.user)
    for one, other in ((stays, double), (double, stays)):
        text = _("The records %(stays)s and %(double)s are the same person; %(stays)s goes on.") % {
            "stays": stays, "double": double}  # fmt: skip
        ContactEntry.objects.create(
            organisation_id=one.organisation_id, member=one, kind=ContactEntry.Kind.NOTE, at=now, by=user,
            subject=_("Merged with %(number)s") % {"number": other.number}, text=text,
        )  # fmt: skip


def locked(double: int, stays: int) -> tuple[Member, Member]:
    """Both records. The contracts come first, as in a run, which is waited for; keys stay free, for it names the payer in its invoices."""
    contracts = Contract.objects.filter(member=double).order_by("pk")
    list(contracts.select_for_update(of=("self",), no_key=True).values_list("pk"))
    both = Member.objects.filter(pk__in=(double, stays)).select_related("organisation").order_by("pk")
    rows = {one.pk: one for one in both.select_for_update(of=("self",), no_key=True)}
    return rows[double], rows[stays]


def move(double: Member, stays: Member, on: date, user: User | None) -> None:
    """Running contracts, proofs, known accounts, mandate, stops of reminders, and whom they pay for; each change in its history.

    A yearly plan of debits ends; the worker writes a new one to whoever pays now.
    """
    payer = stays.payer or stays
    Proof.objects.filter(member=double).update(member=stays)
    known = PayerAccount.objects.filter(member=stays).values("iban")
    PayerAccount.objects.filter(member=double).exclude(iban__in=known).update(member=stays)
    written(Contract, running_contracts(double, on), user, member=stays)
    written(Mandate, moving_mandates(double, stays), user, member=stays)
    ending = list(Mandate.objects.filter(member=double, ended_on=None))
    written(Mandate, ending, user, ended_on=on, ended_as=Mandate.End.REPLACED)
    debit_plans.withdraw(double.organisation, [double.pk], on)
    for stop in stops(double, on):
        dunning_stops.stop_member(stays, stop.reason, stop.until, user, on)
    paid_for = Member.objects.filter(payer=double).exclude(pk__in=(stays.pk, payer.pk))
    written(Member, list(paid_for), user, payer=payer)


def written(model: type[Model], rows: Sequence[Model], by: User | None, /, **values: Any) -> None:
    """The same values in all these rows, with their history."""
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)
    if rows:
        bulk_update_with_history(rows, model, list(values), default_user=by)


def fill(double: Member, stays: Member) -> None:
    """What only the double knew. Its sign-in sees both: the documents of before stay readable in the portal."""
    for name in FILLED:
        if not getattr(stays, name):
            setattr(stays, name, getattr(double, name))
    joined = [day for day in (stays.joined_on, double.joined_on) if day]
    stays.joined_on = min(joined) if joined else None
    stays.left_on = max(stays.left_on, double.left_on) if stays.left_on and double.left_on else None
    stays.user = double.user = stays.user or double.user
