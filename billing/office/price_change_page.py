"""One announced price change: who was told, who answered what, the letters, and an answer that came in by post."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget

from billing.models import Mail, PriceChange, PriceNotice
from billing.office.access import download, office, organisation_of, page
from billing.office.contract_words import short
from billing.office.price_changes import with_answers
from billing.pricing.periods import DAY
from billing.services import price_answers, price_changes, price_letters
from billing.services.price_reach import both
from billing.services.price_words import amount, from_to
from members.models import User

Basis, Rule = PriceChange.Basis, PriceChange.Rule
PAGE = 50
SHOWS = {
    "": gettext_lazy("All"), "objected": gettext_lazy("Objected"), "agreed": gettext_lazy("Agreed"), "left": gettext_lazy("Leaving"),
    "silent": gettext_lazy("No answer"),
}  # fmt: skip
FILTERS: dict[str, dict[str, Any]] = {
    "objected": {"objected": True}, "agreed": {"consented_on__isnull": False}, "left": {"left": True},
    "silent": {"objected": False, "consented_on": None, "left": False},
}  # fmt: skip


def find(request: HttpRequest, pk: int) -> PriceChange:
    """A price change of this organisation."""
    rows = PriceChange.objects.select_related("version__tariff", "organisation", "announced_by")
    return get_object_or_404(rows, pk=pk, organisation=organisation_of(request))


@office("billing.view_pricechange")
def price_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Figures first, then everybody who was told."""
    change, show = find(request, pk), request.GET.get("show", "")
    rows = with_answers(PriceNotice.objects.filter(change=change))
    chosen = rows.filter(**FILTERS.get(show, {})).select_related("contract__member", "change")
    shown = Paginator(chosen.order_by("contract__member__last_name", "id"), PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    later = price_changes.newcomers(change, both(change.version, change.version.existing_from))
    mails = Mail.objects.filter(organisation=change.organisation, key__startswith=f"price:{change.pk}:")
    context = {
        "change": change, "shows": shows_of(change, rows), "show": show, "shown": shown,
        "rows": [(one, amount(one.old, one.old_every), amount(one.new, one.every), state_of(one)) for one in shown],
        "later": len(later), "may_tell": price_changes.may_tell(change, today), "answers": change.object_until is not None,
        "mailed": mails.exclude(state__in=("print", "printed")).count(), "to_print": mails.filter(state="print").count(),
        "printed": mails.filter(state="printed").count(),
    }  # fmt: skip
    return page(request, "office/price_change.html", change.version.tariff.name, context)


def shows_of(change: PriceChange, rows: Any) -> list[tuple[str, Any, int]]:
    """Which answers can be looked at, and how many there are of each; consent only where it is asked for."""
    names = [name for name in SHOWS if name != "agreed" or change.basis == Basis.CONSENT]
    return [(name, SHOWS[name], rows.filter(**FILTERS.get(name, {})).count()) for name in names]


def state_of(notice: Any) -> str:
    """What became of it, in words. `notice` comes with `objected` and `left`."""
    change = notice.change
    if notice.objected:
        return _("objected, keeps the old price") if change.rule == Rule.KEEP else _("objected, ends on %(day)s") % {
            "day": short(notice.starts_on - DAY)}  # fmt: skip
    if notice.left:
        return _("cancelled")
    if notice.consented_on:
        return _("agreed on %(day)s") % {"day": short(notice.consented_on)}
    return _("no answer yet, keeps the old price") if change.basis == Basis.CONSENT else _("no objection")


@require_POST
@office("billing.add_pricechange")
def price_change_newcomers(request: HttpRequest, pk: int) -> HttpResponse:
    """Tells those whose contracts came later."""
    change, now = find(request, pk), timezone.now()
    if not price_changes.may_tell(change, timezone.localdate(now)):
        messages.warning(request, _("There is no longer time enough to answer: these contracts keep the old price."))
        return redirect("price_change", pk)
    count = price_changes.tell_newcomers(change, now)
    said = ngettext(
        "The new price is announced to %(count)s contract.", "The new price is announced to %(count)s contracts.", count
    )
    messages.success(request, said % {"count": count})
    return redirect("price_change", pk)


@office("billing.export_billingrun")
def price_change_letters(request: HttpRequest, pk: int) -> HttpResponse:
    """One PDF of the letters."""
    change = find(request, pk)
    content = price_letters.as_pdf(change)
    if not content:
        raise Http404
    return download(f"{change.told_on:%Y-%m-%d}-price-letters.pdf", content, "application/pdf")


@require_POST
@office("billing.add_pricechange")
def price_change_printed(request: HttpRequest, pk: int) -> HttpResponse:
    """The letters are in the post."""
    count = price_letters.mark_posted(find(request, pk), timezone.now())
    messages.success(request, ngettext("%(count)s letter noted.", "%(count)s letters noted.", count) % {"count": count})
    return redirect("price_change", pk)


class AnswerForm(forms.Form):
    """What a member wrote, and when it came in."""

    answer = forms.ChoiceField(label=gettext_lazy("The answer"), widget=UnfoldAdminSelectWidget)
    on = forms.DateField(label=gettext_lazy("Received on"), widget=UnfoldAdminDateWidget)

    def __init__(self, *args: Any, change: PriceChange, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        no = _("objects: keeps the old price") if change.rule == Rule.KEEP else _("objects: the contract ends")
        yes = [("agree", _("agrees to the new price"))] if change.basis == Basis.CONSENT else []
        self.fields["answer"].choices = [*yes, ("object", no)]  # type: ignore[attr-defined]


@office("billing.add_priceobjection")
def price_answer_entered(request: HttpRequest, pk: int) -> HttpResponse:
    """An answer by letter, e-mail or telephone is entered for a contract."""
    rows = PriceNotice.objects.select_related("change__version__tariff", "contract__member", "organisation")
    notice = get_object_or_404(rows, pk=pk, organisation=organisation_of(request), change__object_until__isnull=False)
    form = AnswerForm(request.POST or None, change=notice.change, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid() and entered(request, notice, form):
        return redirect("office_contract", notice.contract_id)
    context = {"notice": notice, "form": form, "words": from_to(notice)}
    return page(request, "office/price_answer.html", _("Enter an answer"), context)


def entered(request: HttpRequest, notice: PriceNotice, form: AnswerForm) -> bool:
    """Stores it; a refusal is told above the form."""
    record = price_answers.record_consent if form.cleaned_data["answer"] == "agree" else price_answers.record_objection
    user = request.user if isinstance(request.user, User) else None
    try:
        record(notice, form.cleaned_data["on"], user, timezone.now())
    except ValidationError as refused:
        form.add_error(None, refused)
        return False
    messages.success(request, _("Entered. The confirmation is on its way to the member."))
    return True
