"""Due work: what has to be done without anybody asking, from our own table. The queue or a timer only calls `tick`.

Every piece is harmless to repeat. It is taken by compare-and-set of a lease; three starts without an end park it.
"""

import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import override
from django_scopes import scope, scopes_disabled

from billing.guards import missing_guards
from billing.models import (
    BillingRun,
    Creditor,
    DebtSettings,
    DueWork,
    Heartbeat,
    InstalmentPlan,
    Invoice,
    Mandate,
    Meter,
    PostingBatch,
    RunSettings,
    Scenario,
)
from billing.services import (
    applications,
    archive,
    bulk,
    collection,
    debit_plans,
    exports,
    images,
    instalment_reminders,
    invoicing,
    mailing,
    mandate_reminders,
    proof_dates,
    quota_mails,
    retention,
    scenarios,
    statement_folder,
)
from billing.services.mandates import lapsing
from billing.services.run_days import run_of
from members.models import Organisation

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
PDFS_AT_ONCE = 200
STALE, HOUR = timedelta(minutes=3), timedelta(hours=1)


def tick(now: datetime, limit: int = 20) -> int:
    """Plans what became due, does up to `limit` pieces of work, sends mail, and leaves a sign of life."""
    if beat(now):
        bulk.refresh_statistics()
    if missing_guards():
        logger.error("guards are missing: run `manage.py migrate`; no work is done until then")
        return 0
    with scopes_disabled():
        organisations = list(Organisation.objects.order_by("pk"))
    done = 0
    for organisation in organisations:
        with scope(organisation=organisation), override(organisation.language):
            plan_runs(organisation, timezone.localdate(now), now)
            plan_quota_mails(organisation, timezone.localdate(now), now)
            plan_reminders(organisation, timezone.localdate(now), now)
            plan_instalments(organisation, timezone.localdate(now), now)
            plan_debit_plans(organisation, timezone.localdate(now), now)
            plan_erasure(organisation, timezone.localdate(now), now)
            plan_upkeep(organisation, timezone.localdate(now), now)
            done += do_due(organisation, now, limit)
            mailing.send_due(organisation, now)
            statement_folder.read_folder(organisation, now)
    return done


def beat(now: datetime) -> bool:
    """Leaves the sign of life; true with the first one of an hour."""
    before = Heartbeat.objects.filter(name=host()).values_list("at", flat=True).first()
    Heartbeat.objects.update_or_create(name=host(), defaults={"at": now})
    return before is None or now - before > HOUR or before.hour != now.hour


def host() -> str:
    """The machine that leaves the sign of life."""
    return socket.gethostname()[:60]


def plan_runs(organisation: Organisation, today: date, now: datetime) -> None:
    """On the organisation's day of the month the next run is due; a missed day is made up for."""
    settings = RunSettings.objects.filter(organisation=organisation).first()
    if settings and today.day >= settings.day_of_month and Creditor.objects.filter(organisation=organisation).exists():
        enqueue(organisation, "prepare_run", today.replace(day=settings.day_of_month).isoformat(), now)


def plan_quota_mails(organisation: Organisation, today: date, now: datetime) -> None:
    """Once a day, where something is counted."""
    if Meter.objects.filter(organisation=organisation, quota_mails=True).exists():
        enqueue(organisation, "quota_mails", today.isoformat(), now)


def plan_reminders(organisation: Organisation, today: date, now: datetime) -> None:
    """Once a month, where mandates are about to lapse."""
    if Mandate.objects.filter(lapsing(today), organisation=organisation).exists():
        enqueue(organisation, "lapsing_mandates", f"{today:%Y-%m}", now)


def plan_instalments(organisation: Organisation, today: date, now: datetime) -> None:
    """Once a day, where somebody pays in instalments."""
    if InstalmentPlan.objects.filter(organisation=organisation, ended_on=None).exists():
        enqueue(organisation, "instalments", today.isoformat(), now)


def plan_debit_plans(organisation: Organisation, today: date, now: datetime) -> None:
    """Once a month, where the organisation announces a year at once."""
    if DebtSettings.objects.filter(organisation=organisation, yearly_plan=True).exists():
        enqueue(organisation, "debit_plans", f"{today:%Y-%m}", now)


def plan_erasure(organisation: Organisation, today: date, now: datetime) -> None:
    """Once a day, where applications are there whose time is over."""
    if applications.erasable(organisation, now).exists():
        enqueue(organisation, "erase_applications", today.isoformat(), now)


def plan_upkeep(organisation: Organisation, today: date, now: datetime) -> None:
    """Once a day, where proofs are about to lapse, or something has been kept long enough."""
    if proof_dates.is_due(organisation, today) or retention.is_due(organisation, today):
        enqueue(organisation, "upkeep", today.isoformat(), now)


def enqueue(organisation: Organisation, kind: str, key: str, due_at: datetime) -> None:
    """Notes a piece of work, once per kind and key."""
    DueWork.objects.bulk_create(
        [DueWork(organisation=organisation, kind=kind, key=key, due_at=due_at)], ignore_conflicts=True
    )


def do_due(organisation: Organisation, now: datetime, limit: int) -> int:
    """Does the organisation's due work, oldest first."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    due = DueWork.objects.filter(free, organisation=organisation, done_at=None, parked_at=None, due_at__lte=now)
    return sum(do_one(pk, now) for pk in list(due.values_list("pk", flat=True)[:limit]))


def do_one(pk: int, now: datetime) -> bool:
    """Takes and does one piece. What fails waits; what failed three times is parked and shown."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    if not DueWork.objects.filter(free, pk=pk, done_at=None, parked_at=None).update(
        lease_until=now + LEASE, attempts=F("attempts") + 1
    ):
        return False
    work = DueWork.objects.select_related("organisation").get(pk=pk)
    try:
        finished = HANDLERS[work.kind](work, now)
    except Exception as failed:  # whatever it was: it must not stop the work of others
        logger.exception("due work %s failed", work)
        parked = now if work.attempts >= MOST_ATTEMPTS else None
        DueWork.objects.filter(pk=pk).update(lease_until=now + LEASE, error=str(failed)[:300], parked_at=parked)
        return False
    changes = {"done_at": now} if finished else {"attempts": 0}
    DueWork.objects.filter(pk=pk).update(lease_until=None, error="", **changes)
    return finished


def prepare_run(work: DueWork, now: datetime) -> bool:
    """Prepares the month's run: a preview waits for a person, unless the organisation switched that off."""
    organisation, on = work.organisation, date.fromisoformat(work.key)
    settings = RunSettings.objects.get(organisation=organisation)
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
    if creditor is None:
        return True
    today = max(on, timezone.localdate(now))
    days = run_of(on, today, settings.collect_after_days, creditor.prenotification_days, settings.months_ahead)
    run = invoicing.start_run(organisation, creditor, *days)
    report = invoicing.preview(run)
    if report["payers_invoiced"] and settings.automatic:
        invoicing.approve(run, None, now)
        enqueue(organisation, "finish_run", str(run.pk), now)
    elif report["payers_invoiced"]:
        mailing.preview_waits(run, report, now)
    return True


def finish_run(work: DueWork, now: datetime) -> bool:
    """Issues, collects and exports an approved run, then has its PDFs drawn."""
    run = BillingRun.objects.select_related("organisation", "creditor").get(pk=work.key)
    finish(run, now)
    return True


def finish(run: BillingRun, now: datetime) -> None:
    """The steps after the approval, each harmless to repeat."""
    invoicing.issue(run, now)
    collection.assemble(run, now, run.approved_by)
    exports.export(run.organisation, run.on, run.approved_by, now)
    BillingRun.objects.filter(pk=run.pk, exported_at=None).update(exported_at=now)
    enqueue(run.organisation, "draw_pdfs", str(run.pk), now)


def draw_pdfs(work: DueWork, now: datetime) -> bool:
    """Draws some PDFs of a run; true when none is missing any more."""
    run = BillingRun.objects.select_related("organisation").get(pk=work.key)
    drawn = archive.archive_some(run, PDFS_AT_ONCE)
    total = run.invoices.count()
    DueWork.objects.filter(pk=work.pk).update(
        total=total, progress=total if drawn < PDFS_AT_ONCE else F("progress") + drawn
    )
    collection.prenotify(run)
    return drawn < PDFS_AT_ONCE


def draw_document(work: DueWork, now: datetime) -> bool:
    """Draws one document that was issued outside a run."""
    archive.pdf_of(Invoice.objects.get(organisation=work.organisation, pk=work.key))
    return True


def document_images(work: DueWork, now: datetime) -> bool:
    """Puts the images of an export together; PDFs that are missing are drawn a few at a time."""
    batch = PostingBatch.objects.select_related("organisation").get(organisation=work.organisation, pk=work.key)
    for invoice in images.documents_of(batch).filter(pdf__isnull=True)[:PDFS_AT_ONCE]:
        archive.pdf_of(invoice)
    if images.undrawn(batch):
        return False
    images.make(batch, None, now)
    return True


def compute_scenario(work: DueWork, now: datetime) -> bool:
    """Computes a what-if, the best tariffs or a forecast, and says how far it is; stops where it is no longer wanted."""
    scenario = Scenario.objects.select_related("organisation").filter(pk=work.key).first()
    if scenario is None:
        return True
    DueWork.objects.filter(pk=work.pk).update(total=scenarios.size_of(scenario))

    def tell(done: int) -> None:
        # By the database's clock: as long as there is progress nobody else takes the work, and the worker is alive.
        DueWork.objects.filter(pk=work.pk).update(progress=done, lease_until=Now() + LEASE)
        Heartbeat.objects.filter(name=host()).update(at=Now())
        scenarios.wanted(int(work.key))

    with suppress(scenarios.Withdrawn):
        scenarios.compute(scenario, now, tell)
    return True


def try_again(organisation: Organisation, kind: str, key: str) -> None:
    """Work that was parked after three attempts is taken up again."""
    parked = DueWork.objects.filter(organisation=organisation, kind=kind, key=key, parked_at__isnull=False)
    parked.update(parked_at=None, attempts=0, lease_until=None, progress=0, error="")


def write_quota_mails(work: DueWork, now: datetime) -> bool:
    """Tells members whose free quota runs out."""
    quota_mails.write(work.organisation, timezone.localdate(now), now)
    return True


def remind_of_mandates(work: DueWork, now: datetime) -> bool:
    """Tells the treasurers which mandates lapse within 60 days."""
    mandate_reminders.write(work.organisation, timezone.localdate(now), now)
    return True


def review_instalments(work: DueWork, now: datetime) -> bool:
    """Looks at who pays in instalments."""
    instalment_reminders.review(work.organisation, timezone.localdate(now), now)
    return True


def write_debit_plans(work: DueWork, now: datetime) -> bool:
    """Tells members the debits of a year."""
    debit_plans.write(work.organisation, now)
    return True


def erase_applications(work: DueWork, now: datetime) -> bool:
    """Erases orders that nobody confirmed and applications that were refused; true when none is left."""
    applications.erase(work.organisation, now)
    return not applications.erasable(work.organisation, now).exists()


def keep_up(work: DueWork, now: datetime) -> bool:
    """Reminds of proofs, lets those lapse that are over, and erases what was kept long enough."""
    today = timezone.localdate(now)
    proof_dates.remind(work.organisation, today, now)
    proof_dates.lapse(work.organisation, today, now)
    retention.run_daily(work.organisation, today, now)
    return True


HANDLERS: dict[str, Callable[[DueWork, datetime], bool]] = {
    "prepare_run": prepare_run,
    "finish_run": finish_run,
    "draw_pdfs": draw_pdfs,
    "draw_document": draw_document,
    "document_images": document_images,
    "scenario": compute_scenario,
    "quota_mails": write_quota_mails,
    "lapsing_mandates": remind_of_mandates,
    "instalments": review_instalments,
    "debit_plans": write_debit_plans,
    "erase_applications": erase_applications,
    "upkeep": keep_up,
}


def worker_is_alive(now: datetime) -> bool:
    """Whether a worker looked within the last minutes."""
    return Heartbeat.objects.filter(at__gte=now - STALE).exists()
