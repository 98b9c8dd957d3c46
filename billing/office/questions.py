"""Questions of members from the portal: what waits and since when, one conversation, the answer."""

from collections.abc import Callable
from datetime import datetime
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
from django.views.decorators.http import require_POST

from billing.office.access import office, organisation_of, page
from billing.services import questions
from members.models import ContactEntry, User

PAGE = 50
Write = Callable[[ContactEntry, User, str, int, datetime], ContactEntry]


class AnswerForm(forms.Form):
    """The text, and the newest entry that the writer has seen."""

    text = forms.CharField(
        label=gettext_lazy("Your answer"), max_length=questions.LONGEST, widget=forms.Textarea(attrs={"class": "entry wide", "rows": 8})
    )  # fmt: skip
    seen = forms.IntegerField(widget=forms.HiddenInput)


class NoteForm(AnswerForm):
    """How the question was settled."""

    text = forms.CharField(
        label=gettext_lazy("How was it settled?"), max_length=questions.LONGEST,
        widget=forms.Textarea(attrs={"class": "entry wide", "rows": 3, "id": "id_note"}),
        help_text=gettext_lazy("Such as: called him, is clear now. The member does not see this."),
    )  # fmt: skip


@office("members.view_contactentry")
def question_list(request: HttpRequest) -> HttpResponse:
    """What waits, the longest first; below it what was answered lately."""
    organisation = organisation_of(request)
    waiting = Paginator(questions.open_questions(organisation), PAGE).get_page(request.GET.get("page"))
    answered = ContactEntry.objects.filter(
        organisation=organisation, kind=ContactEntry.Kind.QUESTION, question=None, open_since=None
    )
    context = {"waiting": waiting, "answered": answered.select_related("member").order_by("-pk")[:20]}
    return page(request, "office/questions.html", _("Questions of members"), context)


def find(request: HttpRequest, pk: int) -> ContactEntry:
    """The question that began a conversation in this organisation, or 404."""
    rows = ContactEntry.objects.select_related("member__organisation", "member__user", "by")
    return get_object_or_404(
        rows, pk=pk, organisation=organisation_of(request), kind=ContactEntry.Kind.QUESTION, question=None
    )


@office("members.view_contactentry")
def question_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One conversation."""
    return shown(request, find(request, pk))


def shown(request: HttpRequest, question: ContactEntry, **bound: forms.Form) -> HttpResponse:
    """The conversation with the form to answer; a refused text stands in it again."""
    entries = questions.conversation(question, for_member=False)
    seen = {"seen": entries[-1].pk}
    context: dict[str, Any] = {
        "question": question, "entries": entries, "to": questions.address_of(question.member),
        "answer_form": AnswerForm(initial=seen, auto_id="id_answer_%s"), "note_form": NoteForm(initial=seen, auto_id="id_note_%s"),
    } | bound  # fmt: skip
    return page(request, "office/question.html", question.subject, context)


@require_POST
@office("members.add_contactentry")
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers by mail and in the portal."""
    question, form = find(request, pk), AnswerForm(request.POST, auto_id="id_answer_%s")
    if not written(request, question, form, questions.answer):
        return shown(request, question, answer_form=form)
    messages.success(request, _("The answer stands in the portal, and goes out by e-mail within a minute."))
    return redirect("office_questions")


@require_POST
@office("members.add_contactentry")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes the question without an answer."""
    question, form = find(request, pk), NoteForm(request.POST, auto_id="id_note_%s")
    if not written(request, question, form, questions.settle):
        return shown(request, question, note_form=form)
    messages.success(request, _("The question is settled."))
    return redirect("office_questions")


def written(request: HttpRequest, question: ContactEntry, form: AnswerForm, write: Write) -> bool:
    """Writes what the form says; a refusal is shown at the form."""
    user = request.user
    if not isinstance(user, User) or not form.is_valid():
        return False
    try:
        write(question, user, form.cleaned_data["text"], form.cleaned_data["seen"], timezone.now())
    except ValidationError as refused:
        form.add_error("text", refused)
        form.data = dict(form.data.items()) | {"seen": questions.newest(question)}
        return False
    return True
