"""What if: choose contracts, a past span and up to five changed tariffs; read what would have been billed."""

from datetime import date, timedelta
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
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from billing.documents.charts import Bar, bar_chart
from billing.models import DueWork, Scenario, Tariff
from billing.office.access import download, office, organisation_of, page
from billing.office.money_words import euro, signed, whole
from billing.office.price_fields import PriceForm, price_form
from billing.services import advice, scenarios, work
from billing.services.portfolio import Selection
from billing.services.what_if import MOST_VARIANTS, Variant
from members.models import Organisation, User

KEPT = 50
BACK = {scenarios.WHAT_IF: "what_ifs", scenarios.BEST_TARIFF: "best_tariffs", scenarios.FORECAST: "forecast"}


class ScopeForm(forms.Form):
    """Which contracts, over which days."""

    name = forms.CharField(
        label=gettext_lazy("What do you want to find out?"), max_length=120, widget=UnfoldAdminTextInputWidget
    )
    only = forms.MultipleChoiceField(
        label=gettext_lazy("Contracts with these tariffs"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all contracts."),
    )  # fmt: skip
    members = forms.CharField(
        label=gettext_lazy("Only these members"), required=False, widget=UnfoldAdminTextareaWidget,
        help_text=gettext_lazy("Member numbers, one on each line or separated by commas. Empty: everybody."),
    )  # fmt: skip
    start = forms.DateField(label=gettext_lazy("From"), widget=UnfoldAdminDateWidget)
    last = forms.DateField(label=gettext_lazy("Until (last day)"), widget=UnfoldAdminDateWidget)

    def __init__(self, *args: Any, tariffs: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["only"].choices = tariffs  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, last = cleaned.get("start"), cleaned.get("last")
        if start and last and last < start:
            self.add_error("last", _("The last day lies before the first."))
        if last and last >= timezone.localdate():
            self.add_error("last", _("Real usage is known only until yesterday."))
        return cleaned

    def selection(self) -> Selection:
        """The chosen contracts."""
        numbers = self.cleaned_data["members"].replace(",", " ").replace(";", " ").split()
        return Selection(frozenset(self.cleaned_data["only"]), frozenset(numbers))

    def span(self) -> tuple[date, date]:
        """Half-open."""
        return self.cleaned_data["start"], self.cleaned_data["last"] + timedelta(days=1)


@office("billing.view_scenario")
def what_ifs(request: HttpRequest) -> HttpResponse:
    """What was asked before, and the tariffs that can be tried."""
    organisation = organisation_of(request)
    found = Scenario.objects.filter(organisation=organisation, selection__kind=scenarios.WHAT_IF).defer("rows")[:KEPT]
    context = {"found": found, "tariffs": tariffs_of(organisation), "numbers": range(1, MOST_VARIANTS + 1)}
    return page(request, "office/what_ifs.html", _("What if?"), context)


def tariffs_of(organisation: Organisation) -> list[Tariff]:
    """The tariffs that have terms."""
    rows = Tariff.objects.filter(organisation=organisation, versions__isnull=False).distinct()
    return list(rows.order_by("position", "code").prefetch_related("versions"))


@office("billing.add_scenario")
def new_what_if(request: HttpRequest) -> HttpResponse:
    """The figures that are tried: the prices of each chosen tariff, ready to be changed."""
    organisation = organisation_of(request)
    known = {tariff.code: tariff for tariff in tariffs_of(organisation)}
    chosen = [known[code] for code in request.GET.getlist("tariff") if code in known][:MOST_VARIANTS]
    if not chosen:
        return redirect("what_ifs")
    data = request.POST or None
    scope_form = ScopeForm(data, tariffs=[(one.code, one.name) for one in known.values()], initial=first_values())
    price_forms = [price_form(tariff, place, data) for place, tariff in enumerate(chosen)]
    if data and all([scope_form.is_valid(), *(form.is_valid() for form in price_forms)]):
        scenario = ask(request, scope_form, price_forms)
        if scenario:
            return redirect("what_if", scenario.pk)
    return page(request, "office/what_if_new.html", _("What if?"), {"scope": scope_form, "prices": price_forms})


def first_values() -> dict[str, Any]:
    """The last twelve whole months."""
    start, end = advice.last_year(timezone.localdate())
    return {"start": start, "last": end - timedelta(days=1), "name": _("Other prices")}


def ask(request: HttpRequest, scope_form: ScopeForm, price_forms: list[PriceForm]) -> Scenario | None:
    """Stores the question and has it computed: at once if it is small, else by the worker."""
    variants = [Variant(form.cleaned_data["label"], form.code, form.terms(), form.everybody()) for form in price_forms]
    user = request.user if isinstance(request.user, User) else None
    now = timezone.now()
    try:
        scenario = scenarios.ask_what_if(
            organisation_of(request), scope_form.cleaned_data["name"], scope_form.selection(), scope_form.span(), variants, user, now
        )  # fmt: skip
    except ValidationError as refused:
        scope_form.add_error(None, refused)
        return None
    start(scenario)
    return scenario


def start(scenario: Scenario) -> None:
    """Computes what is small while the person waits, and leaves the rest to the worker."""
    now = timezone.now()
    if scenarios.is_small(scenario):
        scenarios.compute(scenario, now)
    else:
        work.enqueue(scenario.organisation, "scenario", str(scenario.pk), now)


@office("billing.view_scenario")
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """What came out, side by side."""
    scenario = find(request, pk)
    context: dict[str, Any] = {"scenario": scenario, "last": scenario.end - timedelta(days=1)}
    if scenario.result is None:
        return page(request, "office/what_if_waits.html", scenario.name, context | {"progress": progress_of(scenario)})
    rows = [shown(one) for one in scenario.result["variants"]]
    context |= {"before": euro(scenario.result["before"]), "contracts": scenario.result["contracts"], "variants": rows}
    return page(request, "office/what_if.html", scenario.name, context)


def find(request: HttpRequest, pk: int) -> Scenario:
    """A question of this organisation."""
    rows = Scenario.objects.select_related("organisation").defer("rows")
    return get_object_or_404(rows, pk=pk, organisation=organisation_of(request))


def shown(one: dict[str, Any]) -> dict[str, Any]:
    """One variant in words, with its picture."""
    largest = [
        row | {name: euro(row[name]) for name in ("before", "after")} | {"change": signed(row["change"])}
        for row in one["largest"]
    ]
    words = {"after": euro(one["after"]), "difference": signed(one["difference"]), "largest": largest}
    sense = "less" if one["difference"].startswith("-") else "same" if Decimal(one["difference"]) == 0 else "more"
    return one | words | {"sense": sense, "picture": picture(one)}


def picture(one: dict[str, Any]) -> str:
    """Winners and losers as a histogram."""
    bars = [
        Bar(edge_words(bar), ((bar["side"], Decimal(bar["count"])),), str(bar["count"] or ""), bar_title(bar))
        for bar in one["histogram"]
    ]
    return bar_chart(bars, _("How many contracts would have paid how much more or less")) if bars else ""


def edge_words(bar: dict[str, Any]) -> str:
    """What stands below a bar."""
    if bar["side"] == "same":
        return "0"
    return f"{whole(bar['from'])} … {whole(bar['to'])}"


def bar_title(bar: dict[str, Any]) -> str:
    """What a bar says when pointed at."""
    words = {
        "less": _("%(count)s contracts pay %(from)s to %(to)s EUR less"),
        "more": _("%(count)s contracts pay %(from)s to %(to)s EUR more"),
        "same": _("%(count)s contracts pay the same"),
    }
    ends = sorted(abs(Decimal(bar[name])) for name in ("from", "to"))
    return words[bar["side"]] % {"count": bar["count"], "from": whole(ends[0]), "to": whole(ends[1])}


def progress_of(scenario: Scenario) -> dict[str, Any]:
    """How far the worker is."""
    due = DueWork.objects.filter(organisation=scenario.organisation, kind="scenario", key=str(scenario.pk)).first()
    return {"work": due, "worker": work.worker_is_alive(timezone.now())}


@office("billing.view_scenario")
def what_if_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the worker is, for the page to ask again."""
    scenario = find(request, pk)
    return page(
        request, "office/_scenario_progress.html", "", {"scenario": scenario, "progress": progress_of(scenario)}
    )


@require_POST
@office("billing.add_scenario")
def scenario_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a question back that is being computed."""
    scenario = find(request, pk)
    try:
        scenarios.withdraw(scenario)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Taken back; nothing is computed."))
    return redirect(BACK[scenario.selection["kind"]])


@require_POST
@office("billing.add_scenario")
def scenario_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Has the worker try once more what it gave up."""
    scenario = find(request, pk)
    work.try_again(scenario.organisation, "scenario", str(scenario.pk))
    back = BACK[scenario.selection["kind"]]
    return redirect("what_if", pk) if back == "what_ifs" else redirect(back)


@office("billing.view_scenario")
def scenario_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Every contract, for a spreadsheet."""
    scenario = get_object_or_404(Scenario, pk=pk, organisation=organisation_of(request), computed_at__isnull=False)
    return download(
        f"{scenario.selection['kind']}-{scenario.pk}.csv", bytes(scenario.rows or b""), "text/csv; charset=utf-8"
    )
