"""A member gives new bank details: word by word what was agreed, proved, and only by whoever holds the mailbox."""

import hashlib
import re
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from billing.models import Creditor, Mail, Mandate, MandateDocument
from billing.services.numbering import canonical
from members.models import Member
from tests.documents.reading import text as text_of
from tests.portal.world import IBAN, NOON, World, build, member, proven

NEW = "DE02120300000000202051"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def accepted(world: World) -> World:
    with scopes_disabled():
        Creditor.objects.update(electronic_mandates_since=date(2026, 1, 1))
        Member.objects.filter(pk=world.petra.pk).update(
            email="alt@example.org", street="Weg 1", postal_code="24103", city="Kiel"
        )
    return world


@pytest.fixture
def petra(accepted: World, client: Client) -> Client:
    client.force_login(accepted.petra.user, backend=BACKEND)  # type: ignore[arg-type]
    return client


def enter(client: Client, world: World, **given: str) -> Any:
    return client.post(reverse("bank_change", args=[world.petra.pk]), {"holder": "Petra Muster", "iban": NEW} | given)


def code() -> str:
    found = re.search(r"\b(\d{6})\b", str(mail.outbox[-1].body))
    assert found
    return found[1]


def confirm(client: Client, world: World, **given: str) -> Any:
    sent = {"code": code(), "name": "petra  muster"} | given
    return client.post(
        reverse("bank_confirm", args=[world.petra.pk]), sent, HTTP_USER_AGENT="Firefox 140", REMOTE_ADDR="203.0.113.7"
    )


def mandates() -> list[Mandate]:
    with scopes_disabled():
        return list(Mandate.objects.order_by("pk"))


def test_a_mandate_is_given_with_its_evidence_and_copies_to_every_known_address(petra: Client, accepted: World) -> None:
    assert reverse("bank_change", args=[accepted.petra.pk]) in petra.get(reverse("bank_details")).content.decode()
    assert enter(petra, accepted).url == reverse("bank_confirm", args=[accepted.petra.pk])
    assert mail.outbox[-1].to == ["petra@example.org"]
    page = petra.get(reverse("bank_confirm", args=[accepted.petra.pk])).content.decode()
    assert "innerhalb von acht Wochen" in page
    assert "Ich ermächtige TSV Musterstadt e. V." in page
    assert "Deutsche Kreditbank" in page
    assert confirm(petra, accepted).url == reverse("bank_details")
    old, new = mandates()
    assert (old.ended_as, new.source, new.iban, new.reference) == ("replaced", "online", NEW, "M-00001")
    with scopes_disabled():
        paper = MandateDocument.objects.get(mandate=new)
        letters = {one.recipient: one.text for one in Mail.objects.filter(kind="mandate")}
    assert set(letters) == {"alt@example.org", "petra@example.org"}
    assert "DE02 1203 0000 0000 2020 51" in letters["alt@example.org"]
    evidence = dict(paper.evidence or {})
    assert {evidence["ip"], evidence["user_agent"], evidence["typed_name"]} == {
        "203.0.113.7",
        "Firefox 140",
        "petra muster",
    }
    assert evidence["code_sent_to"] == evidence["signed_in_as"] == "petra@example.org"
    stamp = evidence.pop("sha256")
    assert stamp == hashlib.sha256(canonical(evidence).encode()).hexdigest()
    assert paper.sha256 == hashlib.sha256(bytes(paper.content)).hexdigest()
    assert stamp in text_of(bytes(paper.content)).replace("\n", "")
    copy = proven(petra).get(reverse("mandate_copy", args=[new.pk]))
    assert copy.content == bytes(paper.content)


def test_the_english_text_is_kept_where_english_was_read(petra: Client, accepted: World) -> None:
    petra.cookies["django_language"] = "en"
    enter(petra, accepted)
    confirm(petra, accepted)
    with scopes_disabled():
        evidence = MandateDocument.objects.get().evidence or {}
    assert evidence["heading"] == "SEPA Direct Debit Mandate"
    assert "within 8 weeks" in evidence["text"][1]


@pytest.mark.parametrize(
    "given, words",
    [
        ({"iban": "DE03120300000000202051"}, "Tippfehler"), ({"iban": "US123"}, "SEPA"), ({"holder": "Karl Muster"}, "eigenes Konto"),
        ({"iban": "DE87200500001234567890"}, "eigenes"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_the_form_and_no_code_goes_out(
    petra: Client, accepted: World, given: dict[str, str], words: str
) -> None:
    page = enter(petra, accepted, **given)
    assert page.status_code == 200
    assert words in page.content.decode()
    assert not mail.outbox


def test_a_wrong_code_and_another_name_give_nothing_and_the_sixth_try_begins_anew(
    petra: Client, accepted: World
) -> None:
    enter(petra, accepted)
    for number in range(4):
        assert confirm(petra, accepted, code=f"00000{number}x").url == reverse("bank_confirm", args=[accepted.petra.pk])
    assert confirm(petra, accepted, name="Karl Muster").url == reverse("bank_confirm", args=[accepted.petra.pk])
    assert confirm(petra, accepted).url == reverse("bank_change", args=[accepted.petra.pk])
    assert len(mandates()) == 1


def test_a_code_is_good_for_a_quarter_of_an_hour(petra: Client, accepted: World) -> None:
    enter(petra, accepted)
    with time_machine.travel(NOON.replace(minute=16), tick=False):
        assert confirm(petra, accepted).url == reverse("bank_change", args=[accepted.petra.pk])
    assert len(mandates()) == 1


def test_five_codes_an_hour_are_enough(petra: Client, accepted: World) -> None:
    for _number in range(6):
        enter(petra, accepted)
    assert len(mail.outbox) == 5


def test_whoever_has_a_password_types_it_in_again(petra: Client, accepted: World) -> None:
    user = accepted.petra.user
    assert user
    user.set_password("a-long-enough-secret")
    user.save()
    petra.force_login(user, backend=BACKEND)
    assert reverse("account_reauthenticate") in enter(petra, accepted).url
    assert not mail.outbox


@pytest.mark.parametrize("change", [{"date_of_birth": date(2010, 1, 1)}, {"kind": "company", "company": "Muster GmbH"}])
def test_who_needs_paper_is_told_so(petra: Client, accepted: World, change: dict[str, Any]) -> None:
    with scopes_disabled():
        Member.objects.filter(pk=accepted.petra.pk).update(**change)
    assert "Papier" in petra.get(reverse("bank_details")).content.decode()
    assert enter(petra, accepted).url == reverse("bank_details")


def test_without_the_banks_word_there_are_no_electronic_mandates(world: World, client: Client) -> None:
    client.force_login(world.petra.user, backend=BACKEND)  # type: ignore[arg-type]
    assert reverse("bank_change", args=[world.petra.pk]) not in client.get(reverse("bank_details")).content.decode()
    assert enter(client, world).url == reverse("bank_details")


def test_nobody_changes_or_reads_what_is_not_theirs(petra: Client, accepted: World) -> None:
    other = member(accepted.organisation, "1002", "Jonas")
    stranger = build("chor", "other@example.org")
    for pk in (other.pk, stranger.petra.pk):
        assert petra.get(reverse("bank_change", args=[pk])).status_code == 404
        assert petra.post(reverse("bank_confirm", args=[pk]), {"code": "1"}).status_code == 404
    assert proven(petra).get(reverse("mandate_copy", args=[stranger.mandate.pk])).status_code == 404
    assert IBAN not in petra.get(reverse("bank_details")).content.decode()


@pytest.mark.parametrize(
    "iban, words",
    [(NEW, "Deutsche Kreditbank"), ("DE0212", ""), ("DE03120300000000202051", "Tippfehler"), ("XX", "SEPA"), ("", "")],
)
def test_the_bank_is_named_while_typing(petra: Client, iban: str, words: str) -> None:
    answer = petra.post(reverse("bank_check"), {"iban": iban}).content.decode()
    assert words in answer
    assert bool(words) == bool(answer.strip())


def test_a_mistyped_account_can_be_mended_on_the_page_that_asked_who_it_is(petra: Client, accepted: World) -> None:
    """After the proof the form stands at the proof's own address: it still goes back to where it belongs."""
    user = accepted.petra.user
    assert user
    user.set_password("lang-genug-2027")
    user.save()
    petra.force_login(user, backend=BACKEND)
    asked = enter(petra, accepted, iban="DE02120300000000202052")
    assert asked.url.startswith("/accounts/reauthenticate/")
    proof = {"password": "lang-genug-2027", "next": reverse("bank_change", args=[accepted.petra.pk])}
    page = petra.post(asked.url, proof).content.decode()
    assert "In dieser IBAN ist ein Tippfehler" in page
    assert f'<form method="post" action="{reverse("bank_change", args=[accepted.petra.pk])}"' in page
    assert enter(petra, accepted).url == reverse("bank_confirm", args=[accepted.petra.pk])


def test_a_wrong_code_keeps_the_name_that_was_typed(petra: Client, accepted: World) -> None:
    enter(petra, accepted)
    again = confirm(petra, accepted, code="000000", name="Petra M.")
    assert 'value="Petra M."' in petra.get(again.url).content.decode()


@pytest.mark.parametrize("public", [True, False])
def test_only_the_public_demo_says_the_code_on_the_page(
    petra: Client, accepted: World, settings: Any, public: bool
) -> None:
    settings.PUBLIC_DEMO = public
    enter(petra, accepted)
    assert (code() in petra.get(reverse("bank_confirm", args=[accepted.petra.pk])).content.decode()) is public
