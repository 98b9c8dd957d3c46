"""The treasurer's month by buttons: each does one step, and a second click changes nothing."""

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from billing.models import BillingRun, Collection, CollectionBatch, DueWork, Invoice, Mail, PostingBatch
from billing.office import run_steps
from billing.services import work
from tests.office.world import NOON, House, rows

FEBRUARY = {"on": "15.01.2027", "until": "28.02.2027", "collect_on": "01.02.2027"}


def press(client: Client, run: BillingRun, step: str) -> HttpResponse:
    return client.post(reverse(f"office_run_{step}", args=[run.pk]))  # type: ignore[return-value]


def february(treasurer: Client) -> BillingRun:
    """A new run with its preview, made on the page for it."""
    answer = treasurer.post(reverse("office_run_new"), FEBRUARY)
    run: BillingRun = rows(BillingRun).get(on="2027-01-15")
    assert answer.headers["Location"] == reverse("office_run", args=[run.pk])
    return run


def test_a_month_by_buttons_with_every_button_pressed_twice(treasurer: Client, house: House) -> None:
    run = february(treasurer)
    for step in ("approve", "issue", "collect", "export"):
        for _press in range(2):
            answer = press(treasurer, run, step)
            levels = {message.level_tag for message in get_messages(answer.wsgi_request)}  # type: ignore[attr-defined]
            assert (answer.status_code, levels) == (302, {"success"}), step
    run.refresh_from_db()
    assert run.state == "exported"
    invoices = rows(Invoice).filter(run=run)
    assert invoices.count() == run.preview["payers_invoiced"]  # type: ignore[index]
    assert rows(Collection).filter(batch__run=run).count() == run.preview["direct_debits"]  # type: ignore[index]
    assert rows(PostingBatch).filter(month="2027-01-01").count() == 1


def test_the_page_shows_one_next_step_at_a_time(treasurer: Client) -> None:
    run = february(treasurer)
    seen = []
    for step in ("approve", "issue", "collect", ""):
        page = treasurer.get(reverse("office_run", args=[run.pk]))
        seen.append([one["state"] for one in page.context["steps"]].index("next"))
        if step:
            press(treasurer, run, step)
    assert seen == [1, 2, 3, 3]


def test_a_run_is_not_complete_while_the_bank_has_no_file(treasurer: Client, house: House) -> None:
    page = treasurer.get(reverse("office_run", args=[house.run.pk]))
    assert page.context["state"] == "unsubmitted"
    treasurer.post(reverse("office_submit", args=[house.batch.pk]), {"waiver": "told at the general meeting"})
    batch = rows(CollectionBatch).get(pk=house.batch.pk)
    assert batch.submitted_at == NOON
    assert batch.submitted_by.email == "treasurer@ostufer.example"
    assert treasurer.get(reverse("office_run", args=[house.run.pk])).context["state"] == "exported"


def test_a_file_is_not_handed_in_before_payers_were_told_or_in_two_ways(treasurer: Client, house: House) -> None:
    treasurer.post(reverse("office_submit", args=[house.batch.pk]))
    assert rows(CollectionBatch).get(pk=house.batch.pk).submitted_at is None
    treasurer.post(reverse("office_withdraw", args=[house.batch.pk]))
    treasurer.post(reverse("office_submit", args=[house.batch.pk]), {"waiver": "told"})
    batch = rows(CollectionBatch).get(pk=house.batch.pk)
    assert (batch.withdrawn_at, batch.submitted_at) == (NOON, None)


def test_days_that_cannot_work_are_refused_at_the_form(treasurer: Client) -> None:
    page = treasurer.post(reverse("office_run_new"), FEBRUARY | {"collect_on": "16.01.2027"})
    assert page.status_code == 200
    assert page.context["form"].non_field_errors()
    assert not rows(BillingRun).filter(on="2027-01-15").exists()


def test_the_form_suggests_the_next_month_and_a_day_that_can_work(treasurer: Client) -> None:
    form = treasurer.get(reverse("office_run_new")).context["form"]
    assert {name: day.isoformat() for name, day in form.initial.items()} == {
        "on": "2026-12-15", "until": "2027-01-31", "collect_on": "2027-01-01",
    }  # fmt: skip


def test_a_preview_can_be_thrown_away_but_nothing_that_was_approved(treasurer: Client, house: House) -> None:
    run = february(treasurer)
    press(treasurer, run, "discard")
    press(treasurer, house.run, "discard")
    assert list(rows(BillingRun)) == [house.run]


def test_the_office_prepares_nothing_and_approves_nothing(office: Client, house: House) -> None:
    assert office.post(reverse("office_run_new"), FEBRUARY).status_code == 403
    assert {step: press(office, house.run, step).status_code for step in ("approve", "issue", "collect", "export")} == {
        "approve": 403, "issue": 403, "collect": 403, "export": 403,
    }  # fmt: skip


def test_a_large_run_is_left_to_the_worker_and_the_page_follows(
    treasurer: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_steps, "LARGE", 1)
    run = february(treasurer)
    press(treasurer, run, "approve")
    press(treasurer, run, "issue")
    assert not rows(Invoice).filter(run=run).exists()
    progress = reverse("office_run_progress", args=[run.pk])
    assert "hx-get" in treasurer.get(reverse("office_run", args=[run.pk])).content.decode()
    assert "hx-get" in treasurer.get(progress).content.decode()
    with scope(organisation=house.organisation):
        work.do_due(house.organisation, NOON, 5)
    assert "hx-get" not in treasurer.get(progress).content.decode()
    assert rows(BillingRun).get(pk=run.pk).state == "exported"


def test_letters_are_downloaded_and_noted_as_posted(treasurer: Client, house: House) -> None:
    rows(Mail).filter(invoice=house.invoice).update(state="print", recipient="")
    letters = treasurer.get(reverse("office_run_letters", args=[house.run.pk]))
    assert letters.content.startswith(b"%PDF")
    press(treasurer, house.run, "printed")
    assert not rows(Mail).filter(state="print").exists()
    assert rows(Mail).get(invoice=house.invoice).sent_at == NOON


def test_files_are_attachments_that_no_cache_keeps(accountant: Client, house: House) -> None:
    addresses = {
        reverse("office_sepa_file", args=[house.batch.pk]): b"<?xml",
        reverse("office_datev_file", args=[house.export.pk, "postings"]): b'"EXTF"',
        reverse("office_datev_file", args=[house.export.pk, "debtors"]): b'"EXTF"',
        reverse("office_invoice_pdf", args=[house.invoice.pk]): b"%PDF",
    }  # fmt: skip
    for address, start in addresses.items():
        file = accountant.get(address)
        content = file.getvalue()
        assert content.startswith(start)
        assert file.headers["Content-Disposition"].startswith("attachment")
        assert file.headers["Cache-Control"] == "no-store"


def test_the_accountant_makes_what_is_missing_of_a_month(accountant: Client, treasurer: Client) -> None:
    run = february(treasurer)
    press(treasurer, run, "approve")
    press(treasurer, run, "issue")
    new = accountant.get(reverse("office_downloads")).context["new"]
    assert (new.count, new.first) == (rows(Invoice).filter(run=run).count(), run.on)
    for _press in range(2):
        accountant.post(reverse("office_package"))
    made = rows(PostingBatch).get(month="2027-01-01")
    assert made.exported_by.email == "accountant@ostufer.example"
    assert accountant.get(reverse("office_downloads")).context["new"].count == 0


def test_a_failed_message_goes_out_again_when_the_treasurer_says_so(
    treasurer: Client, accountant: Client, house: House
) -> None:
    mail = rows(Mail).exclude(recipient="").first()
    rows(Mail).filter(pk=mail.pk).update(state="failed", attempts=6, error="mailbox full", next_at=None)
    address = f"/office/billing/mail/{mail.pk}/send_again/"
    assert accountant.post(address, {"_form_submitted": "on"}).status_code == 403
    treasurer.post(address, {"_form_submitted": "on"})
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.error, mail.next_at) == ("waiting", 0, "", NOON)


def test_the_start_page_says_what_needs_a_person(treasurer: Client, house: House) -> None:
    february(treasurer)
    rows(DueWork).update(parked_at=NOON, done_at=None)
    context = treasurer.get("/office/").context
    assert [run.on.isoformat() for run in context["warnings"]["waiting"]] == ["2027-01-15"]
    assert (context["warnings"]["unsubmitted"], context["warnings"]["worker"]) == (1, True)
    assert context["warnings"]["stuck"] == rows(DueWork).count()
    assert context["figures"]["next_collection"]["total"] == house.batch.total
    assert context["figures"]["last_run"].run == house.run
