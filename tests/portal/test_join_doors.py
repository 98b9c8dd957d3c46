"""The doors of the sign-up: forged forms, foreign tariffs, floods, frames, links; and the same answer for everybody."""

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.test import Client, override_settings
from django_scopes import scope, scopes_disabled

from billing.models import Application, Mail, Mandate
from billing.services.sign_up import is_origin
from members.models import Member, Organisation
from tests.portal.test_join import stored, words
from tests.services.club import join
from tests.services.newcomers import IBAN, NOW, ORIGIN, PERSON, Newcomer, links, open_house

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def club(db: None) -> Organisation:
    return open_house()


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
        times = [one.next_at or NOW for one in Mail.objects.filter(kind="join_confirm").order_by("pk")]
    assert stored() == len(times) == 3
    assert [late - early for early, late in pairwise(times)] == [timedelta(hours=1)] * 2


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


def test_an_open_form_does_not_outlive_the_direct_debit(club: Organisation) -> None:
    newcomer = Newcomer().look("ERW").press("person", **PERSON).press("payment", months="1", method="debit", iban=IBAN)
    with scope(organisation=club):
        club.creditors.update(electronic_mandates_since=None)
    assert newcomer.press("order", mandate="on").status == 422
    assert "Lastschrift ist hier nicht mehr möglich" in words(newcomer.page)
    assert stored() == 0


def test_who_changes_the_person_looks_at_everything_again(club: Organisation) -> None:
    newcomer = Newcomer().look("ERW").press("person", **PERSON).press("payment", months="1", method="debit", iban=IBAN)
    newcomer.press("back_to_person").press("person", **(PERSON | {"last_name": "Other"}))
    assert newcomer.press("order", mandate="on").status == 422
    assert stored() == 0


@pytest.mark.parametrize("secure, taken", [(True, False), (False, True)])
def test_a_website_of_the_own_machine_is_for_trying_only(secure: bool, taken: bool) -> None:
    with override_settings(SECURE=secure):
        assert is_origin("http://localhost:8001") is taken
        assert is_origin("https://verein.example")


LOGO = b"\x89PNG\r\n\x1a\nlogo"


@pytest.mark.parametrize("framed", [False, True], ids=["own page", "framed"])
def test_the_sign_up_wears_the_colours_and_the_logo_of_its_house(club: Organisation, framed: bool) -> None:
    Organisation.objects.filter(pk=club.pk).update(colour="#8a1c4a", logo=LOGO)
    page = Newcomer(framed=framed).look().page
    found = re.search(r'href="(/join/klein/style/\w+\.css)"', page)
    assert found
    style = Client().get(found[1])
    assert (style.status_code, style.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    assert b"#8a1c4a" in style.content
    assert ('src="/join/klein/logo"' in page) is not framed
    assert Client().get("/join/klein/logo").content == LOGO


def test_a_house_without_a_look_has_the_common_one(club: Organisation) -> None:
    assert "/style/" not in Newcomer().look().page
    for gone in ("logo", "style/0123456789abcdef.css"):
        assert Client().get(f"/join/klein/{gone}").status_code == 404
