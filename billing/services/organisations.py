"""Sets up an organisation from a file: creditor, books, series, run, tariffs, and what the words of its member list mean.

The same file again changes nothing; a changed one changes settings and adds tariff versions, and says what differs. All
faults are listed at once, each with its place in the file, and then nothing is written.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import time
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from billing import pricing
from billing.models import (
    Contract,
    Creditor,
    ImportSettings,
    LedgerSettings,
    RunSettings,
    Series,
    Tariff,
    TariffVersion,
)
from billing.models.fault_words import told
from billing.services import amendments
from billing.services.chart import open_accounts
from billing.services.contracts import load_tariffs
from billing.services.organisation_file import ADDRESS, DAYS, TOP, Data, file_faults
from members.models import Organisation

Row = TypeVar("Row", bound=models.Model)
WORDS = {"fee_groups": "Beitragsgruppe", "departments": "Abteilungen", "rhythms": "Zahlungsrhythmus"}


@dataclass(slots=True)
class Setup:
    """What a file came to: the organisation, whether it is new, what else changed (path, before, after), and faults."""

    organisation: Organisation
    created: bool
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def tell(self, path: str, before: object, after: object) -> None:
        """What differs, down to the key. Of a new organisation everything is new, so nothing is told."""
        if isinstance(before, dict) and isinstance(after, dict):
            for key in sorted(before.keys() | after.keys()):
                if before.get(key) != after.get(key):
                    self.tell(f"{path}.{key}", before.get(key), after.get(key))
        elif not self.created:
            self.changes.append((path, "" if before is None else str(before), "" if after is None else str(after)))


def setup_organisation(data: object) -> tuple[Organisation, bool]:
    """The organisation of this file, and whether it is new. Raises ValidationError with every fault and its path."""
    setup = apply_file(data)
    return setup.organisation, setup.created


def apply_file(data: object) -> Setup:
    """Makes the organisation as the file says, and tells what that changed. Raises ValidationError with every fault."""
    if not isinstance(data, dict):
        raise ValidationError([_("$: a JSON object is expected")], code="setup")
    if faults := file_faults(data):
        raise ValidationError(faults, code="setup")
    with transaction.atomic(), scopes_disabled():
        found = Organisation.objects.select_for_update().filter(slug=data["slug"]).first()
        setup = Setup(found or Organisation(slug=data["slug"]), created=found is None)
        fill(
            setup, setup.organisation, {key: data[key] for key in TOP & set(data)} | dict(data.get("address", {})), "$"
        )
        with scope(organisation=setup.organisation) if not setup.faults else nullcontext():
            write_settings(setup, data)
            if not setup.faults:
                write_tariffs(setup, data.get("tariffs", []))
        if setup.faults:
            raise ValidationError(setup.faults, code="setup")
    return setup


def write_settings(setup: Setup, data: Data) -> None:
    """Creditor, books, run, series and import words."""
    if "creditor" in data:
        write_creditor(setup, {"name": setup.organisation.name[:70]} | data["creditor"])
    if "ledger" in data:
        settings = present(setup, LedgerSettings)
        fill(setup, settings, data["ledger"], "$.ledger")
        if not setup.faults:
            open_accounts(setup.organisation, settings)
    if "run" in data:
        fill(setup, present(setup, RunSettings), data["run"], "$.run")
    for kind, pattern in data.get("series", {}).items():
        fill(setup, present(setup, Series, kind=kind), {"pattern": pattern}, f"$.series.{kind}")
    if "member_import" in data:
        words = {name: data["member_import"].get(key, {}) for name, key in WORDS.items()}
        fill(setup, present(setup, ImportSettings), words, "$.member_import")


def write_creditor(setup: Setup, data: Data) -> None:
    """Who collects; the banks of used mandates are told of another name or identifier with the next collections."""
    creditor = present(setup, Creditor)
    before = (creditor.name, creditor.identifier)
    known = creditor.pk is not None
    fill(setup, creditor, data, "$.creditor")
    if known and not setup.faults:
        amendments.creditor_changed(creditor, *before)


def present(setup: Setup, model: type[Row], **keys: str) -> Row:
    """The organisation's row of settings, or a new one that is not saved yet."""
    if setup.organisation._state.adding:
        return model(**keys)
    found = model._default_manager.filter(organisation=setup.organisation, **keys).order_by("pk").first()
    return found or model(organisation=setup.organisation, **keys)


def fill(setup: Setup, row: models.Model, values: Data, path: str, before: models.Model | None = None) -> None:
    """Sets and checks a row, and saves it if anything differs; after a fault no further row is saved.

    `before`: what a new row takes the place of, for telling what changes.
    """
    stored = type(row)._base_manager.filter(pk=row.pk).first() if row.pk else before
    for name, value in values.items():
        setattr(row, name, value)
    try:
        row.full_clean(exclude={"organisation"} if setup.organisation._state.adding else None)
    except ValidationError as refused:
        for name, messages in refused.message_dict.items():
            setup.faults += [f"{place(path, name)}: {message}" for message in messages]
    if setup.faults:
        return
    differing = [name for name in values if stored is None or same(stored, name) != same(row, name)]
    for name in sorted(differing):
        setup.tell(place(path, name), same(stored, name) if stored else None, same(row, name))
    if differing or row.pk is None:
        row.save()


def place(path: str, name: str) -> str:
    """Where the file says what this field holds."""
    if name in ADDRESS:
        return f"{path}.address.{name}"
    return path if name in ("terms", "pattern", "__all__") else f"{path}.{WORDS.get(name, name)}"


def same(row: models.Model, name: str) -> object:
    """A value as it compares, whatever type the file gave it."""
    value = getattr(row, name)
    if value is None or isinstance(value, dict):
        return value
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)


def write_tariffs(setup: Setup, tariffs: list[dict[str, Any]]) -> None:
    """Tariffs, each with a new version where its terms changed. Running contracts keep theirs unless the file says otherwise."""
    for position, data in enumerate(tariffs):
        path = f"$.tariffs[{position}]"
        tariff = present(setup, Tariff, code=data["code"])
        fill(setup, tariff, {"name": data["name"], "position": position} | at_first(tariff, data), path)
        if not setup.faults:
            write_terms(setup, tariff, data, path)
    if not setup.faults:
        check_course(setup)


def at_first(tariff: Tariff, data: Data) -> dict[str, Any]:
    """What a new tariff begins with: customers may choose it themselves, memberships are given by the office."""
    return {"offered": True} if tariff._state.adding and data.get("legal_basis") in ("consumer", "b2b") else {}


def write_terms(setup: Setup, tariff: Tariff, data: Data, path: str) -> None:
    """The next version if the terms differ; one that no contract uses is simply replaced."""
    terms = {key: value for key, value in data.items() if key not in (*DAYS, "name")}
    days = {key: day(data[key]) for key in DAYS if data.get(key)}
    latest = tariff.versions.order_by("number").last()
    same_terms = latest is not None and without_name(latest.terms) == terms
    if latest and same_terms and all(getattr(latest, key) == value for key, value in days.items()):
        return
    if latest and not Contract.objects.filter(tariff=tariff).exists():
        fill(setup, latest, {"terms": terms} | days, path)
    elif latest and same_terms:
        fill(setup, latest, days, path)
    elif latest and "valid_from" not in days:
        message = _(
            "%(path)s: contracts use this tariff; its new terms need `valid_from`, the day from which they hold"
        )
        setup.faults.append(message % {"path": path})
    else:
        number = latest.number + 1 if latest else 1
        version = TariffVersion(organisation=setup.organisation, tariff=tariff, number=number)
        fill(setup, version, {"terms": terms} | days, path, before=latest)


def without_name(terms: dict[str, Any]) -> dict[str, Any]:
    """A new name is no new price: the tariff itself carries it."""
    return {key: value for key, value in terms.items() if key != "name"}


def check_course(setup: Setup) -> None:
    """All versions of a tariff together, as a run reads them: each begins after the one before."""
    try:
        load_tariffs(setup.organisation)
    except pricing.PricingFaults as refused:
        setup.faults += [f"$.tariffs: {fault}" for fault in told(refused.faults)]


day: Callable[[Any], Any] = models.DateField().to_python
