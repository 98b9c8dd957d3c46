"""Collecting again what came back or was never collected: a batch of its own, announced anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.formats.target import next_open
from billing.models import Collection, CollectionBatch, Creditor, Invoice, Mandate
from billing.services import collection
from billing.services.drafts import earliest_collection
from billing.services.invoicing import shown
from billing.services.mandates import is_usable
from members.models import Organisation, User

# Why a claim is not chosen beforehand (EPC173-14): it will come back, or the payer must be asked first.
ASK_FIRST = {
    "AC01": gettext_lazy("The account does not exist: ask for the right one."),
    "AC04": gettext_lazy("The account is closed: ask for another one."),
    "AC06": gettext_lazy("The account is blocked: ask the payer."),
    "AC13": gettext_lazy("A consumer's account: a business debit is not possible."),
    "AG01": gettext_lazy("This account takes no direct debits: ask for another one."),
    "AM05": gettext_lazy("The bank saw it twice: look whether it was paid."),
    "DUPL": gettext_lazy("The bank saw it twice: look whether it was paid."),
    "MD01": gettext_lazy("The payer says there is no mandate: settle that first."),
    "MD06": gettext_lazy("The payer took the money back: ask why."),
    "MD07": gettext_lazy("The payer has died: settle it with the heirs."),
    "MS02": gettext_lazy("The payer refused: ask why."),
    "RC01": gettext_lazy("The bank is not known: ask for the right account."),
    "SL01": gettext_lazy("The payer's bank blocks your debits: ask the payer."),
}
WORDS = {"AM04": gettext_lazy("not enough money in the account"), "MS03": gettext_lazy("the bank gives no reason")}
ONCE = "MS03"
MOST_TRIES, MOST_SHOWN = 3, 500


@dataclass(frozen=True, slots=True)
class Open:
    """A claim that may be collected again: the latest attempt, why it is not chosen beforehand, the mandate in use."""

    invoice: Invoice
    attempt: Collection | None
    tries: int
    warning: str
    mandate: Mandate | None

    @property
    def reason(self) -> str:
        """What the bank's code means, where nobody has to be asked first."""
        return str(WORDS.get(self.attempt.return_reason, "")) if self.attempt else ""

    @property
    def chosen(self) -> bool:
        """Whether nothing speaks against it."""
        return self.mandate is not None and not self.warning


def open_claims(organisation: Organisation) -> QuerySet[Invoice]:
    """Claims to be debited that are in no live collection, though their run was collected."""
    live = Collection.objects.filter(invoice=OuterRef("pk"), failed_on=None)
    claims: QuerySet[Invoice] = Invoice.objects.filter(
        organisation=organisation,
        method=Invoice.Method.DEBIT,
        kind=Invoice.Kind.INVOICE,
        run__collected_at__isnull=False,
    )
    return claims.exclude(Exists(live))


def open_again(organisation: Organisation, on: date) -> list[Open]:
    """What may be collected again, oldest first; as many as a form can carry. A whole file that was rejected is built anew."""
    attempts = Collection.objects.select_related("batch").defer("batch__content").order_by("pk")
    rows = (
        open_claims(organisation).select_related("payer").prefetch_related(Prefetch("collections", queryset=attempts))
    )
    claims = list(rows.order_by("issued_on", "pk")[:MOST_SHOWN])
    mandates = Mandate.objects.usable().filter(organisation=organisation, member__in={one.payer_id for one in claims})
    usable = {one.member_id: one for one in mandates if is_usable(one, on)}
    return [opened(one, usable.get(one.payer_id)) for one in claims]


def opened(invoice: Invoice, mandate: Mandate | None) -> Open:
    """One claim with what is known of it."""
    attempts = [one for one in invoice.collections.all() if one.failed_as != "withdrawn"]
    latest = attempts[-1] if attempts else None
    return Open(invoice, latest, len(attempts), warning_of(latest, len(attempts)), mandate)


def warning_of(latest: Collection | None, tries: int) -> str:
    """Why a person should look first; nothing where another attempt is the usual way."""
    if latest is None:
        return ""
    if tries >= MOST_TRIES:
        return _("It came back %(count)s times already.") % {"count": tries}
    if latest.return_reason == ONCE and tries > 1:
        return _("The bank gives no reason, for the second time: ask the payer.")
    return str(ASK_FIRST.get(latest.return_reason, ""))


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
