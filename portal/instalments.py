"""My instalment agreements: what is paid, what comes next, the code for the banking app, and the paper."""

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from billing.documents.girocode import girocode_payload, qr_matrix
from billing.documents.qr_picture import picture
from billing.models import InstalmentPlan
from billing.services.instalment_papers import creditor_of, paper
from billing.services.instalments import Progress, progress_of
from members.tenancy import own_members
from portal.access import MemberRequest, signed_in


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement as its payer sees it; `code` is the GiroCode of the next instalment, where it is transferred."""

    progress: Progress
    code: str
    iban: str
    recipient: str


@require_GET
@signed_in
def instalments(request: MemberRequest) -> HttpResponse:
    """All of them, running ones first."""
    today = timezone.localdate()
    plans = InstalmentPlan.objects.filter(member__in=own_members(request)).select_related("organisation")
    found = [agreement_of(one) for one in progress_of(plans, today)]
    found.sort(key=lambda one: one.progress.plan.ended_on or date.max, reverse=True)
    return render(request, "portal/instalments.html", {"agreements": found})


def agreement_of(one: Progress) -> Agreement:
    """With the code for the next transfer."""
    creditor = creditor_of(one.plan)
    if one.plan.mandate_id or one.plan.ended_on or one.next is None or creditor is None:
        return Agreement(one, "", "", "")
    payload = girocode_payload(creditor.name, creditor.iban, creditor.bic, one.next.left, one.plan.reference)
    return Agreement(one, picture(qr_matrix(payload)) if payload else "", creditor.iban, creditor.name)


@require_GET
@signed_in
def instalment_pdf(request: HttpRequest, reference: str) -> HttpResponse:
    """The agreement's paper. A stranger's is refused like one that does not exist."""
    rows = InstalmentPlan.objects.filter(member__in=own_members(request), reference=reference)
    found = rows.select_related("member", "organisation", "mandate__creditor").first()
    if found is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{found.reference}.pdf"'}
    return HttpResponse(paper(found), content_type="application/pdf", headers=headers)
