"""Asking the office: from any page with what the page is about, and reading the answer."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Invoice
from billing.services import questions
from members.models import ContactEntry, Member
from members.tenancy import own_members
from portal.access import MemberRequest, signed_in
from portal.tariff_change import own_contract

SHOWN = 50
PAGES = {
    "home": gettext_lazy("Overview"),
    "invoices": gettext_lazy("Invoices"),
    "usage": gettext_lazy("Usage"),
    "security": gettext_lazy("Security"),
}


class QuestionForm(forms.Form):
    """For whom, what, and in detail."""

    member = forms.ModelChoiceField(label=gettext_lazy("For whom?"), queryset=Member.objects.none(), empty_label=None)
    subject = forms.CharField(label=gettext_lazy("What is it about?"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("Your message"), max_length=questions.LONGEST, widget=forms.Textarea(attrs={"rows": 7})
    )

    def __init__(self, request: MemberRequest) -> None:
        members = own_members(request).order_by("number")
        about = about_of(request, request.GET.get("from", ""))
        super().__init__(request.POST or None, initial={"subject": about, "member": members.first()})
        self.about = about
        choice = self.fields["member"]
        choice.queryset = members  # type: ignore[attr-defined]
        if len(members) == 1:
            choice.widget = forms.HiddenInput()


class ReplyForm(forms.Form):
    """One more message."""

    text = forms.CharField(
        label=gettext_lazy("Write back"), max_length=questions.LONGEST, widget=forms.Textarea(attrs={"rows": 5})
    )


def about_of(request: HttpRequest, path: str) -> str:
    """What the page is about from which somebody asks; empty for a page that is none of theirs."""
    try:
        found = resolve(path)
    except Resolver404:
        return ""
    if found.url_name == "invoice":
        mine = Invoice.objects.filter(payer__in=own_members(request), number=found.kwargs["number"])
        return _("Invoice %(number)s") % {"number": found.kwargs["number"]} if mine.exists() else ""
    if found.url_name == "tariff_choices":
        return contract_words(request, found.kwargs["pk"])
    return str(PAGES.get(found.url_name or "", "")) if found.url_name != "home" else ""


def contract_words(request: HttpRequest, pk: int) -> str:
    """The tariff of one of their contracts."""
    try:
        return _("Tariff %(name)s") % {"name": own_contract(request, pk).tariff.name}
    except Http404:
        return ""


@signed_in
def help_page(request: MemberRequest) -> HttpResponse:
    """A new question, and all that were asked before."""
    mine = own_members(request)
    form = QuestionForm(request)
    if request.method == "POST" and form.is_valid() and asked(request, form):
        messages.success(request, _("Your message is with the office. You get the answer by e-mail, and find it here."))
        return redirect("help")
    rows = ContactEntry.objects.filter(member__in=mine, kind=ContactEntry.Kind.QUESTION, question=None)
    context = {"form": form, "rows": rows.order_by("-pk")[:SHOWN], "is_member": mine.exists()}
    return render(request, "portal/help.html", context)


def asked(request: MemberRequest, form: QuestionForm) -> ContactEntry | None:
    """The question; a refusal is shown at the form."""
    given = form.cleaned_data
    try:
        return questions.ask(given["member"], request.user, given["subject"], given["text"], form.about, timezone.now())
    except ValidationError as refused:
        form.add_error(None, refused)
        return None


@signed_in
def conversation(request: MemberRequest, pk: int) -> HttpResponse:
    """One of my questions with its answers. A stranger's and one that does not exist are refused alike."""
    question = own_question(request, pk)
    form = ReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and replied(request, question, form):
        messages.success(request, _("Your message is with the office."))
        return redirect("conversation", pk)
    questions.mark_read(question, timezone.now())
    entries = questions.conversation(question, for_member=True)
    return render(request, "portal/conversation.html", {"question": question, "entries": entries, "form": form})


def own_question(request: MemberRequest, pk: int) -> ContactEntry:
    """A question of one of my own memberships, and never a note of the office."""
    rows = ContactEntry.objects.filter(
        member__in=own_members(request), kind=ContactEntry.Kind.QUESTION, question=None, pk=pk
    )
    found = rows.select_related("member").first()
    if found is None:
        raise Http404
    return found


def replied(request: MemberRequest, question: ContactEntry, form: ReplyForm) -> ContactEntry | None:
    """The message; a refusal is shown at the form."""
    try:
        return questions.write_back(question, request.user, form.cleaned_data["text"], timezone.now())
    except ValidationError as refused:
        form.add_error("text", refused)
        return None
