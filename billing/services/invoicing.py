"""The billing run: start, preview, approve, issue. State-based: a missed month is caught up, a repeated run adds nothing."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.formats.target import next_open
from billing.guards import missing_guards
from billing.models import BillingRun, Contract, Creditor, LedgerSettings, ParkedContract, RunSettings
from billing.services.bounces import bounced_addresses
from billing.services.branding import keep_logo
from billing.services.contracts import load_versions
from billing.services.credits import set_off_corrections
from billing.services.drafts import Chunk, Days, Draft, Terms, draft_chunk, due_chunks, earliest_collection, load_terms
from billing.services.issuing import Issue, issue_chunk
from billing.services.kept_prices import held_back
from billing.services.numbering import pattern_of
from billing.services.posting import open_books, refuse_locked
from billing.services.report import Report, Tally, report_of
from billing.services.snapshots import letterhead
from members.models import Organisation, User

logger = logging.getLogger(__name__)


def start_run(
    organisation: Organisation, creditor: Creditor, on: date, until: date, collect_on: date, user: User | None = None
) -> BillingRun:
    """The run of these days: the existing one, or a follow-up when that one is issued and something new is due."""
    check_days(creditor, on, until, collect_on)
    refuse_locked(LedgerSettings.objects.filter(organisation=organisation).first(), on)
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        set_off_corrections(organisation)
        latest = BillingRun.objects.filter(organisation=organisation, on=on, until=until).order_by("sequence").last()
        if latest and not (latest.issued_at and something_due(latest)):
            return latest
        return BillingRun.objects.create(
            organisation=organisation, creditor=creditor, on=on, until=until, collect_on=collect_on, created_by=user,
            sequence=latest.sequence + 1 if latest else 1,
        )  # fmt: skip


def check_days(creditor: Creditor, on: date, until: date, collect_on: date) -> None:
    """Refuses days that cannot work, above all a collection before the pre-notification has run its time (EPC016-06, 4.3)."""
    earliest = earliest_collection(on, creditor.prenotification_days)
    if next_open(collect_on) < earliest:
        message = _(
            "The collection on %(collect_on)s is too early: invoices of %(on)s announce it %(days)s days ahead, so the first "
            "possible day is %(earliest)s. Choose that day or later, or agree a shorter notice with your payers."
        )
        days = {
            "collect_on": shown(collect_on),
            "on": shown(on),
            "earliest": shown(earliest),
            "days": creditor.prenotification_days,
        }
        raise ValidationError(message, code="too_early", params=days)
    if until < on - timedelta(days=370) or until > on + timedelta(days=400):
        message = _("The run of %(on)s would bill until %(until)s, more than a year away: check the dates.")
        raise ValidationError(message, code="far_away", params={"on": shown(on), "until": shown(until)})


def shown(day: date) -> str:
    """A date as people read it."""
    return date_format(day, "SHORT_DATE_FORMAT")


def something_due(run: BillingRun) -> bool:
    """Whether a run of the same days would bill anything that this run has not."""
    return bool(compute(run).amounts)


def collection_date(run: BillingRun) -> date:
    """The day of collection: the wished day or the next TARGET2 day."""
    return next_open(run.collect_on)


def days_of(run: BillingRun) -> Days:
    """The days that decide what a run bills."""
    return Days(run.on, run.until, collection_date(run))


def compute(run: BillingRun) -> Tally:
    """Prices everything that is due and writes nothing."""
    organisation, terms, days = run.organisation, load_terms(run.organisation), days_of(run)
    tally = Tally(run, days.collection)
    for ids in due_chunks(organisation, run.until):
        tally.add(draft_chunk(organisation, terms, ids, days))
    return tally


def preview(run: BillingRun) -> Report:
    """What the run would bill, with everything that blocks or looks wrong; stored with the run until it is approved."""
    if run.issued_at:
        return report_of(run)
    tally = compute(run)
    find_unannounced(run, tally)
    report = tally.report(unusual_factor(run.organisation))
    fields = {"preview": report, "amounts": tally.amounts, "fingerprint": "", "approved_at": None, "approved_by": None}
    BillingRun.objects.filter(pk=run.pk, issued_at=None).update(**fields)
    run.refresh_from_db()
    return report


def find_unannounced(run: BillingRun, tally: Tally) -> None:
    """New prices that consumers were never told of: running contracts go on at the old one, and the treasurer is told."""
    held = [
        one
        for one in held_back(load_versions(run.organisation))
        if one.existing_from and one.existing_from <= run.until
    ]
    begun = Contract.objects.filter(tariff__in={one.tariff_id for one in held}, start__lt=run.until)
    used = set(begun.values_list("tariff", flat=True)) if held else set()
    text = _(
        "The price from %(day)s was never announced: running contracts go on at the old one. Announce it on the page of price changes."
    )
    for one in held:
        if one.tariff_id in used and one.existing_from:
            who = (0, one.tariff.name, one.tariff.code)
            tally.find("not_announced", "warning", who, text % {"day": shown(one.existing_from)})


def unusual_factor(organisation: Organisation) -> int:
    """From which multiple of the usual amount on a payer is shown."""
    found = RunSettings.objects.filter(organisation=organisation).values_list("unusual_factor", flat=True).first()
    return found or 3


def fingerprint(amounts: dict[str, str]) -> str:
    """What was approved: every payer with the amount, hashed."""
    text = "\n".join(f"{payer} {amount}" for payer, amount in sorted(amounts.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def approve(run: BillingRun, user: User | None, now: datetime) -> None:
    """A person says yes to this preview. Compare-and-set: approved once, and only what was shown."""
    if run.preview is None:
        raise ValidationError(_("Look at the preview first: there is nothing to approve yet."), code="no_preview")
    changed = BillingRun.objects.filter(pk=run.pk, approved_at=None).update(
        approved_at=now, approved_by=user, fingerprint=fingerprint(run.amounts or {})
    )
    if changed != 1:
        raise ValidationError(_("This run is already approved."), code="already_approved")
    run.refresh_from_db()


def issue(run: BillingRun, now: datetime) -> Report:
    """Issues what was approved, chunk by chunk; killed and started again it goes on where it was."""
    if not run.approved_at:
        raise ValidationError(_("This run is not approved yet."), code="not_approved")
    if not run.issued_at:
        refuse_without_guards()
        issue_all(run, now)
        BillingRun.objects.filter(pk=run.pk, issued_at=None).update(issued_at=now)
        run.refresh_from_db()
    return report_of(run)


def refuse_without_guards() -> None:
    """No document leaves a database that would let it be changed afterwards."""
    missing = missing_guards()
    if missing:
        message = _("The database's guards are missing (%(names)s). Run `manage.py migrate` and start the run again.")
        raise ValidationError(message, code="guards", params={"names": ", ".join(missing)})


def issue_all(run: BillingRun, now: datetime) -> None:
    """Every chunk in a transaction of its own."""
    day = collection_date(run)
    settings = RunSettings.objects.filter(organisation=run.organisation).first()
    by_mail = settings.mail_invoices if settings else True
    patterns = {kind: pattern_of(run.organisation, kind) for kind in ("invoice", "credit")}
    keep_logo(run.organisation)
    bounced, head = bounced_addresses(run.organisation), letterhead(run, day)
    books = open_books(run.organisation)
    refuse_locked(books.settings, run.on)
    context = Issue(run, head, books, day, now, by_mail, bounced, patterns)
    terms, approved = load_terms(run.organisation), run.amounts or {}
    for ids in list(due_chunks(run.organisation, run.until)):
        issue_ids(context, terms, ids, approved)


def issue_ids(context: Issue, terms: Terms, ids: Sequence[int], approved: dict[str, str]) -> None:
    """One chunk. If the database refuses it, its halves are tried, so that one bad row costs one payer and not a thousand."""
    try:
        with transaction.atomic():
            issue_locked(context, terms, ids, approved)
    except (DatabaseError, ValidationError) as refused:
        if len(ids) == 1:
            park_one(context.run, ids, refused)
            return
        logger.warning("a chunk of %s contracts was refused and is split: %s", len(ids), refused)
        for part in halves(ids):
            issue_ids(context, terms, part, approved)


def issue_locked(context: Issue, terms: Terms, ids: Sequence[int], approved: dict[str, str]) -> None:
    """Under the run's lock: what another worker billed meanwhile is no longer due when it is read here."""
    run = context.run
    BillingRun.objects.select_for_update().only("pk").get(pk=run.pk)
    chunk = draft_chunk(run.organisation, terms, ids, days_of(run), lock=True)
    keep_approved(chunk, approved)
    issue_chunk(context, chunk)


def keep_approved(chunk: Chunk, approved: dict[str, str]) -> None:
    """Leaves out payers whose amount is not the approved one; they stay due and are shown."""
    kept: list[Draft] = []
    for draft in chunk.drafts:
        amount = draft.approved_as if draft.lines else None
        if approved.get(str(draft.payer["id"])) == amount:
            kept.append(draft)
            continue
        reason = _("The amount changed after the approval; look at it in the next preview.")
        chunk.parked += [({"id": contract}, reason) for contract in draft.contracts]
        for contract in draft.contracts:
            chunk.advances.pop(contract, None)
    chunk.drafts = kept


def halves(ids: Sequence[int]) -> list[Sequence[int]]:
    """Two parts of a chunk that do not cut through a payer; a single payer is tried contract by contract."""
    payers = dict(Contract.objects.filter(pk__in=ids).values_list("pk", "member__payer"))
    members = dict(Contract.objects.filter(pk__in=ids).values_list("pk", "member"))
    paying = [payers[pk] or members[pk] for pk in ids]
    middle = len(ids) // 2
    while 0 < middle < len(ids) and paying[middle] == paying[middle - 1]:
        middle += 1
    if middle == len(ids):
        middle = next((place for place in range(1, len(ids)) if paying[place] != paying[place - 1]), 1)
    return [ids[:middle], ids[middle:]]


def park_one(run: BillingRun, ids: Sequence[int], refused: Exception) -> None:
    """Notes why this one was left out."""
    reason = "; ".join(refused.messages) if isinstance(refused, ValidationError) else str(refused).splitlines()[0]
    for contract in ids:
        ParkedContract.objects.update_or_create(
            run=run, contract_id=contract, defaults={"organisation_id": run.organisation_id, "reason": reason[:300]}
        )
