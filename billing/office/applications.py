"""Who wants to become a member: what was ordered, who on the books it may be, and one click to admit, ask back or refuse."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from billing.documents.figures import grouped_iban
from billing.models import Application, Mail
from billing.models.payments import mask_iban
from billing.office.access import office, organisation_of, page
from billing.services import admission, application_doubles, applications
from members.models import User

PAGE = 50
ON_THE_PAGE = ("organisation", "tariff", "member", "decided_by")


class WordsForm(forms.Form):
    """What the applicant is written."""

    words = forms.CharField(max_length=2000, widget=forms.Textarea({"class": "entry wide", "rows": 4}))

    def __init__(self, label: Any, prefix: str, data: Any = None) -> None:
        super().__init__(data, prefix=prefix)
        self.fields["words"].label = label


def question_form(data: Any = None) -> WordsForm:
    """A question before the decision."""
    return WordsForm(gettext_lazy("Your question"), "ask", data)


def reason_form(data: Any = None) -> WordsForm:
    """Why not."""
    return WordsForm(gettext_lazy("The reason, as the applicant reads it"), "refuse", data)


@require_GET
@office("billing.view_application")
def application_list(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first; then what is decided; and how many have not confirmed yet."""
    organisation = organisation_of(request)
    rows = Application.objects.filter(organisation=organisation).select_related(*ON_THE_PAGE).defer("text")
    decided = Paginator(rows.exclude(decided_at=None).order_by("-decided_at", "-pk"), PAGE).get_page(
        request.GET.get("page")
    )
    waiting = applications.open_rows(organisation).select_related("tariff").order_by("received_at", "pk")[:PAGE]
    context = {
        "waiting": waiting,
        "decided": decided,
        "page": decided,
        "unconfirmed": rows.filter(confirmed_at=None).count(),
    }
    return page(request, "office/applications.html", _("Applications"), context)


def find(request: HttpRequest, pk: int) -> Application:
    """An application to this organisation; what nobody has confirmed is not shown, since anybody may have typed it."""
    rows = Application.objects.exclude(confirmed_at=None).select_related(*ON_THE_PAGE)
    return get_object_or_404(rows, pk=pk, organisation=organisation_of(request))


@require_GET
@office("billing.view_application")
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them."""
    return application_page(request, find(request, pk), question_form(), reason_form())


def application_page(request: HttpRequest, row: Application, question: WordsForm, reason: WordsForm) -> HttpResponse:
    """Everything needed to decide."""
    mails = Mail.objects.filter(organisation=row.organisation_id, key__startswith=f"application:{row.pk}:").order_by(
        "pk"
    )
    context = {
        "row": row, "seen": row.shown, "payment": payment_of(request, row), "doubles": [] if row.decided_at else application_doubles.doubles(row),
        "question": question, "reason": reason, "mails": mails,
    }  # fmt: skip
    faulty = question.is_bound or reason.is_bound
    return page(request, "office/application.html", row.name, context, status=422 if faulty else 200)


def payment_of(request: HttpRequest, row: Application) -> list[tuple[str, str]]:
    """How it is paid; who only looks sees the masked account."""
    whole, masked = grouped_iban(row.iban), mask_iban(row.iban)
    if request.user.has_perm("billing.change_application"):
        masked = whole
    return [(label, masked if row.iban and value == whole else value) for label, value in row.shown["payment"]]


def user_of(request: HttpRequest) -> User | None:
    """Who works here."""
    return request.user if isinstance(request.user, User) else None


@require_POST
@office("billing.change_application")
def application_admit(request: HttpRequest, pk: int) -> HttpResponse:
    """A member, with contract and mandate; the confirmation and the invitation are on their way."""
    try:
        member = admission.admit(find(request, pk), user_of(request), timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return redirect("office_application", pk)
    messages.success(request, _("%(member)s is a member. The confirmation is on its way.") % {"member": member})
    return redirect("office_applications")


@require_POST
@office("billing.change_application")
def application_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the applicant; the answer comes by e-mail."""
    row, form = find(request, pk), question_form(request.POST)
    if not form.is_valid():
        return application_page(request, row, form, reason_form())
    try:
        applications.ask(row, form.cleaned_data["words"], timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The question is on its way. The answer comes to your mailbox."))
    return redirect("office_application", pk)


@require_POST
@office("billing.change_application")
def application_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Does not admit; the applicant reads why, and what was typed is erased after some days."""
    row, form = find(request, pk), reason_form(request.POST)
    if not form.is_valid():
        return application_page(request, row, question_form(), form)
    try:
        applications.refuse(row, form.cleaned_data["words"], user_of(request), timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return redirect("office_application", pk)
    messages.success(request, _("Refused. The message is on its way."))
    return redirect("office_applications")
