"""Everything that is stored about a member, table by table, for the member: GDPR art. 15 and 20. Reads only.

Who of the office did something is left out: that is somebody else's data. Files are named by their hash; the portal has them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Q, QuerySet, Value
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from billing.models import (
    Allocation,
    AncillaryClaim,
    Application,
    Collection,
    Contract,
    ContractEvent,
    ContractQuote,
    DebtorAccount,
    Declaration,
    Discharge,
    Donation,
    DunningItem,
    DunningNotice,
    DunningPause,
    DunningStop,
    EInvoiceFile,
    HandedClaim,
    Instalment,
    InstalmentClaim,
    InstalmentPlan,
    Invoice,
    InvoiceFile,
    InvoiceLine,
    Mail,
    Mandate,
    MandateAmendment,
    MandateDocument,
    ParkedContract,
    PayerAccount,
    Payout,
    PlannedDebit,
    Posting,
    PriceNotice,
    PriceObjection,
    Receipt,
    ReceiptFile,
    ReceiptLine,
    SetOff,
    UsageEvent,
    VatCheck,
)
from billing.services.personal_data_words import column
from members.models import (
    Consent,
    ConsentText,
    ContactEntry,
    DataChange,
    ErasureRequest,
    Member,
    Proof,
    ProofFile,
    User,
)

# Each table, and the ways by which its rows name a member.
TABLES: dict[type[models.Model], tuple[str, ...]] = {
    Member: ("pk",),
    Member.history.model: ("id",),
    Mandate: ("member",),
    Mandate.history.model: ("member",),
    MandateDocument: ("mandate__member",),
    MandateAmendment: ("mandate__member",),
    Contract: ("member",),
    Contract.history.model: ("member",),
    ContractEvent: ("contract__member",),
    ContractQuote: ("contract__member",),
    PriceNotice: ("contract__member",),
    PriceObjection: ("contract__member",),
    Declaration: ("contract__member", "user__members"),
    Application: ("member",),
    UsageEvent: ("contract__member",),
    Invoice: ("payer",),
    InvoiceLine: ("invoice__payer", "contract__member"),
    InvoiceFile: ("invoice__payer",),
    EInvoiceFile: ("invoice__payer",),
    Collection: ("invoice__payer",),
    Allocation: ("member", "invoice__payer"),
    AncillaryClaim: ("invoice__payer",),
    DunningNotice: ("member",),
    DunningItem: ("notice__member",),
    DunningStop: ("member", "invoice__payer"),
    DunningPause: ("event__contract__member",),
    HandedClaim: ("invoice__payer",),
    PayerAccount: ("member",),
    SetOff: ("credit__payer",),
    Payout: ("credit__payer", "member"),
    Discharge: ("invoice__payer",),
    InstalmentPlan: ("member",),
    InstalmentClaim: ("plan__member",),
    Instalment: ("plan__member",),
    PlannedDebit: ("member",),
    DebtorAccount: ("member",),
    Posting: ("document__payer",),
    Donation: ("member",),
    Receipt: ("member",),
    ReceiptLine: ("receipt__member",),
    ReceiptFile: ("receipt__member",),
    Mail: ("member", "invoice__payer"),
    ContactEntry: ("member",),
    Proof: ("member",),
    ProofFile: ("proof__member",),
    Consent: ("member",),
    ConsentText: ("consents__member",),
    DataChange: ("member",),
    ErasureRequest: ("member",),
    ParkedContract: ("contract__member",),
    VatCheck: ("member",),
}
HIDDEN = {"search", "password", "organisation", "key", "history_id", "history_change_reason", "history_type"}


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what it is called, its columns (name, label), the words for its codes (by column), and its rows."""

    name: str
    label: str
    columns: Sequence[tuple[str, str]]
    words: dict[str, dict[str, str]]
    rows: list[dict[str, Any]]


def tables_of(members: Iterable[Member]) -> Iterator[Table]:
    """Every table that has rows about these members of one organisation; one query each."""
    people = list(members)
    for model, paths in TABLES.items():
        table = table_of(model, rows_of(model, paths, people))
        if table.rows:
            yield table


def counts_of(members: Iterable[Member]) -> dict[type[models.Model], int]:
    """The tables that have rows about these members, with how many; one query for all of them."""
    people = list(members)
    first, *others = [
        rows_of(model, paths, people).order_by().values(place=Value(place)).annotate(number=Count("pk", distinct=True))
        for place, (model, paths) in enumerate(TABLES.items())
    ]
    found = dict(first.union(*others, all=True).values_list("place", "number"))
    return {model: found[place] for place, model in enumerate(TABLES) if found.get(place)}


def table_about(model: type[models.Model], members: Iterable[Member]) -> Table:
    """One table with its rows about these members."""
    return table_of(model, rows_of(model, TABLES[model], list(members)))


def rows_of(model: type[models.Model], paths: Sequence[str], people: Sequence[Member]) -> QuerySet[Any]:
    """The rows of a table that name one of these people, and of their organisation only."""
    ids = [one.pk for one in people]
    organisations = {one.organisation_id for one in people}
    with scopes_disabled():
        # Each way by itself: a question over two joins at once uses no index.
        ways = [model._default_manager.filter(**{f"{path}__in": ids}) for path in paths]
        wanted = Q()
        for way in ways[1:]:
            wanted |= Q(pk__in=way.order_by().values("pk"))
        wanted |= Q(pk__in=ways[0].order_by().values("pk")) if wanted else Q(**{f"{paths[0]}__in": ids})
        rows: QuerySet[Any] = model._default_manager.filter(wanted, organisation__in=organisations)
    return rows.order_by("pk").distinct()


def table_of(model: type[models.Model], rows: QuerySet[Any]) -> Table:
    """The readable columns of a table and what stands in them."""
    fields = [field for field in model._meta.concrete_fields if shows(field)]
    columns = [(field.attname, column(field.attname, force_str(field.verbose_name))) for field in fields]
    found = list(rows.values(*[name for name, _label in columns]))
    words = {
        field.attname: {str(code): force_str(word) for code, word in field.flatchoices}
        for field in fields
        if field.choices
    }
    return Table(model._meta.label_lower, title(model), columns, words, found)


def title(model: type[models.Model]) -> str:
    """The name of a table; the kept former states of another one say so."""
    kept = getattr(model, "instance_type", None)
    name = force_str((kept or model)._meta.verbose_name_plural)
    return _("%(what)s: every state so far") % {"what": name} if kept else name


def shows(field: Any) -> bool:
    """Everything but bytes, people of the office, and what only serves the machine."""
    return not (isinstance(field, models.BinaryField) or field.related_model is User or field.name in HIDDEN)


def in_plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON can say it."""
    return {name: plain(value) for name, value in row.items()}


def plain(value: Any) -> Any:
    """A value as JSON can say it: amounts and days as text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def as_data(members: Sequence[Member], now: datetime) -> dict[str, Any]:
    """The whole file."""
    tables = {
        one.name: {"label": one.label, "columns": dict(one.columns), "rows": [in_plain(row) for row in one.rows]}
        for one in tables_of(members)
    }
    organisation = members[0].organisation
    return {"version": 1, "made_at": now.isoformat(), "organisation": organisation.name, "tables": tables}
