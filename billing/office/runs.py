"""The billing runs: all of them, the form for a new one, and one page per run that leads from step to step."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDateWidget

from billing.models import BillingRun, CollectionBatch, Creditor, DueWork, Mail, RunSettings
from billing.office.access import download, office, organisation_of, page
from billing.office.batches import file_context
from billing.pricing.periods import add_months
from billing.services import collection, invoicing, work
from billing.services import letters as letters_service
from billing.services.dashboard import open_batches, run_rows, state_of
from billing.services.drafts import earliest_collection
from billing.services.exports import holding
from billing.services.report import report_of
from billing.services.run_days import bills_until
from members.models import Organisation

LEVELS = ("block", "warning", "info")
PAGE = 24


class RunForm(forms.Form):
    """The three days of a run."""

    on = forms.DateField(
        label=gettext_lazy("Invoice date"),
        widget=UnfoldAdminDateWidget,
        help_text=gettext_lazy("Printed on the invoices; they are sent on this day."),
    )
    until = forms.DateField(
        label=gettext_lazy("Bill everything that falls due until"), widget=UnfoldAdminDateWidget,
        help_text=gettext_lazy("Usually the last day of the next month."),
    )  # fmt: skip
    collect_on = forms.DateField(
        label=gettext_lazy("Collect on"), widget=UnfoldAdminDateWidget,
        help_text=gettext_lazy("The day on which the banks debit. On a weekend or bank holiday it is the next bank working day."),
    )  # fmt: skip


def creditor_of(organisation: Organisation) -> Creditor | None:
    """Who collects."""
    return Creditor.objects.filter(organisation=organisation).order_by("pk").first()


def suggested(organisation: Organisation, today: date) -> dict[str, date]:
    """The next month, or as far as the settings say: invoices of today, collected on its first day or as soon as the announcement allows."""
    creditor, settings = creditor_of(organisation), RunSettings.objects.filter(organisation=organisation).first()
    first = add_months(today.replace(day=1), 1)
    earliest = earliest_collection(today, creditor.prenotification_days if creditor else 14)
    return {
        "on": today,
        "until": bills_until(today, settings.months_ahead if settings else 1),
        "collect_on": max(first, earliest),
    }


@office("billing.view_billingrun")
def run_list(request: HttpRequest) -> HttpResponse:
    """All runs, newest first."""
    organisation: Organisation = organisation_of(request)
    runs = BillingRun.objects.filter(organisation=organisation).defer("amounts").order_by("-on", "-until", "-sequence")
    shown = Paginator(runs, PAGE).get_page(request.GET.get("page"))
    settings = RunSettings.objects.filter(organisation=organisation).first()
    return page(
        request,
        "office/runs.html",
        _("Billing runs"),
        {"rows": run_rows(shown.object_list), "shown": shown, "settings": settings},
    )


@office("billing.add_billingrun")
def new_run(request: HttpRequest) -> HttpResponse:
    """The days of a new run; its preview follows at once."""
    organisation: Organisation = organisation_of(request)
    creditor = creditor_of(organisation)
    form = RunForm(request.POST or None, initial=suggested(organisation, timezone.localdate()))
    if request.method == "POST" and creditor and form.is_valid():
        run = started(request, creditor, form)
        if run:
            return redirect("office_run", run.pk)
    return page(request, "office/run_new.html", _("New billing run"), {"form": form, "creditor": creditor})


def started(request: HttpRequest, creditor: Creditor, form: RunForm) -> BillingRun | None:
    """The run with its preview; a refusal is shown at the form."""
    try:
        run = invoicing.start_run(creditor.organisation, creditor, user=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        if not run.approved_at:
            invoicing.preview(run)
    except ValidationError as refused:
        form.add_error(None, refused.messages)
        return None
    return run


def find(request: HttpRequest, pk: int) -> BillingRun:
    """The run of this organisation, or 404."""
    runs = BillingRun.objects.filter(organisation=organisation_of(request)).select_related(
        "organisation", "creditor", "approved_by"
    )
    return get_object_or_404(runs.defer("organisation__logo"), pk=pk)


@office("billing.view_billingrun")
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the run stands, what it found, and the one next step."""
    run = find(request, pk)
    unsubmitted = bool(run.collected_at) and open_batches([run]).exists()
    report = report_of(run) if run.issued_at else run.preview
    found = (
        [(level, [one for one in report["findings"] if one["level"] == level]) for level in LEVELS] if report else []
    )
    context = {
        "run": run, "report": report, "findings": [pair for pair in found if pair[1]], "state": state_of(run, unsubmitted),
        "steps": steps(run, unsubmitted), "next_step": next_step(run, unsubmitted),
        "day": invoicing.collection_date(run), "earliest": earliest_collection(run.on, run.creditor.prenotification_days),
        "progress": progress_of(run), **(outcome(request, run) if run.issued_at else {}),
    }  # fmt: skip
    return page(request, "office/run.html", _("Billing run of %(day)s") % {"day": invoicing.shown(run.on)}, context)


def outcome(request: HttpRequest, run: BillingRun) -> dict[str, Any]:
    """What an issued run has given: files for the bank, letters, files for the accountant."""
    batches: list[CollectionBatch] = list(
        run.batches.defer("content").select_related("submitted_by", "creditor", "made_by", "released_by").order_by("pk")
    )
    states = Mail.objects.filter(invoice__run=run).order_by().values("state").annotate(count=Count("pk"))
    made = (
        run.organisation.posting_batches.filter(holding(run.on)).defer("content", "debtors") if run.exported_at else []
    )
    return {
        "files": [file_context(request, batch) for batch in batches],
        "planned": [] if run.collected_at else collection.preview(run),
        "mails": dict(states.values_list("state", "count")), "exports": made,
    }  # fmt: skip


def progress_of(run: BillingRun) -> dict[str, Any] | None:
    """How far the worker is with issuing this run, if it was asked to."""
    due = DueWork.objects.filter(
        organisation=run.organisation, kind="finish_run", key=str(run.pk), done_at=None
    ).first()
    if due is None:
        return None
    return {
        "work": due,
        "done": run.invoices.count(),
        "total": len(run.amounts or {}),
        "worker": work.worker_is_alive(timezone.now()),
    }


STEPS = ("preview", "approve", "issue", "collect", "export")


def done_steps(run: BillingRun, unsubmitted: bool) -> list[bool]:
    """Which of the five steps were taken; collecting is done when the bank has the files."""
    collected = bool(run.collected_at) and not unsubmitted
    return [bool(run.preview), bool(run.approved_at), bool(run.issued_at), collected, bool(run.exported_at)]


def next_step(run: BillingRun, unsubmitted: bool) -> str:
    """The first step that was not taken; empty when all were."""
    return next((key for key, done in zip(STEPS, done_steps(run, unsubmitted), strict=True) if not done), "")


def steps(run: BillingRun, unsubmitted: bool) -> list[dict[str, Any]]:
    """The five steps, each done, next, or still to come."""
    names = (_("Preview"), _("Approve"), _("Issue"), _("Collect"), _("Accountant"))
    following = next_step(run, unsubmitted)
    rows = zip(STEPS, names, done_steps(run, unsubmitted), strict=True)
    return [
        {"name": name, "state": "done" if done else "next" if key == following else "later"} for key, name, done in rows
    ]


@office("billing.view_billingrun")
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the worker is, for the page to ask again."""
    run = find(request, pk)
    return page(request, "office/_progress.html", "", {"progress": progress_of(run), "run": run})


@office("billing.export_billingrun")
def letters(request: HttpRequest, pk: int) -> HttpResponse:
    """One PDF of everything that goes by letter."""
    run = find(request, pk)
    content = letters_service.letters_of(run)
    if not content:
        raise Http404
    return download(f"{run.on:%Y-%m-%d}-letters.pdf", content, "application/pdf")
