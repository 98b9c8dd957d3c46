"""The member's own data: complete, of nobody else, readable and as a file."""

import json
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from django_scopes import scopes_disabled

from billing.models import Contract, Declaration, Invoice, Mail
from billing.services.personal_data import TABLES, rows_of, shows
from billing.services.personal_data_pdf import leaves
from billing.services.personal_data_words import column
from members.models import Consent, ConsentText, Member, User
from tests.documents.reading import text, words
from tests.documents.tree import unmarked
from tests.models.rows import MAKERS, row
from tests.portal.world import IBAN, World, attempt, build, contract, invoice, member, proven

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NAMED_BY = (Member, Contract, Invoice)
# Sums over everybody, and files of many: they name no single member in a column of their own.
OF_MANY: set[str] = set()


def signed_in(user: User | None) -> Client:
    assert user
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_every_table_that_names_a_member_is_in_the_export() -> None:
    models = [one for label in ("members", "billing") for one in apps.get_app_config(label).get_models()]
    naming = {one for one in models if any(field.related_model in NAMED_BY for field in one._meta.concrete_fields)}
    assert {one.__name__ for one in naming - set(TABLES)} == OF_MANY


def test_every_column_has_words_and_nested_values_are_told_in_them() -> None:
    fields = [field for model in TABLES for field in model._meta.concrete_fields if shows(field)]
    with override("de"):
        said = {field.attname: column(field.attname, str(field.verbose_name)) for field in fields}
        nested = list(leaves({"supply": {"from": "2026-12-01"}, "framed": False, "not_known": 3}))
    bare = {name for name, label in said.items() if label.replace(" ", "_") in (name, name.removesuffix("_id"))}
    assert bare == set()
    assert nested == ["Leistungszeitraum, von: 01.12.2026", "auf einer anderen Website: nein", "not known: 3"]


@pytest.mark.parametrize("model", [one for one in TABLES if one in MAKERS], ids=lambda one: one.__name__)
def test_a_row_of_each_table_is_found_for_its_member_and_for_nobody_else(model: Any) -> None:
    with scopes_disabled():
        linked: dict[str, Any] = {"member": row(Member)} if model is Mail else {}
        linked |= {"user": row(Member, user=row(User)).user} if model is Declaration else {}
        made = row(Consent).text if model is ConsentText else row(model, **linked)
        holders = [model.objects.filter(pk=made.pk).values_list(path, flat=True).get() for path in TABLES[model]]
        named = [Member.objects.get(pk=pk) for pk in holders if pk]
        assert named
        assert all(made in rows_of(model, TABLES[model], [one]) for one in named)
        assert made not in rows_of(model, TABLES[model], [row(Member)])


def test_the_file_has_everything_of_mine_and_nothing_of_others(world: World) -> None:
    contract(world, world.petra, "Erwachsene", {})
    attempt(world, invoice(world, "R1"))
    paul = member(world.organisation, "1005", "Paul", note="secret of Paul", payer=world.petra)
    contract(world, paul, "Jugend", {})
    other = build("chor", "other@example.org", "Chor")
    invoice(other, "X-other")
    answer = proven(signed_in(world.petra.user)).get("/my-data/file/")
    data = json.loads(answer.content)
    tables = data["tables"]
    assert data["organisation"] == world.organisation.name
    assert [one["number"] for one in tables["members.member"]["rows"]] == ["1001"]
    assert [one["number"] for one in tables["billing.invoice"]["rows"]] == ["R1"]
    assert tables["billing.mandate"]["rows"][0]["iban"] == IBAN
    assert len(tables["billing.contract"]["rows"]) == len(tables["billing.collection"]["rows"]) == 1
    for foreign in (b"secret of Paul", b"X-other", b"Jugend", b"other@example.org"):
        assert foreign not in answer.content
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]


def test_the_paper_says_it_in_words_with_everything_of_mine_and_nothing_of_others(world: World) -> None:
    with scopes_disabled():
        Member.objects.filter(pk=world.petra.pk).update(
            note="Zeile\n" * 120 + "Schlusswort", date_of_birth=date(1980, 5, 4)
        )
    attempt(world, invoice(world, "R1"))
    paul = member(world.organisation, "1005", "Paul", note="secret of Paul", payer=world.petra)
    contract(world, paul, "Jugend", {})
    other = build("chor", "other@example.org", "Chor")
    invoice(other, "X-other")
    answer = proven(signed_in(world.petra.user)).get("/my-data/pdf/")
    assert (answer["Content-Type"], "no-store" in answer["Cache-Control"]) == ("application/pdf", True)
    said = " ".join(text(answer.content).split())
    for mine in (
        "Mitgliedsnummer 1001",
        "04.05.1980",
        "96,00",
        IBAN,
        "Zahlung, Verwendungszweck: R1",
        "Ende",
        "8 Jahre",
        "Aufsichtsbehörde",
    ):
        assert mine in said, mine
    for foreign in ("secret of Paul", "X-other", "Jugend", "other@example.org"):
        assert foreign not in said
    assert unmarked(answer.content) == []
    assert "Schlusswort" in {one.text for one in words(answer.content)}  # Of those that lie on the paper.


def test_the_page_is_readable_and_masks_the_account(world: World) -> None:
    contract(world, world.petra, "Erwachsene", {})
    page = signed_in(world.petra.user).get("/my-data/").content.decode()
    assert "Mitgliedsnummer" in page
    assert IBAN not in page
    assert "8 Jahre" in page
    assert "Mitglieder: alle bisherigen Stände" in page
    assert "<dd>E-Mail</dd>" in page


def test_who_is_no_member_has_nothing_here(world: World) -> None:
    stranger = proven(signed_in(User.objects.create_user("nobody@example.org")))
    for address in ("/my-data/", "/my-data/file/", "/my-data/pdf/"):
        assert stranger.get(address).status_code == 403
        assert Client().get(address).status_code == 302


def test_a_long_history_costs_no_more_queries(world: World) -> None:
    client, counts = signed_in(world.petra.user), []
    for number in range(25):
        invoice(world, f"R{number}")
        if number in (0, 24):
            with CaptureQueriesContext(connection) as asked:
                page = client.get("/my-data/?table=billing.invoice").content.decode()
            counts.append(len(asked))
    assert counts[1] <= counts[0]
    assert "Die neuesten 20" in page
