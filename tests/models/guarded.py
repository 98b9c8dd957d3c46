"""One row under each guard, as it stands when the guard holds."""

from datetime import date
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model

from billing.guard_table import GUARDS, Guard
from billing.models import Collection, Contract, FiscalYear, LedgerSettings, TariffVersion
from tests.models.rows import LATER, NOON, row

GUARD_OF = {guard.model: guard for guard in GUARDS}
OTHER = {
    "BinaryField": b"x",
    "DateField": "2020-01-01",
    "DateTimeField": "2020-01-01 00:00:00+00:00",
    "CharField": "x",
    "JSONField": "{}",
}


def model_of(guard: Guard) -> type[Model]:
    return apps.get_model(guard.app, guard.model)


def protected(guard: Guard) -> Any:
    """Issued, posted, built, used: what the guard is there for."""
    if guard.model == "Mandate":
        return row(model_of(guard), last_presented_on=LATER)
    if guard.model == "Allocation":
        return row(model_of(guard), collection=row(Collection))
    if guard.model == "FiscalYear":
        house = row(LedgerSettings, closed_until=date.max).organisation
        return row(FiscalYear, organisation=house)
    if guard.model == "Discharge":
        return row(model_of(guard), on=None)
    if guard.model == "TariffVersion":
        version = row(TariffVersion)
        row(Contract, tariff=version.tariff)
        return version
    return row(model_of(guard))


def execute(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def another_value(instance: Any, column: str) -> Any:
    """A value that the column does not hold: nothing where there is something, something where there is nothing."""
    field = next(field for field in instance._meta.concrete_fields if field.column == column)
    if field.primary_key:
        return instance.pk + 1_000_000
    if getattr(instance, field.attname) is not None:
        return None
    return OTHER.get(field.get_internal_type(), 1)


def handed_in(batch: Any) -> Any:
    """A file that the bank has."""
    type(batch).objects.filter(pk=batch.pk).update(submitted_at=NOON)
    return batch
