"""Proofs for reduced fees: what waits for a decision, until when the others hold, and who has none."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from billing.office.access import download, office, organisation_of, page
from billing.office.declarations import user_of
from billing.services import proofs as service
from billing.services.scans import PDF
from members.models import Proof, ProofFile

SHOWN = 200


class DayForm(forms.Form):
    """Until when it holds, as the paper says it."""

    valid_until = forms.DateField()


@require_GET
@office("members.view_proof")
def proofs(request: HttpRequest) -> HttpResponse:
    """The queue first."""
    organisation, today = organisation_of(request), timezone.localdate()
    context: dict[str, Any] = {
        "waiting": service.waiting(organisation)[:SHOWN], "holding": service.holding(organisation, today)[:SHOWN],
        "without": service.reduced_without(organisation, today)[:SHOWN], "reminded": organisation.proof_reminder_days,
        "erased_after": organisation.proof_files_days,
    }  # fmt: skip
    return page(request, "office/proofs.html", _("Proofs for reduced fees"), context)


@require_POST
@office("members.change_proof")
def proof_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accepts it until a day, or refuses it with the reason."""
    proof = get_object_or_404(Proof, pk=pk, organisation=organisation_of(request))
    try:
        said = decided(request, proof)
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    else:
        messages.success(request, said)
    return redirect("office_proofs")


def decided(request: HttpRequest, proof: Proof) -> str:
    """What became of it."""
    if "accept" not in request.POST:
        service.refuse(proof, request.POST.get("answer", ""), user_of(request), timezone.now())
        return _("Refused; the member is told.")
    form = DayForm(request.POST)
    if not form.is_valid():
        raise ValidationError(_("Please enter the last day that the paper names."), code="day")
    service.accept(proof, form.cleaned_data["valid_until"], user_of(request), timezone.now())
    return _("Accepted; the member is told.")


@require_GET
@office("members.change_proof")
def proof_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper, only for those who decide about it, and only as a download."""
    rows = ProofFile.objects.filter(erased_on=None, organisation=organisation_of(request))
    found = get_object_or_404(rows, pk=pk)
    ending = "pdf" if found.content_type == PDF else "jpg"
    return download(f"proof-{found.proof_id}-{found.pk}.{ending}", bytes(found.content), found.content_type)
