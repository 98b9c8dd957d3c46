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
from billing.models.fault_words import told
from billing.services.among import Among
from billing.services.contracts import CONTRACT_FIELDS, Versions, contract_data, load_events, load_versions, parsed
from billing.services.credits import OpenCredit, any_credits, open_credits
from billing.services.invoice_faults import invoice_fault
from billing.services.mandates import lapses_on
from billing.services.usage import usage_of
from billing.services.vat import ZERO, VatTotal, vat_totals
from members.models import Member, Organisation

logger = logging.getLogger(__name__)

CHUNK = 1500
MOST_PLAIN = 5_000
Row = dict[str, Any]
Priced = tuple[list[pricing.Line], date | None, date | None]
MEMBER_FIELDS = (
    "id", "number", "kind", "salutation", "title", "first_name", "last_name", "company", "street", "address_extra",
    "postal_code", "city", "country", "email", "language", "delivery", "vat_id", "buyer_reference", "invoice_format",
)  # fmt: skip
PLAIN_FIELDS = ("tariff__code", "start", "bill_from", "interval_months", "settled_to")
MANDATE_FIELDS = (
    "id", "member_id", "reference", "scheme", "one_off", "account_holder", "iban", "bic", "signed_on", "last_presented_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a run: the invoice date, until when it bills what is due, and the day of collection."""

    on: date
    until: date
    collection: date


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to a contract: its events, what is billed already, what was used."""

    events: list[Row]
    billed: list[pricing.Billed]
    usage: pricing.Usage | None


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
    credits: list[OpenCredit] = field(default_factory=list)

    def total_up(self) -> None:
        """VAT on the sum of each rate; then net and gross, in EUR."""
        self.totals = vat_totals((one.line.vat_rate, one.prices, one.line.amount, one.exemption) for one in self.lines)
        self.net = sum((total.net for total in self.totals), ZERO)
        self.gross = sum((total.gross for total in self.totals), ZERO)

    @property
    def set_offs(self) -> list[tuple[OpenCredit, Decimal]]:
        """The payer's open credits, oldest first, as far as they go into this claim."""
        found, left = [], self.gross
        for credit in self.credits:
            if left > 0:
                found.append((credit, min(credit.amount, left)))
                left -= credit.amount
        return found

    @property
    def payable(self) -> Decimal:
        """What is left to pay when open credits are set off; VAT and gross stay what they are."""
        return self.gross - sum((amount for _credit, amount in self.set_offs), ZERO)

    @property
    def approved_as(self) -> str:
        """What a person approves: the amount, and what is set off against it."""
        return f"{self.gross} {self.payable}" if self.set_offs else str(self.gross)

    @property
    def method(self) -> str:
        """Direct debit if there is something to collect and a mandate for it."""
        if self.gross < 0:
            return "credit"
        if self.payable == 0:
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
    metered: frozenset[str] = frozenset()
    credits: bool = False
    plain: dict[tuple[Any, ...], Priced] = field(default_factory=dict)


def load_terms(organisation: Organisation) -> Terms:
    """The tariffs, parsed for the core, and what rides along in them for other rooms (name, sphere, accounts)."""
    return terms_of(load_versions(organisation), any_credits(organisation))


def terms_of(rows: Sequence[TariffVersion], any_credit: bool) -> Terms:
    """The same from versions that were read already."""
    info = {row.tariff.code: row.terms | {"name": row.tariff.name} for row in rows}
    versions = parsed(rows)
    return Terms(versions, info, metered_codes(versions), any_credit)


def metered_codes(versions: Versions) -> frozenset[str]:
    """The tariffs under which usage may cost something: their own, or that of the tariff that follows their trial."""
    own = {code for code, tariff in versions.items() if any(one.metered for one in tariff.versions)}
    follows = {
        code for code, tariff in versions.items() if any(one.trial and one.trial.then in own for one in tariff.versions)
    }
    return frozenset(own | follows)


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
    organisation: Organisation, terms: Terms, ids: Sequence[int], days: Days, *, lock: bool = False
) -> Chunk:
    """Prices these contracts and gathers one draft per payer, in a constant number of queries.

    `lock`: an event or usage that comes in meanwhile waits until the chunk is written, so that none falls between two runs.
    """
    contracts = load_contracts(organisation, ids, days.until, lock=lock)
    payers = load_payers({row["paying"] for row in contracts})
    chunk = Chunk([], [], {})
    drafts = {payer: Draft(row) for payer, row in payers.items()}
    found = [row["id"] for row in contracts]
    events, billed = load_events(found), load_billed(found)
    usage = usage_of(found) if terms.metered else {}
    for row in contracts:
        story = Story(events.get(row["id"], []), billed.get(row["id"], []), usage.get(row["id"]))
        price_into(chunk, drafts[row["paying"]], terms, row, story, days)
    usable, lapsed = load_mandates(payers, days.collection)
    owing = open_credits(organisation, payers, lock=lock) if terms.credits else {}
    for payer, draft in sorted(drafts.items()):
        draft.credits = owing.get(payer, [])
        draft.mandate, draft.lapsed = usable.get(payer), lapsed.get(payer)
        draft.total_up()
        if reason := invoice_fault(organisation, draft.payer, draft.totals, draft.gross):
            leave_out(chunk, draft, {row["id"]: row for row in contracts}, reason)
        else:
            chunk.drafts.append(draft)
    return chunk


def leave_out(chunk: Chunk, draft: Draft, rows: dict[int, Row], reason: str) -> None:
    """A document that the law would not accept is not issued; its contracts stay due and are shown."""
    chunk.parked += [(rows[contract], reason) for contract in draft.contracts]
    for contract in draft.contracts:
        chunk.advances.pop(contract, None)


def price_into(chunk: Chunk, draft: Draft, terms: Terms, row: Row, story: Story, days: Days) -> None:
    """Prices one contract into its payer's draft. Whatever goes wrong parks this contract and stops no other."""
    try:
        lines, settled, due = priced(terms, row, story, days, draft.payer["language"])
    except Exception as failed:  # a contract that cannot be priced must never stop the others
        logger.exception("contract %s was left out of the run", row["id"])
        chunk.parked.append((row, reason_of(failed)))
        return
    draft.contracts.append(row["id"])
    draft.lines += [draft_line(row, terms.info, line) for line in lines]
    chunk.advances[row["id"]] = (settled, due)


def reason_of(failed: Exception) -> str:
    """Why a contract was left out, in words."""
    if isinstance(failed, pricing.PricingFaults):
        return "; ".join(told(failed.faults))
    return str(failed) or type(failed).__name__


def priced(terms: Terms, row: Row, story: Story, days: Days, language: str) -> Priced:
    """The lines to bill and the days to go on from. Contracts without a history of their own that agree in everything cost the same."""
    if story.events or story.billed or story.usage or row["quantities"] or row["discounts"]:
        return price(terms, row, story, days, language)
    key = (*(row[name] for name in PLAIN_FIELDS), days, language)
    found = terms.plain.get(key)
    if found is None:
        if len(terms.plain) >= MOST_PLAIN:
            terms.plain.clear()
        found = terms.plain[key] = price(terms, row, story, days, language)
    return found


def price(terms: Terms, row: Row, story: Story, days: Days, language: str) -> Priced:
    """One contract through the pricing core. Usage is billed when its days are over, however far ahead the run looks."""
    contract = pricing.parse_contract(contract_data(row, story.events))
    pricing.check_references(terms.versions, contract)
    usage = story.usage or pricing.Usage()
    desired = pricing.charges(terms.versions, contract, usage, days.until, since=row["settled_to"], language=language)
    desired = [charge for charge in desired if charge.kind != "usage" or charge.end <= days.on]
    lines = pricing.settle(desired, story.billed, language)
    return lines, *go_on(terms, row, contract, days)


def go_on(terms: Terms, row: Row, contract: pricing.Contract, days: Days) -> tuple[date | None, date | None]:
    """Before the first day every period is billed; on the second the contract is looked at again.

    Fees in advance are known for all that is due. What is billed afterwards leaves its open period to be priced again.
    """
    codes = {row["tariff__code"], *(change.tariff for change in contract.changes)}
    seen = min(days.until, days.on) if codes & terms.metered else days.until
    due = pricing.next_bill_on(terms.versions, contract, seen)
    if due is None:
        return row["settled_to"], None
    if not codes & terms.metered and not any(terms.info.get(code, {}).get("timing") == "arrears" for code in codes):
        return due, due
    return pricing.open_period(terms.versions, contract, seen) or row["settled_to"], due


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


def load_contracts(organisation: Organisation, ids: Sequence[int], until: date, *, lock: bool) -> list[Row]:
    """The contracts of a chunk that are still due: read again, since another worker may have billed them."""
    rows = Contract.objects.filter(Among(F("pk"), ids), organisation=organisation, due_on__lte=until)
    if lock:
        rows = rows.select_for_update(of=("self",))
    names = ("member__number", "member__first_name", "member__last_name", "member__company")
    rows = rows.annotate(paying=Coalesce("member__payer", "member")).order_by("paying", "member__number", "id")
    return list(rows.values("id", "paying", "member_id", "settled_to", *names, *CONTRACT_FIELDS))


def load_payers(ids: set[int]) -> dict[int, Row]:
    """The payers' data as it is printed."""
    return {row["id"]: row for row in Member.objects.filter(Among(F("pk"), ids)).values(*MEMBER_FIELDS)}


def load_billed(ids: list[int]) -> dict[int, list[pricing.Billed]]:
    """What is billed already and could still matter: everything from the settled day on."""
    open_lines = Q(contract__settled_to__isnull=True) | Q(start__gte=F("contract__settled_to"))
    names = (
        "id",
        "component",
        "kind",
        "start",
        "end",
        "amount",
        "vat_rate",
        "revision",
        "tariff",
        "reverses_id",
        "text",
    )
    billed: dict[int, list[pricing.Billed]] = defaultdict(list)
    for contract, *values in InvoiceLine.objects.filter(open_lines, Among(F("contract"), ids)).values_list(
        "contract_id", *names
    ):
        billed[contract].append(pricing.Billed(*values))
    return billed


def load_mandates(payers: dict[int, Row], collection_date: date) -> tuple[dict[int, Row], dict[int, Row]]:
    """The payers' mandates: those that may be used on this collection date, and those that lapsed before it."""
    usable: dict[int, Row] = {}
    lapsed: dict[int, Row] = {}
    for row in Mandate.objects.usable().filter(Among(F("member"), payers)).values(*MANDATE_FIELDS):
        target = lapsed if lapses_on(row["last_presented_on"] or row["signed_on"]) < collection_date else usable
        target[row["member_id"]] = row
    return usable, lapsed


def earliest_collection(on: date, prenotification_days: int) -> date:
    """The first day that a debit announced on `on` may be due."""
    return on + timedelta(days=prenotification_days)


def parked_text(reason: str) -> str:
    """What a treasurer reads about a contract that was left out."""
    return _("Could not be priced and was left out: %(reason)s") % {"reason": reason}
