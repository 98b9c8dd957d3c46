"""Giving and withdrawing consents: each yes to one text, provable, and taken back as easily as it was given (GDPR art. 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from members.models import Consent, ConsentPurpose, ConsentText, Member, Organisation, User

Evidence = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One purpose as a member finds it: the words that hold now, and the yes that was given, perhaps to older words."""

    purpose: ConsentPurpose
    text: ConsentText
    given: Consent | None

    @property
    def outdated(self) -> bool:
        """They agreed to other words: those hold for them until they agree to the new ones."""
        return self.given is not None and self.given.text_id != self.text.pk


def asked(member: Member) -> list[Asked]:
    """Every purpose that is offered, and every one that the member has agreed to; three queries."""
    return asked_of([member])[member.pk]


def asked_of(people: Sequence[Member]) -> dict[int, list[Asked]]:
    """The same for several members of one organisation, by their keys; three queries together."""
    rows = Consent.objects.filter(member__in=people, withdrawn_at=None).select_related("text")
    given = {(one.member_id, one.purpose_id): one for one in rows}
    agreed = {purpose for _member, purpose in given}
    houses = {one.organisation_id for one in people}
    purposes = list(ConsentPurpose.objects.filter(Q(offered=True) | Q(pk__in=agreed), organisation__in=houses))
    newest = newest_texts(purposes)
    return {
        one.pk: [
            Asked(purpose, newest[purpose.pk], given.get((one.pk, purpose.pk)))
            for purpose in purposes
            if purpose.pk in newest and (purpose.offered or (one.pk, purpose.pk) in given)
        ]
        for one in people
    }


def newest_texts(purposes: QuerySet[ConsentPurpose] | Sequence[ConsentPurpose]) -> dict[int, ConsentText]:
    """The words that hold now, by purpose."""
    rows = ConsentText.objects.filter(purpose__in=purposes).order_by("number")
    return {one.purpose_id: one for one in rows}


@transaction.atomic
def write(
    organisation: Organisation, name: str, text: str, now: datetime, purpose: ConsentPurpose | None = None
) -> ConsentPurpose:
    """A purpose with its words; other words for a known one are its next version, the same ones change nothing."""
    text = text.replace("\r\n", "\n").strip()
    purpose = purpose or ConsentPurpose(organisation=organisation)
    purpose.name = " ".join(name.split())
    purpose.full_clean()
    purpose.save()
    latest = ConsentText.objects.filter(purpose=purpose).order_by("-number").first()
    if latest is None or latest.text != text:
        number = latest.number + 1 if latest else 1
        words = ConsentText(organisation=organisation, purpose=purpose, number=number, text=text, since=now)
        words.full_clean()
        words.save()
    return purpose


@transaction.atomic
def give(member: Member, text: ConsentText, user: User | None, how: Evidence, now: datetime) -> Consent:
    """Yes to these very words. They must be those that hold; a yes to older ones ends with it. A repeat gives the same yes."""
    Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
    latest = ConsentText.objects.filter(purpose=text.purpose_id).order_by("-number").first()
    if latest != text or not text.purpose.offered:
        raise ValidationError(_("These words have changed. Please read them again."), code="outdated")
    held = Consent.objects.filter(member=member, purpose=text.purpose_id, withdrawn_at=None).first()
    if held and held.text_id == text.pk:
        return held
    if held:
        end(held, user, {"replaced_by": text.number}, now)
    return Consent.objects.create(
        organisation_id=member.organisation_id, member=member, purpose_id=text.purpose_id, text=text, given_at=now, given_by=user,
        given_how=dict(how),
    )  # fmt: skip


def withdraw(consent: Consent, user: User | None, how: Evidence, now: datetime) -> bool:
    """No from now on; what was done before stays lawful. False if it was withdrawn already."""
    return end(consent, user, how, now)


def end(consent: Consent, user: User | None, how: Evidence, now: datetime) -> bool:
    """Once."""
    holds = Consent.objects.filter(pk=consent.pk, withdrawn_at=None)
    return bool(holds.update(withdrawn_at=now, withdrawn_by=user, withdrawn_how=dict(how)))


def carry(old: Member, new: Member, user: User | None, now: datetime) -> None:
    """Two records of one person: each yes that only the old one has goes on at the new one, with its day, its words and its proof."""
    held = Consent.objects.filter(member=new, withdrawn_at=None).values("purpose")
    for one in Consent.objects.filter(member=old, withdrawn_at=None).exclude(purpose__in=held):
        one.pk, one.member = None, new
        one.given_how = one.given_how | {"number": old.number}
        one.save(force_insert=True)
    ended = {
        "withdrawn_at": now,
        "withdrawn_by": user,
        "withdrawn_how": {"how": _("merged with %(number)s") % {"number": new.number}},
    }
    Consent.objects.filter(member=old, withdrawn_at=None).update(**ended)


def agreed_to(organisation: Organisation, purpose: int) -> QuerySet[Consent]:
    """Who agrees to a purpose now."""
    return Consent.objects.filter(organisation=organisation, purpose=purpose, withdrawn_at=None)
