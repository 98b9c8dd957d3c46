"""Tariffs as files: the JSON of the pricing core, in and out. The same file again changes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Meter, Tariff, TariffVersion
from billing.models.fault_words import told
from billing.services import metering
from billing.services.contracts import Versions, load_tariffs
from billing.services.tariff_use import is_used
from members.models import Organisation

DAYS = ("valid_from", "existing_from")
Terms = dict[str, Any]


@dataclass(slots=True)
class Report:
    """What a file brought: tariffs that are new, versions that are new or replaced, what is as it was, meters that were made."""

    tariffs: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    meters: list[str] = field(default_factory=list)


def export_tariff(tariff: Tariff) -> dict[str, Any]:
    """All versions of a tariff, as `import_tariffs` takes them."""
    versions = [version_data(tariff, one) for one in tariff.versions.order_by("number")]
    return {tariff.code: versions[0] if len(versions) == 1 else versions}


def version_data(tariff: Tariff, version: TariffVersion) -> Terms:
    """One version with its days and its name."""
    days = {name: day.isoformat() for name in DAYS if (day := getattr(version, name))}
    return {"code": tariff.code, "name": tariff.name, **version.terms, **days}


def import_tariffs(organisation: Organisation, data: object) -> Report:
    """Takes `{CODE: tariff or [versions]}` or a list of tariffs, all or nothing; refused with every fault and its place."""
    report = Report()
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        for code, versions in listed(data):
            for terms in versions:
                take(organisation, code, terms, report)
        report.meters = [meter.code for meter in metering.ensure_meters(organisation, course(organisation))]
    return report


def keep(tariff: Tariff, held: TariffVersion | None, terms: Terms, days: Mapping[str, date | None]) -> list[Meter]:
    """One version from the editor, new or in the place of `held`; gives the meters that were made for it.

    Terms that came into use meanwhile are refused.
    """
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=tariff.organisation_id)
        if held and is_used(held):
            raise used(tariff.code)
        if tariff._state.adding:
            tariff.full_clean()
            tariff.save()
        save(tariff, held, terms, days)
        return metering.ensure_meters(tariff.organisation, course(tariff.organisation))


def course(organisation: Organisation) -> Versions:
    """All tariffs with all their versions, or a refusal with every fault."""
    try:
        return load_tariffs(organisation)
    except pricing.PricingFaults as refused:
        raise ValidationError(told(refused.faults), code="terms") from refused


def used(code: str) -> ValidationError:
    """Why terms stay as they are."""
    message = _("%(code)s: contracts use this version. New terms need `valid_from`, the day from which they hold.")
    return ValidationError(message, code="used", params={"code": code})


def listed(data: object) -> Iterator[tuple[str, list[Terms]]]:
    """Each code with its versions."""
    if isinstance(data, Mapping) and "components" in data:
        data = [data]
    pairs = (
        data.items()
        if isinstance(data, Mapping)
        else ((code_of(one), one) for one in data)
        if isinstance(data, list)
        else None
    )
    if pairs is None:
        raise ValidationError(_("The file holds no tariffs: it must be an object or a list."), code="shape")
    for code, value in pairs:
        versions = value if isinstance(value, list) else [value]
        if not code or not all(isinstance(one, dict) for one in versions):
            raise ValidationError(_("The file holds no tariffs: each one is an object with a code."), code="shape")
        yield str(code), versions


def code_of(value: object) -> str:
    """The code that a tariff of a list names."""
    first = value[0] if isinstance(value, list) and value else value
    return str(first.get("code", "")) if isinstance(first, dict) else ""


def take(organisation: Organisation, code: str, data: Terms, report: Report) -> None:
    """One version: new, as it is, or in the place of one that nobody uses."""
    tariff = tariff_of(organisation, code, data, report)
    terms = {key: written(value) for key, value in data.items() if key not in (*DAYS, "name", "code")}
    days = {name: day_of(data.get(name), f"{code}.{name}") for name in DAYS}
    held = tariff.versions.filter(valid_from=days["valid_from"]).first()
    if (
        held
        and {k: v for k, v in held.terms.items() if k not in ("name", "code")} == terms
        and held.existing_from == days["existing_from"]
    ):
        report.unchanged.append(code)
        return
    if held and is_used(held):
        raise used(code)
    save(tariff, held, terms, days)
    report.versions.append(code)


def written(value: Any) -> Any:
    """A value of a file as it is stored: a number with a point becomes its text, so that it stays exact."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return {key: written(one) for key, one in value.items()}
    return [written(one) for one in value] if isinstance(value, list) else value


def tariff_of(organisation: Organisation, code: str, data: Terms, report: Report) -> Tariff:
    """The tariff of that code, made if it is new; its name follows the file."""
    tariff = Tariff.objects.filter(organisation=organisation, code=code).first()
    name = str(data.get("name") or (tariff.name if tariff else code))
    if tariff is None:
        report.tariffs.append(code)
        offered = data.get("legal_basis") in ("consumer", "b2b")
        last = Tariff.objects.filter(organisation=organisation).aggregate(last=Max("position"))["last"]
        tariff = Tariff(organisation=organisation, code=code, position=(last or 0) + 1, offered=offered)
    if tariff.name != name or tariff._state.adding:
        tariff.name = name
        tariff.full_clean()
        tariff.save()
    return tariff


def day_of(value: object, path: str) -> date | None:
    """A day, or a refusal that names its place."""
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as refused:
        raise ValidationError(
            _("%(path)s: write the day as 2027-01-31."), code="day", params={"path": path}
        ) from refused


@dataclass(slots=True)
class Plan:
    """What a file would bring, tariff by tariff, and everything that is wrong with it; nothing is written."""

    report: Report = field(default_factory=Report)
    faults: list[str] = field(default_factory=list)


def plan(organisation: Organisation, data: object) -> Plan:
    """Tries the file and takes everything back."""
    found = Plan()
    with transaction.atomic():
        try:
            pairs = list(listed(data))
        except ValidationError as refused:
            return Plan(faults=refused.messages)
        for code, versions in pairs:
            for terms in versions:
                found.faults += tried(organisation, code, terms, found.report)
        if not found.faults:
            found.faults += tried_together(organisation, found.report)
        transaction.set_rollback(True)
    return found


def tried(organisation: Organisation, code: str, terms: Terms, report: Report) -> list[str]:
    """One version: what is wrong with it."""
    try:
        with transaction.atomic():
            take(organisation, code, terms, report)
    except ValidationError as refused:
        return [one if one.startswith(code) else f"{code}: {one}" for one in refused.messages]
    return []


def tried_together(organisation: Organisation, report: Report) -> list[str]:
    """All tariffs as the run reads them."""
    try:
        report.meters = [meter.code for meter in metering.ensure_meters(organisation, course(organisation))]
    except ValidationError as refused:
        return list(refused.messages)
    return []


def save(tariff: Tariff, held: TariffVersion | None, terms: Terms, days: Mapping[str, date | None]) -> TariffVersion:
    """The next version, or the held one with other terms; checked by the pricing core and against the law."""
    highest = tariff.versions.aggregate(highest=Max("number"))["highest"] or 0
    version = held or TariffVersion(organisation=tariff.organisation, tariff=tariff, number=highest + 1)
    version.terms, version.valid_from, version.existing_from = terms, days["valid_from"], days["existing_from"]
    version.full_clean()
    version.save()
    return version
