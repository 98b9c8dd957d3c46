"""Collecting again what came back or was never collected: a batch of its own, announced anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.documents.return_words import for_treasurer
from billing.formats.return_reasons import may_retry
from billing.formats.target import next_open
from billing.models import Collection, CollectionBatch, Creditor, InstalmentClaim, Invoice, Mandate
from billing.pricing.money import total
from billing.services import collection
from billing.services.drafts import earliest_collection
from billing.services.invoicing import shown
from billing.services.mandates import is_usable
from billing.services.open_items import unpaid
from members.models import Organisation, User

MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Open:
    """A claim that may be collected again: what is open of it (EUR), the latest attempt, why it is not chosen beforehand.

    `mandate` may be used; where there is none, `stopped` is the latest one, which is suspended, lapsed or ended.
    """

    invoice: Invoice
    left: Decimal
    attempt: Collection | None
    warning: str
    mandate: Mandate | None
    stopped: Mandate | None

    @property
    def reason(self) -> str:
        """What the bank's code means, where nobody has to be asked first."""
        return str(for_treasurer(self.attempt.return_reason)) if self.attempt and not self.warning else ""

    @property
    def chosen(self) -> bool:
        """Whether nothing speaks against it."""
        return self.mandate is not None and not self.warning


def open_claims(organisation: Organisation) -> QuerySet[Invoice]:
    """Claims to be debited that are in no live collection, though their run was collected, and not paid otherwise.

    What is paid in instalments is collected by its agreement only.
    """
    moving = Q(instalment=None) | Q(booked_on=None)
    live = Collection.objects.filter(moving, invoice=OuterRef("pk"), failed_on=None)
    agreed = InstalmentClaim.objects.filter(invoice=OuterRef("pk"), freed_on=None)
    claims: QuerySet[Invoice] = Invoice.objects.filter(
        organisation=organisation,
        method=Invoice.Method.DEBIT,
        kind=Invoice.Kind.INVOICE,
        run__collected_at__isnull=False,
    )
    return unpaid(claims.exclude(Exists(live)).exclude(Exists(agreed)))


def open_again(organisation: Organisation, on: date) -> list[Open]:
    """What may be collected again, oldest first; as many as a form can carry. A whole file that was rejected is built anew."""
    attempts = Collection.objects.select_related("batch").defer("batch__content").order_by("pk")
    rows = (
        open_claims(organisation).select_related("payer").prefetch_related(Prefetch("collections", queryset=attempts))
    )
    claims = list(rows.order_by("issued_on", "pk")[:MOST_SHOWN])
    mandates = Mandate.objects.filter(organisation=organisation, member__in={one.payer_id for one in claims})
    latest = {one.member_id: one for one in mandates.order_by(F("ended_on").asc(nulls_last=True), "pk")}
    return [opened(one, latest.get(one.payer_id), on) for one in claims]


def opened(invoice: Any, mandate: Mandate | None, on: date) -> Open:
    """One claim of `open_claims` with what is known of it."""
    attempts = [one for one in invoice.collections.all() if one.failed_as != "withdrawn"]
    latest = attempts[-1] if attempts else None
    usable = mandate if mandate and is_usable(mandate, on) else None
    warning = warning_of([one.return_reason for one in attempts])
    return Open(invoice, total([invoice.left]), latest, warning, usable, None if usable else mandate)


def warning_of(codes: Sequence[str]) -> str:
    """Why a person should look first, by the bank's codes so far, oldest first; nothing where another attempt is the usual way."""
    if may_retry(codes):
        return ""
    words = str(for_treasurer(codes[-1])) or _("the bank gives no reason: ask the payer")
    if len(codes) > 1:
        return _("It came back %(count)s times already: %(reason)s") % {"count": len(codes), "reason": words}
    return words


def first_day(creditor: Creditor, today: date) -> date:
    """The first day that can still be announced in time."""
    return next_open(earliest_collection(today, creditor.prenotification_days))


def refuse_too_early(creditor: Creditor, day: date, now: datetime) -> None:
    """No day before the notice has run its time."""
    earliest = first_day(creditor, timezone.localdate(now))
    if next_open(day) < earliest:
        message = _(
            "%(day)s is too early: payers are told %(days)s days ahead, so the first possible day is %(earliest)s."
        )
        days = {"day": shown(day), "days": creditor.prenotification_days, "earliest": shown(earliest)}
        raise ValidationError(message, code="too_early", params=days)


def collect_again(
    creditor: Creditor, chosen: Sequence[int], day: date, user: User | None, now: datetime
) -> list[CollectionBatch]:
    """Files over these claims for a day, each payer told anew. Refused as a whole if one is no longer open."""
    refuse_too_early(creditor, day, now)
    with transaction.atomic():
        creditor = Creditor.objects.select_for_update(no_key=True).get(pk=creditor.pk)
        claims = open_claims(creditor.organisation).filter(pk__in=list(chosen))
        if not chosen or claims.count() != len(set(chosen)):
            message = _("One of these invoices is no longer open: it is being collected, or was. Load the page again.")
            raise ValidationError(message, code="not_open")
        order = collection.Order(creditor, next_open(day), now, maker=user)
        made = collection.again(order, Invoice.objects.filter(pk__in=list(chosen)), {})
        if not made:
            raise ValidationError(_("None of these payers has a mandate that may be used."), code="no_mandate")
    return made


def rebuilt(batch: CollectionBatch, user: User, now: datetime, day: date | None) -> list[CollectionBatch]:
    """A file built anew, by default for the same day; for another one its payers must be told in time."""
    if day is None or next_open(day) == batch.collection_date:
        return collection.rebuild(batch, user, now)
    refuse_too_early(batch.creditor, day, now)
    return collection.rebuild(batch, user, now, next_open(day))
