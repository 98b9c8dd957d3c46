"""Each line of an invoice says why it comes to its amount: in sentences, from what was frozen and from the rows behind it."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override
from django_scopes import scopes_disabled

from billing.documents.line_words import sentences
from billing.models import Invoice, InvoiceLine, Meter, Tariff
from billing.pricing.words import read
from portal.invoice_lines import lines_of
from tests.portal.test_pages import sign_in, text_of
from tests.portal.world import World, contract, invoice

USAGE = {
    "components": [
        {"code": "fee", "kind": "usage", "meter": "gb", "aggregate": "sum", "model": "per_unit", "price": "0.50"},
    ]
}  # fmt: skip
NOTES = {
    "de": {
        "15 von 31 Tagen": "days", "2 von 3 Monaten": "months", "Preis 19,90": "price", "13 × 0,50": "units",
        "3 × 2,00 zuzüglich 4,00": "units_fixed", "zuzüglich 4,00": "fixed", "Menge 23": "measured",
        "Menge 23,5, davon 10 frei": "measured_included", "Preisphase": "phase", "abzüglich 5 % Treuerabatt": "loyalty",
        "abzüglich 10 % Rabatt": "percent", "abzüglich 5,00 Rabatt": "amount", "Mindestbetrag": "minimum", "Höchstbetrag": "maximum",
        "ein Teil dieses Zeitraums ist schon berechnet": "before", "etwas von Hand": "",
    },
    "en": {"15 of 31 days": "days", "quantity 23, 10 of them free": "measured_included", "less 10 % discount": "percent", "price phase": "phase"},
}  # fmt: skip


@pytest.mark.parametrize(("language", "note", "kind"), [(one, *pair) for one in NOTES for pair in NOTES[one].items()])
def test_what_the_core_says_is_recognised(language: str, note: str, kind: str) -> None:
    assert read(note, language)[0] == kind


def test_notes_become_sentences_and_what_is_not_ours_stays() -> None:
    text = "Volumen 01.10.2026 bis 31.10.2026 (Menge 23,5, davon 10 frei; 13,5 × 0,50; 15 von 31 Tagen; von Hand)"
    line = {"text": text, "from": "2026-10-01", "to": "2026-11-01", "explanation": ""}
    with override("en"):
        assert sentences(line, "de", "GB") == [
            "Used: 23,5 GB, of that 10 GB free.", "13,5 GB × 0,50 €", "Only part of the period: 15 of 31 days.", "von Hand",
        ]  # fmt: skip


def lined(world: World, claim: Invoice, position: int, **fields: Any) -> InvoiceLine:
    """A row behind a printed line."""
    values = {
        "tariff": "youth",
        "component": "fee",
        "kind": "charge",
        "start": date(2027, 1, 1),
        "end": date(2027, 2, 1),
        "quantity": 1,
    }
    return InvoiceLine.objects.create(
        organisation=world.organisation, invoice=claim, position=position, amount=fields.pop("amount", 8), text="x", **values | fields
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("credit", "Days that no longer count are given back; invoice R1 had charged them."),
        ("reversal", "Takes back what invoice R1 charged for these days"),
        ("waiver", "We gave up what invoice R1 charged"),
        ("reduced", "We took something off what invoice R1 charged"),
    ],
)
def test_a_line_that_gives_something_back_names_the_invoice_that_charged_it(
    world: World, client: Client, kind: str, words: str
) -> None:
    agreed = contract(world, world.petra, "Youth", {})
    first, second = invoice(world, "R1"), invoice(world, "R2")
    with scopes_disabled():
        charged = lined(world, first, 1, contract=agreed)
        lined(world, second, 1, contract=agreed, kind=kind, reverses=charged, amount=-8)
    assert words in text_of(sign_in(client, world.petra.user).get("/invoices/R2/"))


def test_a_line_names_its_unit_its_reduction_and_that_it_was_charged_before(world: World) -> None:
    agreed, normal = contract(world, world.petra, "Youth", USAGE), contract(world, world.petra, "Adults", {})
    claim = invoice(world, "R1")
    claim.snapshot["lines"][0]["text"] = "Volumen 01.01.2027 bis 31.12.2027 (Menge 23)"
    with scopes_disabled(), override("en"):
        Tariff.objects.filter(code="youth").update(falls_back_to=normal.tariff)
        Meter.objects.create(organisation=world.organisation, code="gb", name="Volume", unit="GB")
        lined(world, claim, 1, contract=agreed, revision=2, quantity=23)
        (line,) = lines_of(claim)
    assert line.text == "Volumen"
    assert line.why == [
        "Charged anew, because something about the contract or its usage has changed since.", "Used: 23 GB.",
        "Reduced, because we have your proof; without it this would be Adults.",
    ]  # fmt: skip
