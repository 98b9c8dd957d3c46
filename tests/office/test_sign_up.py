"""The office opens the sign-up, names its websites, copies the code, and decides on applications."""

import pytest
from django.test import Client
from django_scopes import scope, scopes_disabled

from billing.models import Application, Mail, SignUpOffer, SignUpSettings, SignUpText
from members.models import Member, Organisation
from tests.office.world import office_client
from tests.services.club import small_club
from tests.services.newcomers import IBAN, Newcomer, applied, open_house

pytestmark = [pytest.mark.both, pytest.mark.django_db]
RULES = {
    "begins": "next_month",
    "confirm_days": "7",
    "keep_days": "30",
    "websites": "",
    "approval": "on",
    "transfer": "on",
}


@pytest.fixture
def club() -> Organisation:
    return open_house(approval=True)


@pytest.fixture
def treasurer(club: Organisation) -> Client:
    return office_client(club, "treasurer")


def test_it_opens_only_when_everything_is_there() -> None:
    club = small_club()
    treasurer = office_client(club, "treasurer")
    page = treasurer.post("/office/sign-up/", RULES | {"is_open": "on"}).content.decode()
    assert "Wählen Sie mindestens einen Tarif für Neue." in page
    assert "Datenschutzhinweise" in page
    with scope(organisation=club):
        tariff = club.tariffs.get(code="ERW")
        assert not SignUpSettings.objects.filter(is_open=True).exists()
    offer = {"text": "Alle Boote", "position": "1", "takers": "persons", "youngest": "18", "household": "0"}
    assert treasurer.post(f"/office/sign-up/tariffs/{tariff.pk}/", offer).status_code == 302
    assert (
        treasurer.post(
            "/office/sign-up/texts/privacy/", {"version": "1", "url": "https://verein.example/datenschutz"}
        ).status_code
        == 302
    )
    page = treasurer.post("/office/sign-up/", RULES | {"is_open": "on"}).content.decode()
    assert "Geben Sie die Satzung ein" in page
    assert treasurer.post("/office/sign-up/texts/statutes/", {"version": "1", "text": "§ 1"}).status_code == 302
    assert treasurer.post("/office/sign-up/", RULES | {"is_open": "on"}).status_code == 302
    assert "Alle Boote" in Client().get("/join/klein/").content.decode()


@pytest.mark.parametrize("websites", [
    "http://verein.example", "https://*.verein.example", "https://verein.example/pfad", "*", "verein.example", "https://a b.example", "javascript:alert(1)",
    "https://verein.example; script-src *", "https://user@verein.example", "https://a..example", "\n".join(f"https://a{number}.example" for number in range(21)),
])  # fmt: skip
def test_only_exact_websites_are_taken(treasurer: Client, websites: str) -> None:
    answer = treasurer.post("/office/sign-up/", RULES | {"websites": websites})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()


def test_websites_are_kept_as_the_browser_names_them(club: Organisation, treasurer: Client) -> None:
    typed = "https://Verein.example/\n\nhttps://www.verein.example:8443\nhttps://verein.example\n"
    assert treasurer.post("/office/sign-up/", RULES | {"websites": typed}).status_code == 302
    with scope(organisation=club):
        assert SignUpSettings.objects.get().origins == ["https://verein.example", "https://www.verein.example:8443"]


def test_a_tariff_for_consumers_is_not_offered_to_companies_and_a_text_needs_words(
    club: Organisation, treasurer: Client
) -> None:
    with scope(organisation=club):
        course = club.tariffs.get(code="KURS")
    offer = {"position": "1", "takers": "both", "household": "0"}
    assert "nur für Personen" in treasurer.post(f"/office/sign-up/tariffs/{course.pk}/", offer).content.decode()
    family = offer | {"takers": "persons", "household": "2"}
    assert treasurer.post(f"/office/sign-up/tariffs/{course.pk}/", family).status_code == 200
    assert treasurer.post("/office/sign-up/texts/privacy/", {"version": "2"}).status_code == 200
    assert treasurer.get("/office/sign-up/texts/poem/").status_code == 404
    assert treasurer.post(f"/office/sign-up/tariffs/{course.pk}/", {"do": "remove"}).status_code == 302
    with scope(organisation=club):
        assert not SignUpOffer.objects.filter(tariff=course).exists()
        assert SignUpText.objects.get(kind="privacy").version == "1.3.2026"


def test_another_organisations_tariff_is_no_tariff_for_the_household(club: Organisation, treasurer: Client) -> None:
    other = open_house("gross")
    with scopes_disabled():
        ours, theirs = club.tariffs.get(code="ERW"), other.tariffs.get(code="FAM0")
    typed = {"position": "1", "takers": "persons", "household": "2", "household_tariff": str(theirs.pk)}
    assert treasurer.post(f"/office/sign-up/tariffs/{ours.pk}/", typed).status_code == 200
    assert treasurer.get(f"/office/sign-up/tariffs/{theirs.pk}/").status_code == 404


def test_the_code_the_link_and_the_picture_to_copy(treasurer: Client) -> None:
    answer = treasurer.get("/office/sign-up/code/", {"tariff": "KURS"})
    page = answer.content.decode()
    assert "/join/klein/widget.js" in page
    assert "data-tariff=&quot;KURS&quot;" in page or 'data-tariff="KURS"' in page
    assert "/join/klein/?tariff=KURS" in page
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
    picture = treasurer.get("/office/sign-up/qr/")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.content.startswith(b"<svg")


def test_the_start_page_counts_who_waits(club: Organisation, treasurer: Client) -> None:
    assert "möchte Mitglied werden" not in treasurer.get("/office/").content.decode()
    applied(club)
    assert "Jemand möchte Mitglied werden." in treasurer.get("/office/").content.decode()


def test_the_office_admits_with_one_click(club: Organisation, treasurer: Client) -> None:
    row = applied(club)
    page = treasurer.get(f"/office/applications/{row.pk}/").content.decode()
    for fact in ("Nora Neumann", "14,00\xa0€ im Monat", "Stand 1.3.2026", "Mitglied werden"):
        assert fact in page
    for _click in range(2):
        assert treasurer.post(f"/office/applications/{row.pk}/admit/").status_code == 302
    with scope(organisation=club):
        assert Member.objects.get().name == "Nora Neumann"
        assert Application.objects.get().decided_by is not None
    assert "Nora Neumann (1001)" in treasurer.get("/office/applications/").content.decode()


def test_the_office_asks_back_and_refuses_with_words(club: Organisation, treasurer: Client) -> None:
    row = applied(club)
    for step in ("ask", "refuse"):
        assert treasurer.post(f"/office/applications/{row.pk}/{step}/", {}).status_code == 422
    treasurer.post(f"/office/applications/{row.pk}/ask/", {"ask-words": "Welche Abteilung?"})
    treasurer.post(f"/office/applications/{row.pk}/refuse/", {"refuse-words": "Wir sind voll."})
    with scope(organisation=club):
        assert Application.objects.get().state == "refused"
        assert {"join_asked", "join_refused"} <= set(Mail.objects.values_list("kind", flat=True))
    assert "Wir sind voll." in treasurer.get(f"/office/applications/{row.pk}/").content.decode()


def test_what_nobody_confirmed_is_only_counted(club: Organisation, treasurer: Client) -> None:
    Newcomer().order()
    with scope(organisation=club):
        row = Application.objects.get()
    page = treasurer.get("/office/applications/").content.decode()
    assert "1 Bestellung ist noch nicht bestätigt" in page
    assert "Neumann" not in page
    assert treasurer.get(f"/office/applications/{row.pk}/").status_code == 404


def test_script_in_a_name_stays_words_in_the_office(club: Organisation, treasurer: Client) -> None:
    row = applied(club, person={"last_name": "<script>alert(1)</script>"}, payment={"iban": IBAN})
    page = treasurer.get(f"/office/applications/{row.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_who_only_looks_sees_no_whole_account(club: Organisation, treasurer: Client) -> None:
    row = applied(club)
    whole = "DE71 5706 4221 0231 5304 19"
    assert whole in treasurer.get(f"/office/applications/{row.pk}/").content.decode()
    page = office_client(club, "accountant").get(f"/office/applications/{row.pk}/").content.decode()
    assert "DE71 … 0419" in page
    assert whole not in page
    assert IBAN not in page
