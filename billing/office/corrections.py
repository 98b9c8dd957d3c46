"""Cancelling an invoice or taking a part off it: asked, shown with everything it does, and only then issued."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from billing.models import Invoice
from billing.office.access import office, organisation_of, page
from billing.office.money_words import euro
from billing.services.correcting import correct
from billing.services.corrections import Correction, Rest, Wish, plan, rests_of

WHAT = (
    ("again", gettext_lazy("Cancel it, and bill the days again with the next run")),
    ("waive", gettext_lazy("Cancel it for good: the days are never billed again")),
    ("part", gettext_lazy("Take something off: the amounts below")),
)


class CorrectionForm(forms.Form):
    """What is corrected, and why; with a field for each line that something can be taken off."""

    what = forms.ChoiceField(
        label=gettext_lazy("What shall happen"), choices=WHAT, widget=UnfoldAdminRadioSelectWidget, initial="again"
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason, as it stands on the document"), max_length=200, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, rests: list[Rest], **options: Any) -> None:
        super().__init__(*args, **options)
        self.rests = [rest for rest in rests if rest.left > 0]
        for rest in self.rests:
            self.fields[f"line_{rest.line.pk}"] = forms.DecimalField(
                label=rest.line.text, min_value=0, max_value=rest.left, max_digits=12, decimal_places=2, required=False,
                localize=True, widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "placeholder": "0,00"}),
            )  # fmt: skip

    def lines(self) -> list[tuple[str, Any]]:
        """What is left of each line, and its field."""
        return [(euro(rest.left), self[f"line_{rest.line.pk}"]) for rest in self.rests]

    def wish(self, request: HttpRequest) -> Wish:
        """What was asked."""
        found = self.cleaned_data
        amounts = {rest.line.pk: found[f"line_{rest.line.pk}"] or Decimal(0) for rest in self.rests}
        return Wish(
            found["reason"], timezone.localdate(), found["what"] == "again", amounts if found["what"] == "part" else None,
            str(request.user),
        )  # fmt: skip


@office("billing.correct_invoice")
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks; shows what it would bring; issues when that is confirmed."""
    rows = Invoice.objects.select_related("organisation", "payer", "run__creditor")
    invoice: Invoice = get_object_or_404(rows, pk=pk, organisation=organisation_of(request))
    form = CorrectionForm(request.POST or None, rests=rests_of(invoice))
    planned = planned_by(request, invoice, form) if request.method == "POST" and form.is_valid() else None
    if planned and "confirm" in request.POST:
        issued = confirmed(request, planned, form)
        if issued:
            return redirect("admin:billing_invoice_change", issued.pk)
    context = {
        "invoice": invoice,
        "gross": euro(invoice.gross),
        "form": form,
        "planned": planned,
        "facts": facts(planned),
    }
    return page(request, "office/correction.html", _("Cancel or correct an invoice"), context)


def planned_by(request: HttpRequest, invoice: Invoice, form: CorrectionForm) -> Correction | None:
    """The correction as it would be issued; a refusal is told above the form."""
    try:
        return plan(invoice, form.wish(request))
    except ValidationError as refused:
        form.add_error(None, refused)
        return None


def confirmed(request: HttpRequest, planned: Correction, form: CorrectionForm) -> Invoice | None:
    """Issues it, unless something happened since it was shown."""
    if request.POST["confirm"] != shown_as(planned):
        form.add_error(None, _("Something changed since you looked. Please look again and confirm once more."))
        return None
    try:
        issued = correct(planned.invoice, planned.wish, timezone.now())
    except ValidationError as refused:
        form.add_error(None, refused)
        return None
    messages.success(request, _("%(number)s is issued and on its way to the payer.") % {"number": issued.number})
    return issued


def shown_as(planned: Correction) -> str:
    """What a person confirms: the sum, and what becomes of it."""
    return f"{planned.draft.gross} {planned.settled}"


def facts(planned: Correction | None) -> dict[str, Any]:
    """What the correction does, in the order of the money."""
    if planned is None:
        return {}
    draft = planned.draft
    return {
        "confirm": shown_as(planned),
        "lines": [(one.line.text, one.member, euro(one.line.amount)) for one in draft.lines],
        "net": euro(draft.net), "vat": euro(draft.gross - draft.net) if draft.gross != draft.net else "",
        "gross": euro(draft.gross), "settled": euro(planned.settled) if planned.settled else "",
        "still_due": euro(planned.still_due) if planned.still_due else "",
        "given": euro(planned.given) if planned.given else "", "mail": planned.invoice.payer.email,
    }  # fmt: skip
