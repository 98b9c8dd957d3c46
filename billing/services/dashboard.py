"""The start page of the office: what needs a person, then the figures. A handful of queries, whatever the size."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from billing.models import BillingRun, CollectionBatch, Contract, DueWork, Invoice, Mail, Mandate, ParkedContract
from billing.pricing.money import total
from billing.pricing.periods import add_months
from billing.services import applications, declarations, member_data, turnover, work
from billing.services.bounces import members_to_correct
from billing.services.collect_again import open_claims
from billing.services.dunning_plan import plan
from billing.services.exemption import ends_soon
from billing.services.mail_pace import queue
from billing.services.mandates import lapsing
from billing.services.receipts import doubtful
from billing.services.vat import ZERO
from members.models import ContactEntry, ErasureRequest, Member, Organisation, Proof

BAR = 120
YEAR = 12


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run with what it invoiced, or would invoice while it is a preview."""

    run: BillingRun
    documents: int
    invoiced: Decimal
    state: str


def overview(organisation: Organisation, now: datetime) -> dict[str, Any]:
    """Everything the start page shows."""
    today = timezone.localdate(now)
    latest = (
        BillingRun.objects.filter(organisation=organisation).defer("amounts").order_by("-on", "-until", "-sequence")[:6]
    )
    runs, drawn = run_rows(list(latest)), months(organisation, today)
    last = next((row for row in runs if row.run.issued_at), None)
    return {
        "warnings": warnings(organisation, today, now), "figures": figures(organisation, today) | {"last_run": last} | volume(drawn),
        "runs": runs, "months": drawn,
    }  # fmt: skip


def warnings(organisation: Organisation, today: date, now: datetime) -> dict[str, Any]:
    """What needs a person; zeros are left out."""
    here = Member.objects.filter(Q(left_on=None) | Q(left_on__gte=today), organisation=organisation)
    waiting = BillingRun.objects.filter(organisation=organisation, approved_at=None).exclude(preview=None)
    found = {
        "waiting": list(waiting.only("pk", "on", "sequence").order_by("on", "sequence")[:5]),
        **open_files(organisation, today),
        **open_mails(organisation),
        **open_questions(organisation, now),
        "bounced": members_to_correct(organisation).count(),
        "declarations": declarations.waiting(organisation),
        "applications": applications.waiting(organisation),
        **open_wishes(organisation),
        "no_mandate": without_mandate(here).count(),
        "lapsing": Mandate.objects.filter(lapsing(today), organisation=organisation).count(),
        "again": open_claims(organisation).count(),
        "remind": plan(organisation, today).claims,
        "left_out": ParkedContract.objects.filter(organisation=organisation).values("contract").distinct().count(),
        "stuck": DueWork.objects.filter(organisation=organisation, done_at=None).exclude(parked_at=None).count(),
        "receipts_end": ends_soon(organisation, today),
        "doubtful": len(doubtful(organisation)),
        "mail_queue": queue(organisation, now),
        "turnover": turnover.warnings(organisation, today) if organisation.small_business else [],
        "worker": not work.worker_is_alive(now),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def open_files(organisation: Organisation, today: date) -> dict[str, int]:
    """Direct debit files that the bank does not have: still in time, and too late."""
    late = Q(collection_date__lt=today)
    rows = CollectionBatch.objects.filter(organisation=organisation, submitted_at=None, withdrawn_at=None)
    return rows.aggregate(unsubmitted=Count("pk", filter=~late), missed=Count("pk", filter=late))


def open_mails(organisation: Organisation) -> dict[str, int]:
    """Letters to print, and messages that could not be sent."""
    rows = Mail.objects.filter(organisation=organisation, state__in=("print", "failed"))
    return rows.aggregate(
        letters=Count("pk", filter=Q(state="print") & ~Q(kind="receipt")),
        receipts_to_print=Count("pk", filter=Q(state="print", kind="receipt")),
        failed_mails=Count("pk", filter=Q(state="failed")),
    )


def open_questions(organisation: Organisation, now: datetime) -> dict[str, int]:
    """How many members wait for an answer, and since how many days the first of them."""
    rows = ContactEntry.objects.filter(organisation=organisation, open_since__isnull=False)
    found = rows.aggregate(questions=Count("pk"), since=Min("open_since"))
    since = found.pop("since")
    return found | {"question_days": (timezone.localdate(now) - timezone.localdate(since)).days if since else 0}


def open_wishes(organisation: Organisation) -> dict[str, int]:
    """What members asked for in the portal and wait for."""
    return {
        "proofs": Proof.objects.filter(organisation=organisation, decided_at=None).count(),
        "wishes": member_data.waiting(organisation),
        "erasures": ErasureRequest.objects.filter(organisation=organisation, decided_at=None).count(),
    }


def without_mandate(members: QuerySet[Member]) -> QuerySet[Member]:
    """Members with a running contract whose payer has no mandate in use."""
    mandates = Mandate.objects.usable().filter(member=OuterRef("paying_id"))
    contracts = Contract.objects.filter(member=OuterRef("pk")).exclude(due_on=None)
    return members.annotate(paying_id=Coalesce("payer_id", "pk")).filter(~Exists(mandates), Exists(contracts))


def figures(organisation: Organisation, today: date) -> dict[str, Any]:
    """How many members there are, and what is collected next."""
    here = Q(left_on=None) | Q(left_on__gte=today)
    files = CollectionBatch.objects.filter(organisation=organisation, collection_date__gte=today, withdrawn_at=None)
    first = files.aggregate(day=Min("collection_date"))["day"]
    upcoming = list(files.filter(collection_date=first).values_list("count", "total")) if first else []
    return {
        "members": Member.objects.filter(here, organisation=organisation).count(),
        "next_collection": {"day": first, "count": sum(count for count, _total in upcoming), "total": total([one for _count, one in upcoming])} if first else None,
    }  # fmt: skip


def volume(drawn: list[dict[str, Any]]) -> dict[str, Any]:
    """What is invoiced in a month, on average of the months drawn since the first one with an invoice."""
    amounts = [one["amount"] for one in drawn]
    since = next((place for place, amount in enumerate(amounts) if amount), len(amounts))
    counted = amounts[since:]
    return {"volume": sum(counted, ZERO) / len(counted) if counted else ZERO, "volume_months": len(counted)}


def run_rows(runs: Iterable[BillingRun]) -> list[RunRow]:
    """Runs with the sums of their documents, asked at once; a preview names what it would invoice."""
    runs = list(runs)
    invoices = Invoice.objects.filter(run__in=[run.pk for run in runs]).values("run").order_by()
    sums = {
        run: (count, total([amount]))
        for run, count, amount in invoices.annotate(c=Count("pk"), a=Sum("gross")).values_list("run", "c", "a")
    }
    unsubmitted = set(open_batches(runs).values_list("run_id", flat=True))
    return [RunRow(run, *sums.get(run.pk, planned(run)), state_of(run, run.pk in unsubmitted)) for run in runs]


def open_batches(runs: Iterable[BillingRun]) -> QuerySet[CollectionBatch]:
    """Files of these runs that the bank does not have yet."""
    return CollectionBatch.objects.filter(run__in=[run.pk for run in runs], submitted_at=None, withdrawn_at=None)


def state_of(run: BillingRun, unsubmitted: bool) -> str:
    """The run's state for people: it is not complete as long as a file lies here that belongs to the bank."""
    return "unsubmitted" if unsubmitted and run.collected_at else run.state


def planned(run: BillingRun) -> tuple[int, Decimal]:
    """Number and sum of a preview."""
    report = run.preview or {}
    return int(report.get("payers_invoiced", 0)), Decimal(report.get("invoiced_total", "0"))


def months(organisation: Organisation, today: date) -> list[dict[str, Any]]:
    """What was invoiced per month of the last year, for the drawing."""
    first = add_months(today.replace(day=1), 1 - YEAR)
    own = Invoice.objects.exclude(kind=Invoice.Kind.OPENING)
    rows = own.filter(organisation=organisation, issued_on__gte=first).values_list("issued_on")
    sums: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for day, amount in rows.annotate(amount=Sum("gross")).order_by():
        sums[day.year, day.month] += total([amount or ZERO])
    days = [add_months(first, number) for number in range(YEAR)]
    highest = max([*sums.values(), ZERO]) or Decimal(1)
    return [bar(day, sums.get((day.year, day.month), ZERO), highest) for day in days]


def bar(month: date, amount: Decimal, highest: Decimal) -> dict[str, Any]:
    """One column of the drawing, 120 units high at most."""
    height = int(BAR * max(amount, ZERO) / highest)
    return {"month": month, "amount": amount, "height": height, "top": BAR + 5 - height}
