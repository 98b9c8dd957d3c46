"""An organisation of any size: members, some of whom pay for others, contracts in mixed rhythms, mandates. Set-based."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model
from django_scopes import scope

from billing.models import Contract, Creditor, Mandate, Tariff
from billing.services import bulk
from billing.services.organisations import setup_organisation
from members.models import Member, Organisation

FIRST = date(2027, 1, 1)
FAMILY = (1, 1, 2, 1, 1, 3, 1, 2, 1, 1)
RHYTHMS = (1, 1, 1, 3, 3, 6, 12, 12)
BANKS = ("20050000", "37040044", "50010517", "70150000", "10050000", "21050170")
CHUNK = 10_000
Values = dict[str, Any]


def seed(contracts: int) -> Organisation:
    """An organisation with so many contracts, all due in January 2027."""
    organisation, _created = setup_organisation(data())
    with scope(organisation=organisation):
        fill(organisation, contracts)
    return organisation


def fill(organisation: Organisation, contracts: int) -> None:
    """The members with their contracts and mandates."""
    write(Member, (payer(organisation, number) for number, _size in families(contracts)))
    payers = dict(Member.objects.values_list("number", "pk"))
    write(Member, dependants(organisation, contracts, payers))
    members = Member.objects.order_by("pk").values_list("pk", "number")
    tariffs = dict(Tariff.objects.values_list("code", "pk"))
    write(Contract, (contract(organisation, pk, number, tariffs) for pk, number in members.iterator()))
    creditor = Creditor.objects.get(organisation=organisation)
    write(Mandate, (mandate(organisation, creditor, pk, number) for number, pk in payers.items() if int(number) % 20))


def data() -> Values:
    """The organisation's settings: two kinds of dues outside VAT and a course with it."""
    dues = {"vat_rate": None, "legal_basis": "membership", "sphere": "ideell"}
    course = {"vat_rate": 19, "sphere": "geschaeftsbetrieb"}
    return {
        "slug": "benchmark", "name": "Benchmark e.V.", "tax_number": "20/290/12345",
        "address": {"street": "Am Sportpark 3", "postal_code": "24534", "city": "Neumünster", "country": "DE"},
        "creditor": {"identifier": "DE98ZZZ09999999999", "iban": "DE89370400440532013000"},
        "ledger": {"first_debtor": 1_000_000, "account_length": 6},
        "tariffs": [tariff("ERW", "Erwachsene", "14.00", dues), tariff("JUG", "Jugendliche", "7.50", dues), tariff("KURS", "Kurs", "29.90", course)],
    }  # fmt: skip


def tariff(code: str, name: str, price: str, law: Values) -> Values:
    """A monthly price that can be paid in any rhythm."""
    return law | {
        "code": code, "name": name, "interval": {"months": 1}, "intervals": [1, 3, 6, 12], "anchor": "calendar", "timing": "advance",
        "proration": "month", "prices": "gross", "components": [{"code": "fee", "kind": "flat", "price": price}],
    }  # fmt: skip


def families(contracts: int) -> Iterator[tuple[int, int]]:
    """Number of each payer, and how many contracts they pay."""
    number, left = 0, contracts
    while left:
        size = min(FAMILY[number % len(FAMILY)], left)
        number, left = number + 1, left - size
        yield number, size


def payer(organisation: Organisation, number: int) -> Values:
    """Who pays; one in five gets letters."""
    last_name = f"Müller-{number % 977}"
    email = "" if number % 5 == 0 else f"member{number}@example.org"
    return {
        "organisation": organisation.pk, "number": str(number), "first_name": "Erika", "last_name": last_name, "email": email,
        "street": f"Hauptstraße {number % 200 + 1}", "postal_code": f"{20_000 + number % 5_000}", "city": "Neumünster",
        "search": f"{number} ERIKA {last_name.upper()}",
    }  # fmt: skip


def dependants(organisation: Organisation, contracts: int, payers: dict[str, int]) -> Iterator[Values]:
    """The members that somebody else pays for."""
    for number, size in families(contracts):
        for place in range(1, size):
            own = payer(organisation, number)
            yield own | {"number": f"{number}-{place}", "first_name": "Finn", "email": "", "payer": payers[str(number)]}


def contract(organisation: Organisation, member: int, number: str, tariffs: dict[str, int]) -> Values:
    """Members joined over the last twenty years, half of them on the first of a month; their periods follow the calendar."""
    code = "JUG" if "-" in number else "KURS" if member % 7 == 0 else "ERW"
    start = FIRST - timedelta(days=member * 7919 % 7300 + 1)
    start = start.replace(day=1) if member % 2 else start
    return {
        "organisation": organisation.pk, "member": member, "tariff": tariffs[code], "start": start, "bill_from": FIRST, "due_on": FIRST,
        "interval_months": RHYTHMS[member % len(RHYTHMS)],
    }  # fmt: skip


def mandate(organisation: Organisation, creditor: Creditor, member: int, number: str) -> Values:
    """One in twenty payers has none."""
    return {
        "organisation": organisation.pk, "creditor": creditor.pk, "member": member, "reference": f"M-{number}", "account_holder": "Erika Müller",
        "iban": iban(int(number)), "signed_on": date(2020, 5, 1), "last_presented_on": date(2026, 12, 1),
    }  # fmt: skip


def iban(number: int) -> str:
    """A valid one of a bank that exists (ISO 13616: digits modulo 97)."""
    account = f"{BANKS[number % len(BANKS)]}{number:010d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def write(model: type[Model], rows: Iterator[Values]) -> None:
    """Writes rows in chunks; what a row does not name gets the field's default."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names, defaults = [field.name for field in fields], [field.get_default() for field in fields]
    chunk: list[list[Any]] = []
    for row in rows:
        chunk.append([row.get(name, default) for name, default in zip(names, defaults)])
        if len(chunk) == CHUNK:
            flush(model, names, chunk)
    flush(model, names, chunk)


def flush(model: type[Model], names: list[str], chunk: list[list[Any]]) -> None:
    """One chunk in one transaction."""
    with transaction.atomic():
        bulk.insert(model, names, chunk)
    chunk.clear()
