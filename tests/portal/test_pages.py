"""What the pages show, and to whom."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from billing.models import ContractEvent, Invoice, InvoiceFile
from members.models import User
from tests.portal.world import (
    COLLECTED_ON,
    CREDITOR_IBAN,
    IBAN,
    TODAY,
    World,
    attempt,
    build,
    contract,
    invoice,
    member,
    office_user,
)

MONTHLY = {"interval": {"months": 1}}


@pytest.fixture
def petra(world: World, client: Client) -> Client:
    """Petra, signed in, reading English."""
    return sign_in(client, world.petra.user)


def sign_in(client: Client, user: User | None) -> Client:
    assert user
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = "en"
    return client


def text_of(response: Any) -> str:
    """What a reader reads, without tags and line breaks."""
    without_tags = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", without_tags.replace("\u00a0", " "))


def store_pdf(world: World, claim: Invoice) -> None:
    with scopes_disabled():
        InvoiceFile.objects.create(organisation=world.organisation, invoice=claim, content=b"%PDF-1.7", sha256="0" * 64)


def test_the_first_page_says_what_is_debited_when_from_where_and_under_which_mandate(
    world: World, petra: Client
) -> None:
    attempt(world, invoice(world, "R2026-00001"))
    page = text_of(petra.get("/"))
    assert "Will be debited on Monday, 4 January 2027" in page
    assert "€96.00" in page
    assert "DE71 … 6789" in page
    assert "M-tsv-1001" in page
    assert IBAN not in page


def test_the_first_page_names_account_and_purpose_of_an_open_transfer(world: World, petra: Client) -> None:
    invoice(world, "R2026-00001", method="transfer")
    page = text_of(petra.get("/"))
    assert "Please transfer by Monday, 4 January 2027" in page
    assert "DE87 2005 0000 1234 5678 90" in page
    assert "R2026-00001" in page


def test_the_next_payment_comes_first_whatever_was_issued_last(world: World, petra: Client) -> None:
    invoice(world, "R2", due_on=COLLECTED_ON, issued_on=TODAY - timedelta(days=5))
    invoice(world, "R3", due_on=date(2027, 2, 1))
    page = text_of(petra.get("/"))
    assert page.index("4 January 2027") < page.index("1 February 2027")


def test_with_nothing_due_the_first_page_says_so(petra: Client) -> None:
    assert "Nothing to pay at the moment." in text_of(petra.get("/"))


def test_a_returned_debit_is_told_first(world: World, petra: Client) -> None:
    claim = invoice(world, "R1", due_on=date(2026, 12, 1))
    attempt(world, claim, on=date(2026, 12, 1), failed_on=date(2026, 12, 7), failed_as="returned")
    page = text_of(petra.get("/"))
    assert page.index("€96.00 could not be collected (invoice R1).") < page.index("What comes next")


def test_the_latest_attempt_counts(world: World, petra: Client) -> None:
    claim = invoice(world, "R1")
    attempt(world, claim, on=date(2026, 12, 1), failed_on=date(2026, 12, 7), failed_as="returned")
    attempt(world, claim)
    page = text_of(petra.get("/"))
    assert "could not be collected" not in page
    assert "will be debited on 4 Jan 2027" in page


def test_the_household_shows_everybody_i_pay_for_with_tariff_and_rhythm(world: World, petra: Client) -> None:
    child = member(world.organisation, "1002", "Jonas", payer=world.petra)
    member(world.organisation, "1003", "Lena", payer=world.petra, left_on=TODAY - timedelta(days=1))
    contract(world, child, "Youth", MONTHLY | {"intervals": [1, 3]}, interval_months=3)
    contract(world, world.petra, "Adults", {"interval": {"months": 12}})
    page = text_of(petra.get("/"))
    assert page.index("Petra Muster member number 1001 Adults €8.00 yearly") < page.index(
        "Jonas Muster member number 1002 Youth €24.00 quarterly"
    )
    assert "What you pay €24.00 quarterly and €8.00 yearly" in page
    assert "Lena" not in page


def test_a_cancelled_contract_names_its_last_day_and_is_gone_afterwards(world: World, petra: Client) -> None:
    for name, ends in (("Tennis", "2027-04-01"), ("Chess", "2026-12-01")):
        agreed = contract(world, world.petra, name, MONTHLY)
        with scopes_disabled():
            ContractEvent.objects.create(
                organisation=world.organisation,
                contract=agreed,
                kind="cancel",
                on=TODAY,
                known_on=TODAY,
                data={"value": ends},
            )
    page = text_of(petra.get("/"))
    assert "cancelled, runs until 31 Mar 2027" in page
    assert "Chess" not in page


def test_after_a_change_the_present_tariff_is_shown(world: World, petra: Client) -> None:
    agreed = contract(world, world.petra, "Adults", MONTHLY)
    contract(world, member(world.organisation, "1009", "Uwe"), "Seniors", {"interval": {"months": 6}})
    with scopes_disabled():
        ContractEvent.objects.create(
            organisation=world.organisation,
            contract=agreed,
            kind="change_tariff",
            on=TODAY,
            known_on=TODAY,
            data={"value": "seniors", "when": "immediately"},
        )
    assert "Seniors €8.00 half-yearly" in text_of(petra.get("/"))


def test_who_is_paid_for_reads_who_pays_and_sees_no_invoice(world: World, client: Client) -> None:
    jonas = member(world.organisation, "1002", "Jonas", payer=world.petra, user=office_less_user("jonas@example.org"))
    invoice(world, "R1")
    page = text_of(sign_in(client, jonas.user).get("/"))
    assert "Petra Muster pays for this membership" in page
    assert client.get("/invoices/R1/").status_code == 404


def office_less_user(email: str) -> User:
    return User.objects.create_user(email)


def test_an_invoice_shows_its_lines_with_the_last_day_and_its_total(world: World, petra: Client) -> None:
    invoice(world, "R1")
    page = text_of(petra.get("/invoices/R1/"))
    assert (
        "Erwachsene, Jahresbeitrag Petra Muster, 1 Jan 2027 – 31 Dec 2027 The full price for these days. €96.00" in page
    )
    assert "Total €96.00" in page


def test_a_transfer_can_be_scanned_by_a_banking_app(world: World, petra: Client) -> None:
    invoice(world, "R1", method="transfer")
    invoice(world, "R2")
    assert b"data:image/svg+xml" in petra.get("/invoices/R1/").content
    assert b"data:image/svg+xml" not in petra.get("/invoices/R2/").content
    assert CREDITOR_IBAN.encode() not in petra.get("/invoices/R2/").content


def test_the_list_is_cut_into_pages(world: World, petra: Client) -> None:
    for number in range(13):
        invoice(world, f"R{number:02d}", issued_on=TODAY - timedelta(days=30 * number))
    first, second = text_of(petra.get("/invoices/")), text_of(petra.get("/invoices/?page=2"))
    assert "R00" in first
    assert "R12" not in first
    assert "R12" in second
    assert "Page 2 of 2" in second


def test_a_page_of_invoices_costs_as_many_queries_as_one_invoice(world: World, petra: Client) -> None:
    attempt(world, invoice(world, "R00"))
    petra.get("/invoices/")
    with CaptureQueriesContext(connection) as one:
        petra.get("/invoices/")
    for number in range(1, 12):
        attempt(world, invoice(world, f"R{number:02d}"))
    with CaptureQueriesContext(connection) as twelve:
        petra.get("/invoices/")
    assert len(twelve) == len(one) <= 15


def test_the_document_is_downloaded_under_its_number(world: World, petra: Client) -> None:
    store_pdf(world, invoice(world, "2026/00001"))
    answer = petra.get("/invoices/2026/00001/pdf")
    assert answer.content == b"%PDF-1.7"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="2026-00001.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("address", ["/invoices/{}/", "/invoices/{}/pdf"])
def test_a_strangers_invoice_is_refused_like_one_that_does_not_exist(world: World, petra: Client, address: str) -> None:
    stranger = member(world.organisation, "2001", "Uwe")
    other = build("chor", "other@example.org", "Chor")
    for claim in (invoice(world, "FOREIGN", payer=stranger), invoice(other, "OTHER")):
        store_pdf(world, claim)
    answers = [petra.get(address.format(number)) for number in ("FOREIGN", "OTHER", "MISSING")]
    assert {answer.status_code for answer in answers} == {404}
    assert (
        len(
            {same_page(answer, number) for answer, number in zip(answers, ("FOREIGN", "OTHER", "MISSING"), strict=True)}
        )
        == 1
    )


def same_page(answer: Any, number: str) -> str:
    """The page without what differs from request to request: the token of its forms and the address that was asked for."""
    page = answer.content.decode().replace(number, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


@pytest.mark.parametrize("address", ["/invoices/", "/invoices/R1/", "/invoices/R1/pdf", "/security/"])
def test_strangers_are_sent_to_the_sign_in(world: World, client: Client, address: str) -> None:
    invoice(world, "R1")
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next={address}"


def test_strangers_are_welcomed(world: World, client: Client) -> None:
    client.cookies["django_language"] = "en"
    page = text_of(client.get("/"))
    assert "Welcome to TSV Musterstadt e. V." in page
    build("chor", "other@example.org", "Chor")
    page = text_of(client.get("/"))
    assert not {"TSV", "Chor"} & set(page.split()), "with two organisations a stranger learns neither name"


@pytest.mark.parametrize("address", ["/", "/invoices/", "/invoices/R1/", "/security/"])
def test_pages_of_signed_in_people_are_kept_nowhere_and_run_no_foreign_script(
    world: World, petra: Client, address: str
) -> None:
    invoice(world, "R1")
    answer = petra.get(address)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert b" style=" not in answer.content
    assert b"<script" not in answer.content


def test_who_only_works_in_the_office_goes_there(world: World, client: Client) -> None:
    answer = sign_in(client, office_user(world.organisation)).get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/office/")


def test_who_does_both_finds_the_way_to_the_office_and_others_do_not(
    world: World, petra: Client, client: Client
) -> None:
    assert b'href="/office/"' not in petra.get("/").content
    both = office_user(world.organisation)
    member(world.organisation, "1005", "Kai", user=both)
    assert b'href="/office/"' in sign_in(client, both).get("/").content


def test_a_sign_in_without_a_membership_is_told_whom_to_ask(world: World, client: Client) -> None:
    page = text_of(sign_in(client, office_less_user("lost@example.org")).get("/"))
    assert "Nobody on our books belongs to your sign-in yet" in page


def test_a_member_of_two_organisations_sees_one_at_a_time_and_switches(world: World, petra: Client) -> None:
    other = build("chor", "other@example.org", "Chor")
    alt = member(other.organisation, "77", "Petra", user=world.petra.user)
    invoice(world, "TSV1")
    invoice(other, "CHOR1", payer=alt)
    assert petra.get("/").context["organisation"] == other.organisation, "by name, Chor comes first"
    assert petra.get("/invoices/TSV1/").status_code == 404
    assert petra.post("/switch/", {"organisation": world.organisation.pk}).status_code == 302
    assert petra.get("/invoices/TSV1/").status_code == 200
    assert petra.get("/invoices/CHOR1/").status_code == 404


def test_nobody_switches_to_an_organisation_that_is_not_theirs(world: World, petra: Client) -> None:
    other = build("chor", "other@example.org", "Chor")
    assert petra.post("/switch/", {"organisation": other.organisation.pk}).status_code == 404
    assert petra.get("/switch/").status_code == 405
    assert petra.get("/").context["organisation"] == world.organisation


def test_the_logo_is_that_of_the_readers_organisation(world: World, petra: Client) -> None:
    assert petra.get("/logo").status_code == 404
    world.organisation.logo = b"\x89PNG\r\n"
    world.organisation.save()
    answer = petra.get("/logo")
    assert (answer.content, answer["Content-Type"]) == (b"\x89PNG\r\n", "image/png")


def test_the_language_is_chosen_by_the_reader(world: World, client: Client) -> None:
    client.force_login(world.petra.user, backend="allauth.account.auth_backends.AuthenticationBackend")  # type: ignore[arg-type]
    assert b'<html lang="de">' in client.get("/").content
    assert client.post("/i18n/setlang/", {"language": "en", "next": "/invoices/"})["Location"] == "/invoices/"
    assert b'<html lang="en">' in client.get("/").content


def test_vat_is_shown_where_there_is_any(world: World, petra: Client) -> None:
    with scopes_disabled():
        plain = invoice(world, "R1")
        Invoice.objects.create(
            organisation=world.organisation, payer=world.petra, year=2026, sequence=99, number="R2", issued_on=TODAY, due_on=COLLECTED_ON,
            net=Decimal("100.00"), vat=Decimal("19.00"), gross=Decimal("119.00"), method="debit", snapshot=plain.snapshot, hash="1" * 64,
        )  # fmt: skip
    assert "VAT €19.00" in text_of(petra.get("/invoices/R2/"))
    assert "VAT" not in text_of(petra.get("/invoices/R1/"))
