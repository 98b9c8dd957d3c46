"""The accountant's desk, the books and the accounts: what is seen, made and refused there."""

import base64
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from billing.benchmarks.measure import counted
from billing.models import (
    FileDownload,
    FiscalYear,
    Invoice,
    LedgerFile,
    LedgerSettings,
    PeriodLock,
    Posting,
    PostingBatch,
)
from billing.services import desk, exports, images, work
from billing.services.chart import NAMES, accounts_of
from members.models import OfficeRole, User
from tests.office.world import BACKEND, NOON, House, office_client, rows

DESK, BOOKS, ACCOUNTS = reverse("office_downloads"), reverse("office_books"), reverse("office_accounts")
LIST = "Mitgliedsnummer;Belegnummer;Belegdatum;Fällig;Offen;Text\n{number};ALT-1;12.11.2025;26.11.2025;84,00;Beitrag\n"


def later(house: House, amount: str = "3.00") -> Posting:
    """Something that was posted after the export."""
    with scope(organisation=house.organisation):
        return Posting.objects.create(
            organisation=house.organisation, posted_on=date(2026, 12, 15), debit_account="10000", credit_account="2742", amount=amount,
            case=f"costs/{amount}", document=house.invoice, reference=house.invoice.number, text="Mahnung",
        )  # fmt: skip


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def test_the_desk_says_what_is_new_and_after_the_package_that_nothing_is(accountant: Client, house: House) -> None:
    assert "Es gibt nichts Neues" in accountant.get(DESK).content.decode()
    later(house)
    page = accountant.get(DESK)
    assert page.context["new"] == desk.New(1, Decimal("3.00"), date(2026, 12, 15), date(2026, 12, 15))
    for _twice in range(2):
        told = accountant.post(reverse("office_package"), follow=True).content.decode()
    assert "Es gibt nichts Neues" in told
    assert rows(PostingBatch).count() == 2


def test_each_download_is_noted_and_shown_with_who_took_it(accountant: Client, treasurer: Client, house: House) -> None:
    address = reverse("office_datev_file", args=[house.export.pk, "postings"])
    assert body(accountant.get(address)) == body(treasurer.get(address)) == body(accountant.get(address))
    taken = rows(FileDownload).order_by("pk").values_list("by__email", "part", "at")
    assert list(taken) == [
        (f"{who}@ostufer.example", "postings", NOON) for who in ("accountant", "treasurer", "accountant")
    ]
    page = accountant.get(DESK).content.decode()
    assert "3-mal abgerufen" in page
    assert "accountant@ostufer.example, treasurer@ostufer.example" in page


def test_files_for_the_bank_are_noted_too_and_told_as_long_as_it_lacks_them(accountant: Client, house: House) -> None:
    page = accountant.get(DESK)
    assert [one.pk for one in page.context["waiting"]] == [house.batch.pk]
    accountant.get(reverse("office_sepa_file", args=[house.batch.pk]))
    assert rows(FileDownload).get().collection_batch_id == house.batch.pk
    rows(type(house.batch)).filter(pk=house.batch.pk).update(submitted_at=NOON)
    assert accountant.get(DESK).context["waiting"] == []


def test_the_images_of_an_earlier_export_are_made_with_one_button(accountant: Client, house: House) -> None:
    assert accountant.get(DESK).context["without_images"] == {house.export.pk}
    accountant.post(reverse("office_images_make", args=[house.export.pk]))
    [file] = rows(LedgerFile)
    assert file.count == rows(Invoice).count()
    assert body(accountant.get(reverse("office_ledger_file", args=[file.pk]))).startswith(b"PK")
    assert accountant.get(DESK).context["without_images"] == set()


def test_many_images_are_drawn_by_the_worker(accountant: Client, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.services.desk.FEW_DRAWINGS", 0)
    accountant.post(reverse("office_images_make", args=[house.export.pk]))
    assert not rows(LedgerFile).exists()
    with scope(organisation=house.organisation):
        while work.do_due(house.organisation, NOON, 5):
            pass
        assert images.undrawn(house.export) == 0
    assert rows(LedgerFile).count() == 1


def test_a_package_of_certain_days_leaves_the_others_new(accountant: Client, house: House) -> None:
    later(house)
    accountant.post(reverse("office_package"), {"span-start": "01.11.2026", "span-last": "30.11.2026"})
    assert accountant.get(DESK).context["new"].count == 1
    accountant.post(reverse("office_package"), {"span-start": "01.12.2026", "span-last": "31.12.2026"})
    assert accountant.get(DESK).context["new"].count == 0


@pytest.mark.parametrize("days", [("", ""), ("31.12.2026", "01.12.2026")])
def test_days_that_are_none_make_no_package(accountant: Client, house: House, days: tuple[str, str]) -> None:
    later(house)
    told = accountant.post(reverse("office_package"), {"span-start": days[0], "span-last": days[1]}, follow=True)
    assert "ersten und den letzten Tag" in told.content.decode()
    assert rows(PostingBatch).count() == 1


@pytest.mark.parametrize(("kind", "start"), [("csv", b"PK"), ("ledger", b"account ")])
def test_the_ledger_for_another_program(accountant: Client, house: House, kind: str, start: bytes) -> None:
    days = {"ledger-start": "01.12.2026", "ledger-last": "31.12.2026", "ledger-kind": kind}
    for _twice in range(2):
        accountant.post(reverse("office_ledger_make"), days)
    [file] = rows(LedgerFile)
    assert body(accountant.get(reverse("office_ledger_file", args=[file.pk]))).startswith(start)
    assert accountant.get(DESK).context["new"].count == 0


def test_the_desk_takes_the_same_queries_however_many_files_there_are(accountant: Client, house: House) -> None:
    accountant.get(DESK)
    found = []
    for more in range(2):
        with counted() as counter:
            accountant.get(DESK)
        found.append(counter.queries)
        for number in range(5):
            later(house, f"{more}.{number + 1}0")
            accountant.post(reverse("office_package"))
            accountant.get(reverse("office_datev_file", args=[rows(PostingBatch).latest("pk").pk, "debtors"]))
    assert found[1] <= found[0] + 2
    assert found[1] <= 40


def test_the_treasurer_locks_a_month_and_the_page_says_who_did(treasurer: Client, house: House) -> None:
    with scope(organisation=house.organisation):
        later(house)
    assert "Noch ist kein Monat abgeschlossen" in treasurer.get(BOOKS).content.decode()
    treasurer.post(reverse("office_books_lock"), {"until": "2026-11-30"})
    page = treasurer.get(BOOKS).content.decode()
    assert "abgeschlossen bis 30.11.2026" in page
    assert "treasurer@ostufer.example" in page
    for until, told in (("2026-12-31", "noch nicht vorbei"), ("nonsense", "Bitte wählen Sie einen Monat")):
        assert told in treasurer.post(reverse("office_books_lock"), {"until": until}, follow=True).content.decode()


def test_only_the_board_opens_locked_books_and_says_why(treasurer: Client, house: House) -> None:
    treasurer.post(reverse("office_books_lock"), {"until": "2026-11-30"})
    wish = {"until": "", "reason": "Falsches Konto"}
    assert treasurer.post(reverse("office_books_unlock"), wish).status_code == 403
    board = office_client(house.organisation, "board")
    assert (
        "sagen Sie, warum" in board.post(reverse("office_books_unlock"), {"reason": ""}, follow=True).content.decode()
    )
    board.post(reverse("office_books_unlock"), wish)
    assert rows(LedgerSettings).get().closed_until is None
    assert rows(PeriodLock).order_by("-pk")[0].reason == "Falsches Konto"
    assert "Falsches Konto" in treasurer.get(BOOKS).content.decode()


def test_the_board_may_what_the_treasurer_may(house: House) -> None:
    board = office_client(house.organisation, "board")
    for address in (DESK, BOOKS, ACCOUNTS, reverse("office_runs"), reverse("clearing"), reverse("opening_upload")):
        assert board.get(address).status_code == 200, address


def test_a_treasurer_names_the_first_of_the_board_and_no_second_one(treasurer: Client, house: House) -> None:
    group = Group.objects.get(name="board").pk
    add = reverse("admin:members_officerole_add")
    assert treasurer.post(add, {"email": "erste@example.org", "group": group}).status_code == 302
    refused = treasurer.post(add, {"email": "zweite@example.org", "group": group})
    assert "Nur wer selbst Vorstand ist" in refused.content.decode()
    [first] = rows(OfficeRole).filter(group=group)
    assert (
        treasurer.post(reverse("admin:members_officerole_delete", args=[first.pk]), {"post": "yes"}).status_code == 403
    )


def test_a_short_first_year_is_entered(treasurer: Client, house: House) -> None:
    treasurer.post(reverse("office_books_year"), {"start": "15.05.2026", "last": "31.12.2026"})
    year = rows(FiscalYear).get()
    assert (year.start, year.end) == (date(2026, 5, 15), date(2027, 1, 1))
    assert "ab 15.05.2026" in treasurer.get(BOOKS).content.decode()
    told = treasurer.post(reverse("office_books_year"), {"start": "15.06.2026", "last": "31.12.2026"}, follow=True)
    assert "überschneidet" in told.content.decode()


def test_deferred_income_is_dissolved_with_one_button(treasurer: Client, house: House) -> None:
    with scope(organisation=house.organisation):
        LedgerSettings.objects.update(defers_income=True)
        Posting.objects.create(
            organisation=house.organisation, posted_on=date(2025, 12, 15), debit_account="8200", credit_account="0990", amount=7,
            case="pra/8200/-/1/20260101", document=house.invoice, reference=house.invoice.number, text="PRA",
        )  # fmt: skip
    assert "7,00" in treasurer.get(BOOKS).content.decode()
    assert "1 Abgrenzung ist aufgelöst" in treasurer.post(reverse("office_books_release"), follow=True).content.decode()
    assert treasurer.get(BOOKS).context["waiting"] == 0


def test_an_account_that_differs_is_kept_and_one_that_does_not_is_not(treasurer: Client, house: House) -> None:
    page = treasurer.get(ACCOUNTS).content.decode()
    assert all(name.replace("'", "&#x27;") in page for name in NAMES.values())
    told = treasurer.post(ACCOUNTS, {"damages.dunning": "2743", "bank": "1200", "suspense": "12345"})
    assert "Konten haben hier 4 Ziffern" in told.content.decode()
    treasurer.post(ACCOUNTS, {"damages.dunning": "2743", "bank": "1200"})
    settings = rows(LedgerSettings).get()
    assert settings.accounts.get("damages.dunning") == "2743"
    assert "bank" not in settings.accounts
    used = accounts_of(settings)
    assert (used["damages.dunning"], used["damages.bank_fees"], used["damages"]) == ("2743", "2742", "2742")


def test_the_accountant_reads_the_accounts_and_changes_none(accountant: Client) -> None:
    assert "2742" in accountant.get(ACCOUNTS).content.decode()
    assert accountant.post(ACCOUNTS, {"bank": "1210"}).status_code == 403


def test_open_items_are_shown_first_and_then_taken_over(treasurer: Client, house: House) -> None:
    content = LIST.format(number=house.member.number).encode()
    page = treasurer.post(
        reverse("opening_upload"), {"file": SimpleUploadedFile("offen.csv", content), "on": "01.01.2026"}
    )
    assert "1 neue Forderung, 84,00" in page.content.decode()
    assert not rows(Invoice).filter(kind="opening").exists()
    wish = {"content": base64.b64encode(content).decode(), "on": "2026-01-01"}
    for _twice in range(2):
        treasurer.post(reverse("opening_take"), wish)
    claim = rows(Invoice).get(kind="opening")
    assert claim.gross == Decimal("84.00")
    for name in ("office_invoice_pdf", "office_invoice_xml"):
        assert treasurer.get(reverse(name, args=[claim.pk])).status_code == 404
    assert treasurer.get(reverse("admin:billing_invoice_change", args=[claim.pk])).status_code == 200


def test_the_faults_of_a_list_are_shown_and_a_broken_one_is_refused(treasurer: Client, house: House) -> None:
    content = LIST.format(number="999999").encode()
    page = treasurer.post(
        reverse("opening_upload"), {"file": SimpleUploadedFile("offen.csv", content), "on": "01.01.2026"}
    )
    assert "ist keine Nummer eines Mitglieds" in page.content.decode()
    told = treasurer.post(reverse("opening_take"), {"content": "%%", "on": "2026-01-01"}, follow=True)
    assert "noch einmal" in told.content.decode()


def test_what_came_over_has_neither_a_pdf_nor_an_image(treasurer: Client, house: House) -> None:
    content = LIST.format(number=house.member.number).encode()
    treasurer.post(reverse("opening_take"), {"content": base64.b64encode(content).decode(), "on": "2026-01-01"})
    with scope(organisation=house.organisation):
        [batch] = exports.export_new(house.organisation, None, NOON)
        assert images.make(batch, None, NOON) == []
        assert b"BEDI" not in exports.content_of(batch)
        house.member.user = User.objects.create_user("mitglied@example.org")
        house.member.save()
    member = Client()
    member.force_login(house.member.user, backend=BACKEND)
    assert "aus einem früheren Programm" in member.get(reverse("invoice", args=["ALT-1"])).content.decode()
    assert member.get(reverse("invoice_pdf", args=["ALT-1"])).status_code == 404
    assert member.get(reverse("invoice_xml", args=["ALT-1"])).status_code == 404
    assert member.get(reverse("invoices")).status_code == 200
