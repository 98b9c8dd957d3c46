"""Applications of newcomers: kept, confirmed from the mailbox, waiting for the office, refused, erased.

Until the e-mail address is confirmed nothing follows from an order. The answer to it is the same for everybody: nobody learns
here who is a member.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Application, Mail, SignUpSettings, Tariff
from billing.services import sign_up_mails as words
from billing.services.mailing import tell_office
from members.models import Organisation, User

SALT = "application-confirm"
MOST_OPEN = 3
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Order:
    """What was ordered. `key` names the form that was sent."""

    tariff: Tariff
    key: str
    name: str
    language: str
    data: dict[str, Any]
    shown: dict[str, Any]
    text: str


@transaction.atomic
def receive(organisation: Organisation, order: Order, now: datetime) -> Application | None:
    """Keeps the order and writes the one mail that asks to confirm it; a repeat of the same form gives the same row.

    Of one address at most three orders wait to be confirmed; what comes beyond is passed over, which the page does not show.
    """
    email = order.data["person"]["email"].lower()
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    known = Application.objects.filter(organisation=organisation, key=order.key).first()
    if known:
        return known
    if Application.objects.filter(organisation=organisation, email=email, confirmed_at=None).count() >= MOST_OPEN:
        return None
    row = Application(
        organisation=organisation, tariff=order.tariff, key=order.key, received_at=now, name=order.name, email=email,
        iban=order.data["payment"]["iban"], language=order.language, data=order.data, shown=order.shown, text=order.text,
    )  # fmt: skip
    row.full_clean()
    row.save()
    words.confirm(row, address_of(row), confirm_days(organisation), next_mail(organisation, email, now)).save()
    return row


def next_mail(organisation: Organisation, email: str, now: datetime) -> datetime:
    """At once, or an hour after the last such mail to this address: nobody's mailbox is flooded from here."""
    rows = Mail.objects.filter(organisation=organisation, recipient=email, kind=words.CONFIRM)
    last = rows.order_by("-next_at").values_list("next_at", flat=True).first()
    return max(now, last + HOUR) if last else now


def confirm_days(organisation: Organisation) -> int:
    """How long the link of the mail is good for."""
    row = SignUpSettings.objects.filter(organisation=organisation).first()
    return (row or SignUpSettings(organisation=organisation)).confirm_days


def address_of(row: Application) -> str:
    """The link of the mail. It is signed, stored nowhere else, and works once."""
    token = signing.dumps([row.pk, row.key[:20]], salt=SALT)
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('join_confirm', args=[token])}"


def of_token(token: str, now: datetime) -> Application | None:
    """The order of a link; none for a forged one, a late one, and one whose order is erased. The caller opens no scope."""
    try:
        pk, key = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = Application._base_manager.select_related("organisation", "tariff")
    row = rows.filter(pk=pk, key__startswith=key).first()
    if row is None or row.confirmed_at:
        return row
    late = _settings(row).confirm_days
    return row if now < row.received_at + timedelta(days=late) else None


def _settings(row: Application) -> SignUpSettings:
    found = SignUpSettings._base_manager.filter(organisation=row.organisation_id).first()
    return found or SignUpSettings(organisation_id=row.organisation_id)


def confirmed_first(row: Application, now: datetime) -> bool:
    """The link was followed and the button pressed: true for the first time, and nothing happens for any other."""
    rows = Application.objects.filter(pk=row.pk, organisation=row.organisation_id, confirmed_at=None)
    if not rows.update(confirmed_at=now):
        return False
    row.confirmed_at = now
    return True


def waits(row: Application, now: datetime) -> None:
    """A person decides: the applicant has it in writing, and the office hears of it once a day."""
    words.received(row, now).save()
    subject, text = words.for_office(
        row.organisation, waiting(row.organisation), f"{settings.PUBLIC_URL}/office/applications/"
    )
    tell_office(row.organisation, f"applications:{timezone.localdate(now)}", subject, text, now)


def open_rows(organisation: Organisation) -> QuerySet[Application]:
    """Confirmed and not decided."""
    return Application.objects.filter(organisation=organisation, decided_at=None).exclude(confirmed_at=None)


def waiting(organisation: Organisation) -> int:
    """How many wait for the office."""
    return open_rows(organisation).count()


def locked(row: Application) -> Application:
    """Read anew and held: two people who press at once come one after the other."""
    rows = Application.objects.select_for_update(of=("self",)).select_related("organisation", "tariff", "member")
    return rows.get(pk=row.pk, organisation=row.organisation_id)


def refuse_decided(row: Application) -> None:
    """What is decided stays so; what nobody confirmed is not there yet."""
    if row.decided_at:
        raise ValidationError(_("This application is decided already."), code="decided")
    if not row.confirmed_at:
        raise ValidationError(
            _("The e-mail address was not confirmed yet: nobody can be admitted or refused."), code="unconfirmed"
        )


@transaction.atomic
def refuse(row: Application, reason: str, user: User | None, now: datetime) -> None:
    """No membership; the applicant reads why. An association need not admit anybody, but it says so."""
    row = locked(row)
    refuse_decided(row)
    row.reason, row.decided_at, row.decided_by = reason.strip(), now, user
    row.clean_fields(exclude=["data", "shown"])
    row.validate_constraints()
    row.save(update_fields=["reason", "decided_at", "decided_by"])
    words.refused(row, now).save()


@transaction.atomic
def ask(row: Application, question: str, now: datetime) -> None:
    """Asks the applicant something; the answer comes to the organisation's own mailbox, and the application waits on."""
    row = locked(row)
    refuse_decided(row)
    row.question, row.asked_at = question.strip(), now
    row.clean_fields(exclude=["data", "shown"])
    row.save(update_fields=["question", "asked_at"])
    words.asked(row, now).save()


def erasable(organisation: Organisation, now: datetime) -> QuerySet[Application]:
    """Never confirmed in time, or refused long enough ago (GDPR art. 5 (1) e)."""
    row = SignUpSettings.objects.filter(organisation=organisation).first() or SignUpSettings(organisation=organisation)
    stale = Q(confirmed_at=None, received_at__lt=now - timedelta(days=row.confirm_days))
    refused = Q(member=None, decided_at__lt=now - timedelta(days=row.keep_days))
    return Application.objects.filter(stale | refused, organisation=organisation)


@transaction.atomic
def erase(organisation: Organisation, now: datetime) -> int:
    """Takes them away, and the mails that were written about them."""
    ids = list(erasable(organisation, now).values_list("pk", flat=True)[:500])
    mails: Sequence[str] = [words.key(pk, what) for pk in ids for what in words.ALL]
    Mail.objects.filter(organisation=organisation, key__in=mails).delete()
    Mail.objects.filter(organisation=organisation, kind=words.ASKED, key__in=asked_keys(ids)).delete()
    return erasable(organisation, now).filter(pk__in=ids).delete()[0]


def asked_keys(ids: Sequence[int]) -> list[str]:
    """The keys of the questions that were asked about these applications."""
    wanted = Q()
    for pk in ids:
        wanted |= Q(key__startswith=f"{words.key(pk, words.ASKED)}:")
    return list(Mail.objects.filter(wanted, kind=words.ASKED).values_list("key", flat=True)) if ids else []


def link_ends(row: Application) -> date:
    """The last day on which the link works."""
    return timezone.localdate(row.received_at + timedelta(days=_settings(row).confirm_days))
