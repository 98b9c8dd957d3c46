"""One search over everything that was ever sent to or said with any member."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.office.access import office, organisation_of, page
from billing.services.contact_search import Wish, search

LABELS = {
    "mail": gettext_lazy("e-mail"), "letter": gettext_lazy("letter"), "call": gettext_lazy("telephone call"),
    "note": gettext_lazy("note"), "portal": gettext_lazy("portal"), "document": gettext_lazy("document"),
}  # fmt: skip


class SearchForm(forms.Form):
    """Words, kind, days."""

    q = forms.CharField(
        label=gettext_lazy("Words"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"class": "entry", "type": "search"}),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), required=False, choices=[("", gettext_lazy("all")), *LABELS.items()],
        widget=forms.Select(attrs={"class": "entry"}),
    )  # fmt: skip
    first = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"class": "entry", "type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip
    last = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"class": "entry", "type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip


@office("members.view_contactentry")
def contact_search(request: HttpRequest) -> HttpResponse:
    """The form, and what it found."""
    form = SearchForm(request.GET or None)
    context: dict[str, Any] = {"form": form, "labels": LABELS}
    if form.is_valid() and any(form.cleaned_data.values()):
        wish = Wish(
            form.cleaned_data["q"], form.cleaned_data["kind"], form.cleaned_data["first"], form.cleaned_data["last"]
        )
        shown = search(organisation_of(request), wish, request.GET.get("page"))
        context |= {"shown": shown, "rows": [(hit, LABELS[hit.kind]) for hit in shown]}
    return page(request, "office/contact_search.html", _("Search in all contacts"), context)
