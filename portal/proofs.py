"""Proofs for a reduced fee: sent here with a photograph or a PDF, decided by the office, with the day until which they hold."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from billing.services import proofs as service
from billing.services.scans import LARGEST, PDF
from members.models import Member, Proof, ProofFile
from portal.access import MemberRequest, signed_in
from portal.household import in_my_care


class Papers(forms.ClearableFileInput):
    """Several files at once; the form looks at one of them, `papers` takes all."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The last one, as a single field would have it."""
        return files.get(name)


class ProofForm(forms.Form):
    """For whom, what, until when, and the paper."""

    member = forms.ModelChoiceField(label=gettext_lazy("For whom?"), queryset=Member.objects.none(), empty_label=None)
    what_for = forms.CharField(
        label=gettext_lazy("What do you prove?"), max_length=80, help_text=gettext_lazy("Such as: school, studies, vocational training")
    )  # fmt: skip
    valid_until = forms.DateField(
        label=gettext_lazy("Until when does the paper hold?"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    paper = forms.FileField(
        label=gettext_lazy("File or photograph"), widget=Papers({"accept": "application/pdf,image/png,image/jpeg"}),
        help_text=gettext_lazy("PDF, PNG or JPEG, at most 10 MB each. Please black out what is nobody's business, such as illnesses."),
    )  # fmt: skip

    def __init__(self, people: list[Member], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {one.pk: one for one in people}
        choice = self.fields["member"]
        choice.queryset = Member.objects.filter(pk__in=self.people)  # type: ignore[attr-defined]
        choice.initial = people[0].pk
        if len(people) == 1:
            choice.widget = forms.HiddenInput()

    def papers(self) -> list[tuple[str, bytes]]:
        """Names and bytes; what is too large is refused before it is read."""
        found = self.files.getlist("paper")
        if any((one.size or 0) > LARGEST for one in found):
            raise ValidationError(_("The file is larger than 10 MB."), code="too_large")
        return [(str(one.name), one.read()) for one in found[: service.MOST_FILES + 1]]


@require_http_methods(["GET", "POST"])
@signed_in
def proofs(request: MemberRequest) -> HttpResponse:
    """What I have sent and what became of it, and the form for another one."""
    today = timezone.localdate()
    people = in_my_care(request, today)
    form = ProofForm(people, request.POST or None, request.FILES or None) if people else None
    if form and request.method == "POST" and form.is_valid() and sent(request, form):
        messages.success(request, _("Your proof is with the office. We write to you as soon as it is decided."))
        return redirect("proofs")
    rows = Proof.objects.filter(member__in=people).select_related("member").prefetch_related("files")
    context = {"rows": [(one, state(one, today)) for one in rows], "form": form, "erased_after": erased_after(request)}
    return render(request, "portal/proofs.html", context)


def erased_after(request: MemberRequest) -> int:
    """Days after the decision on which the papers go."""
    return request.organisation.proof_files_days if request.organisation else 0


def sent(request: MemberRequest, form: ProofForm) -> Proof | None:
    """The proof; a refusal is shown at the form."""
    given = form.cleaned_data
    try:
        return service.send(
            form.people[given["member"].pk], given["what_for"], given["valid_until"], form.papers(), request.user, timezone.now()
        )  # fmt: skip
    except ValidationError as refused:
        form.add_error(None, " ".join(refused.messages))
        return None


def state(proof: Proof, today: Any) -> tuple[str, str]:
    """Colour and words."""
    if proof.decided_at is None:
        return "open", _("with the office")
    if not proof.accepted:
        return "problem", _("refused")
    return ("quiet", _("over")) if proof.valid_until < today else ("done", _("accepted"))


@require_GET
@signed_in
def proof_file(request: MemberRequest, pk: int) -> HttpResponse:
    """My own paper, as long as it is there. A stranger's and one that does not exist are refused alike."""
    rows = ProofFile.objects.filter(proof__member__in=in_my_care(request, timezone.localdate()), erased_on=None, pk=pk)
    found = rows.first()
    if found is None:
        raise Http404
    ending = ".pdf" if found.content_type == PDF else ".jpg"
    headers = {
        "Content-Disposition": f'attachment; filename="proof-{found.pk}{ending}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(bytes(found.content), content_type=found.content_type, headers=headers)
