"""What usage and contracts tell: who pays too much, and what the next twelve months bring."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.documents.charts import Bar, bar_chart
from billing.models import Scenario, Tariff
from billing.office.access import office, organisation_of, page
from billing.office.money_words import euro, figure, whole
from billing.office.what_ifs import progress_of, start
from billing.services import scenarios
from members.models import Organisation, User

PAGE = 25
ASK = {scenarios.BEST_TARIFF: scenarios.ask_best_tariff, scenarios.FORECAST: scenarios.ask_forecast}


@office("billing.view_scenario")
def best_tariffs(request: HttpRequest) -> HttpResponse:
    """Customers who pay too much, the largest difference first."""
    found = scenarios.latest(organisation_of(request), scenarios.BEST_TARIFF)
    context = context_of(found)
    if found and found.result:
        names = dict(Tariff.objects.filter(organisation=found.organisation).values_list("code", "name"))
        moves = [
            (*(names.get(code, code) for code in move.split("->")), count)
            for move, count in found.result["moves"].items()
        ]
        shown = Paginator(found.result["rows"], PAGE).get_page(request.GET.get("page"))
        context |= {
            "rows": [best_row(row, names) for row in shown.object_list], "shown": shown, "more": found.result["more"],
            "saved": euro(found.result["saved_by_all"]), "paid": euro(found.result["paid"]),
            "moves": [move for move in moves if move[0] != move[1]], "fitting": sum(move[2] for move in moves if move[0] == move[1]),
            "contracts": found.result["contracts"], "last": found.end - timedelta(days=1),
        }  # fmt: skip
    return page(request, "office/best_tariffs.html", _("Best tariffs"), context)


def best_row(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A row in words; the sums behind it are those of every tariff."""
    costs = [(names.get(code, code), euro(cost)) for code, cost in row["costs"].items()]
    amounts = {name: euro(row[name]) for name in ("cost", "best_cost", "saved")}
    return row | amounts | {"tariff": names.get(row["tariff"]), "best": names.get(row["best"]), "costs": costs}


@office("billing.view_scenario")
def forecast(request: HttpRequest) -> HttpResponse:
    """Invoices and cash of the next twelve months."""
    found = scenarios.latest(organisation_of(request), scenarios.FORECAST)
    context = context_of(found)
    if found and found.result:
        months = [month_row(row) for row in found.result["months"]]
        sums = {
            name: euro(sum((Decimal(row[name]) for row in found.result["months"]), Decimal(0)))
            for name in ("invoiced", "cash")
        }
        context |= {"months": months, "sums": sums, "picture": forecast_picture(found.result["months"])}
    return page(request, "office/forecast.html", _("Forecast"), context)


def month_row(row: dict[str, Any]) -> dict[str, Any]:
    """A month in words."""
    names = ("fees", "usage", "invoiced", "debits", "transfers", "cash")
    return row | {name: figure(row[name]) for name in names} | {"first": date.fromisoformat(row["first"])}


def forecast_picture(rows: list[dict[str, Any]]) -> str:
    """Twelve columns: fees below, usage above."""
    bars = [
        Bar(
            date_format(date.fromisoformat(row["first"]), "M y"), (("fees", Decimal(row["fees"])), ("usage", Decimal(row["usage"]))),
            whole(row["invoiced"]), _("%(month)s: %(amount)s") % {"month": row["first"][:7], "amount": euro(row["invoiced"])},
        )
        for row in rows
    ]  # fmt: skip
    return bar_chart(bars, _("What is invoiced in each of the next twelve months"))


def context_of(found: Scenario | None) -> dict[str, Any]:
    """The computation, and how far it is."""
    return {"scenario": found, "progress": progress_of(found) if found and found.result is None else None}


@require_POST
@office("billing.add_scenario")
def compute_best_tariffs(request: HttpRequest) -> HttpResponse:
    """Has the best tariffs computed."""
    compute(request, scenarios.BEST_TARIFF)
    return redirect("best_tariffs")


@require_POST
@office("billing.add_scenario")
def compute_forecast(request: HttpRequest) -> HttpResponse:
    """Has the forecast computed."""
    compute(request, scenarios.FORECAST)
    return redirect("forecast")


def compute(request: HttpRequest, kind: str) -> None:
    """At once if it is small, else by the worker; what is being computed already is not asked for again."""
    organisation: Organisation = organisation_of(request)
    waiting = scenarios.latest(organisation, kind)
    if waiting is None or waiting.result is not None:
        user = request.user if isinstance(request.user, User) else None
        start(ASK[kind](organisation, timezone.localdate(), user, timezone.now()))
