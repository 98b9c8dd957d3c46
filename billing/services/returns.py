"""Returned debits: what the reason code means for mandate, next attempt and fee (table in `formats/return_reasons.py`).

A return is always confirmed by a person. It opens the claim from the day of the bank's line on; a partial return does not exist.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from billing.formats.return_reasons import reason_of
from billing.models import AncillaryClaim, Collection
from billing.services import bulk
from billing.services.bank_posting import post_ancillary
from billing.services.credits import set_off_corrections
from billing.services.mandate_returns import change_mandates
from billing.services.matching_facts import Part, Proposal
from billing.services.posting import open_books
from billing.services.settling import stale
from members.models import Organisation

FEE_FIELDS = ("organisation", "invoice", "collection", "kind", "amount", "on")
FEE = AncillaryClaim.Kind.RETURN_FEE
Back = tuple[Proposal, Part, date]


def note_returns(
    organisation: Organisation, proposals: Sequence[Proposal], days: dict[int, date], pass_fees: bool
) -> int:
    """What follows from these returns: debits fail, mandates are suspended or end, fees are passed on if that is fair."""
    back = [(one, part, days[one.line]) for one in proposals for part in one.parts if part.kind == "return"]
    if back:
        fail_debits(back)
        set_off_corrections(organisation)
        change_mandates([(part.collection or 0, proposal.reason, day) for proposal, part, day in back])
        if pass_fees:
            claim_fees(organisation, back)
    return len(back)


def fail_debits(back: Iterable[Back]) -> None:
    """The debit failed on the bank's day, for the bank's reason. One that failed before is not failed again."""
    groups: dict[tuple[date, str], list[int]] = defaultdict(list)
    for proposal, part, day in back:
        groups[day, proposal.reason[:4]].append(part.collection or 0)
    for (day, reason), debits in groups.items():
        changed = Collection.objects.filter(pk__in=debits, failed_on=None)
        if changed.update(failed_on=day, failed_as="returned", return_reason=reason) != len(debits):
            raise stale()


def claim_fees(organisation: Organisation, back: Iterable[Back]) -> None:
    """The bank's fee, to the cent, from those whose fault it is; never more, never twice for one debit."""
    rows = []
    for proposal, part, day in back:
        fee = sum(
            (-one.amount for one in proposal.parts if one.kind == "fee" and one.collection == part.collection), start=0
        )
        if fee and reason_of(proposal.reason).fee == "payer":
            rows.append((organisation.pk, part.invoice, part.collection, FEE, fee, day))
    bulk.insert(AncillaryClaim, FEE_FIELDS, rows)
    mine = AncillaryClaim.objects.filter(collection__in=[row[2] for row in rows], waived_on=None, kind=FEE)
    post_ancillary(open_books(organisation), mine)
