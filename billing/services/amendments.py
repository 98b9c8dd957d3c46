"""Changes of used mandates: noted once, and told to the debtor's bank with the next collection that it does not reject."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from billing.formats.amendments import Terms, amendment_of
from billing.formats.iban import same_creditor
from billing.formats.pain008 import Amendment
from billing.formats.sepa_text import sepa_text
from billing.models import Collection, CollectionBatch, Creditor, Mandate, MandateAmendment
from members.models import User

BEFORE = ("mandate_id", "before_reference", "before_iban", "before_creditor_identifier", "before_creditor_name")
LONGEST_NAME = 70
Told = dict[str, Any]


def untold_of(mandates: Q) -> dict[int, list[Terms]]:
    """By mandate: what was before its changes that no collection has told yet, oldest first."""
    found: dict[int, list[Terms]] = defaultdict(list)
    rows = MandateAmendment.objects.untold().filter(mandates).order_by("pk").values_list(*BEFORE)
    for mandate, reference, iban, identifier, name in rows:
        found[mandate].append(Terms(reference, iban, identifier, name))
    return found


def to_tell(untold: Sequence[Terms], reference: str, iban: str, creditor: Creditor) -> Told | None:
    """What the next debit says of these changes, as it is stored; nothing where nothing is left to say."""
    now = Terms(reference, iban, creditor.identifier, sepa_text(creditor.name, LONGEST_NAME))
    found = amendment_of(untold, now) if untold else None
    return {name: value for name, value in asdict(found).items() if value} if found else None


def stored(told: Mapping[str, Any] | None) -> Amendment | None:
    """The amendment of a stored debit."""
    return Amendment(**told) if told else None


def note_told(batch: CollectionBatch) -> None:
    """The bank has the file: what its debits tell is told."""
    carrying = Collection.objects.filter(batch=batch, failed_on=None)
    MandateAmendment.objects.untold().filter(mandate__in=carrying.values("mandate")).update(
        told_with=Subquery(carrying.filter(mandate=OuterRef("mandate")).order_by("pk").values("pk")[:1])
    )


def note_account(mandate: Mandate, iban: str, note: str, on: date, user: User | None) -> MandateAmendment:
    """Notes another account of a used mandate; the caller then changes the mandate."""
    return MandateAmendment.objects.create(
        organisation=mandate.organisation, mandate=mandate, on=on, before_iban=mandate.iban, after_iban=iban, note=note[:300],
        noted_by=user,
    )  # fmt: skip


def note_reference(mandate: Mandate, reference: str, note: str, on: date, user: User | None) -> MandateAmendment:
    """Notes another reference of a used mandate; the caller then changes the mandate."""
    return MandateAmendment.objects.create(
        organisation=mandate.organisation, mandate=mandate, on=on, before_reference=mandate.reference,
        after_reference=reference, note=note[:300], noted_by=user,
    )  # fmt: skip


def creditor_changed(creditor: Creditor, name: str, identifier: str, user: User | None = None) -> int:
    """Notes for every used mandate that its creditor had another name or identifier; gives how many mandates.

    The business code of an identifier is no change (EPC262-08), nor is a name that banks read the same.
    """
    before_name, after_name = sepa_text(name, LONGEST_NAME), sepa_text(creditor.name, LONGEST_NAME)
    changed = {
        "before_creditor_name": before_name if before_name != after_name else "",
        "before_creditor_identifier": "" if same_creditor(identifier, creditor.identifier) else identifier,
    }
    if not any(changed.values()):
        return 0
    used = Mandate.objects.filter(creditor=creditor, ended_on=None).exclude(last_presented_on=None)
    rows = amended(used.values_list("pk", flat=True).iterator(), creditor, changed, user)
    return len(MandateAmendment.objects.bulk_create(rows, batch_size=500))


def amended(
    mandates: Iterable[int], creditor: Creditor, changed: Mapping[str, str], user: User | None
) -> list[MandateAmendment]:
    """A row per mandate."""
    note = _("The creditor has another name or identifier.")
    return [
        MandateAmendment(
            organisation_id=creditor.organisation_id, mandate_id=mandate, note=note, noted_by=user, **changed
        )
        for mandate in mandates
    ]
