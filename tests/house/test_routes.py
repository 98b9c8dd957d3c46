"""Every route, every role, two organisations: who gets in, who does not, and that nobody sees the other house.

The table is complete: a route that is missing in it fails the first test.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django_scopes import scope, scopes_disabled

from billing.models import (
    Collection,
    Contract,
    Creditor,
    DueWork,
    ImportSettings,
    Invoice,
    LedgerSettings,
    Mail,
    Mandate,
    Meter,
    Posting,
    RunSettings,
    Series,
    Tariff,
)
from members.models import Member, OfficeRole, Organisation
from tests.house.debt_routes import ADMIN_DEBTS
from tests.house.join_routes import JOIN_DOORS
from tests.house.receipt_routes import ADMIN_RECEIPTS
from tests.house.route_world import ACCOUNTANT, MEMBER, OFFICE, TREASURER, House, house
from tests.house.routes import CLERKS, MONEY, NOBODY, NONE, ROLES, ROUTES, STAFF
from tests.portal.world import proven

pytestmark = pytest.mark.django_db
GENERAL = {
    *(
        "admin:login",
        "admin:logout",
        "admin:password_change",
        "admin:password_change_done",
        "admin:jsi18n",
        "admin:None",
    ),
    *("admin:view_on_site", "admin:autocomplete", "security", "switch_organisation", "logo", "style", "set_language"),
}
# Open to everybody, by law: tests/portal/test_declarations.py.
GENERAL |= {f"declare_{kind}{at}" for kind in ("cancel", "withdraw") for at in ("", "_at")}
GENERAL |= {"declaration_received", "declaration_received_pdf", *JOIN_DOORS}
ACCOUNT_PAGES = ("account_", "mfa_", "usersessions_")
ADMIN_MODELS: dict[str, tuple[Any, frozenset[str], frozenset[str]]] = {
    "members_member": (Member, STAFF, CLERKS),
    "members_organisation": (Organisation, STAFF, MONEY),
    "members_officerole": (OfficeRole, STAFF, MONEY),
    "billing_contract": (Contract, STAFF, CLERKS),
    "billing_mandate": (Mandate, STAFF, CLERKS),
    "billing_tariff": (Tariff, STAFF, NONE),
    "billing_creditor": (Creditor, STAFF, MONEY),
    "billing_ledgersettings": (LedgerSettings, STAFF, MONEY),
    "billing_runsettings": (RunSettings, STAFF, MONEY),
    "billing_importsettings": (ImportSettings, STAFF, MONEY),
    "billing_series": (Series, STAFF, MONEY),
    "billing_meter": (Meter, STAFF, MONEY),
    **ADMIN_RECEIPTS,
    **ADMIN_DEBTS,
    **{
        f"billing_{model.__name__.lower()}": (model, STAFF, NONE)
        for model in (Invoice, Collection, Posting, Mail, DueWork)
    },
}
ADMIN_VERBS = {
    "changelist", "add", "history", "delete", "change", "simple_history", "cancel", "send_again", "timeline", "correct", "take_over", "withdraw",
}  # fmt: skip


@pytest.fixture
def houses() -> tuple[House, House]:
    return house("eins"), house("zwei")


def names(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns, f"{prefix}{one.namespace}:" if one.namespace else prefix)
        else:
            yield f"{prefix}{one.name}"


def admin_part(name: str) -> tuple[str, str]:
    label = next((label for label in ADMIN_MODELS if name.startswith(f"admin:{label}_")), "")
    return label, name.removeprefix(f"admin:{label}_")


def test_the_table_knows_every_route() -> None:
    unknown = []
    for name in names(get_resolver().url_patterns):
        label, verb = admin_part(name)
        listed = name in ROUTES or name in GENERAL or name.startswith(ACCOUNT_PAGES) or (label and verb in ADMIN_VERBS)
        unknown += [] if listed else [name]
    assert unknown == []


def client_of(one: House, role: str) -> Client:
    client = Client(raise_request_exception=True)
    if role != NOBODY:
        client.force_login(one.users[role], backend="allauth.account.auth_backends.AuthenticationBackend")
        proven(client)
    return client


def address(name: str, kind: str, one: House) -> str:
    arguments: dict[str, list[Any]] = {"": [], "app": ["billing"]}
    if kind == "tariff":
        return f"{reverse(name)}?tariff=ERW"
    if kind == "mail_text":
        return reverse(name, args=["invoice", "de"])
    if kind == "who":
        return reverse(name, args=["treasurer"])
    if kind == "join_text":
        return reverse(name, args=["privacy"])
    if kind == "attachment":
        return reverse(name, args=[one.objects["attachment"], 0])
    if kind == "datev":
        return reverse(name, args=[one.objects["datev"], "postings"])
    return reverse(name, args=arguments[kind] if kind in arguments else [one.objects[kind]])


def outcome(response: Any) -> str:
    """`in`, or `out`: to the sign-in, refused, or not found."""
    if response.status_code in (401, 403, 404):
        return "out"
    if response.status_code == 302 and ("/login" in response.url or response.url in ("/", "/office/")):
        return "out"
    return "out" if response.status_code == 405 else "in"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_enters_what_it_may_and_nothing_else(houses: tuple[House, House], role: str) -> None:
    ours, _theirs = houses
    found, wanted = {}, {}
    client = client_of(ours, role)
    for name, (get, post, kind) in ROUTES.items():
        url = address(name, kind, ours)
        found[name] = (outcome(client.get(url)), outcome(client.post(url)) if post else "out")
        wanted[name] = ("in" if role in get else "out", "in" if role in post else "out")
    assert {name: (found[name], wanted[name]) for name in ROUTES if found[name] != wanted[name]} == {}


@pytest.mark.parametrize("role", ROLES)
def test_master_data_opens_to_the_office_and_changes_by_the_right_roles(houses: tuple[House, House], role: str) -> None:
    ours, theirs = houses
    client = client_of(ours, role)
    for label, (model, view, change) in ADMIN_MODELS.items():
        listing = client.get(reverse(f"admin:{label}_changelist"))
        assert outcome(listing) == ("in" if role in view else "out"), label
        assert theirs.canary.encode() not in listing.content, label
        with scopes_disabled():
            own = model if model is Organisation else model.objects.filter(organisation=ours.organisation).first()
        if own is None:
            continue
        pk = ours.organisation.pk if model is Organisation else own.pk
        page = client.get(reverse(f"admin:{label}_change", args=[pk]))
        assert outcome(page) == ("in" if role in view else "out"), label
        posted = client.post(reverse(f"admin:{label}_change", args=[pk]), {})
        assert outcome(posted) == ("in" if role in change else "out"), label
        deleted = client.post(reverse(f"admin:{label}_delete", args=[pk]), {"post": "yes"})
        # Taking a role away is the one thing that is deleted.
        assert outcome(deleted) == ("in" if model is OfficeRole and role in change else "out"), label


@pytest.mark.parametrize("role", [TREASURER, OFFICE, ACCOUNTANT, MEMBER])
def test_nothing_of_another_organisation_opens_or_changes(houses: tuple[House, House], role: str) -> None:
    ours, theirs = houses
    client = client_of(ours, role)
    for name, (_get, _post, kind) in ROUTES.items():
        if kind in theirs.objects or kind == "datev":
            if kind.endswith("number") and theirs.objects[kind] == ours.objects[kind]:
                continue
            url = address(name, kind, theirs)
            for response in (client.get(url), client.post(url)):
                assert outcome(response) == "out", name
                assert theirs.canary.encode() not in response.content, name
    for label, (model, _view, _change) in ADMIN_MODELS.items():
        with scopes_disabled():
            found = (
                model.objects.filter(organisation=theirs.organisation).first()
                if model is not Organisation
                else theirs.organisation
            )
        for verb in ("change", "history", "delete"):
            response = client.get(reverse(f"admin:{label}_{verb}", args=[found.pk if found else 0]))
            assert outcome(response) == "out", (label, verb)
            assert theirs.canary.encode() not in response.content, (label, verb)


def test_choices_and_searches_offer_nothing_of_another_organisation(houses: tuple[House, House]) -> None:
    ours, theirs = houses
    client = client_of(ours, TREASURER)
    query = {"app_label": "billing", "model_name": "contract", "field_name": "member", "term": "Kanarie"}
    answer = client.get(reverse("admin:autocomplete"), query).content
    assert ours.canary.encode() in answer
    assert theirs.canary.encode() not in answer
    for label in ADMIN_MODELS:
        page = client.get(reverse(f"admin:{label}_changelist"), {"q": "Kanarie"})
        assert theirs.canary.encode() not in page.content, label


def test_a_member_sees_their_own_invoice_and_nobody_elses(houses: tuple[House, House]) -> None:
    ours, _theirs = houses
    client = client_of(ours, MEMBER)
    with scope(organisation=ours.organisation):
        other = Invoice.objects.exclude(number=ours.objects["number"]).values_list("number", flat=True).get()
    assert client.get(reverse("invoice", args=[ours.objects["number"]])).status_code == 200
    assert client.get(reverse("invoice_pdf", args=[ours.objects["number"]])).status_code == 200
    assert client.get(reverse("invoice", args=[other])).status_code == 404
    assert client.get(reverse("invoice_pdf", args=[other])).status_code == 404


def test_the_accountant_sees_no_whole_account(houses: tuple[House, House]) -> None:
    ours, _theirs = houses
    client = client_of(ours, ACCOUNTANT)
    with scope(organisation=ours.organisation):
        mandate = Mandate.objects.first()
        collection = Collection.objects.first()
    assert mandate is not None
    assert collection is not None
    pages = [reverse("admin:billing_mandate_changelist"), reverse("admin:billing_mandate_change", args=[mandate.pk])]
    pages += [reverse("admin:billing_collection_change", args=[collection.pk])]
    assert [page for page in pages if mandate.iban.encode() in client.get(page).content] == []


def test_switching_takes_nobody_into_a_house_that_is_not_theirs(houses: tuple[House, House]) -> None:
    ours, theirs = houses
    client = client_of(ours, TREASURER)
    assert client.post(reverse("office_switch"), {"organisation": theirs.organisation.pk}).status_code == 404
    assert ours.canary.encode() in client.get(reverse("admin:members_member_changelist")).content
