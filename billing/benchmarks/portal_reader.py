"""Who reads the pages: a payer with a household, a meter and one of everything, and somebody who owes and pays in parts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from allauth.mfa.models import Authenticator

from billing.benchmarks.portal_seed import METERED
from billing.demo.books import noon
from billing.models import (
    Contract,
    Creditor,
    DunningItem,
    DunningLevel,
    Invoice,
    PriceNotice,
    Receipt,
    SignUpOffer,
    SignUpSettings,
    SignUpText,
    Tariff,
    TariffVersion,
    TaxNotice,
)
from billing.pricing.periods import add_months
from billing.services import dunning, instalment_plans, price_changes, questions
from members import consenting
from members.models import ConsentText, Member, Organisation, Proof, User

HOUSEHOLD = 3


@dataclass(frozen=True, slots=True)
class House:
    """What the addresses of the pages name: keys, numbers, and who signs in."""

    users: dict[str, int]
    member: int
    child: int
    contract: int
    invoice: str
    question: int
    notice: int
    number: str
    name: str
    iban: str


def furnish(organisation: Organisation, on: date) -> House:
    """The readers in the middle of everybody, with one of everything that a page can show."""
    now = noon(on)
    remind(organisation, on)
    open_doors(organisation)
    reader = payer_of_a_household(organisation)
    office = User.objects.get(email="treasurer@benchmark.example")
    Authenticator.objects.create(user=office, type=Authenticator.Type.TOTP, data={})
    question = talk(reader, office, now)
    wish(reader, now)
    confirmed(reader, on)
    notice = dearer(reader, on)
    debtor = pays_in_parts(organisation, on)
    return House(
        users={"reader": reader.user_id or 0, "debtor": debtor, "office": office.pk}, member=reader.pk,
        child=Member.objects.filter(payer=reader).order_by("pk")[0].pk, contract=Contract.objects.get(member=reader).pk,
        invoice=Invoice.objects.filter(payer=reader).order_by("-issued_on")[0].number, question=question, notice=notice,
        number=reader.number, name=reader.last_name, iban=reader.mandates.get().iban,
    )  # fmt: skip


def payer_of_a_household(organisation: Organisation) -> Member:
    """One with a meter who pays for two children, from the middle of the list."""
    payers = Member.objects.filter(organisation=organisation, payer=None, user=None, number__endswith=METERED)
    reader = payers.order_by("pk")[payers.count() // 2]
    Member.objects.filter(payer=reader).update(date_of_birth=date(2016, 5, 4))
    return signs_in(reader, "reader")


def signs_in(member: Member, name: str) -> Member:
    """Gives a member a user."""
    member.user = User.objects.create_user(f"{name}@benchmark.example")
    member.save()
    return member


def remind(organisation: Organisation, on: date) -> None:
    """Everybody who has not paid gets the first reminder."""
    DunningLevel.objects.create(organisation=organisation, level=1, tone="reminder", after_days=3, pay_within_days=14)
    dunning.run(organisation, on, None, noon(on))


def pays_in_parts(organisation: Organisation, on: date) -> int:
    """Reminded of two claims, of which one is paid in three parts; gives the user."""
    owing = DunningItem.objects.filter(organisation=organisation, invoice__method="transfer").order_by("-pk")
    debtor = signs_in(Member.objects.get(pk=owing.values("invoice__payer")[:1]), "debtor")
    oldest = Invoice.objects.filter(payer=debtor).order_by("issued_on")[0]
    parts = instalment_plans.Wish([oldest.pk], 3, 1, on + timedelta(days=7))
    instalment_plans.agree(organisation, debtor, parts, None, noon(on))
    return debtor.user_id or 0


def talk(reader: Member, office: User, now: datetime) -> int:
    """A question with its answer."""
    asked = questions.ask(reader, user_of(reader), "Beitrag meiner Tochter", "Ab wann gilt er?", "", now)
    questions.answer(asked, office, "Ab dem 14. Geburtstag.", asked.pk, now)
    return asked.pk


def user_of(member: Member) -> User:
    """The sign-in of a reader."""
    return User.objects.get(members=member)


def wish(reader: Member, now: datetime) -> None:
    """Consents to two purposes, and a proof that waits."""
    for name in ("Fotos auf der Website", "Rundbrief"):
        purpose = consenting.write(reader.organisation, name, "Ich bin einverstanden.", now)
        consenting.give(reader, ConsentText.objects.get(purpose=purpose), user_of(reader), {"by": "portal"}, now)
    until = add_months(now.date(), 6)
    Proof.objects.create(
        organisation=reader.organisation, member=reader, what_for="Studium", valid_until=until, sent_at=now
    )


def confirmed(reader: Member, on: date) -> None:
    """A donation receipt."""
    same: dict[str, Any] = {"organisation": reader.organisation, "issued_on": on}
    notice = TaxNotice.objects.create(
        **same, kind="exemption", tax_office="Kiel", tax_number="20/290/12345", period="2023", purposes=["5"]
    )
    Receipt.objects.create(
        **same, member=reader, notice=notice, kind="money", year=on.year, sequence=1, number="B1", given_in=on.year, total=Decimal("50.00"),
        machine_made=True, snapshot={}, hash="-",
    )  # fmt: skip


def dearer(reader: Member, on: date) -> int:
    """Everybody with the reader's tariff is told a new price; gives the reader's notice."""
    held = Contract.objects.select_related("tariff").get(member=reader)
    first, day = held.tariff.versions.get(), add_months(on.replace(day=1), 3)
    parts = [first.terms["components"][0] | {"price": "11.90"}, *first.terms["components"][1:]]
    version = TariffVersion.objects.create(
        organisation=reader.organisation, tariff=held.tariff, number=2, valid_from=day, terms=first.terms | {"components": parts}
    )  # fmt: skip
    asked = price_changes.Wish(version, day, "clause", "§ 5: Strom", "keep", add_months(on, 1))
    price_changes.announce(asked, price_changes.preview(asked, noon(on)).fingerprint, None, noon(on))
    return PriceNotice.objects.get(contract=held).pk


def open_doors(organisation: Organisation) -> None:
    """The sign-up, mandates without paper, and the legal buttons."""
    Creditor.objects.filter(organisation=organisation).update(electronic_mandates_since=date(2020, 1, 1))
    Organisation.objects.filter(pk=organisation.pk).update(
        email="buero@benchmark.example", cancel_button=True, withdraw_button=True
    )
    SignUpSettings.objects.create(organisation=organisation, is_open=True)
    for kind in ("statutes", "privacy", "conditions"):
        SignUpText.objects.create(organisation=organisation, kind=kind, version="2026", text="Alles Weitere.")
    for place, tariff in enumerate(Tariff.objects.filter(organisation=organisation, code__in=("ERW", "JUG"))):
        SignUpOffer.objects.create(organisation=organisation, tariff=tariff, position=place)
