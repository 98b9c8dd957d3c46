"""Every page of the portal that names a thing, asked for by five people: its owner, the payer, their child, a stranger of another house, nobody.

The owner sees it; the payer sees their household's contracts and children; nobody else sees anything, by whatever address.
"""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django_scopes import scope, scopes_disabled

from billing.models import Contract, InvoiceFile, Mail
from billing.services import quotes
from members.models import Consent, ConsentPurpose, ConsentText, ContactEntry, Member, Proof, ProofFile, User
from portal.urls import urlpatterns
from tests.portal.world import NOON, TODAY, World, build, contract, invoice, member, proven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
OWNER, PAYER, MATE, STRANGER, NOBODY = "owner", "payer", "mate", "stranger", "nobody"
MONTHLY = {"interval": {"months": 1}, "notice": {"months": 1}}
# Page, method, the owner's thing, and who else gets in. The owner is a child of 12 with a sign-in; the payer pays for them.
TABLE: dict[str, tuple[str, str, set[str]]] = {
    "invoice": ("get", "number", set()),
    "invoice_pdf": ("get", "number", set()),
    "tariff_choices": ("get", "contract", {PAYER}),
    "tariff_quote": ("post", "contract", {PAYER}),
    "tariff_confirm": ("post", "change", {PAYER}),
    "contract_options": ("get", "contract", {PAYER}),
    "contract_agree": ("post", "pause", {PAYER}),
    "leave": ("get", "contract", set()),
    "conversation": ("get", "question", set()),
    "message": ("get", "mail", set()),
    "bank_change": ("get", "member", set()),
    "bank_confirm": ("get", "member", set()),
    "mandate_copy": ("get", "mandate", set()),
    "details_address": ("get", "member", {PAYER}),
    "details_name": ("get", "member", {PAYER}),
    "proof_file": ("get", "file", {PAYER}),
    "consent_withdraw": ("post", "consent", {PAYER}),
}
# Named by what they show of the reader alone, or shown to everybody; the route matrix has them.
OF_THE_READER = {
    "home", "invoices", "receipts", "usage", "price_changes", "help", "messages", "bank_details", "bank_check", "details", "mail_address",
    "mail_address_confirm", "account", "account_pdf", "instalments", "proofs", "consents", "erasure", "prove", "my_data", "my_data_file", "my_data_pdf", "security", "switch_organisation",
}  # fmt: skip
OPEN = {
    "logo",
    "style",
    "set_language",
    *(
        name
        for name in (one.name for one in urlpatterns if isinstance(one, URLPattern))
        if name and name.startswith("join")
    ),
    # Of the public demo, and nowhere else: tests/demo/test_strangers.py.
    *("try_out", "try_as", "website", "robots"),
    "declare_cancel",
    "declare_cancel_at",
    "declare_withdraw",
    "declare_withdraw_at",
    "declaration_received",
    "declaration_received_pdf",
}
# With tests of their own: an archived e-invoice, receipts, price changes; a consent is given to words, which are everybody's.
ELSEWHERE = {"instalment_pdf", "invoice_xml", "receipt_pdf", "price_object", "price_agree", "consent_give"}


@pytest.fixture
def people(world: World) -> dict[str, Client]:
    """Signed in, and just proven."""
    other = build("chor", "other@example.org", "Chor")
    users: dict[str, User | None] = {
        OWNER: User.objects.create_user("jonas@example.org"), PAYER: world.petra.user,
        MATE: User.objects.create_user("otto@example.org"), STRANGER: other.petra.user, NOBODY: None,
    }  # fmt: skip
    member(world.organisation, "1002", "Jonas", payer=world.petra, user=users[OWNER], date_of_birth=date(2014, 1, 1))
    member(world.organisation, "1003", "Otto", payer=world.petra, user=users[MATE], date_of_birth=date(2013, 1, 1))
    clients = {name: Client() for name in users}
    for name, user in users.items():
        if user:
            clients[name].force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
            proven(clients[name])
    return clients


@pytest.fixture
def things(world: World, people: dict[str, Client]) -> dict[str, Any]:
    """One of everything that belongs to the owner."""
    with scope(organisation=world.organisation):
        owner = Member.objects.get(number="1002")
        held = contract(world, owner, "Jugend", MONTHLY)
        contract(world, world.petra, "Erwachsene", MONTHLY)
        Contract.objects.filter(pk=held.pk).update(due_on=held.start)
        world.mandate.member = owner
        world.mandate.save()
        bill = invoice(world, "R7", owner)
        InvoiceFile.objects.create(organisation=world.organisation, invoice=bill, content=b"%PDF-", sha256="0" * 64)
        return {"number": "R7", "contract": held.pk, "member": owner.pk, "mandate": world.mandate.pk} | owned(
            owner, held
        )


def owned(owner: Member, held: Contract) -> dict[str, Any]:
    """Quotes, a question, a paper and a consent."""
    house = owner.organisation
    held.tariff.__class__.objects.filter(code="erwachsene").update(offered=True)
    question = ContactEntry.objects.create(
        organisation=house, member=owner, kind="question", at=NOON, subject="x", text="x"
    )
    proof = Proof.objects.create(organisation=house, member=owner, what_for="x", valid_until=TODAY, sent_at=NOON)
    file = ProofFile.objects.create(
        organisation=house,
        proof=proof,
        name="x",
        content_type="application/pdf",
        content=b"%PDF-",
        sha256="x",
        added_at=NOON,
    )
    purpose = ConsentPurpose.objects.create(organisation=house, name="Fotos")
    text = ConsentText.objects.create(organisation=house, purpose=purpose, number=1, text="x", since=NOON)
    consent = Consent.objects.create(organisation=house, member=owner, purpose=purpose, text=text, given_at=NOON)
    mail = Mail.objects.create(
        organisation=house, member=owner, key="x", kind="notice", recipient="jonas@example.org", subject="Kanarie", text="x", state="sent", created_at=NOON
    )  # fmt: skip
    change = quotes.make_quote(held, "erwachsene", TODAY, NOON)
    pause = quotes.quote_for(held, {"pause": {"until": "2027-02-01"}}, TODAY, NOON)
    return {
        "mail": mail.pk,
        "question": question.pk,
        "file": file.pk,
        "consent": consent.pk,
        "change": change.pk,
        "pause": pause.pk,
    }


def test_the_table_knows_every_page_of_the_portal() -> None:
    known = {str(one.name) for one in urlpatterns if hasattr(one, "name")} | {"set_language"}
    assert known == set(TABLE) | OF_THE_READER | OPEN | ELSEWHERE
    assert get_resolver().reverse_dict


@pytest.mark.parametrize("who", [OWNER, PAYER, MATE, STRANGER, NOBODY])
def test_each_of_the_five_gets_the_answer_of_the_table(
    people: dict[str, Client], things: dict[str, Any], who: str
) -> None:
    found, wanted = {}, {}
    for page, (method, thing, others) in TABLE.items():
        answer = getattr(people[who], method)(reverse(page, args=[things[thing]]))
        found[page] = "sign in" if answer.status_code == 302 and "/login" in answer.url else answer.status_code
        allowed = who == OWNER or who in others
        wanted[page] = "in" if allowed else "sign in" if who == NOBODY else 404
    seen = {page: "in" if one in (200, 302) else one for page, one in found.items()}
    assert {page: (seen[page], wanted[page]) for page in TABLE if seen[page] != wanted[page]} == {}


@pytest.mark.parametrize(
    "page", sorted(OF_THE_READER - {"home", "prove", "switch_organisation", "security", "bank_check"})
)
def test_pages_of_the_reader_show_nothing_of_others(
    people: dict[str, Client], things: dict[str, Any], page: str
) -> None:
    with scopes_disabled():
        Member.objects.filter(number="1002").update(last_name="Kanarie", street="Kanarienweg 1")
        ContactEntry.objects.update(subject="Kanarie")
    for who in (MATE, STRANGER):
        assert b"anarie" not in people[who].get(reverse(page)).content, who
    answer: Any = people[NOBODY].get(reverse(page))
    assert answer.status_code == 302
    assert "/login" in answer.url
