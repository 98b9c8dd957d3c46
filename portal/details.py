"""My data in the portal: address and telephone at once, a name with its reason, the recipient of invoices by way of the office."""

from collections.abc import Sequence
from typing import Any

from babel import Locale
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from billing.services import member_data
from billing.services.member_data import ADDRESS, NAME, RECIPIENT, Kind, asks_office
from members.models import DataChange, Member
from portal.access import MemberRequest, signed_in
from portal.household import cared_for, in_my_care
from portal.words import language

FILLS_IN = {
    "street": "street-address", "postal_code": "postal-code", "city": "address-level2", "country": "country", "phone": "tel",
    "first_name": "given-name", "last_name": "family-name", "company": "organization", "title": "honorific-prefix",
}  # fmt: skip
GERMAN_POSTCODE = 5


def countries() -> list[tuple[str, str]]:
    """Code and name, by name in the reader's language."""
    names = Locale(language()).territories
    found = [(code, str(name)) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    return sorted(found, key=lambda one: one[1])


class DataForm(forms.ModelForm):  # type: ignore[type-arg]
    """Some fields of a member; `reason` where the office wants to know why."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    class Meta:
        model = Member
        fields = ()

    def __init__(self, member: Member, names: Sequence[str], data: Any, *, with_reason: bool) -> None:
        fresh = Member.objects.get(pk=member.pk)
        super().__init__(data, instance=fresh)
        for name in names:
            self.fields[name] = self.field_of(name)
            self.initial[name] = getattr(fresh, name)
        if with_reason:
            self.fields["reason"] = self.fields.pop("reason")
        else:
            del self.fields["reason"]
        self.names = tuple(names)

    def field_of(self, name: str) -> Any:
        """As the model has it, with what the browser can fill in."""
        if name == "country":
            field: Any = forms.ChoiceField(label=_("Country"), choices=countries())
        else:
            field = Member._meta.get_field(name).formfield()  # type: ignore[union-attr]
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]
        field.required = name in ("street", "postal_code", "city", "country", "last_name")
        if name in FILLS_IN:
            field.widget.attrs["autocomplete"] = FILLS_IN[name]
        return field

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        code = str(cleaned.get("postal_code", ""))
        digits = code.isascii() and code.isdigit() and len(code) == GERMAN_POSTCODE
        if code and cleaned.get("country") == "DE" and not digits:
            self.add_error("postal_code", _("A German postcode has five digits."))
        return cleaned

    def values(self) -> dict[str, str]:
        """What was entered."""
        return member_data.changed_values(self.cleaned_data, self.names)


@require_GET
@signed_in
def details(request: MemberRequest) -> HttpResponse:
    """What we write on letters and where we send mail, of me and of the children in my household."""
    found = in_my_care(request, timezone.localdate())
    waits = {(one.member_id, one.kind): one for one in DataChange.objects.filter(member__in=found, decided_at=None)}
    rows = [
        {"member": one, "asks_office": asks_office(one), "own": one.user_id == request.user.pk,
         "name_waits": waits.get((one.pk, Kind.NAME)), "data_waits": waits.get((one.pk, Kind.INVOICE))}
        for one in found
    ]  # fmt: skip
    return render(request, "portal/details.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@signed_in
def details_address(request: MemberRequest, pk: int) -> HttpResponse:
    """Street, town and telephone; of a company or a recipient with a VAT id everything on their invoices, with a reason."""
    member = cared_for(request, pk, timezone.localdate())
    waits = asks_office(member)
    names = RECIPIENT if waits else ADDRESS
    form = DataForm(member, names, request.POST or None, with_reason=waits)
    if request.method == "POST" and form.is_valid() and taken(request, member, form, Kind.INVOICE if waits else ""):
        return redirect("details")
    title = _("Recipient of invoices") if waits else _("Address and telephone")
    return form_page(request, title, member, form, waits)


@require_http_methods(["GET", "POST"])
@signed_in
def details_name(request: MemberRequest, pk: int) -> HttpResponse:
    """A new name, with its reason; where the organisation wants it, the office says yes first."""
    member = cared_for(request, pk, timezone.localdate())
    waits = member.organisation.names_wait or asks_office(member)
    form = DataForm(member, NAME, request.POST or None, with_reason=True)
    if request.method == "POST" and form.is_valid() and taken(request, member, form, Kind.NAME if waits else ""):
        return redirect("details")
    return form_page(request, _("Name"), member, form, waits)


def taken(request: MemberRequest, member: Member, form: DataForm, kind: str) -> bool:
    """Entered, or kept for the office (with `kind`); a refusal is shown at the form."""
    values, reason, now = form.values(), form.cleaned_data.get("reason", ""), timezone.now()
    try:
        if kind:
            changed = member_data.ask_office(member, kind, values, reason, request.user, now)
        else:
            changed = member_data.change_at_once(member, values, reason, request.user, now)  # type: ignore[assignment]
    except ValidationError as refused:
        form.add_error(None, " ".join(refused.messages))
        return False
    messages.success(request, said(bool(changed), bool(kind)))
    return True


def said(changed: bool, waits: bool) -> str:
    """What became of it."""
    if not changed:
        return _("Nothing was changed: this is what we have.")
    if waits:
        return _("Your wish is with the office. We write to you as soon as it is decided.")
    return _("Changed. The office has been told.")


def form_page(request: MemberRequest, title: str, member: Member, form: forms.BaseForm, waits: bool) -> HttpResponse:
    """The form with what it does and does not change."""
    context = {"title": title, "member": member, "form": form, "waits": waits}
    return render(request, "portal/details_form.html", context)
