"""A bank statement of a given size: read (goal C1), taken over and matched, in a database that is thrown away afterwards.

Of ten lines seven name an invoice, two are direct debits credited one by one, and one has only a name.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.db import connection
from django.utils import timezone
from django_scopes import scope

from billing.benchmarks import databases, measure, seed
from billing.benchmarks.goals import LARGE, Goal
from billing.demo.bank import BankLine, Paper, pieces
from billing.formats import bank_files
from billing.models import BillingRun, Collection, CollectionBatch, Creditor, Invoice, Mandate, StatementEntry
from billing.services import audit, reconciliation, statement_import
from billing.services.organisations import setup_organisation
from members.models import Member, Organisation

ON, BOOKED = date(2027, 1, 1), date(2027, 1, 4)
NOW = datetime(2027, 1, 5, 11, tzinfo=timezone.get_default_timezone())
DUES = Decimal("14.00")
IBAN = "DE71110220330123456789"


@dataclass(frozen=True, slots=True)
class Brought:
    """What a statement of so many entries cost, and how many of them booked themselves."""

    entries: int
    booked: int
    steps: dict[str, measure.Step]


def bring(entries: int) -> Brought:
    """Reads, takes over, matches and proves."""
    with databases.throw_away("statement"), tempfile.TemporaryDirectory() as folder:
        organisation, _created = setup_organisation(seed.data())
        with scope(organisation=organisation):
            path = Path(folder) / "camt.xml"
            prepare(organisation, entries, path)
            steps = {"read": measure.step("read", entries, lambda: read(path))}
            steps["import"] = measure.step("import", entries, lambda: take(organisation, path))
            steps["match"] = measure.step("match", entries, lambda: reconciliation.match_open(organisation, NOW))
            booked = StatementEntry.objects.exclude(settled_at=None).count()
            prove(organisation)
            return Brought(entries, booked, steps)


def read(path: Path) -> int:
    """Every line of the file, none of them kept."""
    with path.open("rb") as source:
        return sum(1 for _line in bank_files.read(source))


def take(organisation: Organisation, path: Path) -> None:
    """Takes the file over."""
    with path.open("rb") as source:
        statement_import.import_file(organisation, path.name, source, None, NOW)


def prove(organisation: Organisation) -> None:
    """What was booked is right."""
    faults = list(audit.bank_lines(organisation))
    if faults:
        raise AssertionError(f"the audit found {len(faults)} faults, the first: {faults[0]}")


def prepare(organisation: Organisation, entries: int, path: Path) -> None:
    """A claim per line, a fifth of them with the bank, and the statement."""
    seed.write(Member, (person(organisation, number) for number in range(entries)))
    members = Member.objects.order_by("pk").values_list("pk", flat=True)
    seed.write(Invoice, (invoice(organisation, number, pk) for number, pk in enumerate(members.iterator())))
    debits(organisation)
    creditor = Creditor.objects.get(organisation=organisation)
    with path.open("w", encoding="utf-8") as target:
        target.writelines(pieces(Paper(creditor.iban), [line(number) for number in range(entries)]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def person(organisation: Organisation, number: int) -> seed.Values:
    """A payer."""
    return {
        "organisation": organisation.pk,
        "number": str(number),
        "first_name": "Käthe",
        "last_name": f"Weiß {name(number)}",
    }


def name(number: int) -> str:
    """A surname in letters, different for each number."""
    letters = ""
    while number or len(letters) < 4:
        number, digit = divmod(number, 20)
        letters += "bcdfghjklmnpqrstvwxz"[digit] + "aeiou"[digit % 5]
    return letters.capitalize()


def number_of(number: int) -> str:
    """The number of an invoice."""
    return f"R2027-{number + 1:05d}"


def invoice(organisation: Organisation, number: int, payer: int) -> seed.Values:
    """A claim."""
    return {
        "organisation": organisation.pk, "payer": payer, "year": 2027, "sequence": number + 1, "number": number_of(number), "issued_on": ON,
        "due_on": ON, "net": DUES, "vat": 0, "gross": DUES, "method": "transfer", "snapshot": {"payment": {}}, "hash": "-",
    }  # fmt: skip


def debits(organisation: Organisation) -> None:
    """Two of ten claims are with the bank."""
    creditor = Creditor.objects.get(organisation=organisation)
    run = BillingRun.objects.create(organisation=organisation, creditor=creditor, on=ON, until=ON, collect_on=BOOKED)
    batch = CollectionBatch.objects.create(
        organisation=organisation, creditor=creditor, run=run, collection_date=BOOKED, scheme="CORE", sequence_type="RCUR",
        message_id="BENCHMARK", version="pain.008.001.08", built_at=NOW, content=b"-", sha256="-", submitted_at=NOW,
    )  # fmt: skip
    rows = Invoice.objects.order_by("pk").values_list("sequence", "pk", "payer_id")
    claims = [row for row in rows if debited(row[0] - 1)]
    same = {"organisation": organisation.pk, "signed_on": ON}
    seed.write(Mandate, (
        same | {"creditor": creditor.pk, "member": payer, "reference": f"M{n}", "account_holder": "Weiß", "iban": IBAN} for n, _pk, payer in claims
    ))  # fmt: skip
    mandates = dict(Mandate.objects.values_list("member_id", "pk"))
    seed.write(Collection, (
        same | {
            "batch": batch.pk, "invoice": pk, "mandate": mandates[payer], "amount": DUES, "end_to_end_id": f"BENCHMARK{n}",
            "mandate_reference": f"M{n}", "debtor_name": "Weiß", "debtor_iban": IBAN, "remittance": "Beitrag",
        }
        for n, pk, payer in claims
    ))  # fmt: skip


def debited(number: int) -> bool:
    """Two of ten."""
    return number % 10 in (3, 7)


def line(number: int) -> BankLine:
    """The bank's line for a claim."""
    if debited(number):
        return BankLine(DUES, BOOKED, end_to_end_id=f"BENCHMARK{number + 1}", reference=f"B{number}", code="NTRF+171")
    text = "Beitrag Januar" if number % 10 == 9 else f"Beitrag {number_of(number)} Januar"
    return BankLine(
        DUES,
        BOOKED,
        name=f"Käthe Weiß {name(number)}",
        iban="DE02120300000000202051",
        text=text,
        reference=f"B{number}",
    )


def statement_goals(large: Brought, small: Brought) -> Iterator[Goal]:
    """Every goal for statements."""
    scale = LARGE / large.entries
    reading, before = large.steps["read"], small.steps["read"]
    both = (large.steps["import"], large.steps["match"])
    yield Goal("C1 camt.053 of 100,000 entries read, seconds of work", reading.busy * scale, 8, "s")
    yield Goal("C1 peak memory of the reading", reading.peak_mb, 150, "MB")
    yield Goal("C1 seconds, against a tenth of the entries", reading.busy / before.busy, 11)
    yield Goal(
        "100,000 entries taken over and matched, seconds of work", sum(step.busy for step in both) * scale, 60, "s"
    )
    yield Goal("peak memory of it", max(step.peak_mb for step in both), 250, "MB")
    yield Goal("entries that booked themselves", large.booked / large.entries, 0.9, at_least=True)
