"""Whether what stands in the editor can be priced, is lawful and complete; each fault beside its field."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Tariff, TariffVersion
from billing.models.fault_words import fault_words
from billing.office.tariff_editor import Editor, read
from billing.office.tariff_example import language
from billing.office.tariff_places import Place, place_of
from billing.pricing.faults import step
from billing.services.legal import resolution_fault, tariff_faults
from billing.services.tariff_examples import Example, example

Terms = dict[str, Any]
Refusal = tuple[Place, str, str]
Parsed = dict[str, pricing.Versions]
NEW = "T"
MISSING = "is missing"
REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Books:
    """The tariffs of an organisation as the pricing core reads them; of the tariff that is edited, the other versions."""

    code: str
    name: str
    before: list[Terms] = field(default_factory=list)
    others: dict[str, list[Terms]] = field(default_factory=dict)
    info: dict[str, Terms] = field(default_factory=dict)

    def with_version(self, terms: Terms) -> dict[str, list[Terms]]:
        """All of them with the version that stands in the editor."""
        return {**self.others, self.code: [*self.before, terms]}


def books(versions: list[TariffVersion], tariff: Tariff | None, held: TariffVersion | None, name: str) -> Books:
    """What is stored beside what is edited."""
    found: dict[str, list[Terms]] = defaultdict(list)
    for one in versions:
        if held is None or one.pk != held.pk:
            found[one.tariff.code].append(one.as_data())
    code = tariff.code if tariff else NEW
    info = {one.tariff.code: one.terms for one in versions}
    return Books(code, name, found.pop(code, []), dict(found), info)


def as_data(editor: Editor, name: str, terms: Terms) -> Terms:
    """The version as the pricing core reads it, its only component named as invoices name it."""
    days = read(editor.days)
    draft = TariffVersion(
        tariff=Tariff(name=name),
        terms=terms,
        valid_from=days.get("valid_from"),
        existing_from=days.get("existing_from"),
    )
    return draft.as_data()


def check(editor: Editor, known: Books, terms: Terms) -> Parsed | None:
    """Says every fault at its place; the tariff, if it can be priced."""
    refusals = [*incomplete(editor, known, terms), *unlawful(editor, terms)]
    data = as_data(editor, known.name, terms)
    tariffs, faults = parsed(known, data)
    for place, message, code in [*refusals, *faults]:
        editor.refuse(place, message, code)
    return tariffs


def parsed(known: Books, data: Terms) -> tuple[Parsed | None, list[Refusal]]:
    """All tariffs with this one, or what is wrong with it."""
    try:
        return pricing.parse_tariffs(known.with_version(data)), []
    except pricing.PricingFaults as refused:
        prefix = step(step("", known.code), len(known.before))
        ours = [fault for fault in refused.faults if fault.path.startswith(prefix)]
        return None, [
            (
                place_of(one.path.removeprefix(prefix).lstrip(".")),
                fault_words(one),
                REQUIRED if one.text == MISSING else "terms",
            )
            for one in ours
        ]


def unlawful(editor: Editor, terms: Terms) -> Iterator[Refusal]:
    """What the law forbids, with its paragraph."""
    for fault in tariff_faults(terms, read(editor.days).get("valid_from")):
        yield place_of(fault.path), fault.message, "law"


def incomplete(editor: Editor, known: Books, terms: Terms) -> Iterator[Refusal]:
    """What a tariff must say before it is kept."""
    if not terms.get("legal_basis"):
        yield Place("legal_basis", "main", "legal_basis"), _("Please choose: it decides what the law allows."), REQUIRED
    if missing := resolution_fault(terms):
        yield place_of(missing.path), missing.message, REQUIRED
    if known.before and not read(editor.days).get("valid_from"):
        message = _("Contracts keep the terms they have: say from which day the new ones hold.")
        yield Place("valid_from", "days", "valid_from"), message, REQUIRED


def priced_example(editor: Editor, known: Books, tariffs: Parsed, terms: Terms, today: date) -> Example | None:
    """The example, or a word beside what it was asked for."""
    info = known.info | {known.code: terms}
    try:
        return example(tariffs, info, known.code, editor.asked(today), language())
    except pricing.PricingFaults as refused:
        for fault in refused.faults:
            field_name = "rhythm" if fault.path == "contract.interval" else "start"
            editor.refuse(Place(fault.path, "example", field_name), fault_words(fault))
        return None
