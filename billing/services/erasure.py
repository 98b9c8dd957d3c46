"""Erasure on request (GDPR art. 17): what can go at once, what must be kept and until when, and its end.

What the law makes us keep is restricted instead (GDPR art. 17 (3) b, 18; BDSG 35 (3)); facts about money are never touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.mails import one_line
from billing.models import Contract, Invoice, Mail, Receipt
from billing.pricing.periods import DAY, add_months
from billing.services.invoicing import shown
from billing.services.mailing import tell_office
from billing.services.mandates import erasable_from
from billing.services.member_notes import tell_member
from billing.services.quotes import standings
from members.models import (
    Consent,
    ContactEntry,
    DataChange,
    ErasureRequest,
    Member,
    OfficeRole,
    Organisation,
    Proof,
    ProofFile,
    User,
)

# From the end of the year: invoices AO 147 (3), UStG 14b; postings, changes of master data AO 147; letters AO 147, HGB 257.
INVOICES, BOOKS, LETTERS = 8, 10, 6
AT_ONCE = ("phone", "note", "salutation")
WHEN_GONE = ("email", "title", "date_of_birth")
IDENTITY = (
    "salutation", "title", "first_name", "company", "street", "address_extra", "postal_code", "city", "email", "phone", "vat_id",
    "buyer_reference", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """What must stay: until which day (that day included), and by which law."""

    what: str
    until: date
    why: str


def year_end(day: date, years: int) -> date:
    """The last day of keeping: the period begins with the end of the year (AO 147 (4))."""
    return date(day.year + years, 12, 31)


def kept(member: Member) -> list[Kept]:
    """Everything that the law or a claim makes us keep; nothing at all for somebody who was never billed."""
    days = last_days(member)
    return [*kept_books(days), *kept_papers(member, days)]


@dataclass(frozen=True, slots=True)
class LastDays:
    """When something was last billed to somebody or for them, given by them, written or said."""

    billed: date | None
    named: date | None
    given: date | None
    written: date | None
    said: date | None


def last_days(member: Member) -> LastDays:
    """All of them in one query."""
    days = {
        "billed": latest(Invoice.objects.filter(payer=OuterRef("pk")), "issued_on"),
        "named": latest(Invoice.objects.filter(lines__contract__member=OuterRef("pk")), "issued_on"),
        "given": latest(Receipt.objects.filter(member=OuterRef("pk")), "issued_on"),
        "written": latest(Mail.objects.filter(member=OuterRef("pk")), "created_at"),
        "said": latest(ContactEntry.objects.filter(member=OuterRef("pk")), "at"),
    }
    row = Member.objects.filter(pk=member.pk).values_list(*days.values()).get()
    return LastDays(*(timezone.localdate(day) if isinstance(day, datetime) else day for day in row))


def kept_books(days: LastDays) -> Iterator[Kept]:
    """Invoices and what was posted about them."""
    last = max((day for day in (days.billed, days.named) if day), default=None)
    if last:
        yield Kept(_("Invoices and direct debits"), year_end(last, INVOICES), "AO 147, UStG 14b")
        yield Kept(_("Postings, and the master data that explains them"), year_end(last, BOOKS), "AO 147")
    if days.given:
        yield Kept(_("Donation receipts"), year_end(days.given, BOOKS), "EStDV 50")


def kept_papers(member: Member, last: LastDays) -> Iterator[Kept]:
    """Messages about contracts, and mandates that the bank may ask for."""
    spoken = max((day for day in (last.written, last.said) if day), default=None)
    if spoken:
        yield Kept(_("Messages and letters"), year_end(spoken, LETTERS), "AO 147, HGB 257")
    days = [erasable_from(one) for one in member.mandates.all() if one.last_presented_on]
    ended = [day for day in days if day]
    if ended:
        yield Kept(_("Mandates and their papers"), max(ended) - DAY, "EPC173-14, BGB 676b")


def latest(rows: QuerySet[Any], field: str) -> Subquery:
    """The last day of some rows."""
    return Subquery(rows.order_by(f"-{field}").values(field)[:1])


def bound(member: Member, today: date) -> list[str]:
    """Why the membership itself cannot be erased yet: contracts that run, people they pay for, mandates in use."""
    found = []
    rows = list(Contract.objects.filter(member=member).select_related("tariff"))
    standing = standings(member.organisation, rows, today) if rows else {}
    found += [one.tariff.name for one in rows if (standing[one.pk].ends or date.max) > today]
    found += [str(one) for one in Member.objects.filter(payer=member).exclude(left_on__lte=today)]
    mandates = [one for one in member.mandates.all() if one.ended_on is None]
    return found + [_("Mandate %(reference)s") % {"reference": one.reference} for one in mandates]


@transaction.atomic
def ask(member: Member, text: str, user: User | None, now: datetime) -> ErasureRequest:
    """Keeps the request and tells the treasurers; one waits at a time."""
    row = ErasureRequest(
        organisation=member.organisation, member=member, text=text.strip()[:1000], asked_at=now, asked_by=user
    )
    row.full_clean()
    row.save()
    organisation = Organisation.objects.get(pk=member.organisation_id)
    with override(organisation.language):
        subject = _("%(member)s asks for erasure") % {"member": member}
        text = _("The answer is due within a month (GDPR art. 12): %(address)s\n") % {
            "address": f"{settings.PUBLIC_URL}/office/erasures/{row.pk}/"}  # fmt: skip
    tell_office(organisation, f"erasure:{row.pk}", one_line(subject)[:200], text, now)
    return row


@transaction.atomic
def decide(row: ErasureRequest, accepted: bool, words: str, user: User | None, today: date, now: datetime) -> None:
    """The office's answer, by mail in text form; accepted, what can go goes at once and the rest gets its day."""
    member = Member.objects.select_related("organisation", "payer").get(pk=row.member_id)
    if not accepted and not words.strip():
        raise ValidationError(_("Please tell the member why not."), code="answer")
    keeps = kept(member)
    stays = bound(member, today)
    purge_on = None if stays else max([today, *(one.until + DAY for one in keeps)])
    answer = answer_text(member, accepted, words, keeps, stays)
    undecided = ErasureRequest.objects.filter(pk=row.pk, decided_at=None)
    changes = {"accepted": accepted, "answer": answer, "decided_at": now, "decided_by": user}
    if not undecided.update(purge_on=purge_on if accepted else None, **changes):
        raise ValidationError(_("This was decided already."), code="decided")
    tell_member(member, "erasure", f"erasure:{row.pk}:answer", _("Your request for erasure"), answer, now)
    if accepted:
        for double in Member.objects.filter(merged_into=member):
            erase_double(double, row, answer, user, today, now)
        erase_now(member, gone=not stays, today=today, now=now)


def erase_double(
    double: Member, row: ErasureRequest, answer: str, user: User | None, today: date, now: datetime
) -> None:
    """An older record of the same person goes with it, when its own last period of keeping is over."""
    if ErasureRequest.objects.filter(member=double, accepted=True).exists():
        return
    ErasureRequest.objects.create(
        organisation_id=double.organisation_id, member=double, asked_at=row.asked_at, asked_by=row.asked_by, accepted=True, answer=answer,
        decided_at=now, decided_by=user, purge_on=max([today, *(one.until + DAY for one in kept(double))]),
    )  # fmt: skip
    erase_now(double, gone=True, today=today, now=now)


def answer_text(member: Member, accepted: bool, words: str, keeps: list[Kept], stays: list[str]) -> str:
    """What is erased, what is kept, until when and why, and where to complain (GDPR art. 12 (4))."""
    with override(member.language):
        if not accepted:
            complaint = _("You may complain to the data protection authority of your state, or go to court.")
            return "\n\n".join([_("we cannot erase your data."), words.strip(), complaint])
        parts = [_("we have erased what we need not keep: telephone number, notes, papers of proofs, consents.")]
        if stays:
            parts.append(
                _("These still run; when they have ended, please ask again:")
                + "\n"
                + "\n".join(f"  {one}" for one in stays)
            )
        if keeps:
            rows = [f"  {one.what}: {shown(one.until)} ({one.why})" for one in keeps]
            parts.append(_("By law we must keep, and use for nothing else, until:") + "\n" + "\n".join(rows))
            if not stays:
                parts.append(_("After that it is anonymised without another request."))
        return "\n\n".join([*parts, words.strip()]).strip()


def erase_now(member: Member, *, gone: bool, today: date, now: datetime) -> None:
    """What nothing makes us keep. `gone`: the membership is over, so that nobody has to be reached any more."""
    names = AT_ONCE + (WHEN_GONE if gone else ())
    blank(member, names)
    ProofFile.objects.filter(proof__member=member, erased_on=None).update(content=b"", name="", erased_on=today)
    Consent.objects.filter(member=member, withdrawn_at=None).update(withdrawn_at=now, withdrawn_how={"erasure": True})
    if gone and member.user_id:
        sign_out_for_ever(member)


def blank(member: Member, names: tuple[str, ...]) -> None:
    """These fields, in the record and in every state that its history kept."""
    emptied = {name: None if name == "date_of_birth" else "" for name in names}
    Member.objects.filter(pk=member.pk).update(**emptied)
    Member.history.filter(id=member.pk).update(**emptied)
    fresh = Member.objects.get(pk=member.pk)
    Member.objects.filter(pk=member.pk).update(search=fresh.search_text())


def sign_out_for_ever(member: Member) -> None:
    """The sign-in too, unless it belongs to another membership or to somebody of the office. What names it stays as a row."""
    user = member.user
    Member.objects.filter(pk=member.pk).update(user=None)
    Member.history.filter(id=member.pk).update(user=None)
    if user is None or user.is_staff or user.is_superuser or has_more(user):
        return
    user.emailaddress_set.all().delete()  # type: ignore[attr-defined]
    user.email, user.is_active = f"erased-{user.pk}@invalid.example", False
    user.first_name = user.last_name = ""
    user.set_unusable_password()
    user.save()


def has_more(user: User) -> bool:
    """Whether the sign-in opens anything else, in any organisation."""
    return any(model._base_manager.filter(user=user).exists() for model in (Member, OfficeRole))


def due(organisation: Organisation, today: date) -> list[ErasureRequest]:
    """Accepted requests whose last period of keeping is over."""
    rows = ErasureRequest.objects.filter(organisation=organisation, accepted=True, purged_at=None, purge_on__lte=today)
    return list(rows.select_related("member__organisation").order_by("purge_on", "pk"))


@transaction.atomic
def anonymise(row: ErasureRequest, today: date, now: datetime) -> bool:
    """After the last day of keeping nobody can be recognised any more; numbers, sums and hashes stay. False if it was too early.

    Whoever became a member again meanwhile stays, and so does what was written or billed later.
    """
    member = row.member
    later = max((one.until + DAY for one in kept(member)), default=today)
    if bound(member, today) or later > today:
        ErasureRequest.objects.filter(pk=row.pk).update(purge_on=max(later, today))
        return False
    if not ErasureRequest.objects.filter(pk=row.pk, purged_at=None).update(purged_at=now, text=""):
        return False
    forget(member)
    return True


def forget(member: Member) -> None:
    """Name, address and everything said; the number is replaced by a random one."""
    blank(member, IDENTITY)
    number = f"x{get_random_string(12, 'abcdefghijkmnpqrstuvwxyz23456789')}"
    values = {"last_name": _("anonymised"), "date_of_birth": None, "number": number}
    Member.objects.filter(pk=member.pk).update(**values, search="")
    Member.history.filter(id=member.pk).update(**values)
    ContactEntry.objects.filter(member=member).update(subject="", text="–", about="", by=None)
    Mail.objects.filter(member=member).update(subject="–", text="–", recipient="anonymised@invalid.example")
    DataChange.objects.filter(member=member).update(before={}, after={}, reason="–", answer="–")
    Proof.objects.filter(member=member).update(what_for="–", answer="–")
    Consent.objects.filter(member=member).exclude(withdrawn_at=None).update(given_how={}, withdrawn_how={})


def month_to_answer(row: ErasureRequest) -> date:
    """Until when the member must have an answer (GDPR art. 12 (3))."""
    return add_months(row.asked_at.date(), 1)
