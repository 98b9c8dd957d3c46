"""The treasurer cancels or corrects an invoice from its page: asked, shown, confirmed; nobody else can."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from billing.models import CollectionBatch, Invoice
from tests.office.world import NOON, House

pytestmark = pytest.mark.django_db


def ask(client: Client, invoice: Invoice, **fields: Any) -> Any:
    data = {"what": "waive", "reason": "doppelt berechnet"} | fields
    return client.post(reverse("office_correction", args=[invoice.pk]), data)


@pytest.fixture
def invoice(house: House) -> Invoice:
    """The bank has the file that collects it."""
    with scope(organisation=house.organisation):
        CollectionBatch.objects.update(submitted_at=NOON)
    return house.invoice


def test_it_is_shown_before_it_is_issued(house: House, invoice: Invoice, treasurer: Client) -> None:
    shown = ask(treasurer, invoice).content.decode()
    with scope(organisation=house.organisation):
        assert not Invoice.objects.exclude(corrects=None).exists()
    assert "Noch ist nichts ausgestellt" in shown
    assert "werden ein Guthaben" in shown
    done = ask(treasurer, invoice, confirm=f"{-invoice.gross} 0.00")
    with scope(organisation=house.organisation):
        issued = Invoice.objects.get(corrects=invoice)
    assert done.url == reverse("admin:billing_invoice_change", args=[issued.pk])
    assert (issued.reason, issued.snapshot["by"]) == (
        "doppelt berechnet",
        f"treasurer@{house.organisation.slug}.example",
    )
    original = treasurer.get(reverse("admin:billing_invoice_change", args=[invoice.pk])).content.decode()
    assert issued.number in original
    assert "storniert" in original


def test_what_changed_since_it_was_shown_is_shown_again(house: House, invoice: Invoice, treasurer: Client) -> None:
    answer = ask(treasurer, invoice, confirm=f"{-invoice.gross} {invoice.gross}")
    assert "hat sich etwas geändert" in answer.content.decode()
    with scope(organisation=house.organisation):
        assert not Invoice.objects.exclude(corrects=None).exists()


def test_a_part_is_taken_off_line_by_line(house: House, invoice: Invoice, treasurer: Client) -> None:
    with scope(organisation=house.organisation):
        line = invoice.lines.order_by("position")[0]
    too_much = ask(treasurer, invoice, what="part", **{f"line_{line.pk}": str(line.amount + 1).replace(".", ",")})
    assert "errorlist" in too_much.content.decode()
    ask(treasurer, invoice, what="part", confirm="-1.50 0.00", **{f"line_{line.pk}": "1,50"})
    with scope(organisation=house.organisation):
        assert Invoice.objects.get(corrects=invoice).gross == Decimal("-1.50")


def test_a_file_that_lies_here_for_the_bank_must_go_first(house: House, treasurer: Client) -> None:
    assert "Nehmen Sie zuerst diese Datei zurück" in ask(treasurer, house.invoice).content.decode()
