"""What a row of a member list means for the member's mandate: a new one, a correction, or its end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.formats.member_csv import CsvFault, MemberRow, MemberTable
from billing.models import Mandate
from billing.services.member_books import Books
from billing.services.member_words import fault
from members.models import Member

DEBIT = ("lastschrift", "einzug", "abbuch", "sepa", "debit")
TRANSFER = ("überweis", "ueberweis", "rechnung", "bar", "kasse", "dauerauftrag", "selbst", "transfer", "invoice")
SIGNED = {"iban": "iban", "signed_on": "mandate_signed_on"}


@dataclass(frozen=True, slots=True)
class MandateStep:
    """`begins`: a new mandate. `present`: the one that is corrected (`changes`) or, if `ends`, is over."""

    begins: bool = False
    present: Mandate | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    ends: bool = False


def way_of(row: MemberRow) -> str:
    """How the member pays: `debit`, `transfer`, `unknown`, or nothing if the list does not say."""
    word = row.payment_method.casefold()
    if any(part in word for part in TRANSFER):
        return "transfer"
    if any(part in word for part in DEBIT):
        return "debit"
    return "unknown" if word else ""


def has_mandate(row: MemberRow) -> bool:
    """Whether the row carries a mandate that is to be used."""
    return bool(row.iban and row.mandate_reference) and way_of(row) in ("debit", "")


def mandate_faults(
    row: MemberRow, member: Member | None, books: Books, table: MemberTable, seen: set[str]
) -> Iterator[CsvFault]:
    """Mandates that cannot be: unsigned, somebody else's, or a used one with other words than were signed."""
    if not has_mandate(row):
        return
    reference = row.mandate_reference.upper()
    known = books.mandates.get(reference)
    if known is None and row.mandate_signed_on is None:
        yield fault(row, table, "mandate_signed_on", "", "mandate_date")
    if known and (member is None or known.member_id != member.pk):
        yield fault(row, table, "mandate_reference", row.mandate_reference, "mandate_taken")
    elif reference in seen:
        yield fault(row, table, "mandate_reference", row.mandate_reference, "mandate_twice")
    elif known and known.last_presented_on and not known.ended_on:
        said = changes(row, known)
        for name, key in SIGNED.items():
            if name in said:
                yield fault(row, table, key, shown(said[name]), "mandate_changed")


def mandate_warnings(row: MemberRow, books: Books, table: MemberTable) -> Iterator[CsvFault]:
    """What is kept though it looks odd."""
    known = books.mandates.get(row.mandate_reference.upper())
    if has_mandate(row) and known and known.ended_on:
        yield fault(row, table, "mandate_reference", row.mandate_reference, "mandate_ended")
    if way_of(row) == "unknown":
        yield fault(row, table, "payment_method", row.payment_method, "payment_method")


def changes(row: MemberRow, known: Mandate) -> dict[str, Any]:
    """What the row says otherwise of a mandate that is stored. The last collection only moves forward."""
    said = {"iban": row.iban, "bic": row.bic, "account_holder": row.account_holder, "signed_on": row.mandate_signed_on}
    found = {name: value for name, value in said.items() if value and value != getattr(known, name)}
    last = row.last_collected_on
    if last and (known.last_presented_on is None or last > known.last_presented_on):
        found["last_presented_on"] = last
    return found


def mandate_step(row: MemberRow, member: Member | None, books: Books) -> MandateStep:
    """The step from the mandate that a member has to that of the row. Who no longer pays by debit has none."""
    present = books.in_use.get(member.pk) if member else None
    if way_of(row) == "transfer" and present:
        return MandateStep(present=present, ends=True)
    if not has_mandate(row):
        return MandateStep()
    known = books.mandates.get(row.mandate_reference.upper())
    if known is None:
        return MandateStep(begins=True, present=present, ends=present is not None)
    return MandateStep() if known.ended_on else MandateStep(present=known, changes=changes(row, known))


def mandate_differences(step: MandateStep, row: MemberRow) -> Iterator[tuple[str, str, str]]:
    """What the preview says of it: field, before, after."""
    before = step.present.reference if step.present and step.ends else ""
    if step.begins or step.ends:
        yield _("mandate"), before, row.mandate_reference if step.begins else ""
    for name, value in step.changes.items():
        label = str(Mandate._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        yield label, shown(getattr(step.present, name)), shown(value)


def shown(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    return "" if value is None else str(value)
