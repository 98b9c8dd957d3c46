"""Three members, a month billed, its files: what the tests of direct debits begin with."""

from datetime import date, timedelta
from typing import Any

from django_scopes import scope
from lxml import etree

from billing.models import BillingRun, CollectionBatch, Mail, Mandate
from billing.services import collection, month
from members.models import Organisation
from tests.services.club import join, noon, small_club

ON, DAY = date(2026, 12, 15), date(2027, 1, 4)
SAME_BANK, OTHER_BANK = "DE90570642210000000001", "DE02120300000000202051"


def three_members() -> Organisation:
    """Each pays 14 EUR a month with a used mandate."""
    organisation = small_club()
    with scope(organisation=organisation):
        for number in ("1", "2", "3"):
            join(organisation, number)
    return organisation


def run_of(club: Organisation, on: date = ON, first: date = date(2027, 1, 1)) -> BillingRun:
    """A month, issued and collected; its mails are out."""
    until = date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)
    run, _report = month.run_month(club, on, until, first, approved=True, now=noon(on))
    Mail.objects.filter(state="waiting").update(state="sent", sent_at=noon(on))
    return run


def hand_in(run: BillingRun, on: date = date(2026, 12, 21)) -> CollectionBatch:
    batch = run.batches.filter(withdrawn_at=None).get()
    collection.submit(batch, None, noon(on))
    return batch


def debits(batch: CollectionBatch) -> dict[str, Any]:
    """Of the file's bytes: by mandate reference the debit's element."""
    batch.refresh_from_db()
    root = etree.fromstring(bytes(batch.content or b""))
    return {node.findtext(".//{*}MndtId"): node for node in root.iter("{*}DrctDbtTxInf")}


def told(node: Any) -> str:
    """What a debit tells of the debtor's former account."""
    return (
        node.findtext(".//{*}OrgnlDbtrAcct/{*}Id/{*}Othr/{*}Id") or node.findtext(".//{*}OrgnlDbtrAcct//{*}IBAN") or ""
    )


def mandate_of(number: str) -> Mandate:
    return Mandate.objects.select_related("member", "creditor", "organisation").get(
        member__number=number, ended_on=None
    )


def code_of(refused: Any) -> str:
    return str(getattr(refused.value, "code", "") or getattr(refused.value.error_list[0], "code", ""))
