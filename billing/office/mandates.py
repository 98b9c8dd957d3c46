"""A mandate's page: what it says, what happened to it, its papers, and the steps that can be taken."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from billing.documents.return_words import for_treasurer
from billing.formats.iban import bank_name_of
from billing.models import Mandate, MandateDocument
from billing.models.payments import mask_iban
from billing.office.access import download, office, organisation_of, page
from billing.services import evidence, mandate_changes, mandate_forms, mandate_papers, scans
from billing.services.mandate_changes import Aftermath
from billing.services.mandates import erasable_from, in_use, lapses_on
from members.models import User


class AccountForm(forms.Form):
    """Another account under the same mandate."""

    iban = forms.CharField(label=gettext_lazy("New IBAN"), max_length=42, widget=UnfoldAdminTextInputWidget)
    note = forms.CharField(
        label=gettext_lazy("How you were told"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Such as: letter of Ms Krüger of 3 May. You may have to prove it."),
    )  # fmt: skip
    on = forms.DateField(label=gettext_lazy("Told on"), widget=UnfoldAdminDateWidget)


class ReplaceForm(forms.Form):
    """A new mandate in the place of this one, as it was signed on paper."""

    holder = forms.CharField(label=gettext_lazy("Account holder"), max_length=120, widget=UnfoldAdminTextInputWidget)
    iban = forms.CharField(label="IBAN", max_length=42, widget=UnfoldAdminTextInputWidget)
    on = forms.DateField(label=gettext_lazy("Signed on"), widget=UnfoldAdminDateWidget)

    def clean_on(self) -> date:
        return not_ahead(self.cleaned_data["on"])


def not_ahead(on: date) -> date:
    """Nobody can have signed or said something tomorrow."""
    if on > timezone.localdate():
        raise ValidationError(_("This day is still to come: enter today at the latest."))
    return on


class RevokeForm(forms.Form):
    """The day on which the debtor took the mandate back."""

    on = forms.DateField(label=gettext_lazy("Revoked on"), widget=UnfoldAdminDateWidget)

    def clean_on(self) -> date:
        return not_ahead(self.cleaned_data["on"])


class PaperForm(forms.Form):
    """A scan."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[one for one in MandateDocument.Kind.choices if one[0] != MandateDocument.Kind.ONLINE],
        widget=forms.Select(attrs={"class": "entry"}),
    )
    file = forms.FileField(
        label=gettext_lazy("Scan (PDF, PNG, JPEG or TIFF, at most 10 MB)"), widget=UnfoldAdminFileFieldWidget
    )


FORMS: dict[str, type[forms.Form]] = {
    "account": AccountForm,
    "replace": ReplaceForm,
    "revoke": RevokeForm,
    "paper": PaperForm,
}


def find(request: HttpRequest, pk: int) -> Mandate:
    """A mandate of this organisation, or 404."""
    rows = Mandate.objects.filter(organisation=organisation_of(request))
    return get_object_or_404(rows.select_related("member", "creditor", "organisation"), pk=pk)


@office("billing.view_mandate")
def mandate_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one mandate."""
    return shown(request, find(request, pk))


def shown(request: HttpRequest, mandate: Mandate, **bound: forms.Form) -> HttpResponse:
    """The page, with a form that was refused where there is one."""
    today = timezone.localdate()
    initial = {"on": today, "holder": mandate.account_holder}
    steps = {name: bound.get(name) or form(initial=initial, prefix=name) for name, form in FORMS.items()}
    attempts = mandate.collections.select_related("batch", "invoice").defer("batch__content", "invoice__snapshot")
    context: dict[str, Any] = {
        "mandate": mandate, "bank": bank_name_of(mandate.iban), "lapses": lapses_on(mandate.last_presented_on or mandate.signed_on),
        "forms": steps, "bound": set(bound), "today": today, "erasable": erasable_from(mandate),
        "changes": [(one, evidence.change_words(masked(one))) for one in mandate.amendments.select_related("told_with", "noted_by")],
        "papers": mandate.documents.defer("content").select_related("added_by"),
        "attempts": [(one, evidence.outcome(one)) for one in attempts.order_by("-pk")[:24]],
        "came_back": came_back(mandate), "renewable": bool(mandate.ended_on) and in_use(mandate.member) is None,
        "at_the_bank": list(mandate_changes.at_the_bank(mandate, timezone.now())) if mandate.ended_on else [],
    }  # fmt: skip
    return page(request, "office/mandate.html", _("Mandate %(reference)s") % {"reference": mandate.reference}, context)


def came_back(mandate: Mandate) -> str:
    """Why the mandate was suspended or ended by a return: the bank's code and what it means."""
    if not mandate.suspended_on and mandate.ended_as != Mandate.End.RETURNED:
        return ""
    back = mandate.collections.filter(failed_as="returned").order_by("-failed_on", "-pk")
    code = back.values_list("return_reason", flat=True).first()
    return f"{code}: {for_treasurer(code)}" if code else ""


def masked(change: Any) -> Any:
    """A change whose accounts can be recognised and not used."""
    change.before_iban, change.after_iban = mask_iban(change.before_iban), mask_iban(change.after_iban)
    return change


Act = Callable[[HttpRequest, Mandate, Any], str]


def step(name: str) -> Callable[[Act], Callable[..., HttpResponse]]:
    """One form of the page: checked, done, told; refused, it is shown again with what was entered."""

    def decorate(act: Act) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            mandate = find(request, pk)
            form = FORMS[name](request.POST, request.FILES, prefix=name)
            if form.is_valid():
                try:
                    messages.success(request, act(request, mandate, form.cleaned_data))
                    newer = in_use(mandate.member)
                    return redirect("office_mandate", newer.pk if newer and name == "replace" else pk)
                except ValidationError as refused:
                    if mandate.ended_on:  # its forms are gone
                        messages.error(request, " ".join(refused.messages))
                        return redirect("office_mandate", pk)
                    form.add_error(None, ValidationError(refused.messages))
            return shown(request, find(request, pk), **{name: form})

        return require_POST(office("billing.change_mandate")(view))

    return decorate


def user_of(request: HttpRequest) -> User | None:
    """Who does it."""
    return request.user if isinstance(request.user, User) else None


@step("account")
def change_account(request: HttpRequest, mandate: Mandate, data: Any) -> str:
    """Notes another account."""
    after = mandate_changes.change_account(
        mandate, data["iban"], data["note"], data["on"], user_of(request), timezone.now()
    )
    return " ".join([_("The new account is noted."), *told(after)])


@step("replace")
def replace(request: HttpRequest, mandate: Mandate, data: Any) -> str:
    """Takes a new mandate in; this one ends with it."""
    if mandate.ended_on and in_use(mandate.member):
        raise ValidationError(_("This mandate has ended already."), code="ended")
    new = mandate_changes.give(
        mandate.creditor, mandate.member, data["holder"], data["iban"], data["on"], user_of(request), timezone.now(),
        scheme=mandate.scheme,
    )  # fmt: skip
    return _("The new mandate has the reference %(reference)s. Keep its scan here.") % {"reference": new.reference}


@step("revoke")
def revoke(request: HttpRequest, mandate: Mandate, data: Any) -> str:
    """Ends the mandate at once."""
    after = mandate_changes.revoke(mandate, data["on"], user_of(request), timezone.now())
    return " ".join([_("The mandate has ended. From now on invoices ask for a transfer."), *told(after)])


def told(after: Aftermath) -> list[str]:
    """What became of files."""
    files = len(after.rebuilt)
    words = [
        ngettext("One file was built anew.", "%(count)s files were built anew.", files) % {"count": files} if files else "",
        _("The bank has a debit already: see below.") if after.at_the_bank else "",
    ]  # fmt: skip
    return [word for word in words if word]


@step("paper")
def add_paper(request: HttpRequest, mandate: Mandate, data: Any) -> str:
    """Keeps a scan."""
    file = data["file"]
    if file.size > scans.LARGEST:
        raise ValidationError(_("The file is larger than 10 MB."), code="too_large")
    mandate_papers.add_document(mandate, data["kind"], file.name, file.read(), user_of(request), timezone.now())
    return _("The paper is kept.")


@require_POST
@office("billing.change_mandate")
def confirm_business(request: HttpRequest, pk: int) -> HttpResponse:
    """The debtor's bank has the business mandate."""
    try:
        mandate_changes.confirm_business(find(request, pk), timezone.localdate())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Noted: the debtor's bank has the mandate."))
    return redirect("office_mandate", pk)


@require_POST
@office("billing.change_mandate")
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """The payer was asked: a mandate that a return suspended is used again."""
    try:
        mandate_changes.resume(find(request, pk))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The mandate is used again."))
    return redirect("office_mandate", pk)


@office("billing.change_mandate")
def mandate_form(request: HttpRequest, pk: int) -> HttpResponse:
    """The mandate to print and sign."""
    mandate = find(request, pk)
    return download(f"{mandate.reference}.pdf", mandate_forms.form(mandate), "application/pdf")


@office("billing.change_mandate")
def evidence_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything in one file."""
    mandate = find(request, pk)
    return download(
        f"{mandate.reference}-evidence.pdf", evidence.evidence_file(mandate, timezone.now()), "application/pdf"
    )


def paper_of(request: HttpRequest, pk: int) -> MandateDocument:
    """A paper of this organisation that was not erased, or 404."""
    rows = MandateDocument.objects.filter(organisation=organisation_of(request), erased_on=None)
    return get_object_or_404(rows.select_related("mandate"), pk=pk)


@office("billing.change_mandate")
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper as it came; always as a download, never shown by the browser."""
    document = paper_of(request, pk)
    ending = ".pdf" if document.content_type == scans.PDF else ".jpg"
    if not document.content:
        raise Http404
    name = document.name.rpartition(".")[0] or document.name
    safe = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in name)
    return download(f"{safe}{ending}", bytes(document.content), document.content_type)


@require_POST
@office("billing.change_mandate")
def erase_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Erases a paper that nobody may ask for any more."""
    document = paper_of(request, pk)
    try:
        mandate_papers.erase(document, timezone.localdate())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The paper is erased."))
    return redirect("office_mandate", document.mandate_id)
