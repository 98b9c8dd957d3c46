"""The tour: every page of the portal, as somebody finds it who has one of everything; and pictures of every page of the house.

A page that the table does not know fails the first test. Pictures are kept where SCREENSHOTS names a folder.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import NoReverseMatch, URLPattern, reverse
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from portal.urls import urlpatterns
from tests.browser.album import seen, wanted
from tests.browser.everything import Everything, everything, on_the_day
from tests.browser.looking import BACKEND, inspect, inspected, page_of, window
from tests.portal.world import proven

pytestmark = pytest.mark.browser
# Page: the things that its address names. Shown to everybody.
OPEN = {
    "declare_cancel": [], "declare_cancel_at": ["slug"], "declare_withdraw": [], "declare_withdraw_at": ["slug"],
    "declaration_received": ["received"], "join": ["slug"], "join_sent": ["slug"], "join_framed": ["slug"], "join_sent_framed": ["slug"],
    "join_text": ["slug", "privacy"], "join_confirm": ["confirm"],
}  # fmt: skip
# Shown to the member.
OWN = {
    "home": [], "invoices": [], "invoice": ["number"], "instalments": [], "account": [], "receipts": [], "usage": [],
    "tariff_choices": ["metered"], "contract_options": ["contract"], "leave": ["contract"], "price_changes": [],
    "price_object": ["notice_resolution"], "price_agree": ["notice_consent"], "help": [], "conversation": ["question"], "messages": [], "message": ["letter"],
    "bank_details": [], "bank_change": ["member"], "details": [], "details_address": ["member"], "details_name": ["member"],
    "mail_address": [], "proofs": [], "consents": [], "erasure": [], "prove": [], "my_data": [], "security": [],
}  # fmt: skip
# Of the public demo, and nowhere else.
TRYING: dict[str, list[str]] = {"try_out": [], "website": []}
# Reached only by a button of the page before.
BEHIND = {"tariff_quote", "bank_confirm", "mail_address_confirm"}
# A file, a part of a page, or what is done and then leads to a page of the table.
NO_PAGES = {
    "invoice_pdf", "invoice_xml", "instalment_pdf", "account_pdf", "receipt_pdf", "mandate_copy", "declaration_received_pdf",
    "proof_file", "my_data_file", "my_data_pdf", "join_widget", "logo", "style", "bank_check", "join_iban", "tariff_confirm", "contract_agree",
    "consent_give", "consent_withdraw", "switch_organisation", "join_logo", "join_style", "try_as", "robots",
}  # fmt: skip
SIGNING_IN = [
    "/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/accounts/signup/", "/", "/nowhere/",
]  # fmt: skip
SECURITY = [
    "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/", "/accounts/sessions/",
    "/accounts/password/set/", "/accounts/email/", "/accounts/logout/",
]  # fmt: skip
OFFICE: dict[str, list[str]] = {
    **{
        name: []
        for name in (
            "admin:index", "admin:members_member_changelist", "admin:billing_contract_changelist", "admin:billing_invoice_changelist",
            "admin:billing_mandate_changelist", "office_runs", "office_run_new", "office_batches", "office_collect_again",
            "office_downloads", "office_books", "office_accounts", "opening_upload", "office_numbers", "import_upload", "office_credits",
            "statement_upload", "clearing", "clearing_done", "office_quotas", "usage_upload", "office_api_keys", "what_ifs",
            "best_tariffs", "forecast", "office_letters", "office_bounces", "office_mail_texts", "office_branding",
            "office_contact_search", "office_failed_mails", "office_vat", "office_questions", "office_tariffs", "office_tariff_new",
            "office_tariff_import", "price_change_list", "office_declarations", "donation_upload", "office_receipts", "office_debts",
            "office_instalments", "office_sign_up", "office_sign_up_code", "office_applications", "office_wishes", "office_proofs",
            "office_consents", "office_dunning", "office_dunning_levels", "office_aging",
        )
    },
    **{
        name: ["member"]
        for name in (
            "admin:members_member_change", "office_contacts", "office_member_consents", "office_account", "office_instalments_new",
        )
    },
    **{name: ["metered"] for name in ("office_contract", "office_contract_usage", "office_contract_change")},
    "office_run": ["run"], "office_batch": ["batch"], "office_mandate": ["mandate"], "office_question": ["question"],
    "office_debt": ["bill"], "office_correction": ["bill"], "office_instalment_plan": ["plan"], "office_receipt_cancel": ["receipt"],
    "office_application": ["application"], "office_declaration": ["declaration"], "office_tariff": ["tariff"],
    "office_tariff_edit": ["tariff"], "price_change": ["price_change"],
}  # fmt: skip
Complaints = dict[str, list[str]]


@pytest.fixture
def all_of_it(live_server: LiveServer) -> Iterator[Everything]:
    with on_the_day():
        yield everything()


def test_the_tour_leaves_no_page_out() -> None:
    named = {str(one.name) for one in urlpatterns if isinstance(one, URLPattern)}
    assert named == set(OPEN) | set(OWN) | set(TRYING) | BEHIND | NO_PAGES


def test_what_is_no_page_shows_none(all_of_it: Everything) -> None:
    client = Client()
    client.force_login(all_of_it.petra, backend=BACKEND)
    proven(client)
    shown = {name: client.get(address_like(name)) for name in NO_PAGES}
    pages = {
        name: answer.status_code
        for name, answer in shown.items()
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
    }
    assert pages == {}


def address_like(name: str) -> str:
    """An address of this form, whatever it names."""
    for arguments in ([], ["1"], ["ostufer"], ["0" * 8], ["ostufer", "0" * 8]):
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(name)


def walked(page: Page, base: str, pages: dict[str, list[str]], things: dict[str, Any]) -> Complaints:
    """Every page of a table, and what is wrong with it."""
    found = {}
    for name, names in pages.items():
        address = reverse(name, args=[things.get(one, one) for one in names])
        found[name] = inspect(page, base + address, name.replace("_", "-"))
    return {name: one for name, one in found.items() if one}


def listed(page: Page, base: str, addresses: list[str], prefix: str) -> Complaints:
    """The same for addresses that are not ours to name."""
    found = {
        one: inspect(page, base + one, f"{prefix}{one.replace('/', '-').rstrip('-') or '-home'}") for one in addresses
    }
    return {name: one for name, one in found.items() if one}


def test_pages_that_everybody_may_see(browser: Browser, live_server: LiveServer, all_of_it: Everything) -> None:
    page = window(browser)
    found = walked(page, live_server.url, OPEN, all_of_it.things)
    assert found | listed(page, live_server.url, SIGNING_IN, "stranger") == {}


def test_pages_of_the_public_demo(browser: Browser, live_server: LiveServer, all_of_it: Everything) -> None:
    with override_settings(PUBLIC_DEMO=True, PUBLIC_URL=live_server.url):
        assert walked(window(browser), live_server.url, TRYING, all_of_it.things) == {}


def test_pages_of_a_member(browser: Browser, live_server: LiveServer, all_of_it: Everything) -> None:
    page = page_of(browser, live_server, all_of_it.petra)
    prove(page)
    assert walked(page, live_server.url, OWN, all_of_it.things) == {}


def prove(page: Page) -> None:
    """Has just shown who they are; the way there has a test of its own."""
    client = Client()
    client.cookies["sessionid"] = next(one["value"] for one in page.context.cookies() if one["name"] == "sessionid")
    proven(client)


def test_pages_behind_a_button(browser: Browser, live_server: LiveServer, all_of_it: Everything) -> None:
    """What a change would bring, the mandate to be given, the code of a new address; and the pages of the sign-in's safety."""
    page, things = page_of(browser, live_server, all_of_it.petra), all_of_it.things
    prove(page)
    found = {}

    def behind(name: str, address: str, press: Callable[[], object]) -> None:
        page.goto(live_server.url + address)
        found[name] = inspected(page, press, name.replace("_", "-"))

    quote = page.get_by_role("button", name="Flat wählen")
    behind("tariff_quote", reverse("tariff_choices", args=[things["metered"]]), quote.click)
    behind("contract_quote", reverse("contract_options", args=[things["contract"]]), lambda: ask_rhythm(page))
    behind("bank_confirm", reverse("bank_change", args=[things["member"]]), lambda: give_account(page))
    behind("mail_address_confirm", reverse("mail_address"), lambda: give_address(page))
    found |= listed(page, live_server.url, SECURITY, "security")
    assert {name: one for name, one in found.items() if one} == {}


def ask_rhythm(page: Page) -> None:
    page.get_by_label("Bezahlen").select_option("3")
    page.get_by_role("button", name="Zeigen, was es bringt Wie oft Sie zahlen").click()


def give_account(page: Page) -> None:
    page.get_by_label("IBAN").fill("DE02120300000000202051")
    page.get_by_role("button", name="Weiter").click()
    page.wait_for_url("**/confirm/")


def give_address(page: Page) -> None:
    page.get_by_label("Neue E-Mail-Adresse").fill("petra@neu.example")
    page.get_by_role("button", name="Weiter").click()
    page.wait_for_url("**/confirm/")


def test_pictures_of_the_office(browser: Browser, live_server: LiveServer, all_of_it: Everything) -> None:
    """The tests of its work look into its pages; here is how each of them looks."""
    if not wanted():
        pytest.skip("pictures are kept where SCREENSHOTS names a folder")
    page = page_of(browser, live_server, all_of_it.clerk)
    broken: dict[str, int] = {}
    for name, names in OFFICE.items():
        answer = page.goto(live_server.url + reverse(name, args=[all_of_it.things[one] for one in names]))
        assert answer
        broken |= {} if answer.ok else {name: answer.status}
        seen(page, name.replace("_", "-").replace("admin:", ""))
    assert broken == {}
