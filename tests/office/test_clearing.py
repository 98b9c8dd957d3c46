"""The pages of statements and open lines, as a treasurer uses them without any script."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from billing.benchmarks.measure import counted
from billing.demo.bank import statement
from billing.models import Allocation, LedgerAccount, StatementEntry, StatementFile
from billing.services.open_items import open_items
from members.models import Organisation
from tests.office.world import office_client
from tests.services.bank import (
    NOW,
    STRANGER,
    bring,
    claim,
    club,
    debit,
    member,
    open_entries,
    paper,
    returned,
    transfer,
    whole_file,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_january() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), scopes_disabled():
        yield


@pytest.fixture
def bank() -> Organisation:
    return club()


@pytest.fixture
def treasurer(bank: Organisation) -> Client:
    return office_client(bank, "treasurer")


def upload(client: Client, data: bytes, name: str = "camt.xml") -> Any:
    return client.post(reverse("statement_upload"), {"file": SimpleUploadedFile(name, data)}, follow=True)


def form_of(page: Any) -> dict[str, Any]:
    """The fields of the page's form as a browser without a script would send them."""
    html = page.content.decode()
    every = re.findall(r'name="(shown|view|all|ticked)" value="([^"]*)"', html)
    fields: dict[str, Any] = {"pass_fees": "1"}
    for name, value in every:
        fields.setdefault(name, []).append(value)
    return fields


def test_from_the_file_to_the_last_line(bank: Organisation, treasurer: Client) -> None:
    lines = [whole_file(bank), transfer(bank, "4.00", claim(bank, "T0").number), transfer(bank, "9.00", "?")]
    page = upload(treasurer, statement(paper(bank), lines))
    assert not StatementEntry.objects.exists()
    page = treasurer.post(reverse("statement_take", args=[StatementFile.objects.get().pk]), follow=True)
    assert len(open_entries(bank)) == 2
    form = form_of(page)
    done = treasurer.post(reverse("clearing_accept"), form | {"book_all": "1"}, follow=True)
    assert [one.amount for one in open_entries(bank)] == [Decimal("9.00")]
    assert "9,00" in done.content.decode()


@pytest.mark.parametrize("data", [b"", b"<html/>", b"<!DOCTYPE x><x/>", b"PK\x03\x04broken", b"\xff" * 100])
def test_a_bad_file_is_told_on_the_page_and_not_kept(treasurer: Client, data: bytes) -> None:
    page = upload(treasurer, data)
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert not StatementFile.objects.exists()


def test_the_same_file_again_leads_to_what_was_taken(bank: Organisation, treasurer: Client) -> None:
    data = statement(paper(bank), [whole_file(bank)])
    upload(treasurer, data)
    file = StatementFile.objects.get()
    treasurer.post(reverse("statement_take", args=[file.pk]))
    page = upload(treasurer, data)
    assert reverse("clearing") in page.content.decode()
    treasurer.post(reverse("statement_take", args=[file.pk]))
    assert StatementEntry.objects.count() == 1


def test_one_line_is_accepted_by_its_own_button(bank: Organisation, treasurer: Client) -> None:
    bring(bank, [transfer(bank, "4.00", claim(bank, "T0").number), transfer(bank, "5.00", claim(bank, "T0").number)])
    form = form_of(treasurer.get(reverse("clearing")))
    treasurer.post(reverse("clearing_accept"), form | {"one": form["ticked"][1], "ticked": []})
    assert [one.amount for one in open_entries(bank)] == [Decimal("4.00")]


def test_what_needs_a_second_look_is_never_accepted_with_all_others(bank: Organisation, treasurer: Client) -> None:
    bring(bank, [whole_file(bank), returned(bank, "D0", "AM05"), returned(bank, "D1", "AM04")])
    form = form_of(treasurer.get(reverse("clearing"), {"view": "returns"}))
    assert (len(form["ticked"]), len(form["all"])) == (2, 1)
    back = treasurer.post(reverse("clearing_accept"), form | {"book_all": "1"})
    assert back.headers["Location"].endswith("?view=returns")
    assert [debit(bank, number).state for number in ("D0", "D1")] == ["booked", "returned"]


@pytest.mark.parametrize(
    "sent", [{}, {"ticked": ["x:y"]}, {"ticked": ["1"]}, {"ticked": ["999999:abc"], "shown": "1,x"}]
)
def test_a_form_that_nobody_sent_so_books_nothing(bank: Organisation, treasurer: Client, sent: dict[str, Any]) -> None:
    bring(bank, [transfer(bank, "4.00", claim(bank, "T0").number)])
    assert treasurer.post(reverse("clearing_accept"), sent, follow=True).status_code == 200
    assert not Allocation.objects.exists()


def test_a_person_is_searched_for_and_given_the_line(bank: Organisation, treasurer: Client) -> None:
    bring(bank, [transfer(bank, "20.00", "Danke", name="Oma Erna", iban=STRANGER)])
    [entry] = open_entries(bank)
    url = reverse("clearing_line", args=[entry.pk])
    assert claim(bank, "T0").number not in treasurer.get(url).content.decode()
    for term in ("transfera", claim(bank, "T0").number, member(bank, "T0").number):
        assert claim(bank, "T0").number in treasurer.get(url, {"q": term}).content.decode()
    chosen = {"member": member(bank, "T0").pk, "invoice": claim(bank, "T0").pk}
    treasurer.post(reverse("clearing_assign", args=[entry.pk]), chosen)
    assert {one.kind for one in Allocation.objects.all()} == {"payment", "advance"}


def test_a_debit_that_came_back_is_found_by_hand(bank: Organisation, treasurer: Client) -> None:
    bring(
        bank, [whole_file(bank), transfer(bank, "-17.50", "unleserlich", code="NRTI+109", reason="AM04", name="DebitA")]
    )
    [entry] = open_entries(bank)
    page = treasurer.get(reverse("clearing_line", args=[entry.pk])).content.decode()
    assert f'value="{debit(bank, "D0").pk}"' in page
    treasurer.post(reverse("clearing_return", args=[entry.pk]), {"debit": debit(bank, "D0").pk, "pass_fees": "1"})
    [item] = [one for one in open_items(bank, NOW.date()) if one.invoice == claim(bank, "D0").pk]
    assert (item.open, item.ancillary) == (Decimal("14.00"), Decimal("3.50"))


def test_rent_goes_to_its_account_and_comes_back(bank: Organisation, treasurer: Client) -> None:
    bring(bank, [transfer(bank, "-300.00", "Hallenmiete")])
    [entry] = open_entries(bank)
    aside = reverse("clearing_aside", args=[entry.pk])
    treasurer.post(aside, {"account": ""})
    assert len(open_entries(bank)) == 1
    treasurer.post(aside, {"account": LedgerAccount.objects.get(organisation=bank, role="suspense").pk})
    assert open_entries(bank) == []
    assert "Hallenmiete" in treasurer.get(reverse("clearing_done")).content.decode()
    treasurer.post(reverse("clearing_undo", args=[entry.pk]))
    assert open_entries(bank) == [entry]


def test_text_from_the_bank_is_text(bank: Organisation, treasurer: Client) -> None:
    bring(bank, [transfer(bank, "1.00", "<script>alert(1)</script>", name='"><img src=x>')])
    page = treasurer.get(reverse("clearing")).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_page_costs_as_many_queries_for_fifty_lines_as_for_two(bank: Organisation, treasurer: Client) -> None:
    def cost(count: int) -> int:
        number = claim(bank, "T0").number
        bring(
            bank,
            [transfer(bank, "0.05", number, reference=f"{count}/{place}") for place in range(count)],
            identifier=str(count),
        )
        with counted() as counter:
            treasurer.get(reverse("clearing"))
        return counter.queries

    treasurer.get(reverse("clearing"))
    few = cost(2)
    assert cost(50) == few <= 47
