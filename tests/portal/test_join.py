"""Becoming a member on the website: without scripts and cookies, the whole way from the tariff to the books."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client, override_settings
from django_scopes import scope, scopes_disabled

from billing.models import Application, Contract, Invoice, Mail, Mandate, MandateDocument
from billing.services import mailing, month
from members.models import Member, Organisation
from tests.services.club import join, noon
from tests.services.newcomers import IBAN, NOW, ORIGIN, PERSON, Newcomer, links, open_house

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def club(db: None) -> Organisation:
    return open_house()


def words(page: str) -> str:
    """What stands on a page."""
    main = re.sub(r'(?s)<div class="trap">.*?</div>|<head>.*?</head>|<footer.*?</footer>', "", page)
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def stored() -> int:
    with scopes_disabled():
        return Application.objects.count()


def test_the_tariffs_stand_beside_each_other_with_all_that_matters(club: Organisation) -> None:
    page = words(Newcomer().look().page)
    for fact in (
        "Erwachsene", "Alle Boote, alle Termine.", "14,00 € im Monat", "168,00 € im Jahr", "keine: Mitgliedsbeitrag", "Jugendliche bis 17 Jahre",
        "mit bis zu 3 weiteren Personen", "29,90 € im Monat", "Startpaket 19,00 € einmalig", "19 % sind enthalten",
        "14 Tage kostenlos, bis 14. Januar 2027", "12 Monate", "Kündigungsfrist 1 Monat", "28,00 €, etwa am 15. Januar 2027",
        "per SEPA-Lastschrift, per Überweisung", "nicht vor dem 31. Januar 2027",
    ):  # fmt: skip
        assert fact in page, fact


def test_nobody_is_a_member_before_the_mailbox_is_proved_and_then_everything_is_there(club: Organisation) -> None:
    newcomer = Newcomer().order()
    assert newcomer.answer.url == "/join/klein/sent/"
    with scopes_disabled():
        assert not Member.objects.exists()
        assert not Contract.objects.exists()
    assert newcomer.follow(links()[0]).status_code == 200
    with scope(organisation=club):
        member, contract, mandate = Member.objects.get(), Contract.objects.get(), Mandate.objects.get()
        assert (member.name, member.number, member.email, member.joined_on) == (
            "Nora Neumann",
            "1001",
            "nora@example.org",
            date(2027, 1, 1),
        )
        assert member.user is not None
        assert (contract.member, contract.tariff.code, contract.start, contract.interval_months) == (
            member,
            "ERW",
            date(2027, 1, 1),
            1,
        )
        assert (mandate.iban, mandate.account_holder, mandate.source) == (IBAN, "Nora Neumann", "online")
        evidence = MandateDocument.objects.get().evidence
        assert evidence["by_link"] is True
        assert evidence["typed_name"] == "Nora Neumann"
        assert "Ich ermächtige Kleiner Verein klein" in evidence["text"][0]
        assert sorted(Mail.objects.values_list("kind", flat=True)) == ["invitation", "join_confirm", "join_welcome"]


def test_the_confirmation_says_everything_that_was_ordered_and_the_mandate(club: Organisation) -> None:
    newcomer = Newcomer().order()
    newcomer.follow(links()[0])
    with scope(organisation=club):
        mailing.send_due(club, NOW + timedelta(hours=1))
    first, welcome = (one.body for one in outbox.outbox[:2])
    assert "Neumann" not in first
    for fact in (
        "Ihre Mitgliedsnummer ist 1001", "mit der Schaltfläche „Mitglied werden“", "14,00 € im Monat", "Am Deich 1, 24143 Kiel",
        "Erwachsene 01.02.2027 bis 28.02.2027: 14,00 €", "Ich erkläre meinen Beitritt zu Kleiner Verein klein nach dessen Satzung.",
        "Satzung, Stand 1.3.2026", "Alles über statutes.", "OST-00001", "SEPA-Lastschriftmandat", "acht Wochen",
    ):  # fmt: skip
        assert fact in welcome, fact


def test_the_first_run_bills_what_the_page_has_said(club: Organisation) -> None:
    newcomer = Newcomer().order("FAM", payment={"months": "3"}, people="on")
    newcomer.follow(links()[0])
    with scopes_disabled():
        first = Application.objects.get().shown["answer"]["first"]
    with scope(organisation=club):
        on = date.fromisoformat(first["on"])
        month.run_month(club, on, date(2027, 2, 28), date.fromisoformat(first["collect"]), approved=True, now=noon(on))
        assert Invoice.objects.get().gross == Decimal(first["total"]) == Decimal("84.00")


def test_a_consumer_reads_the_instruction_and_presses_a_button_that_says_what_it_does(club: Organisation) -> None:
    newcomer = Newcomer().look("KURS").press("person", **PERSON)
    newcomer.press("payment", method="transfer")
    page = words(newcomer.page)
    assert '<button class="wide" name="go" value="order">zahlungspflichtig bestellen</button>' in newcomer.page
    assert "Widerrufsbelehrung Widerrufsrecht Sie haben das Recht, binnen vierzehn Tagen" in page
    assert "/withdraw/klein/" in page
    assert "Muster-Widerrufsformular" in page
    essential = newcomer.page[newcomer.page.index("essential") :]
    for fact in ("29,90 € im Monat", "19,00 €", "12 Monate", "1 Monat", "14 Tage kostenlos"):
        assert fact in essential, fact
    newcomer.press("order")
    newcomer.follow(links()[0])
    with scopes_disabled():
        text = Mail.objects.get(kind="join_welcome").text
    assert "Sie haben das Recht, binnen vierzehn Tagen" in text
    assert "Hiermit widerrufe(n) ich/wir" in text


def test_a_contract_that_begins_within_the_withdrawal_period_asks_for_the_wish(club: Organisation) -> None:
    with scope(organisation=club):
        type(club.sign_up_settings).objects.update(begins="today")
    newcomer = Newcomer().order("KURS", payment={"method": "transfer"}, early="on")
    assert newcomer.status == 302
    with scopes_disabled():
        row = Application.objects.get()
        assert row.shown["origin"]["agreed"] == ["early"]
        assert "Ich verlange, dass Sie vor Ablauf der Widerrufsfrist beginnen." in row.text


def test_a_membership_has_no_withdrawal_and_its_button_says_what_it_is(club: Organisation) -> None:
    newcomer = Newcomer().look("ERW").press("person", **PERSON).press("payment", months="1", method="transfer")
    assert '<button class="wide" name="go" value="order">Mitglied werden</button>' in newcomer.page
    assert "Widerrufsbelehrung" not in newcomer.page
    assert "Satzung" in words(newcomer.page)


def test_a_family_joins_with_one_payer(club: Organisation) -> None:
    people = {"h0-first_name": "Kim", "h0-last_name": "Neumann", "h0-date_of_birth": "2016-02-03", "h1-last_name": ""}
    newcomer = Newcomer().order("FAM", person=people)
    newcomer.follow(links()[0])
    with scope(organisation=club):
        nora, kim = Member.objects.order_by("number")
        assert kim.payer == nora
        assert {one.tariff.code: one.member_id for one in Contract.objects.all()} == {"FAM": nora.pk, "FAM0": kim.pk}
        assert "Ich bin gesetzliche Vertretung von Kim Neumann" in Application.objects.get().text


def test_a_minor_comes_in_with_a_guardian_who_signs_and_pays(club: Organisation) -> None:
    child = {"first_name": "Kim", "date_of_birth": "2016-02-03", "guardian_first": "Nora", "guardian_last": "Neumann"}
    newcomer = Newcomer().order("JUG", person=child)
    newcomer.follow(links()[0])
    with scope(organisation=club):
        member, mandate = Member.objects.get(), Mandate.objects.get()
        assert (member.name, member.address_extra) == ("Kim Neumann", "c/o Nora Neumann")
        assert member.note == "Gesetzliche Vertretung: Nora Neumann"
        assert mandate.account_holder == "Nora Neumann"
        assert MandateDocument.objects.get().evidence["typed_name"] == "Nora Neumann"


@pytest.mark.parametrize("tariff, person", [
    ("JUG", {"date_of_birth": "2016-02-03"}), ("JUG", {}), ("JUG", {"date_of_birth": ""}), ("JUG", {"date_of_birth": "2030-01-01"}),
    ("JUG", {"date_of_birth": "2016-02-03", "guardian_first": "Nora", "guardian_last": "Neumann"}),
    ("ERW", {"date_of_birth": "2016-02-03", "guardian_first": "", "guardian_last": ""}), ("ERW", {"date_of_birth": "", "of_age": ""}),
    ("ERW", {"first_name": ""}), ("ERW", {"email": "nora"}), ("ERW", {"email": "a@b.de\nBcc: c@d.de"}), ("ERW", {"website": "spam"}),
    ("ERW", {"last_name": "Buy at https://x.example"}), ("ERW", {"last_name": "a\x00b"}), ("ERW", {"last_name": "x" * 51}),
    ("ERW", {"h0-first_name": "Kim", "h0-last_name": "N", "h0-date_of_birth": "2016-02-03"}),
    ("FAM", {"h0-first_name": "Kim"}), ("FAM", {"h0-first_name": "K", "h0-last_name": "N", "h0-date_of_birth": "1880-01-01"}),
    ("FAM", {f"h{place}-{name}": "x" for place in range(300) for name in ("first_name", "last_name")}),
])  # fmt: skip
def test_what_is_wrong_with_a_person_is_said_and_nothing_goes_on(
    club: Organisation, tariff: str, person: dict[str, str]
) -> None:
    """The first is a minor without a guardian; the fifth has themselves as one."""
    newcomer = Newcomer().look(tariff).press("person", **(PERSON | person))
    assert newcomer.status == 422
    assert 'role="alert"' in newcomer.page or "errorlist" in newcomer.page
    assert 'value="24143"' in newcomer.page


@pytest.mark.parametrize("payment", [
    {"iban": ""}, {"iban": "DE00 nonsense"}, {"iban": "DE71570642210231530418"}, {"iban": "DE89370400440532013000"}, {"months": "2"}, {"months": "x"},
    {"method": "gold"}, {"iban": "<script>"},
])  # fmt: skip
def test_what_is_wrong_with_a_payment_is_said(club: Organisation, payment: dict[str, str]) -> None:
    """The fourth is the club's own account."""
    newcomer = Newcomer().look("ERW").press("person", **PERSON)
    newcomer.press("payment", **({"months": "1", "method": "debit", "iban": IBAN} | payment))
    assert newcomer.status == 422
    assert "errorlist" in newcomer.page


def test_without_the_mandate_and_the_word_of_the_guardian_nothing_is_ordered(club: Organisation) -> None:
    people = {"h0-first_name": "Kim", "h0-last_name": "Neumann", "h0-date_of_birth": "2016-02-03"}
    assert Newcomer().order("FAM", person=people, mandate="").status == 422
    assert Newcomer().order("FAM", person=people, people="").status == 422
    assert stored() == 0


def test_back_and_forth_loses_nothing(club: Organisation) -> None:
    newcomer = (
        Newcomer()
        .look("FAM")
        .press("person", **(PERSON | {"h0-first_name": "Kim", "h0-last_name": "Neu", "h0-date_of_birth": "2016-02-03"}))
    )
    newcomer.press("payment", months="3", method="debit", iban=IBAN).press("back_to_payment")
    assert IBAN in newcomer.page
    newcomer.press("back_to_person")
    for value in ("Nora", "Kim", "2016-02-03", "1990-05-04"):
        assert f'value="{value}"' in newcomer.page


def test_a_forged_foreign_or_old_form_begins_anew(club: Organisation) -> None:
    open_house("gross")
    newcomer = Newcomer().look("ERW").press("person", **PERSON)
    state = re.search(r'name="state" value="([^"]+)"', newcomer.page)
    assert state
    client, typed = Client(), {"go": "payment", "months": "1", "method": "transfer"}
    with time_machine.travel(NOW, tick=False):
        assert client.post("/join/gross/", typed | {"state": state[1]}).status_code == 422
        assert client.post("/join/klein/", typed | {"state": state[1][:-3] + "abc"}).status_code == 422
        assert client.post("/join/klein/", typed | {"state": state[1]}).status_code == 200
        assert client.post("/join/klein/", typed | {"state": state[1], "go": "order"}).status_code == 422
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        assert client.post("/join/klein/", typed | {"state": state[1]}).status_code == 422
    assert stored() == 0


def test_another_organisations_tariff_and_one_that_is_not_offered_have_no_way_in(club: Organisation) -> None:
    other = open_house("gross")
    with scope(organisation=other):
        type(other.tariffs.get(code="KURS")).objects.filter(code="KURS", organisation=other).update(code="FREMD")
    for code in ("FREMD", "EHR", "nothing", "'; DROP TABLE"):
        assert Newcomer().look(code).status == 404


def test_what_changed_since_the_page_was_shown_is_shown_anew(club: Organisation) -> None:
    newcomer = Newcomer().look("ERW").press("person", **PERSON).press("payment", months="1", method="transfer")
    with scope(organisation=club):
        club.sign_up_texts.filter(kind="statutes").update(version="2.2.2027")
    newcomer.press("order")
    assert newcomer.status == 422
    assert "2.2.2027" in newcomer.page
    assert newcomer.press("order").status == 302


def test_two_presses_make_one_order_and_two_clicks_on_the_link_one_member(club: Organisation) -> None:
    newcomer = Newcomer().look("ERW").press("person", **PERSON).press("payment", months="1", method="transfer")
    page = newcomer.page
    newcomer.press("order")
    newcomer.page = page
    newcomer.press("order")
    assert stored() == 1
    for _click in range(2):
        assert newcomer.follow(links()[0]).status_code == 200
    with scope(organisation=club):
        assert Member.objects.count() == 1
        assert Mail.objects.filter(kind="join_welcome").count() == 1


def test_a_link_works_in_time_unforged_and_only_with_the_button(club: Organisation) -> None:
    newcomer = Newcomer().order()
    (link,) = links()
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert newcomer.client.get(link).status_code == 200
        assert newcomer.client.post(link[:-4] + "abc/").status_code == 410
    with scopes_disabled():
        assert Application.objects.get().confirmed_at is None
    assert newcomer.follow(link, NOW + timedelta(days=8)).status_code == 410
    with scopes_disabled():
        assert not Member.objects.exists()


def test_members_and_strangers_get_the_same_answers(club: Organisation) -> None:
    with scope(organisation=club):
        join(
            club,
            "1001",
            first_name="Nora",
            last_name="Neumann",
            email="nora@example.org",
            date_of_birth=date(1990, 5, 4),
        )
    known, unknown = Newcomer().order(), Newcomer().order(person={"email": "else@example.org", "last_name": "Other"})
    assert (known.status, known.answer.url) == (unknown.status, unknown.answer.url)
    first, second = (
        words(one.follow(link).content.decode()) for one, link in zip((known, unknown), links(), strict=True)
    )
    assert first == second
    with scopes_disabled():
        texts = [re.sub(r"http\S+", "", one.text) for one in Mail.objects.filter(kind="join_confirm")]
        assert texts[0] == texts[1]


def test_who_is_quick_is_asked_again_and_a_flood_is_stopped(club: Organisation) -> None:
    quick = Newcomer()
    quick.look("ERW")
    for go, typed in (("person", PERSON), ("payment", {"months": "1", "method": "transfer"}), ("order", {})):
        quick.moment = NOW - timedelta(seconds=5)
        quick.press(go, **typed)
    assert quick.status == 422
    assert "Bitte drücken Sie die Schaltfläche noch einmal" in words(quick.page)
    one = Newcomer().look("ERW").press("person", **PERSON).press("payment", months="1", method="transfer")
    page = one.page
    statuses = []
    for _time in range(21):
        one.page = page
        statuses.append(one.press("order").status)
    assert statuses[:20] == [302] * 20
    assert statuses[20] == 429


def test_one_mail_an_hour_goes_to_an_address_and_three_orders_wait_at_most(club: Organisation) -> None:
    for number in range(4):
        assert Newcomer().order(person={"last_name": f"Neumann{number}"}).status == 302
    with scopes_disabled():
        times = list(Mail.objects.filter(kind="join_confirm").order_by("pk").values_list("next_at", flat=True))
    assert stored() == len(times) == 3
    assert [late - early for early, late in zip(times, times[1:], strict=False)] == [timedelta(hours=1)] * 2


def test_script_in_names_stays_words_everywhere(club: Organisation) -> None:
    hostile = {"first_name": "<script>alert(1)</script>", "last_name": "\"'><img src=x>"}
    newcomer = Newcomer().look("ERW").press("person", **(PERSON | hostile))
    assert "<script>alert" not in newcomer.page
    newcomer.press("payment", months="1", method="transfer")
    assert "<script>alert" not in newcomer.page
    assert "&lt;script&gt;alert" in newcomer.page


def test_only_named_websites_may_show_it_and_nothing_else_is_ever_framed(club: Organisation) -> None:
    client = Client()
    inside = client.get("/join/klein/embed/")
    assert f"frame-ancestors 'self' {ORIGIN}" in inside.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in inside.headers
    for address in ("/join/klein/", "/join/klein/sent/", "/join/klein/texts/privacy/", "/", "/cancel/klein/"):
        answer = client.get(address)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], address
        assert answer.headers["X-Frame-Options"] == "DENY", address
    with scope(organisation=club):
        type(club.sign_up_settings).objects.update(is_open=False)
    assert ORIGIN not in client.get("/join/klein/embed/").headers["Content-Security-Policy"]


def test_what_was_stored_as_a_website_and_is_none_is_never_sent_to_a_browser(club: Organisation) -> None:
    bad = ["https://a.example; script-src *", "*", "https://*.example", "http://a.example", "https://a.example/path", 7]
    with scope(organisation=club):
        type(club.sign_up_settings).objects.update(origins=[*bad, ORIGIN])
    policy = Client().get("/join/klein/embed/").headers["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {ORIGIN};" in policy + ";"


def test_it_needs_no_cookie_and_sets_none(club: Organisation) -> None:
    newcomer = Newcomer(framed=True).order()
    assert newcomer.answer.url == "/join/klein/embed/sent/"
    newcomer.follow(links()[0])
    assert not newcomer.client.cookies


def test_the_script_for_other_websites_may_be_loaded_from_there(club: Organisation) -> None:
    answer = Client().get("/join/klein/widget.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert b"event.origin !== door.origin" in answer.content
    assert Client().get("/join/nobody/widget.js").status_code == 404


def test_the_iban_is_checked_while_somebody_types(club: Organisation) -> None:
    client = Client(enforce_csrf_checks=True)
    assert "Volksbank" in client.post("/join/klein/iban/", {"iban": IBAN}).content.decode()
    assert "Tippfehler" in client.post("/join/klein/iban/", {"iban": IBAN[:-1] + "8"}).content.decode()
    assert client.get("/join/klein/iban/").status_code == 405


def test_a_closed_house_takes_nothing(club: Organisation) -> None:
    newcomer = Newcomer().look("ERW")
    with scope(organisation=club):
        type(club.sign_up_settings).objects.update(is_open=False)
    assert "nimmt hier zurzeit keine Bestellungen an" in newcomer.press("person", **PERSON).page
    assert Client().get("/join/klein/texts/privacy/").status_code == 404
    assert Client().get("/join/nobody/").status_code == 404


@override_settings(SECURE=True)
def test_the_page_speaks_english_and_names_who_is_behind_it(club: Organisation) -> None:
    page = Client().get("/join/klein/", headers={"accept-language": "en"}).content.decode()
    assert "Become a member" in page
    for fact in (
        "Fährstraße 12",
        "24143 Kiel",
        "Jo Beispiel",
        "kasse@ostufer.example",
        "/cancel/klein/",
        "/withdraw/klein/",
    ):
        assert fact in page


def test_a_company_joins_where_the_tariff_allows_it(club: Organisation) -> None:
    with scope(organisation=club):
        club.sign_up_offers.filter(tariff__code="ERW").update(takers="both")
    firm: dict[str, Any] = {
        "company": "Werft GmbH",
        "first_name": "",
        "last_name": "",
        "date_of_birth": "",
        "of_age": "",
    }
    newcomer = Newcomer().look("ERW").press("person", **(PERSON | firm))
    assert 'name="iban"' not in newcomer.page
    newcomer.press("payment", months="1").press("order")
    newcomer.follow(links()[0])
    with scope(organisation=club):
        member = Member.objects.get()
        assert (member.kind, member.name) == ("company", "Werft GmbH")
        assert not Mandate.objects.exists()
