"""Address, name and e-mail address, changed by members themselves; what concerns invoices of companies waits for the office.

The account holder and the mandate stay as they are: a mandate is changed by whoever signed it.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.mails import listed, one_line
from billing.pricing.periods import add_months
from billing.services.mailing import tell_office
from billing.services.member_notes import note_change, tell_member
from members.models import DataChange, Member, Organisation, User

Values = Mapping[str, str]
ADDRESS = ("street", "address_extra", "postal_code", "city", "country", "phone")
NAME = ("salutation", "title", "first_name", "last_name")
RECIPIENT = ("company", "street", "address_extra", "postal_code", "city", "country", "vat_id", "buyer_reference")
FULL_AGE = 18 * 12
Kind = DataChange.Kind


def is_minor(member: Member, on: date) -> bool:
    """Under 18 on the day; of whom no birthday is known counts as of age."""
    return member.date_of_birth is not None and add_months(member.date_of_birth, FULL_AGE) > on


def asks_office(member: Member) -> bool:
    """Whose invoices name a company, a VAT id or a buyer's reference: wrong data there costs the recipient their input tax (UStG 15)."""
    return member.kind == Member.Kind.COMPANY or bool(member.vat_id or member.buyer_reference)


def differing(member: Member, values: Values) -> dict[str, str]:
    """Only what is new."""
    return {name: value for name, value in values.items() if getattr(member, name) != value}


@transaction.atomic
def change_at_once(member: Member, values: Values, reason: str, user: User | None, now: datetime) -> bool:
    """Writes the fields with their history, and tells the office; false if nothing differs."""
    changed = differing(member, values)
    if not changed:
        return False
    before = {name: getattr(member, name) for name in changed}
    enter(member, changed, user)
    text = words(member, before, changed) + (f"\n\n{_('Reason')}: {reason}" if reason else "")
    note_change(member, _("New data from the portal"), text, user, now)
    return True


def enter(member: Member, values: Values, user: User | None) -> None:
    """The member with other data, refused as the office's form would refuse it; who did it stands in the history."""
    for name, value in values.items():
        setattr(member, name, value)
    member.full_clean(exclude=["organisation", "payer", "user"])
    member._history_user = user  # type: ignore[attr-defined]
    member.save()


def words(member: Member, before: Values, after: Values) -> str:
    """Each field with what was and what is, in the organisation's language."""
    with override(member.organisation.language):
        rows = [(label(name), f"{before[name] or '–'} → {after[name] or '–'}") for name in after]
        return listed(rows)


def label(name: str) -> str:
    """What a field is called."""
    return str(Member._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


@transaction.atomic
def ask_office(
    member: Member, kind: str, values: Values, reason: str, user: User | None, now: datetime
) -> DataChange | None:
    """Keeps the wish until the office decides, and tells the treasurers; None if nothing differs. One of a kind waits at a time."""
    changed = differing(member, values)
    if not changed:
        return None
    trial = Member.objects.get(pk=member.pk)
    for name, value in changed.items():
        setattr(trial, name, value)
    trial.full_clean(exclude=["organisation", "payer", "user"])
    row = DataChange(
        organisation=member.organisation, member=member, kind=kind, before={name: getattr(member, name) for name in changed},
        after=dict(changed), reason=one_line(reason)[:300], asked_at=now, asked_by=user,
    )  # fmt: skip
    row.full_clean()
    row.save()
    tell_treasurers(row, now)
    return row


def tell_treasurers(row: DataChange, now: datetime) -> None:
    """That it waits."""
    organisation = Organisation.objects.get(pk=row.organisation_id)
    with override(organisation.language):
        subject = _("New data of %(member)s") % {"member": row.member}
        address = f"{settings.PUBLIC_URL}/office/wishes/"
        text = _("It waits for your decision here: %(address)s\n") % {"address": address}
    tell_office(organisation, f"data:{row.pk}", one_line(subject)[:200], text, now)


@transaction.atomic
def decide(row: DataChange, accepted: bool, answer: str, user: User | None, now: datetime) -> None:
    """Enters the data or refuses it with an answer, once; the member is told either way."""
    if not accepted and not answer.strip():
        raise ValidationError(_("Please tell the member why not."), code="answer")
    undecided = DataChange.objects.filter(pk=row.pk, decided_at=None)
    if not undecided.update(accepted=accepted, answer=answer.strip(), decided_at=now, decided_by=user):
        raise ValidationError(_("This was decided already."), code="decided")
    member = Member.objects.select_related("organisation", "payer").get(pk=row.member_id)
    if accepted:
        refuse_stale(member, row)
        enter(member, row.after, user)
        note_change(member, _("New data from the portal"), words(member, row.before, row.after), user, now)
    with override(member.language):
        said = _("We have entered your new data.") if accepted else _("We have not entered your new data.")
        tell_member(member, "data", f"data:{row.pk}:answer", _("Your data"), "\n\n".join([said, answer.strip()]), now)


def refuse_stale(member: Member, row: DataChange) -> None:
    """Nobody overwrites what the office changed itself meanwhile."""
    if any(getattr(member, name) != value for name, value in row.before.items()):
        message = _("The member's data was changed meanwhile. Please look at it; then refuse this wish.")
        raise ValidationError(message, code="stale")


def waiting(organisation: Organisation) -> int:
    """How many wishes wait for the office."""
    return DataChange.objects.filter(organisation=organisation, decided_at=None).count()


@transaction.atomic
def change_mail(members: Iterable[Member], old: str, new: str, user: User, now: datetime) -> None:
    """Every membership of this sign-in gets the new address; the old one is told, so that a stranger's change is noticed."""
    for member in members:
        before = member.email
        enter(member, {"email": new}, user)
        note_change(member, _("New e-mail address from the portal"), f"{before or '–'} → {new}", user, now)
        with override(member.language):
            text = _(
                "your e-mail address with us is now %(new)s. From now on you sign in with it, and invoices and messages go "
                "there.\n\nIf this was not you, please tell us at once."
            ) % {"new": new}  # fmt: skip
            key = f"email:{member.pk}:{now:%Y%m%d%H%M%S}"
            tell_member(member, "data", key, _("Your e-mail address was changed"), text, now, to=before or old)


def changed_values(form_values: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """What a form gives for these fields, without doubled blanks."""
    return {name: " ".join(str(form_values[name]).split()) for name in names if name in form_values}
