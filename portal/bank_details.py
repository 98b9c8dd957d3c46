"""Bank details: from which account is collected, and giving a new mandate in the portal. Works without scripts."""

from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.documents import mandate_words
from billing.formats.iban import bank_name_of, iban_fault, normalise_iban
from billing.models import Creditor, Mandate, MandateDocument
from billing.services import electronic_mandates, mandate_forms
from billing.services.electronic_mandates import Given
from billing.services.mandates import in_use
from members.models import Member
from members.tenancy import own_members
from portal import confirmation_code
from portal.access import MemberRequest, signed_in
from portal.fresh import freshly_proven

PENDING = "bank_details"
FAULTS = {
    "iban_country": gettext_lazy("An IBAN begins with the letters of a SEPA country, such as DE."),
    "iban_length": gettext_lazy("This IBAN has too few or too many signs. A German one has 22."),
    "iban_checksum": gettext_lazy("There is a typing error in this IBAN: check each digit."),
}


class AccountForm(forms.Form):
    """Whose account, and which."""

    holder = forms.CharField(label=gettext_lazy("Account holder"), max_length=70)
    iban = forms.CharField(label="IBAN", max_length=42)

    def __init__(self, member: Member, own_iban: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.member, self.own_iban = member, own_iban
        self.fields["holder"].widget.attrs["autocomplete"] = "name"
        self.fields["iban"].widget.attrs |= {
            "autocomplete": "off",
            "spellcheck": "false",
            "autocapitalize": "characters",
        }

    def clean_iban(self) -> str:
        iban = normalise_iban(self.cleaned_data["iban"])
        fault = iban_fault(iban)
        if fault:
            raise ValidationError(FAULTS[fault], code=fault)
        if iban == self.own_iban:
            raise ValidationError(_("This is the account that the money goes to. Enter your own."), code="own_account")
        return iban

    def clean_holder(self) -> str:
        holder = " ".join(self.cleaned_data["holder"].split())
        if not electronic_mandates.same_person(self.member, holder):
            raise ValidationError(
                _("Only your own account can be entered here. For somebody else's account that person signs on paper: please ask the office."),
                code="holder",
            )  # fmt: skip
        return holder


def creditor_of(request: HttpRequest) -> Creditor | None:
    """Who collects."""
    rows = Creditor.objects.filter(organisation=request.organisation).select_related("organisation")  # type: ignore[attr-defined]
    return rows.order_by("pk").first()


def own_member(request: HttpRequest, pk: int) -> Member:
    """One of my own records; a stranger's and one that does not exist are refused alike."""
    found = own_members(request).filter(pk=pk).select_related("organisation").first()
    if found is None:
        raise Http404
    return found


@require_GET
@signed_in
def bank_details(request: MemberRequest) -> HttpResponse:
    """From which account each of my memberships is paid."""
    creditor, today = creditor_of(request), timezone.localdate()
    rows = [
        (member, mandate, bank_name_of(mandate.iban) if mandate else "", electronic_mandates.refusal(member, creditor, today))
        for member in own_members(request).select_related("payer")
        for mandate in [in_use(member)]
    ]  # fmt: skip
    return render(request, "portal/bank_details.html", {"rows": rows, "creditor": creditor})


@require_http_methods(["GET", "POST"])
@signed_in
def bank_change(request: MemberRequest, pk: int) -> HttpResponse:
    """The form for one of my own records."""
    answer: HttpResponse = change_form(request, own_member(request, pk))
    return answer


@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def change_form(request: MemberRequest, member: Member) -> HttpResponse:
    """Who has a password or a second factor shows it again; a good form sends the code and goes on to the mandate's text."""
    creditor = creditor_of(request)
    refused = electronic_mandates.refusal(member, creditor, timezone.localdate())
    if refused or creditor is None:
        messages.warning(request, refused)
        return redirect("bank_details")
    form = AccountForm(member, creditor.iban, request.POST or None, initial={"holder": member.name})
    if request.method == "POST" and form.is_valid():
        try:
            request.session[PENDING] = form.cleaned_data | {
                "member": member.pk, "entered_at": timezone.now().isoformat(),
                "sent": confirmation_code.send(request.user, member.organisation.name, timezone.now()),
            }  # fmt: skip
        except (ValidationError, OSError) as failed:
            form.add_error(
                None,
                failed
                if isinstance(failed, ValidationError)
                else _("The code could not be sent. Please try again later."),
            )
        else:
            return redirect("bank_confirm", member.pk)
    return render(request, "portal/bank_change.html", {"form": form, "member": member, "present": in_use(member)})


@require_POST
@signed_in
def bank_check(request: MemberRequest) -> HttpResponse:
    """While typing: the bank's name, or what is wrong. The number goes in the body, so that no log keeps it."""
    iban = normalise_iban(request.POST.get("iban", "")[:42])
    fault = iban_fault(iban) if len(iban) > 1 else ""
    unfinished = fault == "iban_length" and len(iban) < 22
    words = "" if unfinished else FAULTS.get(fault or "", "")
    return render(
        request, "portal/bank_check.html", {"fault": words, "bank": bank_name_of(iban), "good": fault is None}
    )


@require_http_methods(["GET", "POST"])
@signed_in
def bank_confirm(request: MemberRequest, pk: int) -> HttpResponse:
    """The whole mandate, the code, one button."""
    member, creditor, pending = own_member(request, pk), creditor_of(request), request.session.get(PENDING)
    if not pending or pending["member"] != member.pk or creditor is None:
        return redirect("bank_change", pk)
    language = (get_language() or "de")[:2]
    terms = mandate_forms.offered(creditor, member, pending["holder"], pending["iban"], language)
    if request.method == "POST":
        try:
            give(request, member, creditor, terms)
        except ValidationError as refused:
            return again(request, refused, pk)
        return redirect("bank_details")
    context = {
        "member": member, "heading": mandate_words.heading(terms), "text": mandate_words.text(terms), "facts": mandate_words.facts(terms),
        "to": confirmation_code.masked(pending["sent"]["to"]), "name": pending.get("name", ""),
        "shown": pending["sent"].get("shown", ""),
    }  # fmt: skip
    return render(request, "portal/bank_confirm.html", context)


def give(request: MemberRequest, member: Member, creditor: Creditor, terms: mandate_words.MandateTerms) -> None:
    """The code is right: the mandate is given."""
    pending, now = request.session[PENDING], timezone.now()
    request.session.modified = True
    confirmation_code.refuse_wrong(request.user, pending["sent"], request.POST.get("code", ""), now)
    given = Given(
        terms=terms, typed_name=" ".join(request.POST.get("name", "").split()), entered_at=datetime.fromisoformat(pending["entered_at"]),
        confirmed_at=now, code_sent_to=pending["sent"]["to"], signed_in_as=request.user.email,
        ip=get_adapter().get_client_ip(request), user_agent=request.headers.get("User-Agent", ""),
    )  # fmt: skip
    electronic_mandates.give(creditor, member, given, request.user)
    del request.session[PENDING]
    messages.success(request, _("Your mandate is given. We sent you a copy by e-mail."))


def again(request: MemberRequest, refused: ValidationError, pk: int) -> HttpResponse:
    """What was wrong; a code that is worn out begins anew."""
    messages.error(request, " ".join(refused.messages))
    if getattr(refused, "code", "") == "worn_out":
        request.session.pop(PENDING, None)
        return redirect("bank_change", pk)
    request.session[PENDING]["name"] = request.POST.get("name", "")[:70]
    return redirect("bank_confirm", pk)


@require_GET
@signed_in
def mandate_copy(request: MemberRequest, pk: int) -> HttpResponse:
    """My mandate as a document. A stranger's and one that does not exist are refused alike."""
    rows = Mandate.objects.filter(organisation=request.organisation, member__in=own_members(request), pk=pk)
    mandate = rows.select_related("member", "creditor", "organisation").first()
    if mandate is None:
        raise Http404
    return mandate_file(request, mandate)


@freshly_proven
def mandate_file(request: MemberRequest, mandate: Mandate) -> HttpResponse:
    """As it was given here, else with what stands in it; it shows the whole account number."""
    given = mandate.documents.filter(kind=MandateDocument.Kind.ONLINE, erased_on=None).first()
    content = bytes(given.content) if given else mandate_forms.form(mandate)
    headers = {"Content-Disposition": f'attachment; filename="{mandate.reference.replace("/", "-")}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
