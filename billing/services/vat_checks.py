"""Whether VAT ids are in use: the form is checked here, the tax office is asked at its own page, and its answer is kept here."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.models import VatCheck
from members.models import Member, Organisation, User, vat_id_is_valid

# After a year an answer says little.
STALE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Checked:
    """A member with their id; `stale`: nobody has asked about this very id within a year."""

    member: Member
    form_is_right: bool
    latest: VatCheck | None
    stale: bool


def holders(organisation: Organisation) -> QuerySet[Member]:
    """Everybody with a VAT id."""
    return Member.objects.filter(organisation=organisation).exclude(vat_id="").order_by("number")


def checked(organisation: Organisation, today: date, most: int) -> list[Checked]:
    """Each with the latest answer about the id that they have now."""
    answers: dict[tuple[int, str], VatCheck] = {}
    for one in VatCheck.objects.filter(organisation=organisation).order_by("asked_on", "pk"):
        answers[one.member_id, one.vat_id] = one
    found = []
    for member in holders(organisation)[:most]:
        latest = answers.get((member.pk, member.vat_id))
        stale = latest is None or latest.asked_on < today - STALE
        found.append(Checked(member, vat_id_is_valid(member.vat_id), latest, stale))
    return found


def enter(member: Member, asked_on: date, result: str, note: str, user: User | None, today: date) -> VatCheck:
    """Keeps an answer about the id that the member has now."""
    if asked_on > today:
        raise ValidationError(_("The answer cannot be from a day to come."), code="future")
    row = VatCheck(
        organisation_id=member.organisation_id, member=member, vat_id=member.vat_id, asked_on=asked_on, result=result,
        note=note.strip(), entered_by=user,
    )  # fmt: skip
    row.full_clean()
    row.save()
    return row
