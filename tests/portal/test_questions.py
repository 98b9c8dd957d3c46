"""Asking the office in the portal: with what the page is about, and everybody sees their own only."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from billing.services import questions
from members.models import ContactEntry, Member, User
from tests.office.world import signed_in
from tests.portal.world import World, build, invoice, member, office_user

pytestmark = pytest.mark.django_db


def client_of(person: Member) -> Client:
    assert person.user
    return signed_in(person.user)


def entries() -> list[ContactEntry]:
    with scopes_disabled():
        return list(ContactEntry.objects.select_related("member").order_by("pk"))


def post(client: Client, address: str = "/help/", **fields: Any) -> Any:
    return client.post(address, {"subject": "Frage", "text": "Was ist das?"} | fields)


def test_a_question_knows_the_page_it_was_asked_on(world: World) -> None:
    invoice(world, "R1")
    client = client_of(world.petra)
    assert 'value="Rechnung R1"' in client.get("/help/", {"from": "/invoices/R1/"}).content.decode()
    assert "/help/?from=/invoices/R1/" in client.get("/invoices/R1/").content.decode()
    post(client, "/help/?from=/invoices/R1/", member=world.petra.pk)
    [question] = entries()
    assert (question.member, question.about, question.by) == (world.petra, "Rechnung R1", world.petra.user)
    assert question.open_since == timezone.now()


@pytest.mark.parametrize(
    "path",
    [
        "/invoices/R9/",
        "//evil.example/",
        "javascript:alert(1)",
        "/office/",
        "/nowhere/",
        "x" * 5000,
        "/contracts/999999/tariff/",
    ],
)
def test_a_page_that_is_none_of_theirs_says_nothing(world: World, path: str) -> None:
    stranger = build("chor", "other@example.org")
    invoice(stranger, "R9")
    page = client_of(world.petra).get("/help/", {"from": path})
    assert page.status_code == 200
    assert page.context["form"].about == ""


def test_the_answer_is_read_where_the_question_was_asked_and_notes_are_not(world: World) -> None:
    client = client_of(world.petra)
    post(client, member=world.petra.pk)
    [question] = entries()
    clerk = office_user(world.organisation)
    with scope(organisation=world.organisation):
        question = ContactEntry.objects.select_related("member__organisation", "member__user").get()
        note = questions.settle(question, clerk, "Nur für das Büro", question.pk, timezone.now())
        questions.answer(question, clerk, "Das ist <b>so</b>.", note.pk, timezone.now())
    page = client.get(f"/help/{question.pk}/").content.decode()
    assert "Das ist &lt;b&gt;so&lt;/b&gt;." in page
    assert "Nur für das Büro" not in page
    assert "beantwortet" in client.get("/help/").content.decode()
    client.post(f"/help/{question.pk}/", {"text": "Danke!"})
    assert [one.kind for one in entries()] == ["question", "note", "answer", "question"]
    assert entries()[0].open_since


def test_only_the_owner_reads_and_writes_a_conversation(world: World) -> None:
    post(client_of(world.petra), member=world.petra.pk)
    [question] = entries()
    neighbour = member(world.organisation, "1002", "Jonas", user=User.objects.create_user("jonas@example.org"))
    stranger = build("chor", "other@example.org").petra
    for client in (client_of(neighbour), client_of(stranger)):
        assert client.get(f"/help/{question.pk}/").status_code == 404
        assert client.post(f"/help/{question.pk}/", {"text": "x"}).status_code == 404
        assert "Frage</a>" not in client.get("/help/").content.decode()
    for address in ("/help/", f"/help/{question.pk}/"):
        assert Client().get(address).status_code == 302
        assert Client().post(address, {"text": "x"}).status_code == 302
    assert len(entries()) == 1


def test_nobody_asks_in_the_name_of_another(world: World) -> None:
    neighbour = member(world.organisation, "1002", "Jonas")
    stranger = build("chor", "other@example.org").petra
    for wrong in (neighbour, stranger):
        assert post(client_of(world.petra), member=wrong.pk).status_code == 200
    assert entries() == []


def test_who_has_several_memberships_says_for_whom(world: World) -> None:
    child = member(world.organisation, "1002", "Jonas", user=world.petra.user)
    client = client_of(world.petra)
    assert "Für wen?" in client.get("/help/").content.decode()
    post(client, member=child.pk)
    assert [one.member for one in entries()] == [child]


def test_an_internal_note_is_no_conversation_of_the_portal(world: World) -> None:
    with scopes_disabled():
        note = ContactEntry.objects.create(
            organisation=world.organisation, member=world.petra, kind="note", at=timezone.now(), text="Vertraulich"
        )
    client = client_of(world.petra)
    assert client.get(f"/help/{note.pk}/").status_code == 404
    assert "Vertraulich" not in client.get("/help/").content.decode()


@pytest.mark.parametrize("fields", [{"text": ""}, {"text": "x" * 5001}, {"subject": ""}, {"subject": "\u200b"}])
def test_what_says_nothing_or_too_much_is_explained(world: World, fields: dict[str, str]) -> None:
    page = post(client_of(world.petra), "/help/", member=world.petra.pk, **fields)
    assert page.status_code == 200
    assert "notice error" in page.content.decode()
    assert entries() == []


def test_a_subject_with_a_line_break_reaches_the_treasurer_as_one_line(world: World) -> None:
    office_user(world.organisation)
    post(client_of(world.petra), member=world.petra.pk, subject="Frage\r\nBcc: all@example.org")
    with scopes_disabled():
        mail = world.organisation.mails.get()
    assert mail.subject == "Frage von Petra Muster (1001): Frage Bcc: all@example.org"
    assert mail.recipient == "kasse@example.org"
