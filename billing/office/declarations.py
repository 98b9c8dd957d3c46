"""What people declared without signing in, and one click to enter it on the contract that is meant, or an answer to them."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.core.validators import MaxValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextareaWidget

from billing.models import Contract, Declaration
from billing.office.access import office, organisation_of, page
from billing.services import declaration_desk, declaration_words, declarations, quote_words
from billing.services.declaration_desk import Candidate
from members.models import User

PAGE = 50
ON_THE_PAGE = ("organisation", "contract__member", "contract__tariff", "event", "settled_by")


class EnterForm(forms.Form):
    """Good cause ends a contract on a day that a person decides."""

    last_day = forms.DateField(
        label=gettext_lazy("Last day of the contract"),
        widget=UnfoldAdminDateWidget,
        validators=[MaxValueValidator(date(2199, 12, 31))],
    )


class AnswerForm(forms.Form):
    """What the sender is told instead."""

    answer = forms.CharField(
        label=gettext_lazy("Your answer"), max_length=2000, widget=UnfoldAdminTextareaWidget({"rows": 5}),
        help_text=gettext_lazy("Goes to the sender by e-mail, with what they had declared below it."),
    )  # fmt: skip


@require_GET
@office("billing.view_declaration")
def declaration_list(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first; then what is settled, newest first."""
    rows = Declaration.objects.filter(organisation=organisation_of(request)).select_related(*ON_THE_PAGE)
    settled = Paginator(rows.exclude(settled_at=None).order_by("-settled_at", "-pk"), PAGE)
    waiting = rows.filter(settled_at=None).order_by("received_at", "pk")[:PAGE]
    context = {
        "waiting": [(one, declaration_words.title(one)) for one in waiting],
        "settled": [(one, declaration_words.title(one)) for one in settled.get_page(request.GET.get("page"))],
        "page": settled.get_page(request.GET.get("page")),
    }  # fmt: skip
    return page(request, "office/declarations.html", _("Cancellations and withdrawals"), context)


@require_GET
@office("billing.view_declaration")
def declaration(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: what was written, and the contracts that may be meant."""
    return declaration_page(request, find(request, pk), AnswerForm(), EnterForm())


def find(request: HttpRequest, pk: int) -> Declaration:
    """A declaration to this organisation."""
    rows = Declaration.objects.select_related(*ON_THE_PAGE)
    return get_object_or_404(rows, pk=pk, organisation=organisation_of(request))


def declaration_page(request: HttpRequest, row: Declaration, answer: AnswerForm, enter: EnterForm) -> HttpResponse:
    """Everything needed to decide."""
    term = request.GET.get("q", "").strip()
    today = timezone.localdate()
    found = [] if row.settled_at else declaration_desk.candidates(row, today, term)
    context = {
        "declaration": row, "facts": declaration_words.facts(row), "term": term, "answer": answer, "enter": enter,
        "candidates": [(one, says(one)) for one in found], "pay_back_by": declaration_desk.pay_back_by(row),
        "receipt": declarations.receipt_of(row),
    }  # fmt: skip
    return page(request, "office/declaration.html", declaration_words.title(row), context)


def says(one: Candidate) -> list[tuple[str, str]]:
    """What entering it would bring."""
    return [(fact.label, fact.value) for fact in quote_words.facts(one.answer, office=True)] if one.answer else []


@require_POST
@office("billing.change_declaration")
def declaration_enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Enters it on a contract; the member gets the confirmation."""
    row = find(request, pk)
    contract = contracts(request).filter(pk=number(request.POST.get("contract"))).first()
    if contract is None:
        messages.warning(request, _("Please choose one of the contracts that are shown here."))
        return redirect("office_declaration", pk)
    form = EnterForm(request.POST)
    last_day = form.cleaned_data["last_day"] if row.extraordinary and form.is_valid() else None
    if row.extraordinary and not last_day:
        return declaration_page(request, row, AnswerForm(), form)
    try:
        declarations.enter(row, contract, user_of(request), timezone.now(), last_day)
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return redirect("office_declaration", pk)
    messages.success(
        request, _("Entered on %(contract)s. The confirmation is on its way to the member.") % {"contract": contract}
    )
    return redirect("office_declaration", pk)


@require_POST
@office("billing.change_declaration")
def declaration_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers it instead: there is no such contract, it has ended already, or the withdrawal came too late."""
    row, form = find(request, pk), AnswerForm(request.POST)
    if not form.is_valid():
        return declaration_page(request, row, form, EnterForm())
    try:
        declarations.answer(row, form.cleaned_data["answer"], user_of(request), timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return redirect("office_declaration", pk)
    messages.success(request, _("Answered. The message is on its way."))
    return redirect("office_declarations")


def contracts(request: HttpRequest) -> Any:
    """Those of this organisation."""
    rows = Contract.objects.filter(organisation=organisation_of(request))
    return rows.select_related("organisation", "tariff", "member__payer")


def number(text: str | None) -> int:
    """A key that came with a form; nothing else finds a row."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 15 else 0


def user_of(request: HttpRequest) -> User | None:
    """Who works here."""
    return request.user if isinstance(request.user, User) else None
