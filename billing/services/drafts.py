"""What a run would bill: contracts that are due, priced by the pure core, one draft per payer. Reads only.

The preview, the issue and the forecast all start here, so that they cannot disagree.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from billing import pricing
from billing.models import Contract, InvoiceLine, Mandate, TariffVersion
from billing.services.contracts import CONTRACT_FIELDS, Versions, contract_data, load_events, load_tariffs
from billing.services.mandates import lapses_on
from billing.services.vat import ZERO, VatTotal, vat_totals
from members.models import Member, Organisation

logger = logging.getLogger(__name__)

CHUNK = 1500
MOST_PLAIN = 5_000
Row = dict[str, Any]
Priced = tuple[list[pricing.Line], date | None]
MEMBER_FIELDS = (
    "id", "number", "kind", "salutation", "title", "first_name", "last_name", "company", "street", "address_extra",
    "postal_code", "city", "country", "email", "language", "delivery",
)  # fmt: skip
PLAIN_FIELDS = ("tariff__code", "start", "bill_from", "interval_months", "settled_to")
MANDATE_FIELDS = (
    "id", "member_id", "reference", "scheme", "one_off", "account_holder", "iban", "bic", "signed_on", "last_presented_on",
)  # fmt: skip


@dataclass(slots=True)
class DraftLine:
    """A line to be billed, with the contract and the beneficiary it belongs to."""

    contract_id: int
    member: str
    tariff_name: str
    sphere: str
    exemption: str
    accounts: Row
    prices: str
    line: pricing.Line


@dataclass(slots=True)
class Draft:
    """What one payer would get: lines, totals, and how it is paid."""

    payer: Row
    lines: list[DraftLine] = field(default_factory=list)
    totals: list[VatTotal] = field(default_factory=list)
    net: Decimal = ZERO
    gross: Decimal = ZERO
    mandate: Row | None = None
    lapsed: Row | None = None
    contracts: list[int] = field(default_factory=list)

    def total_up(self) -> None:
        """VAT on the sum of each rate; then net and gross, in EUR."""
        self.totals = vat_totals((one.line.vat_rate, one.prices, one.line.amount, one.exemption) for one in self.lines)
        self.net = sum((total.net for total in self.totals), ZERO)
        self.gross = sum((total.gross for total in self.totals), ZERO)

    @property
    def method(self) -> str:
        """Direct debit if there is something to collect and a mandate for it."""
        if self.gross < 0:
            return "credit"
        if self.gross == 0:
            return "none"
        return "debit" if self.mandate else "transfer"


@dataclass(slots=True)
class Chunk:
    """The drafts of some payers; what could not be priced; and from when each contract is looked at again."""

    drafts: list[Draft]
    parked: list[tuple[Row, str]]
    advances: dict[int, tuple[date | None, date | None]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a whole run needs to know of the tariffs, read once; `plain` remembers the prices of contracts like others."""

    versions: Versions
    info: dict[str, Row]
    plain: dict[tuple[Any, ...], Priced] = field(default_factory=dict)


def load_terms(organisation: Organisation) -> Terms:
    """The tariffs, parsed for the core, and what rides along in them for other rooms (name, sphere, accounts)."""
    rows = TariffVersion.objects.filter(organisation=organisation).order_by("number")
    info = {
        code: terms | {"name": name} for code, name, terms in rows.values_list("tariff__code", "tariff__name", "terms")
    }
    return Terms(load_tariffs(organisation), info)


def due_chunks(organisation: Organisation, until: date, size: int = CHUNK) -> Iterator[list[int]]:
    """Ids of the contracts that may have something due, in chunks that never cut through a payer."""
    rows = (
        Contract.objects.filter(organisation=organisation, due_on__lte=until)
        .annotate(paying=Coalesce("member__payer", "member"))
        .order_by("paying", "id")
        .values_list("paying", "id")
    )
    chunk: list[int] = []
    last = None
    for payer, contract in rows.iterator(chunk_size=20_000):
        if len(chunk) >= size and payer != last:
            yield chunk
            chunk = []
        chunk.append(contract)
        last = payer
    if chunk:
        yield chunk


def draft_chunk(
    organisation: Organisation, terms: Terms, ids: Sequence[int], until: date, collection_date: date
) -> Chunk:
    """Prices these contracts and gathers one draft per payer, in a constant number of queries."""
    contracts = load_contracts(organisation, ids, until)
    payers = load_payers({row["paying"] for row in contracts})
    chunk = Chunk([], [], {})
    drafts = {payer: Draft(row) for payer, row in payers.items()}
    events, billed = load_events(row["id"] for row in contracts), load_billed([row["id"] for row in contracts])
    for row in contracts:
        price_into(
            chunk, drafts[row["paying"]], terms, row, events.get(row["id"], []), billed.get(row["id"], []), until
        )
    usable, lapsed = load_mandates(payers, collection_date)
    for payer, draft in sorted(drafts.items()):
        draft.mandate, draft.lapsed = usable.get(payer), lapsed.get(payer)
        draft.total_up()
        chunk.drafts.append(draft)
    return chunk


def price_into(
    chunk: Chunk, draft: Draft, terms: Terms, row: Row, events: list[Row], billed: list[pricing.Billed], until: date
) -> None:
    """Prices one contract into its payer's draft. Whatever goes wrong parks this contract and stops no other."""
    try:
        lines, due = priced(terms, row, events, billed, until, draft.payer["language"])
    except Exception as failed:  # a contract that cannot be priced must never stop the others
        logger.exception("contract %s was left out of the run", row["id"])
        chunk.parked.append((row, str(failed) or type(failed).__name__))
        return
    draft.contracts.append(row["id"])
    draft.lines += [draft_line(row, terms.info, line) for line in lines]
    chunk.advances[row["id"]] = (settled_to(terms, row, due), due)


def priced(
    terms: Terms, row: Row, events: list[Row], billed: list[pricing.Billed], until: date, language: str
) -> Priced:
    """The lines to bill and the next due day. Contracts without a history of their own that agree in everything cost the same."""
    if events or billed or row["quantities"] or row["discounts"]:
        return price(terms, row, events, billed, until, language)
    key = (*(row[name] for name in PLAIN_FIELDS), until, language)
    found = terms.plain.get(key)
    if found is None:
        if len(terms.plain) >= MOST_PLAIN:
            terms.plain.clear()
        found = terms.plain[key] = price(terms, row, events, billed, until, language)
    return found


def price(
    terms: Terms, row: Row, events: list[Row], billed: list[pricing.Billed], until: date, language: str
) -> Priced:
    """One contract through the pricing core."""
    contract = pricing.parse_contract(contract_data(row, events))
    pricing.check_references(terms.versions, contract)
    desired = pricing.charges(terms.versions, contract, [], until, since=row["settled_to"], language=language)
    return pricing.settle(desired, billed), pricing.next_bill_on(terms.versions, contract, until)


def settled_to(terms: Terms, row: Row, due: date | None) -> date | None:
    """Before this day every period is billed. Known for fees in advance; with arrears the open period is priced again."""
    info = terms.info.get(row["tariff__code"], {})
    in_arrears = info.get("timing") == "arrears" or any(
        one.get("kind") == "usage" for one in info.get("components", [])
    )
    return row["settled_to"] if in_arrears or due is None else due


def draft_line(row: Row, info: dict[str, Row], line: pricing.Line) -> DraftLine:
    """A priced line with what the invoice and the books need to know of its tariff."""
    terms = info[line.tariff]
    return DraftLine(
        row["id"], member_label(row), terms["name"], terms.get("sphere", ""), exemption_of(terms), terms.get("accounts", {}),
        terms.get("prices", "gross"), line,
    )  # fmt: skip


def exemption_of(terms: Row) -> str:
    """The norm that frees a supply from VAT, as the tariff names it."""
    exemption = terms.get("exemption", "")
    return exemption if isinstance(exemption, str) else str(exemption.get("norm", ""))


def member_label(row: Row) -> str:
    """Who a line is for: `Finn Krüger (1001)`."""
    name = " ".join(part for part in (row["member__first_name"], row["member__last_name"]) if part)
    return f"{name or row['member__company']} ({row['member__number']})"


def load_contracts(organisation: Organisation, ids: Sequence[int], until: date) -> list[Row]:
    """The contracts of a chunk that are still due: read again, since another worker may have billed them."""
    rows = Contract.objects.filter(organisation=organisation, pk__in=ids, due_on__lte=until)
    names = ("member__number", "member__first_name", "member__last_name", "member__company")
    rows = rows.annotate(paying=Coalesce("member__payer", "member")).order_by("paying", "member__number", "id")
    return list(rows.values("id", "paying", "member_id", "settled_to", *names, *CONTRACT_FIELDS))


def load_payers(ids: set[int]) -> dict[int, Row]:
    """The payers' data as it is printed."""
    return {row["id"]: row for row in Member.objects.filter(pk__in=ids).values(*MEMBER_FIELDS)}


def load_billed(ids: list[int]) -> dict[int, list[pricing.Billed]]:
    """What is billed already and could still matter: everything from the settled day on."""
    open_lines = Q(contract__settled_to__isnull=True) | Q(start__gte=F("contract__settled_to"))
    names = ("id", "component", "kind", "start", "end", "amount", "vat_rate", "revision", "tariff", "reverses_id")
    billed: dict[int, list[pricing.Billed]] = defaultdict(list)
    for contract, *values in InvoiceLine.objects.filter(open_lines, contract_id__in=ids).values_list(
        "contract_id", *names
    ):
        billed[contract].append(pricing.Billed(*values))
    return billed


def load_mandates(payers: dict[int, Row], collection_date: date) -> tuple[dict[int, Row], dict[int, Row]]:
    """The payers' mandates: those that may be used on this collection date, and those that lapsed before it."""
    usable: dict[int, Row] = {}
    lapsed: dict[int, Row] = {}
    for row in Mandate.objects.usable().filter(member_id__in=list(payers)).values(*MANDATE_FIELDS):
        target = lapsed if lapses_on(row["last_presented_on"] or row["signed_on"]) < collection_date else usable
        target[row["member_id"]] = row
    return usable, lapsed


def earliest_collection(on: date, prenotification_days: int) -> date:
    """The first day that a debit announced on `on` may be due."""
    return on + timedelta(days=prenotification_days)


def parked_text(reason: str) -> str:
    """What a treasurer reads about a contract that was left out."""
    return _("Could not be priced and was left out: %(reason)s") % {"reason": reason}
