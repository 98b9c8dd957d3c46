"""The pages that are asked for, each with who asks and what it must not cost more than."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from billing.benchmarks.portal_reader import House


@dataclass(frozen=True, slots=True)
class Page:
    """One address. `group` says which goal holds for it, `who` asks (empty: a stranger)."""

    name: str
    path: str
    group: str = "portal"
    who: str = "reader"


def pages(house: House) -> list[Page]:
    """Every one."""
    return [*of_reader(house), *of_contract(house), *of_debtor(), *of_strangers(), *of_office(house), *searches(house)]


def of_reader(house: House) -> Iterator[Page]:
    """What somebody sees of themselves and their household."""
    for name in (
        "home", "invoices", "usage", "account", "help", "details", "my_data", "bank_details", "proofs", "consents", "erasure", "receipts",
        "price_changes", "instalments", "security", "mail_address", "prove", "declare_cancel", "declare_withdraw",
    ):  # fmt: skip
        yield Page(name, reverse(name))
    yield Page("invoice", reverse("invoice", args=[house.invoice]))
    yield Page("conversation", reverse("conversation", args=[house.question]))
    yield Page("price_object", reverse("price_object", args=[house.notice]))
    yield Page("bank_change", reverse("bank_change", args=[house.member]))
    yield Page("details_address", reverse("details_address", args=[house.child]))
    yield Page("details_name", reverse("details_name", args=[house.child]))


def of_contract(house: House) -> Iterator[Page]:
    """What can be done with a contract."""
    for name in ("tariff_choices", "contract_options", "leave"):
        yield Page(name, reverse(name, args=[house.contract]))


def of_debtor() -> Iterator[Page]:
    """The same for somebody who was reminded."""
    for name in ("home", "invoices", "account", "instalments"):
        yield Page(f"{name}, reminded", reverse(name), who="debtor")


def of_strangers() -> Iterator[Page]:
    """What is shown before anybody has signed in."""
    for name in ("home", "account_login", "declare_cancel", "declare_withdraw"):
        yield Page(f"{name}, stranger", reverse(name), who="")
    join = reverse("join", args=["benchmark"])
    yield Page("join: choose", join, who="")
    yield Page("join: person", f"{join}?tariff=ERW", who="")


def of_office(house: House) -> Iterator[Page]:
    """Start page, lists, and the pages of one member."""
    yield Page("office: start", reverse("admin:index"), "office", "office")
    for name in ("members_member", "billing_contract", "billing_invoice", "billing_mandate"):
        yield Page(f"office: {name}", reverse(f"admin:{name}_changelist"), "list", "office")
    yield Page("office: member", reverse("admin:members_member_change", args=[house.member]), "member", "office")
    for name, key in (
        ("office_account", house.member),
        ("office_contacts", house.member),
        ("office_contract", house.contract),
    ):
        yield Page(f"office: {name}", reverse(name, args=[key]), "office", "office")


def searches(house: House) -> Iterator[Page]:
    """Members by part of the name, number, start, end and whole of the IBAN; the field above the navigation; contacts by words."""
    members, field = reverse("admin:members_member_changelist"), reverse("admin:search")
    part = house.name[3:]
    terms = {
        "name part": part,
        "number": house.number,
        "IBAN start": house.iban[:12],
        "IBAN end": house.iban[-6:],
        "IBAN": house.iban,
    }
    for what, term in terms.items():
        yield Page(f"list, {what}", f"{members}?{urlencode({'q': term})}", "search", "office")
        yield Page(f"field, {what}", f"{field}?{urlencode({'s': term})}", "search", "office")
    words = urlencode({"q": "Handball 13"})
    yield Page("contacts by words", f"{reverse('office_contact_search')}?{words}", "search", "office")
