"""The bank's answer to a direct debit file (pain.002): kept as it came, and what it does to the file and its debits.

A rejected debit was never paid: its claim is open again, what it told of its mandate counts as untold, and its code means for
the mandate what it means in a return.
"""

import hashlib
from collections import defaultdict
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.formats import pain002
from billing.models import BankReply, Collection, CollectionBatch, Mandate
from billing.services import bulk
from billing.services.credits import set_off_corrections
from billing.services.mandate_returns import change_mandates
from members.models import Organisation, User

FAULTS = {
    "size": gettext_lazy("This file is too large to be an answer of the bank."),
    "xml": gettext_lazy("This file is no whole XML: download it from your bank again."),
    "doctype": gettext_lazy("This file brings a document type of its own, as no bank's file does. It was not read."),
    "version": gettext_lazy("This is no answer to a direct debit file (pain.002). Statements are taken in elsewhere."),
    "root": gettext_lazy("This is no answer to a direct debit file (pain.002)."),
    "original": gettext_lazy("The bank's answer does not say which file it answers."),
    "status": gettext_lazy("The bank's answer has a status that is not known here. Ask your bank what it means."),
    "debit": gettext_lazy("The bank's answer does not say clearly which debit it means."),
}
SLICE = 500


def take(
    organisation: Organisation, name: str, content: bytes, user: User | None, now: datetime
) -> tuple[BankReply, bool]:
    """Keeps an answer and does what it says; the same bytes again do nothing. Gives the answer and whether it is new."""
    sha256 = hashlib.sha256(content).hexdigest()
    known = BankReply.objects.filter(organisation=organisation, sha256=sha256).first()
    if known:
        return known, False
    reply = understood(content)
    with transaction.atomic():
        batch = answered(organisation, reply)
        refuse_strangers(batch, reply)
        rejected, notes = reject(batch, reply, now)
        note_status(batch, reply, now)
        kept = BankReply.objects.create(
            organisation=organisation, batch=batch, name=name[:120], message_id=reply.message_id, status=status_of(reply),
            rejected=rejected, notes=notes, content=content, sha256=sha256, received_at=now, received_by=user,
        )  # fmt: skip
    return kept, True


def understood(content: bytes) -> pain002.Reply:
    """The answer, or a sentence that says what is wrong with the file."""
    try:
        reply = pain002.read(content)
    except pain002.RefusedReplyError as refused:
        raise ValidationError(str(FAULTS[refused.code]), code=refused.code) from refused
    if reply.original_kind and not reply.original_kind.startswith("pain.008"):
        raise ValidationError(_("The bank answers another kind of file, not a direct debit file."), code="kind")
    return reply


def answered(organisation: Organisation, reply: pain002.Reply) -> CollectionBatch:
    """The file that is answered, locked; refused if it is not ours, or if nobody noted that the bank has it."""
    rows = CollectionBatch.objects.select_for_update(no_key=True).defer("content")
    batch = rows.filter(organisation=organisation, message_id=reply.original_message_id).first()
    if batch is None:
        message = _("The bank answers the file %(id)s, which is none of yours.")
        raise ValidationError(message, code="unknown_file", params={"id": reply.original_message_id})
    if batch.submitted_at is None:
        message = _("The bank answers the file %(id)s, which is not noted as handed in. Note that first.")
        raise ValidationError(message, code="not_submitted", params={"id": batch.message_id})
    return batch


def refuse_strangers(batch: CollectionBatch, reply: pain002.Reply) -> None:
    """An answer about debits that are not in the file is for somebody else, or damaged."""
    named = {debit.end_to_end_id for debit in reply.debits}
    known: set[str] = set()
    for part in bulk.slices(sorted(named), SLICE):
        known.update(
            batch.collections.filter(part_of=None, end_to_end_id__in=part).values_list("end_to_end_id", flat=True)
        )
    if named - known:
        message = _("The bank's answer names the debit %(id)s, which is not in the file %(file)s.")
        params = {"id": min(named - known), "file": batch.message_id}
        raise ValidationError(message, code="unknown_debit", params=params)


def status_of(reply: pain002.Reply) -> str:
    """What the answer comes to."""
    if reply.status:
        return reply.status
    told = {debit.status for debit in reply.debits}
    return (
        pain002.PARTLY if pain002.REJECTED in told else pain002.ACCEPTED if pain002.ACCEPTED in told else pain002.WAITS
    )


def reject(batch: CollectionBatch, reply: pain002.Reply, now: datetime) -> tuple[int, list[str]]:
    """Ends the rejected debits; gives how many, and what could not be done because the bank said otherwise before."""
    waiting = batch.collections.filter(failed_on=None)
    booked = (
        list(waiting.exclude(booked_on=None).values_list("end_to_end_id", flat=True))
        if reply.status == pain002.REJECTED
        else []
    )
    failed: list[tuple[int, str]] = []
    for code, part in reasons(reply).items():
        for identifiers in bulk.slices(part, SLICE):
            carried = Q(end_to_end_id__in=identifiers, part_of=None) | Q(part_of__end_to_end_id__in=identifiers)
            booked += waiting.filter(carried).exclude(booked_on=None).values_list("end_to_end_id", flat=True)
            failed += fail(batch, carried, code, now)
    if reply.status == pain002.REJECTED:
        failed += fail(batch, Q(), reply.code, now)
    give_back(batch)
    change_mandates([(pk, code, timezone.localdate(now)) for pk, code in failed])
    set_off_corrections(batch.organisation)
    notes = [_("%(id)s is booked already and was not rejected.") % {"id": one} for one in sorted(set(booked))]
    return len(failed), [text for text in (reply.text, *notes) if text][:50]


def reasons(reply: pain002.Reply) -> dict[str, list[str]]:
    """The rejected debits that are named, by reason."""
    found: dict[str, list[str]] = defaultdict(list)
    for debit in reply.debits:
        if debit.status == pain002.REJECTED or (not debit.status and reply.status == pain002.REJECTED):
            found[debit.code or reply.code].append(debit.end_to_end_id)
    return found


def fail(batch: CollectionBatch, which: Q, code: str, now: datetime) -> list[tuple[int, str]]:
    """Compare-and-set: a debit fails once, and one that is booked not by this. Gives each of them with its code."""
    rows = Collection.objects.filter(which, batch=batch, failed_on=None, booked_on=None)
    found = list(rows.values_list("pk", flat=True))
    rows.update(failed_on=timezone.localdate(now), failed_as="rejected", return_reason=code)
    return [(pk, code) for pk in found]


def give_back(batch: CollectionBatch) -> None:
    """A one-off mandate whose only debit was rejected was not used: it may be tried again, unless another one came."""
    spent = Mandate.objects.filter(
        collections__batch=batch, collections__failed_as="rejected", one_off=True, ended_as=Mandate.End.SPENT
    )
    taken = Mandate.objects.filter(ended_on=None, member__in=spent.values("member")).values_list("member_id", flat=True)
    free = list(spent.exclude(member__in=list(taken)).values_list("pk", flat=True))
    Mandate.objects.filter(pk__in=free).update(ended_on=None, ended_as="")


def note_status(batch: CollectionBatch, reply: pain002.Reply, now: datetime) -> None:
    """Whether the bank took the file as a whole; the first answer of a kind counts."""
    status = status_of(reply)
    rows = CollectionBatch.objects.filter(pk=batch.pk)
    if status == pain002.REJECTED:
        rows.filter(rejected_at=None).update(rejected_at=now)
    elif status in (pain002.ACCEPTED, pain002.PARTLY):
        rows.filter(accepted_at=None, rejected_at=None).update(accepted_at=now)
