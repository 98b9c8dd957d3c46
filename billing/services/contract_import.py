"""Customers with their contracts from another program's list. The same list again changes nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import pricing
from billing.formats import contract_csv
from billing.formats.contract_csv import ContractRow
from billing.models import Contract, Tariff
from billing.models.fault_words import told
from billing.services import bulk
from billing.services.contracts import contract_data, load_tariffs
from members.models import Member, Organisation

MEMBER_TEXTS = ("first_name", "last_name", "company", "email", "street", "postal_code", "city")
CONTRACT_FIELDS = (
    "organisation", "member", "tariff", "start", "bill_from", "interval_months", "quantities", "discounts", "due_on",
)  # fmt: skip
FILE_FAULTS = {
    "empty": gettext_lazy("The file is empty."),
    "too_large": gettext_lazy("The file is larger than 20 MB: this is no list of contracts."),
    "binary": gettext_lazy("This is no text file. Export the list as CSV."),
    "field": gettext_lazy(
        "A cell of the list has no end: a quote is missing, or it is too long. Export the list anew."
    ),
    "columns": gettext_lazy("These columns are missing in the first line: %(missing)s."),
}
ROW_FAULTS = {
    "missing": gettext_lazy("is missing"),
    "too_long": gettext_lazy("is too long"),
    "date": gettext_lazy("is no date like 31.01.2026 or 2026-01-31"),
    "months": gettext_lazy("is no number of months from 1 to 120"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A row that was not taken, and why."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Report:
    """What a list brought. `contracts`: how many of each tariff were made."""

    rows: int = 0
    members: int = 0
    unchanged: int = 0
    contracts: Counter[str] = field(default_factory=Counter)
    refused: list[Told] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)


def import_contracts(organisation: Organisation, data: bytes) -> Report:
    """Takes the list over: new customers and contracts in one transaction; faulty rows are told, the others taken."""
    try:
        table = contract_csv.read(data)
    except contract_csv.ContractFileError as refused:
        raise ValidationError(FILE_FAULTS[refused.code], code=refused.code, params=refused.params) from refused
    report = Report(rows=table.count, unknown_columns=table.unknown_columns)
    report.refused = [Told(one.line, one.column, one.value, str(ROW_FAULTS[one.code])) for one in table.faults]
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        take(organisation, good_rows(organisation, table.rows, report), report)
    return report


def good_rows(organisation: Organisation, rows: Sequence[ContractRow], report: Report) -> list[ContractRow]:
    """The rows whose contract can be priced."""
    tariffs = load_tariffs(organisation)
    seen: dict[tuple[Any, ...], str] = {}
    good = []
    for row in rows:
        key = (row.texts["tariff"], row.start, row.bill_from, row.interval_months)
        if key not in seen:
            seen[key] = fault_of(tariffs, row)
        if seen[key]:
            report.refused.append(Told(row.line, "tariff", row.texts["tariff"][:40], seen[key]))
        else:
            good.append(row)
    return good


def fault_of(tariffs: Mapping[str, Any], row: ContractRow) -> str:
    """Why the core would not price this contract; empty if it would."""
    if row.texts["tariff"] not in tariffs:
        return _("there is no such tariff; import the tariffs first")
    data = contract_data(
        {
            "tariff__code": row.texts["tariff"], "start": row.start, "bill_from": row.bill_from,
            "interval_months": row.interval_months, "quantities": {}, "discounts": [],
        },
        [],
    )  # fmt: skip
    try:
        contract = pricing.parse_contract(data)
        pricing.check_references(tariffs, contract)
        pricing.charges(tariffs, contract, [], row.start)
    except pricing.PricingFaults as refused:
        return "; ".join(told(refused.faults))
    return ""


def take(organisation: Organisation, rows: Sequence[ContractRow], report: Report) -> None:
    """Writes what is not there yet: customers by number, contracts by customer, tariff and start."""
    members = make_members(organisation, rows, report)
    codes = dict(Tariff.objects.filter(organisation=organisation).values_list("code", "pk"))
    held = set(Contract.objects.filter(organisation=organisation).values_list("member_id", "tariff_id", "start"))
    new: list[tuple[object, ...]] = []
    for row in rows:
        key = (members[row.number], codes[row.texts["tariff"]], row.start)
        if key in held:
            report.unchanged += 1
            continue
        held.add(key)
        report.contracts[row.texts["tariff"]] += 1
        due = max(row.start, row.bill_from or row.start)
        new.append((organisation.pk, *key, row.bill_from, row.interval_months, {}, [], due))
    bulk.insert(Contract, CONTRACT_FIELDS, new)


def make_members(organisation: Organisation, rows: Sequence[ContractRow], report: Report) -> dict[str, int]:
    """The customers' keys by number; those who are new are made, those who are known stay as they are."""
    numbers = {row.number for row in rows}
    known = set(Member.objects.filter(organisation=organisation, number__in=numbers).values_list("number", flat=True))
    made: dict[str, Member] = {}
    for row in rows:
        if row.number not in known and row.number not in made:
            made[row.number] = member_of(organisation, row)
    Member.objects.bulk_create(made.values(), batch_size=500)
    report.members = len(made)
    found = Member.objects.filter(organisation=organisation, number__in=numbers)
    return dict(found.values_list("number", "pk"))


def member_of(organisation: Organisation, row: ContractRow) -> Member:
    """A new customer."""
    texts = {name: row.texts[name] for name in MEMBER_TEXTS if row.texts.get(name)}
    kind = Member.Kind.COMPANY if row.texts.get("company") and not row.texts.get("last_name") else Member.Kind.PERSON
    member = Member(organisation=organisation, number=row.number, kind=kind, joined_on=row.start, **texts)
    member.search = member.search_text()
    return member
