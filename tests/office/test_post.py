"""The office's pages of mail, letters, returned addresses and contacts: what they show, store and refuse."""

from email.message import EmailMessage as Parsed
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from billing.models import Bounce, CaughtMail, Mail, MailTemplate
from billing.services import caught, mailing
from members.models import ContactEntry, Member, User
from tests.office.world import House, rows

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
REPORT = (Path(__file__).parents[1] / "files" / "bounces" / "gone.eml").read_bytes()


def entry(house: House, kind: str = "question", **fields: Any) -> ContactEntry:
    values = {"subject": SCRIPT, "text": SCRIPT, "at": timezone.now()} | fields
    return ContactEntry._base_manager.create(organisation=house.organisation, member=house.member, kind=kind, **values)


def test_the_members_page_shows_contacts_and_costs_few_queries(office: Client, house: House) -> None:
    for _number in range(30):
        entry(house, "note")
    address = reverse("admin:members_member_change", args=[house.member.pk])
    office.get(address)
    with CaptureQueriesContext(connection) as counted:
        page = office.get(address)
    assert len(counted) <= 25
    assert page.content.decode().count("&lt;script&gt;alert(1)") >= 8
    assert SCRIPT not in page.content.decode()


def test_a_call_is_written_down_and_found_again(office: Client, house: House) -> None:
    address = reverse("office_contacts", args=[house.member.pk])
    office.post(address, {"kind": "call", "subject": "Umzug", "text": "Zieht nach Köln"})
    [stored] = rows(ContactEntry)
    assert (stored.kind, stored.subject, stored.by.email) == ("call", "Umzug", "office@ostufer.example")
    assert "Zieht nach Köln" in office.get(address, {"q": "KÖLN umzug"}).content.decode()
    assert "Zieht nach Köln" not in office.get(address, {"q": "Bonn"}).content.decode()
    refused = office.post(address, {"kind": "answer", "subject": "", "text": "x"})
    assert refused.status_code == 200
    assert rows(ContactEntry).count() == 1


def test_a_refused_answer_stands_in_the_form_and_goes_through_after_reading(office: Client, house: House) -> None:
    Member._base_manager.filter(pk=house.member.pk).update(email="m1@example.org")
    question = entry(house, open_since=timezone.now())
    later = entry(house, "note", question=question)
    address = reverse("office_question_answer", args=[question.pk])
    refused = office.post(address, {"text": "Gern geschehen", "seen": question.pk}).content.decode()
    assert "Gern geschehen" in refused
    assert f'name="seen" value="{later.pk}"' in refused
    assert office.post(address, {"text": "Gern geschehen", "seen": later.pk}).status_code == 302
    assert rows(Mail).filter(kind="answer").count() == 1


def test_a_text_is_previewed_while_it_is_written_and_stored_with_who_did_it(treasurer: Client, house: House) -> None:
    words = {"subject": "Beitrag {number}", "text": f"Moin {{name}}\n\n{{payment}}\n\n{SCRIPT}"}
    preview = treasurer.post(reverse("office_mail_text_preview", args=["invoice", "de"]), words).content.decode()
    assert f"Beitrag {rows(type(house.invoice)).latest('pk').number}" in preview
    assert SCRIPT not in preview
    assert "&lt;script&gt;" in preview
    assert not rows(MailTemplate).exists()
    treasurer.post(reverse("office_mail_text", args=["invoice", "de"]), words)
    assert rows(MailTemplate).get().subject == "Beitrag {number}"
    assert MailTemplate.history.get().history_user.email == "treasurer@ostufer.example"
    treasurer.post(reverse("office_mail_text_forget", args=["invoice", "de"]))
    assert not rows(MailTemplate).exists()


@pytest.mark.parametrize(
    "text", ["{payment} {0.__class__}", "{payment!r}", "{payment:>999999999}", "{nane} {payment}", ""]
)
def test_a_faulty_text_is_explained_and_not_stored(treasurer: Client, house: House, text: str) -> None:
    for address in ("office_mail_text_preview", "office_mail_text"):
        page = treasurer.post(reverse(address, args=["invoice", "de"]), {"subject": "x", "text": text})
        assert page.status_code == 200
        assert "errorlist" in page.content.decode()
    assert not rows(MailTemplate).exists()


def test_a_mail_that_does_not_exist_has_no_text(treasurer: Client, house: House) -> None:
    for kind, language in (("nothing", "de"), ("invoice", "fr")):
        assert treasurer.get(reverse("office_mail_text", args=[kind, language])).status_code == 404


def test_reports_are_read_in_each_for_itself(office: Client, house: House) -> None:
    Member._base_manager.filter(pk=house.member.pk).update(email="m1@example.org")
    files = [SimpleUploadedFile("a.eml", REPORT), SimpleUploadedFile("b.eml", b"nothing")]
    page = office.post(reverse("office_bounces"), {"reports": files}, follow=True).content.decode()
    assert "b.eml: " in page
    assert reverse("admin:members_member_change", args=[house.member.pk]) in page
    [bounce] = rows(Bounce)
    office.post(reverse("office_bounce_clear", args=[bounce.pk]))
    assert "m1@example.org" not in office.get(reverse("office_bounces")).content.decode().split("<h1>")[1]


def test_letters_are_printed_and_noted_as_posted(treasurer: Client, house: House) -> None:
    letter = Mail._base_manager.create(
        organisation=house.organisation, member=house.member, key="x", kind="contract", subject="Bestätigt", text="Ja", state="print",
        created_at=timezone.now(),
    )  # fmt: skip
    page = treasurer.get(reverse("office_letters"))
    assert "Bestätigt" in page.content.decode()
    assert treasurer.get(reverse("office_letters_pdf")).content.startswith(b"%PDF-")
    for up_to in ("", "x", "9" * 40, "²"):
        treasurer.post(reverse("office_letters_posted"), {"up_to": up_to})
    letter.refresh_from_db()
    assert letter.state == "print"
    treasurer.post(reverse("office_letters_posted"), {"up_to": page.context["up_to"]})
    letter.refresh_from_db()
    assert letter.state == "printed"


@pytest.fixture
def catching(settings: Any) -> None:
    settings.EMAIL_BACKEND = "config.catcher.CatchingBackend"
    settings.MAIL_CATCHER = True


def test_the_catcher_shows_text_headers_and_attachments(office: Client, house: House, catching: None) -> None:
    with scope(organisation=house.organisation):
        mailing.send_due(house.organisation, timezone.now(), limit=3)
    mail = CaughtMail.objects.filter(organisation=house.organisation).order_by("pk")[0]
    page = office.get(reverse("office_caught_mail", args=[mail.pk])).content.decode()
    for wanted in ("Message-ID", "Auto-Submitted", ".pdf", "Guten Tag"):
        assert wanted in page
    attachment = office.get(reverse("office_caught_attachment", args=[mail.pk, 0]))
    assert attachment.content.startswith(b"%PDF-")
    assert attachment["Content-Disposition"].startswith("attachment")
    assert office.get(reverse("office_caught_attachment", args=[mail.pk, 1])).status_code == 404


def test_a_sign_in_code_is_seen_where_its_owner_belongs_and_nowhere_else(
    office: Client, house: House, other: House, catching: None
) -> None:
    User.objects.create_user("stranger@example.org")
    Member._base_manager.filter(pk=other.member.pk).update(user=User.objects.create_user("member@westufer.example"))
    for to in ("office@ostufer.example", "member@westufer.example", "stranger@example.org"):
        EmailMessage(f"Code {to}", "123456", "a@example.org", [to], connection=get_connection()).send()
    page = office.get(reverse("office_caught")).content.decode()
    assert "Code office@ostufer.example" in page
    assert "Code member@westufer.example" not in page
    assert "Code stranger@example.org" not in page
    for hidden in CaughtMail.objects.exclude(recipient="office@ostufer.example"):
        assert office.get(reverse("office_caught_mail", args=[hidden.pk])).status_code == 404


def test_a_hostile_attachment_is_only_ever_saved(office: Client, house: House) -> None:
    message = Parsed()
    message["Subject"] = SCRIPT
    message.set_content(SCRIPT, subtype="html")
    message.add_attachment(SCRIPT.encode(), maintype="text", subtype="html", filename='x"\r\n../ü.html')
    mail = CaughtMail.objects.create(
        organisation=house.organisation, recipient="a@example.org", subject=SCRIPT, content=message.as_bytes(), caught_at=timezone.now()
    )  # fmt: skip
    assert SCRIPT not in office.get(reverse("office_caught_mail", args=[mail.pk])).content.decode()
    saved = office.get(reverse("office_caught_attachment", args=[mail.pk, 0]))
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["X-Content-Type-Options"] == "nosniff"
    assert "/" not in saved["Content-Disposition"]


def test_the_catcher_keeps_the_latest(house: House, catching: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caught, "KEPT", 3)
    for number in range(5):
        EmailMessage(str(number), "x", "a@example.org", ["b@example.org"], connection=get_connection()).send()
    assert sorted(CaughtMail.objects.values_list("subject", flat=True)) == ["2", "3", "4"]
