"""Everything sent to or said with one member, found by its words; calls and notes are written down here."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.office.access import office, organisation_of, page
from billing.services import contact_history
from billing.services.bounces import takes_mail
from billing.services.questions import LONGEST
from members.models import ContactEntry, Member

AREA = {"class": "entry wide", "rows": 5}


class NoteForm(forms.Form):
    """What was said."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What was it?"), widget=forms.Select(attrs={"class": "entry"}),
        choices=[(one.value, one.label) for one in contact_history.NOTES],
    )  # fmt: skip
    subject = forms.CharField(
        label=gettext_lazy("In a few words"), max_length=120, required=False, widget=forms.TextInput(attrs={"class": "entry"})
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("What was said"), max_length=LONGEST, widget=forms.Textarea(attrs=AREA),
        help_text=gettext_lazy("Only the office sees this. The member may ask to see it, so write fairly."),
    )  # fmt: skip


@office("members.view_contactentry")
def contacts_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The list with its search, and the form for a call or a note."""
    member = get_object_or_404(
        Member.objects.select_related("organisation"), pk=pk, organisation=organisation_of(request)
    )
    if request.method == "POST" and not request.user.has_perm("members.add_contactentry"):
        raise PermissionDenied
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and noted(request, member, form):
        messages.success(request, _("It is noted."))
        return redirect("office_contacts", member.pk)
    words = request.GET.get("q", "")[:200]
    context: dict[str, Any] = {
        "member": member, "form": form, "q": words, "shown": contact_history.history(member, words, request.GET.get("page")),
        "unreachable": bool(member.email) and not takes_mail(member.organisation, member.email),
    }  # fmt: skip
    return page(request, "office/contacts.html", _("Contacts with %(name)s") % {"name": member.name}, context)


def noted(request: HttpRequest, member: Member, form: NoteForm) -> ContactEntry | None:
    """The entry; a refusal is shown at the form."""
    try:
        return contact_history.note(member, **form.cleaned_data, user=request.user, now=timezone.now())  # type: ignore[arg-type]
    except ValidationError as refused:
        form.add_error(None, refused)
        return None
