"""The buttons of a run's page. Each does one step and comes back; a second click finds it done and changes nothing."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.models import BillingRun
from billing.office.access import office
from billing.office.runs import find
from billing.services import collection, exports, invoicing, mailing, work

LARGE = 2_000
Act = Callable[[HttpRequest, BillingRun], str]


def step(permission: str) -> Callable[[Act], Callable[..., HttpResponse]]:
    """Does one step, says what was done, and comes back to the run."""

    def decorate(act: Act) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            run = find(request, pk)
            try:
                messages.success(request, act(request, run))
            except ValidationError as refused:
                for text in refused.messages:
                    messages.error(request, text)
            return redirect("office_run", run.pk)

        return require_POST(office(permission)(view))

    return decorate


@step("billing.add_billingrun")
def preview(request: HttpRequest, run: BillingRun) -> str:
    """Computes the preview anew; an approval of the old one falls away."""
    invoicing.preview(run)
    return _("The preview is up to date.")


@step("billing.approve_billingrun")
def approve(request: HttpRequest, run: BillingRun) -> str:
    """This person says yes."""
    if not run.approved_at:
        invoicing.approve(run, request.user, timezone.now())  # type: ignore[arg-type]
    return _("Approved. Nothing has left the house yet.")


@step("billing.approve_billingrun")
def issue(request: HttpRequest, run: BillingRun) -> str:
    """Small runs are issued at once, large ones by the worker, who then also collects and exports."""
    now = timezone.now()
    if len(run.amounts or {}) > LARGE and not run.issued_at:
        work.enqueue(run.organisation, "finish_run", str(run.pk), now)
        return _("The invoices are being issued.")
    invoicing.issue(run, now)
    work.enqueue(run.organisation, "draw_pdfs", str(run.pk), now)
    return _("The invoices are issued.")


@step("billing.approve_billingrun")
def collect(request: HttpRequest, run: BillingRun) -> str:
    """Makes the direct debit files."""
    collection.assemble(run, timezone.now(), request.user)  # type: ignore[arg-type]
    return _("The files for the bank are made.")


@step("billing.export_postingbatch")
def export(request: HttpRequest, run: BillingRun) -> str:
    """Makes the DATEV files of the month."""
    now = timezone.now()
    exports.export(run.organisation, run.on, request.user, now)  # type: ignore[arg-type]
    BillingRun.objects.filter(pk=run.pk, exported_at=None).exclude(issued_at=None).update(exported_at=now)
    return _("The files for the accountant are made.")


@step("billing.approve_billingrun")
def printed(request: HttpRequest, run: BillingRun) -> str:
    """The letters went to the post: their payers are told."""
    mailing.mark_printed(run, timezone.now())
    return _("The letters are noted as posted.")


@require_POST
@office("billing.approve_billingrun")
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throws a preview away that nobody approved; it billed nothing and left no trace."""
    run = find(request, pk)
    if BillingRun.objects.filter(pk=run.pk, approved_at=None).delete()[0]:
        messages.success(request, _("The preview is thrown away."))
        return redirect("office_runs")
    messages.error(request, _("This run is approved already; compute its preview anew first."))
    return redirect("office_run", run.pk)
