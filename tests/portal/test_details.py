"""Members change their own data: address at once, name with its reason, mail address by a code to the new mailbox."""

import re
from datetime import date
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from billing.models import Mail
from members.models import ContactEntry, DataChange, Member, Organisation, User
from tests.portal.world import World, build, member, office_user, proven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NEW = {
    "street": "Neue Straße 2",
    "address_extra": "",
    "postal_code": "24103",
    "city": "Kiel",
    "country": "DE",
    "phone": "0431 2",
}
NAME = {"salutation": "", "title": "", "first_name": "Petra", "last_name": "Krause", "reason": "Heirat"}


@pytest.fixture
def petra(world: World, client: Client) -> Any:
    client.force_login(world.petra.user, backend=BACKEND)  # type: ignore[arg-type]
    with scopes_disabled():
        Member.objects.filter(pk=world.petra.pk).update(email="petra@example.org")
    return client


def send(client: Any) -> Any:
    """The same, just proven."""
    return proven(client)


def fresh(one: Member) -> Member:
    with scopes_disabled():
        return Member.objects.get(pk=one.pk)


def child(world: World, born: date | None, **fields: Any) -> Member:
    return member(world.organisation, "1002", "Jonas", payer=world.petra, date_of_birth=born, **fields)


def test_an_address_counts_at_once_with_its_history_and_the_office_is_told(petra: Any, world: World) -> None:
    assert petra.post(reverse("details_address", args=[world.petra.pk]), NEW).url == reverse("details")
    assert (fresh(world.petra).street, fresh(world.petra).phone) == ("Neue Straße 2", "0431 2")
    with scopes_disabled():
        entry = ContactEntry.objects.get()
        state = Member.history.filter(id=world.petra.pk).latest()
        world.mandate.refresh_from_db()
    assert (entry.kind, entry.by, "Neue Straße 2" in entry.text) == ("change", world.petra.user, True)
    assert (state.street, state.history_user) == ("Neue Straße 2", world.petra.user)
    assert world.mandate.account_holder == "Petra Muster"
    assert "Kontoinhaber und Mandat bleiben" in petra.get(reverse("details")).content.decode()
    petra.post(reverse("details_address", args=[world.petra.pk]), NEW)
    with scopes_disabled():
        assert ContactEntry.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"postal_code": "2410"}, {"street": ""}, {"country": "XX"}, {"city": "x" * 40}])
def test_what_cannot_be_is_said_at_the_form(petra: Any, world: World, wrong: dict[str, str]) -> None:
    page = petra.post(reverse("details_address", args=[world.petra.pk]), NEW | wrong)
    assert page.status_code == 200
    assert 'class="notice error"' in page.content.decode()
    assert not fresh(world.petra).street


def test_a_name_waits_for_the_office_which_enters_or_refuses_it(petra: Any, world: World) -> None:
    address = reverse("details_name", args=[world.petra.pk])
    assert petra.post(address, NAME | {"reason": ""}).status_code == 200
    petra.post(address, NAME)
    assert fresh(world.petra).last_name == "Muster"
    assert "wartet auf das Büro" in petra.get(reverse("details")).content.decode()
    office = Client()
    office.force_login(office_user(world.organisation), backend=BACKEND)
    assert "Krause" in office.get(reverse("office_wishes")).content.decode()
    with scopes_disabled():
        row = DataChange.objects.get()
    office.post(reverse("office_data_decide", args=[row.pk]), {"refuse": "1", "answer": ""})
    assert fresh(world.petra).last_name == "Muster"
    office.post(reverse("office_data_decide", args=[row.pk]), {"accept": "1"})
    assert fresh(world.petra).last_name == "Krause"
    with scopes_disabled():
        row.refresh_from_db()
        assert row.accepted
        assert Mail.objects.get(kind="data").recipient == "petra@example.org"


def test_where_the_organisation_wants_it_a_name_counts_at_once(petra: Any, world: World) -> None:
    Organisation.objects.update(names_wait=False)
    petra.post(reverse("details_name", args=[world.petra.pk]), NAME)
    assert fresh(world.petra).last_name == "Krause"
    with scopes_disabled():
        assert "Heirat" in ContactEntry.objects.get().text


def test_what_the_office_changed_meanwhile_is_not_overwritten(petra: Any, world: World) -> None:
    petra.post(reverse("details_name", args=[world.petra.pk]), NAME)
    with scopes_disabled():
        Member.objects.filter(pk=world.petra.pk).update(last_name="Schulz")
        row = DataChange.objects.get()
    office = Client()
    office.force_login(office_user(world.organisation), backend=BACKEND)
    office.post(reverse("office_data_decide", args=[row.pk]), {"accept": "1"})
    assert fresh(world.petra).last_name == "Schulz"
    with scopes_disabled():
        assert DataChange.objects.get().decided_at is None


def test_the_recipient_of_a_companys_invoices_waits_for_the_office(petra: Any, world: World) -> None:
    with scopes_disabled():
        Member.objects.filter(pk=world.petra.pk).update(kind="company", company="Muster GmbH")
    sent = NEW | {"company": "Neu GmbH", "vat_id": "", "buyer_reference": "", "reason": "umbenannt"}
    petra.post(reverse("details_address", args=[world.petra.pk]), sent)
    assert (fresh(world.petra).company, fresh(world.petra).street) == ("Muster GmbH", "")
    with scopes_disabled():
        assert DataChange.objects.get().after["company"] == "Neu GmbH"


def test_who_pays_looks_after_the_minors_and_nobody_else(petra: Any, world: World) -> None:
    young = child(world, date(2015, 1, 1))
    petra.post(reverse("details_address", args=[young.pk]), NEW)
    assert fresh(young).street == "Neue Straße 2"
    grown = member(world.organisation, "1003", "Karla", payer=world.petra, date_of_birth=date(2000, 1, 1))
    unknown = member(world.organisation, "1004", "Nele", payer=world.petra)
    other = member(world.organisation, "1005", "Otto")
    stranger = build("chor", "other@example.org").petra
    for one in (grown, unknown, other, stranger):
        for page in ("details_address", "details_name"):
            assert petra.get(reverse(page, args=[one.pk])).status_code == 404
            assert petra.post(reverse(page, args=[one.pk]), NEW | NAME).status_code == 404


def code() -> str:
    found = re.search(r"\b(\d{6})\b", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_a_record_that_was_merged_is_closed(petra: Any, world: World) -> None:
    double = member(
        world.organisation, "1009", "Petra", user=world.petra.user, merged_into=world.petra, left_on=date(2026, 12, 1)
    )
    assert "1009" not in petra.get(reverse("details")).content.decode()
    assert petra.get(reverse("details_address", args=[double.pk])).status_code == 404


def test_a_mail_address_changes_everywhere_once_its_mailbox_has_answered(petra: Any, world: World) -> None:
    other = build("chor", "other@example.org", "Chor")
    young = child(world, date(2015, 1, 1), email="Petra@example.org")
    with scopes_disabled():
        Member.objects.filter(pk=other.petra.pk).update(user=world.petra.user, email="petra@example.org")
    send(petra).post(reverse("mail_address"), {"email": "Neu@Example.org"})
    assert mail.outbox[-1].to == ["neu@example.org"]
    assert fresh(world.petra).email == "petra@example.org"
    petra.post(reverse("mail_address_confirm"), {"code": "000000"})
    assert fresh(world.petra).email == "petra@example.org"
    assert petra.post(reverse("mail_address_confirm"), {"code": code()}).url == reverse("details")
    assert {fresh(one).email for one in (world.petra, other.petra, young)} == {"neu@example.org"}
    user = User.objects.get(pk=world.petra.user_id or 0)
    assert user.email == "neu@example.org"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("neu@example.org", True, True)]
    with scopes_disabled():
        told = Mail.objects.filter(kind="data")
        assert {one.recipient.lower() for one in told} == {"petra@example.org"}
        assert ContactEntry.objects.filter(kind="change").count() == 3


def test_an_address_of_somebody_elses_sign_in_is_refused_only_to_its_mailbox(petra: Any, world: World) -> None:
    User.objects.create_user("karl@example.org")
    assert send(petra).post(reverse("mail_address"), {"email": "karl@example.org"}).status_code == 302
    petra.post(reverse("mail_address_confirm"), {"code": code()})
    assert fresh(world.petra).email == "petra@example.org"
    assert User.objects.get(pk=world.petra.user_id or 0).email == "petra@example.org"


def test_allauths_own_page_leads_to_ours(petra: Any, world: World) -> None:
    for ask in (petra.get, petra.post):
        assert ask("/accounts/email/").url == reverse("mail_address")


@pytest.mark.parametrize("page", ["mail_address", "my_data_file", "my_data_pdf"])
def test_an_open_session_is_not_enough_for_what_matters_most(petra: Any, world: World, page: str) -> None:
    answer = petra.get(reverse(page))
    assert answer.url.startswith(reverse("prove"))
    petra.post(answer.url, {"next": reverse(page)})
    petra.post(answer.url, {"next": reverse(page), "code": "000000"})
    assert petra.get(reverse(page)).status_code == 302
    assert petra.post(answer.url, {"next": reverse(page), "code": code()}).url == reverse(page)
    assert petra.get(reverse(page)).status_code == 200


def test_who_has_a_password_types_it_in_again(petra: Any, world: World) -> None:
    user = world.petra.user
    assert user
    user.set_password("a-long-enough-secret")
    user.save()
    send(petra).force_login(user, backend=BACKEND)
    for page in (reverse("my_data_file"), reverse("mail_address"), reverse("mandate_copy", args=[world.mandate.pk])):
        assert reverse("account_reauthenticate") in petra.get(page).url


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_proof_leads_to_no_other_site(petra: Any, wanted: str) -> None:
    assert 'name="next" value="/"' in petra.get(reverse("prove"), {"next": wanted}).content.decode()
