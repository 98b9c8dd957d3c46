"""Proofs for reduced fees: sent by the member, accepted or refused by the office; only the day counts afterwards.

Papers are erased some days after the decision (GDPR art. 5 (1) c and e): what was proven, by whom it was accepted and until
when stays, the paper does not.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.mails import one_line
from billing.models import Contract
from billing.services.invoicing import shown
from billing.services.mailing import tell_office
from billing.services.member_notes import tell_member
from billing.services.quotes import standings
from billing.services.scans import checked, plain_name
from members.models import Member, Organisation, Proof, ProofFile, User

MOST_FILES, MOST_WAITING = 5, 3
LONGEST = 10 * 366
PICTURES = (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
Files = Sequence[tuple[str, bytes]]


@transaction.atomic
def send(member: Member, what_for: str, valid_until: date, files: Files, user: User | None, now: datetime) -> Proof:
    """Keeps what a member sends and tells the treasurers; all files or none."""
    Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
    refuse_unfit(member, valid_until, files, timezone.localdate(now))
    proof = Proof(
        organisation=member.organisation, member=member, what_for=one_line(what_for)[:80], valid_until=valid_until,
        sent_at=now, sent_by=user,
    )  # fmt: skip
    proof.full_clean()
    proof.save()
    for name, content in files:
        keep(proof, name, content, now)
    tell_treasurers(proof, now)
    return proof


def refuse_unfit(member: Member, valid_until: date, files: Files, today: date) -> None:
    """A proof of days to come, with at least one paper, from somebody who does not flood the office."""
    if not today <= valid_until <= today + timedelta(days=LONGEST):
        raise ValidationError(_("Please enter the last day that the paper names; it lies ahead."), code="day")
    if not files:
        raise ValidationError(_("Please choose the file that proves it."), code="no_file")
    if len(files) > MOST_FILES:
        raise ValidationError(_("At most %(most)s files at once."), code="files", params={"most": MOST_FILES})
    if Proof.objects.filter(member=member, decided_at=None).count() >= MOST_WAITING:
        raise ValidationError(
            _("Several proofs wait for the office already. Please wait for its answer."), code="flood"
        )


def keep(proof: Proof, name: str, content: bytes, now: datetime) -> None:
    """A PDF as it is, a picture drawn anew. The same paper twice is kept once."""
    if not content.startswith(PICTURES):
        raise ValidationError(_("Choose a PDF, or a picture as PNG or JPEG."), code="kind")
    content_type, kept = checked(content)
    ProofFile.objects.get_or_create(
        organisation=proof.organisation, proof=proof, sha256=hashlib.sha256(kept).hexdigest(),
        defaults={"name": plain_name(name), "content_type": content_type, "content": kept, "added_at": now},
    )  # fmt: skip


def tell_treasurers(proof: Proof, now: datetime) -> None:
    """That it waits."""
    organisation = Organisation.objects.get(pk=proof.organisation_id)
    with override(organisation.language):
        subject = _("Proof of %(member)s: %(what)s") % {"member": proof.member, "what": proof.what_for}
        address = f"{settings.PUBLIC_URL}/office/proofs/"
        text = _("It waits for your decision here: %(address)s\n") % {"address": address}
    tell_office(organisation, f"proof:{proof.pk}", one_line(subject)[:200], text, now)


@transaction.atomic
def accept(proof: Proof, valid_until: date, user: User | None, now: datetime) -> None:
    """The office has seen it; `valid_until` is the day that the paper names."""
    if valid_until < timezone.localdate(now):
        raise ValidationError(_("This day has passed. Refuse the proof, or enter the day that it names."), code="day")
    decide(proof, user, now, accepted=True, valid_until=valid_until)
    member = member_of(proof)
    with override(member.language):
        text = _("we have accepted your proof “%(what)s”. It holds until %(day)s.") % {
            "what": proof.what_for, "day": shown(valid_until)}  # fmt: skip
        tell_member(member, "proof", f"proof:{proof.pk}:yes", _("Your proof"), text, now)


@transaction.atomic
def refuse(proof: Proof, answer: str, user: User | None, now: datetime) -> None:
    """The office says why not."""
    if not answer.strip():
        raise ValidationError(_("Please tell the member why the proof is refused."), code="answer")
    decide(proof, user, now, accepted=False, answer=answer.strip()[:500])
    member = member_of(proof)
    with override(member.language):
        text = _("we cannot accept your proof “%(what)s”: %(answer)s\n\nYou can send another one here: %(address)s") % {
            "what": proof.what_for, "answer": answer.strip(), "address": f"{settings.PUBLIC_URL}/proofs/"}  # fmt: skip
        tell_member(member, "proof", f"proof:{proof.pk}:no", _("Your proof"), text, now)


def decide(proof: Proof, user: User | None, now: datetime, **fields: object) -> None:
    """Once, whoever comes first."""
    undecided = Proof.objects.filter(pk=proof.pk, decided_at=None)
    if not undecided.update(decided_at=now, decided_by=user, **fields):
        raise ValidationError(_("This was decided already."), code="decided")


def member_of(proof: Proof) -> Member:
    """With what a message needs."""
    return Member.objects.select_related("organisation", "payer").get(pk=proof.member_id)


def waiting(organisation: Organisation) -> QuerySet[Proof]:
    """What the office has to decide, the longest waiting first."""
    rows = Proof.objects.filter(organisation=organisation, decided_at=None).select_related("member")
    return rows.prefetch_related("files").order_by("sent_at", "pk")


def holding(organisation: Organisation, today: date) -> QuerySet[Proof]:
    """Accepted and not over, the next to lapse first."""
    rows = Proof.objects.filter(organisation=organisation, accepted=True, valid_until__gte=today)
    return rows.select_related("member").order_by("valid_until", "pk")


def reduced_without(organisation: Organisation, today: date) -> list[Contract]:
    """Contracts of a reduced tariff whose member has no proof that holds: for the office to look at."""
    rows = Contract.objects.filter(organisation=organisation).exclude(tariff__falls_back_to=None)
    proven = holding(organisation, today).values("member")
    rows = rows.exclude(member__in=proven).select_related("member", "tariff").order_by("member", "pk")
    found = list(rows)
    standing = standings(organisation, found, today) if found else {}
    return [one for one in found if is_reduced(standing[one.pk].tariff.falls_back_to_id, standing[one.pk].ends, today)]


def is_reduced(falls_back_to: int | None, ends: date | None, today: date) -> bool:
    """A running contract of a tariff that needs a proof."""
    return falls_back_to is not None and (ends is None or ends > today)


def erase_files(organisation: Organisation, today: date, *, dry: bool = False) -> int:
    """Papers of proofs that were decided long enough ago; gives how many. The rows stay, without their bytes and names."""
    edge = today - timedelta(days=organisation.proof_files_days)
    rows = ProofFile.objects.filter(organisation=organisation, erased_on=None, proof__decided_at__date__lt=edge)
    if dry:
        return rows.count()
    return rows.update(content=b"", name="", erased_on=today)
