"""Proofs, consents and erasure as a member finds them in the portal, and the office behind them."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from members import consenting
from members.models import Consent, ConsentText, ErasureRequest, Member, Proof, ProofFile
from tests.portal.world import NOON, World, member, office_user
from tests.services.scans import pdf, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def petra(world: World, client: Client) -> Client:
    client.force_login(world.petra.user, backend=BACKEND)  # type: ignore[arg-type]
    return client


@pytest.fixture
def office(world: World) -> Client:
    made = Client()
    made.force_login(office_user(world.organisation), backend=BACKEND)
    return made


def send(client: Client, who: Member, *files: bytes) -> Any:
    papers = [SimpleUploadedFile(f"schein{place}.pdf", content) for place, content in enumerate(files)]
    return client.post(
        reverse("proofs"), {"member": who.pk, "what_for": "Studium", "valid_until": "2027-03-31", "paper": papers}
    )


def test_two_papers_at_once_are_seen_by_member_and_office_and_decided(petra: Any, office: Any, world: World) -> None:
    assert send(petra, world.petra, pdf(), picture()).url == reverse("proofs")
    page = petra.get(reverse("proofs")).content.decode()
    with scopes_disabled():
        proof, files = Proof.objects.get(), list(ProofFile.objects.order_by("pk"))
    assert "beim Büro" in page
    assert [reverse("proof_file", args=[one.pk]) in page for one in files] == [True, True]
    answer = office.get(reverse("office_proof_file", args=[files[0].pk]))
    assert (answer.content, answer["X-Content-Type-Options"]) == (pdf(), "nosniff")
    assert "attachment" in answer["Content-Disposition"]
    assert "Ein Nachweis" in office.get("/office/").content.decode()
    office.post(reverse("office_proof_decide", args=[proof.pk]), {"accept": "1", "valid_until": "2027-04-30"})
    page = petra.get(reverse("proofs")).content.decode()
    assert 'class="badge done"' in page
    assert "30.04.2027" in page


@pytest.mark.parametrize("content", [b"<html>", b"%PDF-broken"])
def test_a_bad_paper_is_explained_at_the_form(petra: Any, world: World, content: bytes) -> None:
    page = send(petra, world.petra, content)
    assert page.status_code == 200
    assert 'class="notice error"' in page.content.decode()
    with scopes_disabled():
        assert not Proof.objects.exists()


def test_nobody_proves_anything_for_strangers(petra: Any, world: World) -> None:
    other = member(world.organisation, "1002", "Otto")
    assert send(petra, other, pdf()).status_code == 200
    with scopes_disabled():
        assert not Proof.objects.exists()


def test_a_consent_is_given_and_taken_back_with_one_click_each_and_filters_the_members(
    petra: Any, office: Any, world: World
) -> None:
    with scopes_disabled():
        purpose = consenting.write(world.organisation, "Rundbrief", "Einmal im Monat.", NOON)
        text = ConsentText.objects.get()
    petra.post(
        reverse("consent_give", args=[text.pk]),
        {"member": world.petra.pk},
        REMOTE_ADDR="203.0.113.7",
        HTTP_USER_AGENT="Firefox",
    )
    with scopes_disabled():
        given = Consent.objects.get()
    assert given.given_how == {
        "by": "portal",
        "signed_in_as": "petra@example.org",
        "ip": "203.0.113.7",
        "user_agent": "Firefox",
    }
    listed = reverse("admin:members_member_changelist") + f"?consent={purpose.pk}"
    assert "1001" in office.get(listed).content.decode()
    assert (
        "Rundbrief" in petra.get(reverse("my_data")).content.decode()
        or "Einmal im Monat." in petra.get(reverse("my_data")).content.decode()
    )
    petra.post(reverse("consent_withdraw", args=[given.pk]))
    assert "/1001" not in office.get(listed).content.decode()
    with scopes_disabled():
        assert Consent.objects.get().withdrawn_by == world.petra.user


def test_the_office_enters_what_came_on_paper_with_how_it_knows(office: Any, world: World) -> None:
    with scopes_disabled():
        purpose = consenting.write(world.organisation, "Fotos", "Auf der Seite.", NOON)
    address = reverse("office_member_consent_set", args=[world.petra.pk])
    office.post(address, {"purpose": purpose.pk, "how": ""})
    with scopes_disabled():
        assert not Consent.objects.exists()
    office.post(address, {"purpose": purpose.pk, "how": "Brief vom 3. Mai"})
    assert "Brief vom 3. Mai" in office.get(reverse("office_member_consents", args=[world.petra.pk])).content.decode()
    office.post(address, {"purpose": purpose.pk, "how": "am Telefon", "withdraw": "1"})
    with scopes_disabled():
        assert Consent.objects.get().withdrawn_how == {"by": "office", "how": "am Telefon"}


def test_erasure_is_asked_for_once_and_answered_by_the_office(petra: Any, office: Any, world: World) -> None:
    page = petra.get(reverse("erasure")).content.decode()
    assert "Mandat M-tsv-1001" in page
    for _press in range(2):
        petra.post(reverse("erasure"), {"member": world.petra.pk, "text": "Bitte"})
    with scopes_disabled():
        row = ErasureRequest.objects.get()
    assert "Bitte" in office.get(reverse("office_erasure", args=[row.pk])).content.decode()
    office.post(reverse("office_erasure_decide", args=[row.pk]), {"accept": "1"})
    assert "Telefonnummer" in petra.get(reverse("erasure")).content.decode()


def test_the_office_writes_a_purpose_and_a_new_version_of_its_words(office: Any, world: World) -> None:
    office.post(reverse("office_consents"), {"name": "Fotos", "text": "Auf der Seite.", "offered": "on"})
    with scopes_disabled():
        text = ConsentText.objects.get()
    office.post(reverse("office_consent_purpose", args=[text.purpose_id]), {"name": "Fotos", "text": "Auch im Heft."})
    with scopes_disabled():
        assert ConsentText.objects.order_by("-number").values_list("number", "text", "purpose__offered")[0] == (
            2,
            "Auch im Heft.",
            False,
        )
