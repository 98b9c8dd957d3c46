"""What became of the demo's open claims: one is paid in instalments, the oldest is written off, the others wait."""

from datetime import date, timedelta

from billing.demo.books import noon
from billing.models import InstalmentClaim
from billing.services import discharges, instalment_plans
from billing.services.open_items import OpenItem, open_items
from members.models import Member, Organisation

COUNT = 4


def settle_some(organisation: Organisation, today: date) -> None:
    """By the doors that a treasurer uses."""
    late = [
        item
        for item in open_items(organisation, today)
        if not item.in_collection and item.due_on < today - timedelta(days=40)
    ]
    if late:
        in_instalments(organisation, max(late, key=lambda item: item.owed), today)
    agreed = set(InstalmentClaim.objects.filter(organisation=organisation).values_list("invoice_id", flat=True))
    rest = [item for item in late if item.invoice not in agreed]
    if len(rest) > 1:
        discharges.write_off(organisation, rest[0].invoice, "Unbekannt verzogen", None, today)


def in_instalments(organisation: Organisation, item: OpenItem, today: date) -> None:
    """All that this payer owes, in four parts; the first falls due next week."""
    payer = Member.objects.get(pk=item.payer)
    owed = [one.invoice for one in open_items(organisation, today, [payer.pk]) if not one.in_collection]
    wish = instalment_plans.Wish(owed, COUNT, 1, today + timedelta(days=7))
    instalment_plans.agree(organisation, payer, wish, None, noon(today))
