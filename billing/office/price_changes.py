"""Price changes: what was announced and what waits, and a new announcement: looked at first, then confirmed."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from billing.models import PriceChange, PriceNotice, PriceObjection, TariffVersion
from billing.office.access import office, organisation_of, page
from billing.office.money_words import euro, signed
from billing.pricing.periods import add_months
from billing.services import price_changes
from billing.services.price_changes import Preview, Wish
from billing.services.price_reach import Reached
from billing.services.price_words import amount
from members.models import User

Basis, Rule = PriceChange.Basis, PriceChange.Rule
SHOWN = 50
FREE = "billing.add_pricechange"


class AnnouncementForm(forms.Form):
    """What is announced, on which ground, and who may say no until when."""

    version = forms.ModelChoiceField(
        label=gettext_lazy("New price"), queryset=TariffVersion._base_manager.none(), widget=UnfoldAdminSelectWidget
    )
    day = forms.DateField(
        label=gettext_lazy("For running contracts from"), widget=UnfoldAdminDateWidget,
        help_text=gettext_lazy("Each contract takes it with its first period that begins on or after this day."),
    )  # fmt: skip
    basis = forms.ChoiceField(
        label=gettext_lazy("May be changed by"), choices=Basis.choices, widget=UnfoldAdminSelectWidget
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Members read this: the resolution, or the clause and what became dearer."),
    )  # fmt: skip
    rule = forms.ChoiceField(label=gettext_lazy("Who says no"), choices=Rule.choices, widget=UnfoldAdminSelectWidget)
    object_until = forms.DateField(
        label=gettext_lazy("Answers until (last day)"), required=False, widget=UnfoldAdminDateWidget,
        help_text=gettext_lazy("Empty only where nobody can object."),
    )  # fmt: skip
    told_on = forms.DateField(
        label=gettext_lazy("Announced already on"), required=False, widget=UnfoldAdminDateWidget,
        help_text=gettext_lazy("Only if you have told everybody by other means: then nothing is sent from here."),
    )  # fmt: skip
    early_reason = forms.CharField(
        label=gettext_lazy("Why so soon, or for days gone by"), max_length=300, required=False, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Only if it begins without the usual notice of a month. It is kept with the announcement."),
    )  # fmt: skip

    def __init__(self, *args: Any, versions: list[TariffVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["version"]
        field.queryset = TariffVersion.objects.filter(pk__in=[one.pk for one in versions]).select_related(
            "tariff", "organisation"
        )
        field.label_from_instance = version_words

    def wish(self) -> Wish:
        """The announcement that is asked for."""
        given = self.cleaned_data
        until = None if given["rule"] == Rule.NONE else given["object_until"]
        return Wish(**(given | {"object_until": until}))


def version_words(version: TariffVersion) -> str:
    """`Basis, version 2 (new contracts from 01.03.2027)`"""
    words = _("%(tariff)s, version %(number)s") % {"tariff": version.tariff.name, "number": version.number}
    since = version.valid_from and _("new contracts from %(day)s") % {
        "day": date_format(version.valid_from, "SHORT_DATE_FORMAT")
    }
    return f"{words} ({since})" if since else words


@office("billing.view_pricechange")
def price_change_list(request: HttpRequest) -> HttpResponse:
    """What waits to be announced, and what was."""
    organisation = organisation_of(request)
    waiting = price_changes.announceable(organisation, timezone.localdate())
    consented = Count("notices", filter=Q(notices__consented_on__isnull=False), distinct=True)
    rows = PriceChange.objects.filter(organisation=organisation).select_related("version__tariff")
    announced = rows.annotate(
        told=Count("notices", distinct=True), objected=Count("objections", distinct=True), agreed=consented
    )
    context = {"waiting": [(one, version_words(one)) for one in waiting], "announced": announced}
    return page(request, "office/price_changes.html", _("Price changes"), context)


@office(FREE)
def price_change_new(request: HttpRequest) -> HttpResponse:
    """The form, and below it everything that the announcement would bring; nothing is sent from here."""
    form = form_of(request)
    if form is None:
        messages.info(request, _("There is no new price to announce: make a new version of a tariff first."))
        return redirect("price_change_list")
    found = looked_at(form) if request.method == "POST" and form.is_valid() else None
    return preview_page(request, form, found)


def form_of(request: HttpRequest) -> AnnouncementForm | None:
    """Filled in with what fits the chosen version; None if there is no version to announce."""
    today = timezone.localdate()
    versions = price_changes.announceable(organisation_of(request), today)
    if not versions:
        return None
    chosen = next((one for one in versions if str(one.pk) == request.GET.get("version")), versions[0])
    return AnnouncementForm(request.POST or None, versions=versions, initial=first_values(chosen, today))


def first_values(version: TariffVersion, today: date) -> dict[str, Any]:
    """The day that the version names, or the first of a month with time enough; basis and reason as the tariff says."""
    free = add_months(today.replace(day=1), 2)
    day = version.existing_from or (version.valid_from if version.valid_from and version.valid_from >= free else free)
    resolution = version.terms.get("resolution") or {}
    decided = ", ".join(str(resolution[key]) for key in ("body", "on", "reference") if resolution.get(key))
    member = version.terms.get("legal_basis") == "membership"
    return {
        "version": version.pk, "day": day, "basis": Basis.RESOLUTION if member else Basis.CLAUSE, "reason": decided if member else "",
        "rule": Rule.NONE if member else Rule.KEEP, "object_until": None if member else day - timedelta(days=1),
    }  # fmt: skip


def looked_at(form: AnnouncementForm) -> Preview | None:
    """What it would bring; refusals are told above the form."""
    try:
        return price_changes.preview(form.wish(), timezone.now())
    except ValidationError as refused:
        form.add_error(None, list(refused.messages))
        return None


def preview_page(request: HttpRequest, form: AnnouncementForm, found: Preview | None) -> HttpResponse:
    """The page, with the figures if there are any."""
    context: dict[str, Any] = {"form": form, "found": found}
    if found:
        old, new = found.yearly
        context |= {
            "rows": [row_words(one, found) for one in found.contracts[:SHOWN]], "more": max(0, len(found.contracts) - SHOWN),
            "old": euro(old), "new": euro(new), "difference": signed(new - old), "count": len(found.contracts),
            "by": price_changes.announce_by(form.wish()), "elsewhere": form.cleaned_data["told_on"],
            "hidden": [form[name].as_hidden() for name in form.fields],
        }  # fmt: skip
    return page(request, "office/price_change_new.html", _("Announce a new price"), context)


def row_words(one: Reached, found: Preview) -> tuple[Reached, str, str, bool]:
    """A contract with its amounts, and whether who pays gets a letter."""
    return (
        one,
        amount(one.step.old, one.step.old_every),
        amount(one.step.new, one.step.every),
        one.payer in found.by_letter,
    )


@require_POST
@office(FREE)
def price_change_announce(request: HttpRequest) -> HttpResponse:
    """Announces what was looked at; if something changed meanwhile it is shown anew."""
    form = form_of(request)
    if form is None:
        return redirect("price_change_list")
    if not form.is_valid():
        return preview_page(request, form, None)
    user = request.user if isinstance(request.user, User) else None
    try:
        change = price_changes.announce(form.wish(), request.POST.get("fingerprint", ""), user, timezone.now())
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
        return preview_page(request, form, looked_at(form))
    count = change.notices.count()
    said = ngettext(
        "The new price is announced to %(count)s contract.", "The new price is announced to %(count)s contracts.", count
    )
    messages.success(request, said % {"count": count})
    return redirect("price_change", change.pk)


def with_answers(rows: Any) -> Any:
    """Notices with what was answered, and whether the contract was cancelled since."""
    change, contract = OuterRef("change"), OuterRef("contract")
    objected = PriceObjection.objects.filter(change=change, contract=contract)
    cancelled = Q(contract__events__kind="cancel", contract__events__known_on__gte=OuterRef("change__told_on"))
    left = PriceNotice.objects.filter(cancelled, pk=OuterRef("pk"))
    return rows.annotate(objected=Exists(objected), left=Exists(left))
