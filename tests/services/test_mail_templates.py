"""The organisation's own words: checked when they are stored, used by every mail of their kind and language."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from django_scopes import scope

from billing.documents.mail_words import KINDS, Words
from billing.models import MailTemplate
from billing.services import invitations, mail_samples, mail_templates, mailing, month
from members.models import Member, Organisation
from tests.services.club import join, noon, small_club

pytestmark = pytest.mark.django_db
ON = date(2026, 12, 15)
NOW = noon(ON)


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        join(organisation, "1")
        yield organisation


def test_an_invoice_goes_out_in_the_organisations_own_words(club: Organisation, mailoutbox: list[Any]) -> None:
    month.run_month(club, ON, date(2027, 1, 31), date(2027, 1, 1), approved=True, now=NOW)
    mail_templates.store(club, "invoice", "de", Words("Beitrag {number}", "Moin {name}!\n{{ok}}\n\n{payment}"), None)
    mailing.send_due(club, NOW)
    [message] = mailoutbox
    assert message.subject.startswith("Beitrag R")
    assert message.body.startswith("Moin Käthe Weiß1!\n{ok}\n\n")
    assert "SEPA-Lastschrift" in message.body
    assert message.attachments[0][2] == "application/pdf"


def test_a_name_that_looks_like_a_placeholder_stays_a_name(club: Organisation) -> None:
    Member.objects.update(last_name="{signature}{0.__class__}")
    member = Member.objects.select_related("organisation").get()
    invitations.invite(member, NOW)
    assert "Käthe {signature}{0.__class__}," in member.mails.get().text


@pytest.mark.parametrize(
    "subject, text, code",
    [
        ("Hallo", "{payment} {0.__class__}", "placeholder"), ("{name!r}", "{payment}", "placeholder"), ("Hallo", "{payment:>99999999}", "placeholder"),
        ("Hallo", "{payment} {answer}", "placeholder"), ("Hallo", "{payment} {", "placeholder"), ("Hallo", "Hello {name}", "needed"),
        ("Hallo\r\nBcc: all@example.org", "{payment}", "subject"), ("x" * 201, "{payment}", "subject"), ("Hallo", "{payment}" + "x" * 10_000, "text"),
        ("Hallo", "{payment}\x00", "text"), (" ", "{payment}", "empty"), ("Hallo", " \n", "empty"),
    ],
)  # fmt: skip
def test_faulty_words_are_refused_and_nothing_is_stored(club: Organisation, subject: str, text: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        mail_templates.store(club, "invoice", "de", Words(subject, text), None)
    assert {one.code for one in refused.value.error_list} == {code}
    assert not MailTemplate.objects.exists()


def test_storing_twice_changes_nothing_and_forgetting_brings_ours_back(club: Organisation) -> None:
    words = Words("Hallo {name}", "{answer}\n")
    for _time in range(2):
        mail_templates.store(club, "answer", "de", words, None)
    assert MailTemplate.history.count() == 1
    assert mail_templates.words_of(club, "answer", "de") == words
    mail_templates.forget(club, "answer", "de")
    with override("de"):
        assert mail_templates.words_of(club, "answer", "de") == KINDS["answer"].default


def test_the_words_of_one_organisation_and_language_say_nothing_elsewhere(club: Organisation) -> None:
    mail_templates.store(club, "answer", "de", Words("Eigen", "{answer}"), None)
    other = small_club("zwei")
    with scope(organisation=other):
        assert mail_templates.words_of(other, "answer", "de").subject != "Eigen"
    assert mail_templates.words_of(club, "answer", "en").subject != "Eigen"


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_preview_before_there_is_any_data(kind: str, language: str) -> None:
    club = small_club("leer")
    with scope(organisation=club):
        sample = mail_samples.sample(club, kind, language)
        assert set(sample.values) == set(KINDS[kind].placeholders)
        assert not sample.real
        assert mail_templates.written({}, kind, language, sample.values).text


def test_the_preview_of_an_invoice_is_the_latest_one(club: Organisation) -> None:
    month.run_month(club, ON, date(2027, 1, 31), date(2027, 1, 1), approved=True, now=NOW)
    sample = mail_samples.sample(club, "invoice", "en")
    assert sample.real
    assert sample.values["name"] == "Käthe Weiß1"
