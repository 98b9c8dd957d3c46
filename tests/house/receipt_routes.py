"""The rooms of donations and receipts, for the matrix of routes."""

from datetime import date
from typing import Any

from billing.models import Donation, ReceiptSettings, TaxNotice
from billing.services import receipts
from members.models import Member
from tests.services.club import noon
from tests.services.giving import by_machine, gift, may_give_receipts

ON = date(2026, 12, 15)
TREASURER, MEMBER = frozenset({"treasurer"}), frozenset({"member"})
STAFF, CLERKS = frozenset({"office", "treasurer", "accountant"}), frozenset({"office", "treasurer"})
EXPORT = frozenset({"treasurer", "accountant"})
NONE: frozenset[str] = frozenset()
RECEIPT_ROUTES = {
    "donation_upload": (CLERKS, CLERKS, ""),
    "donation_take": (NONE, CLERKS, ""),
    "donation_withdraw": (CLERKS, CLERKS, "donation"),
    "office_receipts": (STAFF, NONE, ""),
    "office_receipts_make": (NONE, TREASURER, ""),
    "office_receipt_preview": (TREASURER, NONE, "donor"),
    "office_receipt_letters": (EXPORT, NONE, ""),
    "office_receipts_printed": (NONE, TREASURER, ""),
    "office_receipt_pdf": (EXPORT, NONE, "receipt"),
    "office_receipt_cancel": (TREASURER, TREASURER, "receipt"),
    "receipts": (STAFF | MEMBER, NONE, ""),
    "receipt_pdf": (MEMBER, NONE, "receipt_number"),
}
ADMIN_RECEIPTS: dict[str, tuple[Any, frozenset[str], frozenset[str]]] = {
    "billing_taxnotice": (TaxNotice, STAFF, TREASURER),
    "billing_receiptsettings": (ReceiptSettings, STAFF, TREASURER),
    "billing_donation": (Donation, STAFF, NONE),
}


def receipts_of(member: Member) -> dict[str, Any]:
    """A receipt that was mailed, one that waits to be signed, and a gift that is not confirmed yet."""
    organisation = member.organisation
    may_give_receipts(organisation)
    by_machine(organisation)
    gift(member, reference=member.last_name)
    (mailed,) = receipts.make(organisation, 2026, ON, noon(ON), None)
    gift(member, kind="waiver", claim=member.last_name, claim_on=date(2026, 4, 1))
    receipts.make(organisation, 2026, ON, noon(ON), None)
    left = gift(member, reference=member.last_name)
    return {"receipt": mailed.pk, "receipt_number": mailed.number, "donation": left.pk, "donor": member.pk}
