"""Member lists written row by row, for a small club with the demo's tariffs."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

from django_scopes import scope

from billing.models import Contract, ContractEvent, Mandate
from billing.services import member_import
from billing.services.member_import import ImportPlan, ImportReport
from members.models import Organisation

BILL_FROM = date(2027, 1, 1)
COLUMNS = (
    "Mitgliedsnummer", "Vorname", "Nachname", "Firma", "Straße", "PLZ", "Ort", "E-Mail", "Eintritt", "Austritt", "Beitragsgruppe",
    "Abteilungen", "Zahlungsart", "Zahlungsrhythmus", "IBAN", "BIC", "Kontoinhaber", "Mandatsreferenz", "Mandatsdatum",
    "Letzter Einzug", "Zahler", "Bemerkung",
)  # fmt: skip
IBANS = ("DE71570642210231530419", "DE55250109000614013910", "DE98207300700617782763")
ANNA = {
    "Mitgliedsnummer": "1", "Vorname": "Anna", "Nachname": "Thießen", "Ort": "Kiel", "Eintritt": "01.03.2019", "Beitragsgruppe": "ERW",
    "Zahlungsart": "Lastschrift", "Zahlungsrhythmus": "vierteljährlich", "IBAN": IBANS[0], "Mandatsreferenz": "M-1",
    "Mandatsdatum": "01.03.2019", "Letzter Einzug": "01.10.2026",
}  # fmt: skip
BEN = {
    "Mitgliedsnummer": "2", "Vorname": "Ben", "Nachname": "Thießen", "Eintritt": "01.03.2019", "Beitragsgruppe": "JUG",
    "Abteilungen": "Tennis", "Zahler": "1",
}  # fmt: skip


def row(base: dict[str, str], **given: str) -> dict[str, str]:
    """A row with some cells put otherwise; `E_Mail` and `Letzter_Einzug` for the columns of these names."""
    names = {"E_Mail": "E-Mail", "Letzter_Einzug": "Letzter Einzug"}
    return base | {names.get(name, name): value for name, value in given.items()}


def listed(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    """The file of these rows, as a program on Windows writes it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=";", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("cp1252")


def planned(
    organisation: Organisation, *rows: dict[str, str], bill_from: date = BILL_FROM, **options: Any
) -> ImportPlan:
    with scope(organisation=organisation):
        return member_import.plan(organisation, listed(*rows, **options), bill_from)


def taken(
    organisation: Organisation,
    *rows: dict[str, str],
    bill_from: date = BILL_FROM,
    on: date = date(2026, 12, 1),
    **options: Any,
) -> ImportReport:
    plan = planned(organisation, *rows, bill_from=bill_from, **options)
    with scope(organisation=organisation):
        return member_import.take(plan, datetime(on.year, on.month, on.day, 11, tzinfo=UTC), None)


def codes(plan: ImportPlan) -> list[tuple[int, str, str]]:
    """Why rows are refused: line, column, code."""
    return [(one.line, one.column, one.code) for one in plan.refused]


def differences(plan: ImportPlan) -> dict[str, list[tuple[str, str, str]]]:
    """What changes, by member number."""
    return {one.row.number: one.differences for one in plan.changed}


def contracts(organisation: Organisation, number: str) -> list[tuple[str, date, int | None, str | None]]:
    """The contracts of a member: tariff, first day, rhythm, first day not covered."""
    with scope(organisation=organisation):
        found = []
        for one in Contract.objects.filter(member__number=number).select_related("tariff").order_by("start", "pk"):
            ends = [event.data["value"] for event in ContractEvent.objects.filter(contract=one, kind="cancel")]
            found.append((one.tariff.code, one.start, one.interval_months, min(ends, default=None)))
        return found


def mandates(organisation: Organisation, number: str) -> list[tuple[str, str, date | None, date | None]]:
    """The mandates of a member: reference, end of the account, last collection, end."""
    with scope(organisation=organisation):
        found = Mandate.objects.filter(member__number=number).order_by("pk")
        return [(one.reference, one.iban[-4:], one.last_presented_on, one.ended_on) for one in found]
