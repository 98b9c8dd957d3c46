"""Becoming a member on the website: without scripts and cookies, the whole way from the tariff to the books."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail as outbox
from django_scopes import scope, scopes_disabled

from billing.models import Application, Contract, Invoice, Mail, Mandate, MandateDocument
from billing.services import mailing, month
from members.models import Member, Organisation
from tests.services.club import noon
from tests.services.newcomers import IBAN, NOW, PERSON, Newcomer, links, open_house

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def club(db: None) -> Organisation:
    return open_house()


def words(page: str) -> str:
    """What stands on a page."""
    page = page.replace("\xa0", " ")
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
        evidence = MandateDocument.objects.get().evidence or {}
        assert evidence["by_link"] is True
        assert evidence["typed_name"] == "Nora Neumann"
        assert "Ich ermächtige Kleiner Verein klein" in evidence["text"][0]
        assert sorted(Mail.objects.values_list("kind", flat=True)) == ["invitation", "join_confirm", "join_welcome"]


def test_the_confirmation_says_everything_that_was_ordered_and_the_mandate(club: Organisation) -> None:
    newcomer = Newcomer().order()
    newcomer.follow(links()[0])
    with scope(organisation=club):
        mailing.send_due(club, NOW + timedelta(hours=1))
    first, welcome = (one.body.replace("\xa0", " ") for one in outbox.outbox[:2])
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
    essential = words(newcomer.page[newcomer.page.index("essential") :])
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
        assert (MandateDocument.objects.get().evidence or {})["typed_name"] == "Nora Neumann"


@pytest.mark.parametrize("tariff, person", [
    ("JUG", {"date_of_birth": "2016-02-03"}), ("JUG", {}), ("JUG", {"date_of_birth": ""}), ("JUG", {"date_of_birth": "2030-01-01"}),
    ("JUG", {"date_of_birth": "2016-02-03", "guardian_first": "Nora", "guardian_last": "Neumann"}),
    ("ERW", {"date_of_birth": "2016-02-03", "guardian_first": "", "guardian_last": ""}), ("ERW", {"date_of_birth": "", "of_age": ""}),
    ("ERW", {"first_name": ""}), ("ERW", {"email": "nora"}), ("ERW", {"email": "a@b.de\nBcc: c@d.de"}), ("ERW", {"website": "spam"}),
    ("ERW", {"last_name": "Buy at https://x.example"}), ("ERW", {"last_name": "a\x00b"}), ("ERW", {"last_name": "x" * 51}),
    ("ERW", {"h0-first_name": "Kim", "h0-last_name": "N", "h0-date_of_birth": "2016-02-03"}),
    ("FAM", {"h0-first_name": "Kim", "h0-last_name": ""}), ("FAM", {"h0-first_name": "K", "h0-last_name": "N", "h0-date_of_birth": "1880-01-01"}),
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
