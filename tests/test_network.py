"""A year of an internet provider through the product's own doors: customers and usage come in, twelve months are billed."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum
from django_scopes import scope

from billing.demo.network import FILES, network
from billing.models import Contract, Creditor, Invoice, InvoiceLine, TariffVersion, UsageEvent
from billing.pricing.money import total
from billing.pricing.periods import add_months
from billing.services import advice, forecast, invoicing, scenarios, what_if
from billing.services.organisations import setup_organisation
from billing.services.portfolio import Selection
from billing.services.what_if import Variant
from members.models import Organisation
from tests.office.world import office_client
from tests.services.club import noon

pytestmark = [pytest.mark.both, pytest.mark.django_db]
EXPECTED: dict[str, Any] = json.loads((Path(__file__).parent / "files" / "funknetz" / "erwartet.json").read_text())
YEAR = date(2026, 1, 1), date(2027, 1, 1)


def command(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def provider() -> Iterator[Organisation]:
    """Set up by its file, customers and usage by the commands."""
    organisation, _created = setup_organisation(network())
    command("import_contracts", str(FILES / "kunden.csv"))
    command("import_usage", str(FILES / "verbrauch.csv"))
    with scope(organisation=organisation):
        yield organisation


def bill(organisation: Organisation, on: date) -> Decimal:
    """The run on the first of a month, for what is due until that day."""
    run = invoicing.start_run(organisation, Creditor.objects.get(), on, on, on + timedelta(days=14))
    invoicing.preview(run)
    invoicing.approve(run, None, noon(on))
    invoicing.issue(run, noon(on))
    return total(run.invoices.values_list("gross", flat=True))


def test_the_year_through_the_product_comes_to_the_expected_figures(provider: Organisation) -> None:
    assert UsageEvent.objects.count() == EXPECTED["events_counted"]
    billed = {f"{on:%Y-%m}": f"{bill(provider, on):.2f}" for on in (add_months(YEAR[0], k) for k in range(12))}
    assert billed == EXPECTED["billed_on_first_of_month"]
    january = bill(provider, YEAR[1])
    of_the_year = InvoiceLine.objects.filter(start__lt=YEAR[1]).aggregate(total=Sum("amount"))["total"]
    assert f"{of_the_year:.2f}" == EXPECTED["charges_of_2026"]
    assert january > 0
    assert Contract.objects.filter(settled_to=None).count() == 0
    assert Invoice.objects.filter(kind="credit").count() == 0


def test_the_same_files_again_add_nothing(provider: Organisation) -> None:
    command("import_contracts", str(FILES / "kunden.csv"))
    command("import_usage", str(FILES / "verbrauch.csv"))
    assert (Contract.objects.count(), UsageEvent.objects.count()) == (300, EXPECTED["events_counted"])


def test_the_best_tariff_of_everybody_is_the_expected_one(provider: Organisation) -> None:
    found = advice.summary(list(advice.best_tariffs(provider, YEAR)))
    assert (found["moves"], found["saved_by_all"]) == (
        EXPECTED["best_tariff"]["moves"],
        EXPECTED["best_tariff"]["saved_by_all"],
    )
    printed = command("best_tariff", "--from", "2026-01-01", "--to", "2027-01-01")
    assert EXPECTED["best_tariff"]["saved_by_all"] in printed
    assert "S->L: 26\n" in printed


def test_another_price_over_the_real_usage_comes_to_the_expected_difference(provider: Organisation) -> None:
    changes = [
        *("--set", "grundpreis.price=21.90", "--set", "volumen.included=120", "--set", "volumen.price=0.18"),
        *("--from", "2026-01-01", "--to", "2027-01-01"),
    ]
    printed = command("what_if", "--tariff", "M", *changes)
    wanted = EXPECTED["what_if_M_at_21.90_with_120_included_and_0.18"]
    assert wanted["charges_of_2026"] in printed
    assert f" {wanted['difference']} EUR" in printed
    assert EXPECTED["charges_of_2026"] in printed


def test_the_office_shows_the_expected_figures(provider: Organisation) -> None:
    now, best = noon(YEAR[1]), EXPECTED["best_tariff"]
    scenarios.compute(scenarios.ask_best_tariff(provider, YEAR[1], None, now), now)
    terms = deepcopy(TariffVersion.objects.get(tariff__code="M").terms)
    tried = {"grundpreis": {"price": "21.90"}, "volumen": {"included": "120", "price": "0.18"}}
    terms["components"] = [part | tried[part["code"]] for part in terms["components"]]
    asked = scenarios.ask_what_if(provider, "M", Selection(), YEAR, [Variant("M", "M", terms)], None, now)
    scenarios.compute(asked, now)
    client = office_client(provider, "treasurer")
    page = client.get("/office/best-tariffs/").content.decode()
    assert "81.569,68 €" in page
    assert all(
        f"{count} von Funk {move[0]} zu Funk {move[3]}" in page
        for move, count in best["moves"].items()
        if move[0] != move[3]
    )
    page = client.get(f"/office/what-if/{asked.pk}/").content.decode()
    assert "157.542,01 €" in page
    assert "1.176,98 €" in page
    assert "158.718,99 €" in page


def test_a_what_if_says_who_wins_and_who_loses_and_adds_up(provider: Organisation) -> None:
    terms = TariffVersion.objects.get(tariff__code="L").terms
    variants = [Variant("L for all", "L", terms, everybody=True), Variant("L as it is", "L", terms)]
    rows = what_if.compare(provider, Selection(), YEAR, variants)
    all_l, same = what_if.summary(rows, variants)["variants"]
    assert all_l["after"] == str(Decimal("39.90") * 12 * 300)
    assert all_l["winners"] + all_l["losers"] + all_l["unchanged"] == 300
    assert sum(bar["count"] for bar in all_l["histogram"]) == 300
    assert (same["difference"], same["unchanged"], same["largest"]) == ("0.00", 300, [])
    assert len(what_if.as_csv(rows, variants).decode("utf-8-sig").splitlines()) == 301


def test_the_forecast_of_flat_fees_is_what_is_billed_later(provider: Organisation) -> None:
    months = forecast.forecast(provider, YEAR[0])
    assert [month.fees for month in months] == [Decimal("5880.00")] * 12
    assert [month.contracts for month in months] == [300] * 12
    first = bill(provider, YEAR[0])
    assert first == months[0].invoiced
    assert bill(provider, date(2026, 2, 1)) == months[1].invoiced
