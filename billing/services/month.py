"""The whole month in one call: preview, and with an approval also issue, collect, export; the files for a folder."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _

from billing.models import BillingRun, CollectionBatch, Creditor
from billing.services import collection, exports, invoicing, letters, work
from billing.services.handing_in import needs_release
from billing.services.report import Report
from members.models import Organisation


def run_month(
    organisation: Organisation, on: date, until: date, collect_on: date, *, approved: bool, now: datetime
) -> tuple[BillingRun, Report]:
    """Does the month, or only shows it; a repeat adds nothing and gives the same report."""
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
    if creditor is None:
        raise ValidationError(
            _("This organisation has no creditor yet: enter the creditor identifier and the account first."),
            code="no_creditor",
        )
    run = invoicing.start_run(organisation, creditor, on, until, collect_on)
    report = invoicing.preview(run)
    if approved:
        if not run.approved_at:
            invoicing.approve(run, None, now)
        work.finish(run, now)
        report = invoicing.issue(run, now)
    return run, report


def files(run: BillingRun, report: Report) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of everything a run gives: SEPA files, DATEV files, letters, the report as JSON and text.

    Where two persons are asked for, only files that the second one released.
    """
    batches = [one for one in CollectionBatch.objects.filter(run=run, withdrawn_at=None) if not needs_release(one)]
    for batch in batches:
        yield collection.file_name(batch), bytes(batch.content or b"")
    for part in run.organisation.posting_batches.filter(exports.holding(run.on)):
        yield from exports.files(part)
    by_post = letters.letters_of(run)
    if by_post:
        yield f"{run.on:%Y-%m-%d}-letters.pdf", by_post
    yield f"{run.on:%Y-%m-%d}-report.json", json.dumps(report, ensure_ascii=False, indent=1).encode()
    yield f"{run.on:%Y-%m-%d}-report.txt", report_text(report).encode()


def write_files(run: BillingRun, report: Report, folder: Path) -> list[Path]:
    """Writes the files; each appears under its name only when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in files(run, report):
        part = folder / f".{name}.part"
        part.write_bytes(content)
        written.append(part.replace(folder / name))
    return written


def report_text(report: Mapping[str, Any]) -> str:
    """The report as people read it."""
    lines = [headline(report), "", *figures(report)]
    if report["previous"]:
        before = {
            "total": money(report["previous"]["invoiced_total"]),
            "count": report["previous"]["payers_invoiced"],
            "difference": money(report["difference"]),
        }
        lines.append(_("Last run: %(count)s invoices, %(total)s; difference %(difference)s") % before)
    lines.append("")
    for level, title in (("block", _("Left out")), ("warning", _("Worth a look")), ("info", _("For your information"))):
        found = [one for one in report["findings"] if one["level"] == level]
        lines += (
            [f"{title} ({len(found)})", *(f"  {one['number']}  {one['name']}: {one['text']}" for one in found), ""]
            if found
            else []
        )
    return "\n".join(lines).rstrip() + "\n"


def headline(report: Mapping[str, Any]) -> str:
    """Which run this is."""
    days = {key: invoicing.shown(date.fromisoformat(report[key])) for key in ("on", "until", "collection_date")}
    return _("Billing run of %(on)s, due until %(until)s, collected on %(collection_date)s") % days


def figures(report: Mapping[str, Any]) -> list[str]:
    """The sums, one a line."""
    rows = [
        (_("Invoices"), report["payers_invoiced"], report["invoiced_total"]),
        (_("Direct debits"), report["direct_debits"], report["direct_debit_total"]),
        (_("By transfer"), report["by_transfer"], report["by_transfer_total"]),
        (_("Mandate lapsed"), report["mandate_lapsed"], None),
        (_("Credits"), report["credits"], report["credits_total"]),
        (_("Nothing to pay"), report["nothing_to_pay"], None),
        (_("Left out"), report["parked"], None),
    ]
    shown = [
        f"{title + ':':<24}{count:>7}" + (f"{money(amount):>18}" if amount is not None else "")
        for title, count, amount in rows
    ]
    return [
        *shown,
        _("Largest %(largest)s, smallest %(smallest)s") % {key: money(report[key]) for key in ("largest", "smallest")},
    ]


def money(amount: str) -> str:
    """`45.626,00 EUR` or `45,626.00 EUR`."""
    return f"{formats.number_format(amount, 2, use_l10n=True, force_grouping=True)} EUR"
