"""“Verträge hier kündigen” and “Vertrag widerrufen”: exactly what the law lists, for everybody, and the same answer for all."""

import re
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client
from django_scopes import scope, scopes_disabled

from billing.models import Declaration, Mail
from billing.services import mailing
from members.models import Organisation
from tests.documents.reading import text as text_of
from tests.portal.world import NOON, TODAY, World, build, contract, member

pytestmark = [pytest.mark.both, pytest.mark.django_db]
TYPED = {"name": "Petra Muster", "about": "1001", "email": "petra@example.org"}


def visible(page: str) -> str:
    """The words that stand on a page, without the field for machines."""
    main = re.sub(r'(?s)<div class="trap">.*?</div>|<head>.*?</head>|<footer.*?</footer>', "", page)
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def sent(client: Client, address: str, moment: Any = None, **typed: str) -> Any:
    """As a person does it: look, type, press ten seconds later."""
    page = client.get(address).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    with time_machine.travel(moment or NOON.replace(second=10), tick=False):
        return client.post(address, TYPED | {"token": token[1]} | typed)


def only() -> Declaration:
    with scopes_disabled():
        return Declaration.objects.select_related("organisation", "contract", "event").get()


def test_the_page_of_cancelling_says_what_the_law_lists_and_nothing_else(world: World, client: Client) -> None:
    page = client.get("/cancel/").content.decode()
    assert visible(page) == (
        "TSV Musterstadt e. V. Verträge hier kündigen Art der Kündigung ordentlich außerordentlich (bitte Grund nennen) "
        "Grund, wenn Sie außerordentlich kündigen Ihr Name Vertrag Mitglieds- oder Kundennummer und Bezeichnung des "
        "Vertrags, soweit Sie sie kennen Letzter Tag des Vertrags Leer lassen für den frühestmöglichen Tag. E-Mail-Adresse für die "
        "Bestätigung jetzt kündigen"
    )
    assert "<script" not in page
    assert "<nav" not in page


def test_the_page_of_withdrawing_asks_for_three_things(world: World, client: Client) -> None:
    assert visible(client.get("/withdraw/").content.decode()) == (
        "TSV Musterstadt e. V. Vertrag widerrufen Ihr Name Vertrag Mitglieds- oder Kundennummer und Bezeichnung des Vertrags, soweit "
        "Sie sie kennen E-Mail-Adresse für die Bestätigung Widerruf bestätigen"
    )


def test_the_receipt_says_content_day_and_time_on_the_page_by_mail_and_as_a_file(world: World, client: Client) -> None:
    answer = sent(client, "/cancel/", how="yes", reason="Umzug\nnach Rom", wished_on="2027-01-31")
    assert answer.status_code == 302
    page = client.get(answer.url)
    words = visible(page.content.decode())
    with scope(organisation=world.organisation):
        mailing.send_due(world.organisation, NOON.replace(minute=1))
    (receipt,) = outbox.outbox
    assert receipt.to == ["petra@example.org"]
    pdf = text_of(client.get(f"{answer.url}pdf/").content)
    for fact in (
        "Außerordentliche Kündigung",
        "Petra Muster",
        "1001",
        "31. Januar 2027",
        "Umzug",
        "18. Dezember 2026",
        "12:00:10",
    ):
        assert fact in words
        assert fact in receipt.body
        assert fact in pdf
    assert only().text.strip() in receipt.body


@pytest.mark.parametrize("address", ["/cancel/", "/withdraw/"])
def test_members_and_strangers_get_the_same_answer(world: World, client: Client, address: str) -> None:
    contract(world, world.petra, "Erwachsene", {"interval": {"months": 1}, "legal_basis": "consumer", "vat_rate": "19"})
    world.petra.email = "petra@example.org"
    with scope(organisation=world.organisation):
        world.petra.save()
    pages = []
    for about in ("1001", "4711"):
        answer = sent(client, address, about=about)
        pages.append(visible(client.get(answer.url).content.decode()).replace(about, "?"))
    assert pages[0] == pages[1]
    with scopes_disabled():
        texts = [one.text.replace("1001", "?").replace("4711", "?") for one in Mail.objects.filter(kind="declaration")]
        assert len(texts) == 2
        assert texts[0] == texts[1]


def test_what_is_certain_is_entered(world: World, client: Client) -> None:
    held = contract(world, world.petra, "Erwachsene", {"interval": {"months": 1}})
    world.petra.email = "petra@example.org"
    with scope(organisation=world.organisation):
        world.petra.save()
    sent(client, "/cancel/")
    assert only().contract == held


def test_who_is_signed_in_need_not_type(world: World, client: Client) -> None:
    assert world.petra.user
    client.force_login(world.petra.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get("/cancel/").content.decode()
    assert 'value="Petra Muster"' in page
    assert 'value="1001"' in page
    assert 'value="Petra Muster"' not in Client().get("/cancel/").content.decode()


@pytest.mark.parametrize("broken", [
    {"name": ""}, {"about": ""}, {"email": ""}, {"email": "no address"}, {"name": "x" * 121}, {"name": "Buy at https://x.example"},
    {"about": "a\x00b"}, {"how": "perhaps"}, {"how": "yes"}, {"wished_on": "31.02.2027"}, {"wished_on": "99999-01-01"}, {"wished_on": "9999-12-31"}, {"wished_on": "0001-01-01"},
    {"reason": "x" * 1001}, {"website": "spam"}, {"token": ""}, {"token": "forged"},
])  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(world: World, client: Client, broken: dict[str, str]) -> None:
    answer = sent(client, "/cancel/", **({"reason": "Umzug"} if "how" not in broken else {}) | broken)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "errorlist" in page
    assert 'value="petra@example.org"' in page or "email" in broken
    with scopes_disabled():
        assert not Declaration.objects.exists()


def test_a_machine_that_is_too_quick_and_a_form_of_yesterday_are_asked_again(world: World, client: Client) -> None:
    assert sent(client, "/cancel/", NOON).status_code == 422
    late = sent(client, "/cancel/", NOON.replace(day=20))
    assert late.status_code == 422
    token = re.search(r'name="token" value="([^"]+)"', late.content.decode())
    assert token
    with time_machine.travel(NOON.replace(day=20, second=20), tick=False):
        assert client.post("/cancel/", TYPED | {"token": token[1]}).status_code == 302


def test_two_presses_make_one_declaration_and_a_corrected_text_another(world: World, client: Client) -> None:
    page = client.get("/cancel/").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    with time_machine.travel(NOON.replace(second=10), tick=False):
        for about in ("1001", "1001", "1002"):
            client.post("/cancel/", TYPED | {"token": token[1], "about": about})
    with scopes_disabled():
        assert sorted(Declaration.objects.values_list("about", flat=True)) == ["1001", "1002"]


def test_a_flood_is_stopped_and_shown_the_way_by_mail(world: World, client: Client) -> None:
    answers = [sent(client, "/cancel/", about=str(number), email=f"a{number}@example.org") for number in range(21)]
    assert {one.status_code for one in answers[:20]} == {302}
    assert answers[20].status_code == 429
    assert "buero@tsv.example" in answers[20].content.decode()


def test_nobody_is_flooded_with_receipts_but_every_declaration_is_kept(world: World, client: Client) -> None:
    last = [sent(client, "/cancel/", about=str(number)) for number in range(6)][-1]
    with scopes_disabled():
        assert Declaration.objects.count() == 6
        assert Mail.objects.filter(kind="declaration").count() == 5
    assert "bewahren Sie diese Bestätigung auf" in client.get(last.url).content.decode()


def test_only_the_sender_reads_the_receipt_and_only_for_a_day(world: World, client: Client) -> None:
    answer = sent(client, "/cancel/")
    assert client.get(answer.url).status_code == 200
    assert client.get("/received/1/").status_code == 404
    assert client.get(answer.url[:-2] + "x/").status_code == 404
    with time_machine.travel(NOON.replace(day=20), tick=False):
        assert client.get(answer.url).status_code == 404
        assert client.get(f"{answer.url}pdf/").status_code == 404


def test_hostile_words_stay_words(world: World, client: Client) -> None:
    answer = sent(client, "/cancel/", name="<b>Petra</b>\r\nBcc: all@example.org", about="'; DROP TABLE members; --")
    page = client.get(answer.url).content.decode()
    assert "&lt;b&gt;Petra&lt;/b&gt; Bcc: all@example.org" in page
    with scopes_disabled():
        assert "\n" not in Mail.objects.get(kind="declaration").subject


def test_the_links_stand_on_every_page_unless_the_organisation_said_why_not(world: World, client: Client) -> None:
    for address in ("/", "/accounts/login/", "/nowhere/"):
        page = client.get(address).content.decode()
        assert '<a href="/cancel/">Verträge hier kündigen</a>' in page
        assert '<a href="/withdraw/">Vertrag widerrufen</a>' in page
    Organisation.objects.update(withdraw_button=False, no_button_reason="Nur Mitgliedschaften")
    assert "/withdraw/" not in client.get("/").content.decode()
    assert client.get("/withdraw/").status_code == 404
    assert client.get("/cancel/").status_code == 200


def test_with_many_organisations_the_contract_partner_is_chosen_or_stands_in_the_address(
    world: World, client: Client
) -> None:
    other = build("chor", "other@example.org", "Chor")
    assert "Vertragspartner" in visible(client.get("/cancel/").content.decode())
    assert sent(client, "/cancel/").status_code == 422
    assert sent(client, "/cancel/", organisation=str(other.organisation.pk)).status_code == 302
    assert only().organisation == other.organisation
    assert "Vertragspartner" not in visible(client.get("/cancel/chor/").content.decode())
    assert client.get("/cancel/nobody/").status_code == 404


def test_a_declaration_to_one_organisation_reaches_no_member_of_another(world: World, client: Client) -> None:
    other = build("chor", "other@example.org", "Chor")
    held = contract(world, member(world.organisation, "1002", "Petra", email="petra@example.org"), "A", {})
    sent(client, "/cancel/chor/", about="1002")
    assert only().organisation == other.organisation
    assert only().contract is None
    assert held.start < TODAY


def test_the_page_speaks_english(world: World, client: Client) -> None:
    page = visible(client.get("/cancel/", headers={"accept-language": "en"}).content.decode())
    assert page.startswith("TSV Musterstadt e. V. Cancel contracts here")
    assert page.endswith("cancel now")
