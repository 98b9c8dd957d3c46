"""What happened to the demo's files in the past: handed in, credited on the bank's statements, a few returned."""

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from billing.demo.bank import BankLine, Paper, statement
from billing.formats.target import add_open_days, next_open
from billing.models import BillingRun, CollectionBatch, Invoice, Statement, StatementEntry
from billing.services import collection, reconciliation, statement_import
from billing.services.matching_known import lines_of
from members.models import Organisation

OPENING, RETURN_FEE, LONG_AGO = Decimal("5000.00"), Decimal("3.40"), timedelta(days=35)


def noon(day: date) -> datetime:
    """An instant of that day, before the bank's cut-off."""
    return timezone.make_aware(datetime.combine(day, datetime.min.time())) + timedelta(hours=9)


def hand_in(run: BillingRun, batches: list[CollectionBatch], today: date) -> None:
    """The files went to the bank in time; what lies in the past stands on its statements, with a few debits that came back."""
    for batch in batches:
        day = add_open_days(batch.collection_date, -2)
        if day <= today:
            collection.submit(batch, None, noon(day))
    credited = [batch for batch in batches if batch.collection_date <= today]
    if credited:
        month = credited[0].collection_date
        read_statement(run, [*credit_lines(credited), *transfers(run, today)], month)
        if today - month > LONG_AGO:
            accept_proposals(run.organisation, noon(month + timedelta(days=20)))


def credit_lines(batches: list[CollectionBatch]) -> Iterator[BankLine]:
    """Each file as one sum, and one debit of each that came back three days later."""
    for batch in batches:
        day = batch.collection_date
        yield BankLine(batch.total, day, batch=f"{batch.message_id}P1", count=batch.count, code="NTRF+192")
        for one in batch.collections.order_by("end_to_end_id")[3:4]:
            yield BankLine(
                -one.amount - RETURN_FEE, next_open(day + timedelta(days=3)), one.debtor_name, one.debtor_iban, end_to_end_id=one.end_to_end_id,
                mandate=one.mandate_reference, reason="AM04", original=one.amount, code="NRTI+109",
            )  # fmt: skip


def transfers(run: BillingRun, today: date) -> Iterator[BankLine]:
    """Most of those who transfer name their invoice, some only their name; one in four forgets."""
    for place, one in enumerate(transferred(run)):
        day = next_open(one.due_on - timedelta(days=1))
        text = "Beitrag" if place % 4 == 1 else f"Beitrag {one.number}"
        if place % 4 != 3 and day <= today:
            yield BankLine(one.payable, day, one.payer.name, text=text, reference=f"T{one.pk}")
    yield from late_transfers(run, today)


def late_transfers(run: BillingRun, today: date) -> Iterator[BankLine]:
    """Who forgot the last time pays with this month's money, but for one in sixteen, who never does."""
    before = BillingRun.objects.filter(organisation=run.organisation, on__lt=run.on).order_by("-on", "-pk").first()
    day = next_open(run.collect_on - timedelta(days=1))
    for place, one in enumerate(transferred(before) if before and day <= today else ()):
        if place % 4 == 3 and place % 16 != 3:
            yield BankLine(one.payable, day, one.payer.name, text=f"Rechnung {one.number}", reference=f"T{one.pk}")


def transferred(run: BillingRun) -> QuerySet[Invoice]:
    """The invoices of a run that are paid by transfer."""
    return run.invoices.filter(method="transfer", gross__gt=0).select_related("payer").order_by("pk")


def read_statement(run: BillingRun, lines: list[BankLine], month: date) -> None:
    """The bank's file comes in by the same door as any other; what is certain books itself."""
    organisation, now = run.organisation, noon(max(line.on for line in lines))
    last = Statement.objects.filter(organisation=organisation).order_by("-end_on", "-pk").first()
    opening = last.closing if last and last.closing is not None else OPENING
    paper = Paper(run.creditor.iban, f"{month:%Y-%m}", opening)
    data = statement(paper, sorted(lines, key=lambda line: line.on))
    statement_import.import_file(organisation, f"camt053-{month:%Y-%m}.xml", io.BytesIO(data), None, now)
    reconciliation.match_open(organisation, now)


def accept_proposals(organisation: Organisation, now: datetime) -> None:
    """What the treasurer accepted in earlier months; the last one waits for whoever looks at the demo."""
    lines = lines_of(StatementEntry.objects.filter(organisation=organisation).open())
    found = reconciliation.proposals_for(organisation, lines, now.date())
    reconciliation.book(organisation, list(found.values()), None, now, pass_fees=True)
