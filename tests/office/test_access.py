"""Who gets in, who sees what, and that nobody reaches into another organisation."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django_scopes import scopes_disabled

from billing.models import BillingRun, Contract, Mandate, Tariff
from members.models import Member, Organisation, User
from tests.office.world import House, rows, signed_in

ROLES = ("treasurer", "office", "accountant")
PAGES = {
    "/office/": ROLES,
    "/office/runs/": ROLES,
    "/office/runs/new/": ("treasurer",),
    "/office/downloads/": ("treasurer", "accountant"),
    "/office/imports/": ("treasurer", "office"),
    "/office/members/member/": ROLES,
    "/office/members/member/add/": ("treasurer", "office"),
    "/office/billing/contract/add/": ("treasurer", "office"),
    "/office/billing/mandate/add/": ("treasurer", "office"),
    "/office/billing/tariff/": ROLES,
    "/office/billing/tariff/add/": (),
    "/office/tariffs/": ROLES,
    "/office/tariffs/new/": ("treasurer",),
    "/office/tariffs/import/": ("treasurer",),
    "/office/billing/invoice/": ROLES,
    "/office/billing/invoice/add/": (),
    "/office/billing/collection/": ROLES,
    "/office/billing/posting/": ROLES,
    "/office/billing/mail/": ROLES,
    "/office/billing/duework/": ROLES,
    "/office/members/officerole/": ROLES,
    "/office/members/officerole/add/": ("treasurer",),
    "/office/billing/series/add/": ("treasurer",),
}
STEPS = ("preview", "approve", "issue", "collect", "export", "printed", "discard")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_pages_and_no_others(role: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(role)
    opened = {path: client.get(path).status_code for path in PAGES}
    assert opened == {path: 200 if role in roles else 403 for path, roles in PAGES.items()}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_can_look_at_one_of_everything(role: str, house: House, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(role)
    assert {path: client.get(path).status_code for path in change_pages(house)} == dict.fromkeys(
        change_pages(house), 200
    )


def change_pages(house: House) -> list[str]:
    """The page of one row of each kind that is registered."""
    pages = []
    with scopes_disabled():
        for model in admin.site._registry:
            mine = {"pk": house.organisation.pk} if model is Organisation else {"organisation": house.organisation}
            row = model._base_manager.filter(**mine).first()
            if row is not None:
                pages.append(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk]))
    return pages


def test_only_our_own_tables_are_shown() -> None:
    assert {model._meta.app_label for model in admin.site._registry} == {"members", "billing"}


def test_another_organisations_rows_do_not_exist_here(treasurer: Client, other: House) -> None:
    pages = change_pages(other)
    assert len(pages) > 10
    pages += [page.replace("/change/", "/history/") for page in pages]
    pages += [
        reverse("office_run", args=[other.run.pk]), reverse("office_run_letters", args=[other.run.pk]),
        reverse("office_run_progress", args=[other.run.pk]), reverse("office_sepa_file", args=[other.batch.pk]),
        reverse("office_datev_file", args=[other.export.pk, "postings"]), reverse("office_invoice_pdf", args=[other.invoice.pk]),
        f"/office/billing/contract/{other.contract.pk}/cancel/",
    ]  # fmt: skip
    assert {page: treasurer.get(page).status_code for page in pages} == dict.fromkeys(pages, 404)


def test_nothing_of_another_organisation_can_be_moved_on(treasurer: Client, other: House) -> None:
    pages = [reverse(f"office_run_{step}", args=[other.run.pk]) for step in STEPS]
    pages += [reverse(f"office_{act}", args=[other.batch.pk]) for act in ("submit", "withdraw")]
    assert {page: treasurer.post(page).status_code for page in pages} == dict.fromkeys(pages, 404)
    assert rows(BillingRun).filter(pk=other.run.pk).exists()


def test_choices_offer_and_take_only_own_rows(treasurer: Client, house: House, other: House) -> None:
    found = treasurer.get("/office/autocomplete/?app_label=billing&model_name=contract&field_name=tariff&term=").json()
    assert {int(one["id"]) for one in found["results"]} <= set(
        rows(Tariff).filter(organisation=house.organisation).values_list("pk", flat=True)
    )
    data = {"member": house.member.pk, "tariff": other.tariff.pk, "start": "01.02.2027", "interval_months": ""}
    page = treasurer.post("/office/billing/contract/add/", data)
    assert page.status_code == 200
    assert "tariff" in page.context["adminform"].form.errors
    assert not rows(Contract).filter(member=house.member, tariff=other.tariff).exists()


def test_the_accountant_changes_nothing(accountant: Client, house: House) -> None:
    posts = [reverse(f"office_run_{step}", args=[house.run.pk]) for step in STEPS if step != "export"]
    posts += [reverse(f"office_{act}", args=[house.batch.pk]) for act in ("submit", "withdraw")]
    posts += [*change_pages(house), f"/office/billing/contract/{house.contract.pk}/cancel/", "/office/imports/"]
    assert {path: accountant.post(path).status_code for path in posts} == dict.fromkeys(posts, 403)


def test_who_only_looks_never_reads_a_whole_account(accountant: Client, office: Client, house: House) -> None:
    pages = [
        "/office/billing/mandate/",
        f"/office/billing/mandate/{house.mandate.pk}/change/",
        f"/office/members/member/{house.member.pk}/change/",
    ]
    for page in [*pages, "/office/billing/collection/"]:
        assert house.mandate.iban not in accountant.get(page).content.decode()
    assert house.mandate.iban in office.get(pages[1]).content.decode()


def test_the_history_of_a_mandate_does_not_tell_its_old_account(accountant: Client, house: House) -> None:
    with scopes_disabled():
        payer = Member.objects.create(organisation=house.organisation, number="77", last_name="Zahler")
        facts = {
            "organisation": house.organisation,
            "member": payer,
            "creditor": house.mandate.creditor,
            "signed_on": "2026-01-01",
        }
        mandate = Mandate.objects.create(
            reference="ZZ-77", account_holder="Zahler", iban="DE75512108001245126199", **facts
        )
        mandate.iban = "DE02120300000000202051"
        mandate.save()
    page = accountant.get(f"/office/billing/mandate/{mandate.pk}/history/").content.decode()
    assert "DE75 … 6199" in page
    assert "DE75512108001245126199" not in page


def test_an_old_state_is_never_put_back(accountant: Client, treasurer: Client, house: House) -> None:
    version = rows(Member.history.model).filter(id=house.member.pk).first()
    page = f"/office/members/member/{house.member.pk}/history/{version.history_id}/"
    assert [client.post(page, {"number": "1"}).status_code for client in (accountant, treasurer)] == [404, 404]


def test_strangers_sign_in_first_and_members_are_refused(house: House) -> None:
    anonymous, stranger = Client(), signed_in(User.objects.create_user("stranger@example.org"))
    for page in ("/office/runs/", "/office/downloads/"):
        assert anonymous.get(page).headers["Location"] == f"/accounts/login/?next={page}"
        assert stranger.get(page).status_code == 403
    assert "/accounts/login/" in anonymous.get("/office/", follow=True).redirect_chain[-1][0]
    assert stranger.get("/office/", follow=True).status_code == 403


def test_only_organisations_one_works_for_can_be_chosen(house: House, other: House, treasurer: Client) -> None:
    rows(Member).filter(pk=other.member.pk).update(user=User.objects.get())
    assert treasurer.post("/office/switch/", {"organisation": other.organisation.pk}).status_code == 404
    assert treasurer.post("/office/switch/", {"organisation": house.organisation.pk}).status_code == 302


def test_office_pages_have_their_own_policy_and_stay_out_of_caches(treasurer: Client) -> None:
    page = treasurer.get("/office/")
    assert "script-src 'self' 'unsafe-eval'" in page.headers["Content-Security-Policy"]
    assert "no-store" in page.headers["Cache-Control"]


def test_the_search_field_finds_own_members_only(treasurer: Client, house: House, other: House) -> None:
    with scopes_disabled():
        stranger = Member.objects.create(organisation=other.organisation, number="77", last_name="Zztop")
        Mandate.objects.create(
            organisation=other.organisation, member=stranger, creditor=other.mandate.creditor, reference="ZZ-77",
            account_holder="Zztop", iban="DE75512108001245126199", signed_on="2026-01-01",
        )  # fmt: skip
    assert house.member.number in treasurer.get(f"/office/search/?s={house.member.last_name}").content.decode()
    assert treasurer.get("/office/search/?s=zztop").content.strip() == b""
    assert treasurer.get("/office/search/?s=6199").content.strip() == b""
    assert treasurer.get("/office/search/?s=ZZ-77").content.strip() == b""
