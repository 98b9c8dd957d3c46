"""An organisation that was set up once in this process is written again from its rows: the same facts, in a tenth of the time."""

import copy
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model
from django_scopes import scopes_disabled

from billing.services.organisations import setup_organisation
from members.models import Organisation

KEPT: dict[str, list[Model]] = {}


def made_like(data: dict[str, Any]) -> Organisation:
    """What `setup_organisation` makes of this file. Its history is not copied."""
    key = repr({name: value for name, value in data.items() if name not in ("slug", "name")})
    with scopes_disabled():
        if key in KEPT:
            return written(KEPT[key], data)
        organisation, _created = setup_organisation(data)
        KEPT[key] = [organisation, *rows_of(organisation)]
        return Organisation.objects.get(pk=organisation.pk)


def rows_of(organisation: Organisation) -> list[Model]:
    """Every row of the organisation, what others point at first."""
    found: list[Model] = []
    for model in apps.get_models():
        names = {field.name for field in model._meta.fields}
        if "organisation" in names and "history_date" not in names:
            found += model._base_manager.filter(organisation=organisation)
    return sorted(found, key=lambda row: len([one for one in pointers(row) if one.related_model is not Organisation]))


def pointers(row: Model) -> list[ForeignKey[Any, Any]]:
    """Its foreign keys."""
    return [field for field in row._meta.fields if isinstance(field, ForeignKey)]


def written(rows: list[Model], data: dict[str, Any]) -> Organisation:
    """New rows like these, under the name and short name of the file."""
    keys: dict[tuple[type[Model], Any], Any] = {}
    for old in rows:
        row = copy.deepcopy(old)
        for field in pointers(row):
            value = getattr(row, field.attname)
            setattr(row, field.attname, keys.get((field.related_model, value), value))
        named(row, rows[0], data)
        row.pk, row._state.adding = None, True
        type(row)._base_manager.bulk_create([row])
        keys[type(old), old.pk] = row.pk
    return Organisation.objects.get(pk=keys[Organisation, rows[0].pk])


def named(row: Model, first: Model, data: dict[str, Any]) -> None:
    """Whatever carries the name of the organisation carries the new one."""
    if isinstance(row, Organisation):
        row.slug, row.name = data["slug"], data["name"]
    elif getattr(row, "name", None) == first.name:  # type: ignore[attr-defined]
        row.name = data["name"]  # type: ignore[attr-defined]
