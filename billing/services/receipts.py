"""Makes donation receipts and cancels them. Each payment is in one valid receipt at most, which the database keeps."""

import hashlib
from collections.abc import Collection as Chosen
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.documents.receipt_pdf import protected, render_receipt
from billing.models import Donation, Mail, NumberRange, Receipt, ReceiptFile, ReceiptLine
from billing.services import confirmed, receipt_snapshots
from billing.services.branding import logo_for
from billing.services.numbering import chain_hash, formatted, locked_range, pattern_of
from billing.services.receipt_house import House, by_machine, house_on
from billing.services.receipt_mails import receipt_mail
from billing.services.receipt_plan import Wanted, plan
from members.models import Organisation, User

SERIES = "receipt"
# Drawn within the request: as many as nobody has to wait for too long.
MOST_AT_ONCE = 200


def draw(house: House, snapshot: dict[str, Any]) -> bytes:
    """The PDF of a snapshot; without a signature by hand it is protected against changes."""
    organisation = house.organisation
    logo = logo_for(snapshot["issuer"], organisation)
    signature = bytes(house.settings.signature) if snapshot["machine"] and house.settings.signature else None
    content = render_receipt(snapshot, logo, organisation.colour, signature)
    return protected(content) if snapshot["machine"] else content


def preview(organisation: Organisation, year: int, member: int, on: date) -> bytes:
    """What a member's next receipt would look like, marked as a draft; refuses when nothing is to be confirmed."""
    house = house_on(organisation, on)
    found = [one for one in plan(organisation, house.notice, year, on).wanted if one.member.pk == member]
    if not found:
        raise ValidationError(_("There is nothing to confirm for this member."), code="nothing")
    data = receipt_snapshots.snapshot(house, found[0], things(found[:1]), "", on, by_machine(house, found[0], on))
    return draw(house, data | {"draft": True})


def make(
    organisation: Organisation,
    year: int,
    on: date,
    now: datetime,
    user: User | None,
    members: Chosen[int] | None = None,
) -> list[Receipt]:
    """Numbers, snapshots, duplicates and messages for everybody who is ready, or for some members; at most 200 at once."""
    with transaction.atomic():
        numbers = locked_range(organisation, SERIES, on.year)
        house = house_on(organisation, on)
        ready = plan(organisation, house.notice, year, on).ready
        chosen = [one for one in ready if members is None or one.member.pk in members][:MOST_AT_ONCE]
        receipts = list(numbered(house, chosen, numbers, on))
        for receipt in receipts:
            receipt.given_in, receipt.issued_by = year, user
        numbers.next_value += len(receipts)
        numbers.save(update_fields=["next_value", "last_hash"])
        write(house, Receipt.objects.bulk_create(receipts), chosen, now)
    return receipts


def numbered(house: House, chosen: Sequence[Wanted], numbers: NumberRange, on: date) -> Iterator[Receipt]:
    """The receipts under the next numbers; each carries the hash of the one before."""
    pattern, items = pattern_of(house.organisation, SERIES), things(chosen)
    for sequence, wanted in enumerate(chosen, numbers.next_value):
        number, machine = formatted(pattern, on.year, sequence), by_machine(house, wanted, on)
        data = receipt_snapshots.snapshot(house, wanted, items, number, on, machine)
        previous, numbers.last_hash = numbers.last_hash, chain_hash(numbers.last_hash, data)
        yield Receipt(
            organisation=house.organisation, member=wanted.member, notice=house.notice, kind=wanted.kind, year=on.year, sequence=sequence,
            number=number, issued_on=on, total=wanted.total, machine_made=machine, snapshot=data, previous_hash=previous,
            hash=numbers.last_hash,
        )  # fmt: skip


def write(house: House, receipts: Sequence[Receipt], chosen: Sequence[Wanted], now: datetime) -> None:
    """Lines, duplicates and messages of receipts that were just written."""
    ReceiptLine.objects.bulk_create(
        ReceiptLine(
            organisation=house.organisation, receipt=receipt, payment=one.key, kind=one.kind, given_on=one.on, amount=one.amount
        )
        for receipt, wanted in zip(receipts, chosen, strict=True)
        for one in wanted.payments
    )  # fmt: skip
    ReceiptFile.objects.bulk_create([file_of(house, receipt, now) for receipt in receipts])
    Mail.objects.bulk_create([receipt_mail(receipt, now) for receipt in receipts])


def file_of(house: House, receipt: Receipt, now: datetime) -> ReceiptFile:
    """The duplicate: the very bytes that the donor gets."""
    content = draw(house, receipt.snapshot)
    sha256 = hashlib.sha256(content).hexdigest()
    return ReceiptFile(organisation=house.organisation, receipt=receipt, content=content, sha256=sha256, made_at=now)


def things(wanted: Sequence[Wanted]) -> dict[str, Donation]:
    """The things among the payments, by key."""
    keys = [one.key for part in wanted for one in part.payments if one.kind == ReceiptLine.Kind.IN_KIND]
    found = Donation.objects.in_bulk([int(key.partition(":")[2]) for key in keys])
    return {f"donation:{pk}": donation for pk, donation in found.items()}


def cancel(receipt: Receipt, reason: str, original_back: bool, on: date, user: User | None) -> None:
    """The receipt stays and is void; its payments may be confirmed anew. What was not sent yet stays here."""
    if not original_back:
        message = _(
            "Get the original back first, or make sure that it is destroyed: otherwise a payment is confirmed twice."
        )
        raise ValidationError(message, code="original")
    with transaction.atomic():
        valid = Receipt.objects.filter(pk=receipt.pk, organisation=receipt.organisation_id, cancelled_on=None)
        facts = {"cancelled_on": on, "cancelled_reason": reason.strip(), "cancelled_by": user, "original_back": True}
        if not reason.strip() or valid.update(**facts) != 1:
            message = _("This receipt was cancelled already.") if reason.strip() else _("Please say why.")
            raise ValidationError(message, code="cancelled")
        ReceiptLine.objects.filter(receipt=receipt, freed_on=None).update(freed_on=on)
        Mail.objects.filter(receipt=receipt, state__in=(Mail.State.WAITING, Mail.State.PRINT)).delete()


def doubtful(organisation: Organisation) -> list[Receipt]:
    """Valid receipts over a payment that is not proven any more: they have to be called back."""
    lines = ReceiptLine.objects.filter(
        organisation=organisation, freed_on=None, payment__in=confirmed.lost(organisation)
    )
    found = Receipt.objects.filter(organisation=organisation, pk__in=lines.values("receipt"))
    return list(found.select_related("member").defer("snapshot"))


def duplicate(receipt: Receipt) -> bytes:
    """The file as it was handed out (EStDV 50 (7))."""
    return bytes(ReceiptFile.objects.values_list("content", flat=True).get(receipt=receipt))
