"""The e-invoice as values (EN 16931): what a document's snapshot says, in the terms that CII and UBL share. Pure.

Amounts are EUR with 2 decimals, days inclusive. A document whose prices are gross is told in net lines that add up to the
net sum of their rate, because EN 16931 knows net amounts only; the sums and the VAT are those of the document.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from billing.formats.fault import Fault

EN_16931 = "urn:cen.eu:en16931:2017"
XRECHNUNG = f"{EN_16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
CENT, FINE, ZERO = Decimal("0.01"), Decimal("0.0001"), Decimal("0.00")
DAY = timedelta(days=1)
PIECE = "C62"
# UNTDID 1001: invoice, corrected invoice (negative amounts, names the invoice). UNTDID 4461: ways to pay.
INVOICE, CORRECTED = "380", "384"
TRANSFER, DEBIT, CLEARING = "58", "59", "97"
# UNTDID 5305 and CEF VATEX: how a treatment of UStG is called.
CATEGORIES = {"taxed": "S", "zero": "Z", "exempt": "E", "small": "E", "reverse": "AE", "outside": "O"}
REASON_CODES = {"AE": "VATEX-EU-AE", "O": "VATEX-EU-O"}
REASONS = {
    "reverse": "Steuerschuldnerschaft des Leistungsempfängers",
    "outside": "Echter Mitgliedsbeitrag, nicht steuerbar",
}
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer. `email` is also the electronic address (scheme EM)."""

    name: str
    street: str
    extra: str
    postal_code: str
    city: str
    country: str
    email: str
    phone: str = ""
    contact: str = ""
    number: str = ""
    vat_id: str = ""
    tax_number: str = ""
    register: str = ""


@dataclass(frozen=True, slots=True)
class Tax:
    """One group of the VAT breakdown (BG-23)."""

    category: str
    rate: Decimal
    basis: Decimal
    tax: Decimal
    reason: str = ""

    @property
    def reason_code(self) -> str:
        """The code for the reason, where there is one."""
        return REASON_CODES.get(self.category, "")


@dataclass(frozen=True, slots=True)
class Line:
    """One line (BG-25): `quantity` times `price` for `base` pieces is `net`; what is taken back has a negative quantity."""

    number: int
    name: str
    note: str
    start: date
    end: date
    quantity: Decimal
    price: Decimal
    base: Decimal
    net: Decimal
    category: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """How it is paid (BG-16 to BG-19)."""

    code: str
    terms: str
    iban: str = ""
    bic: str = ""
    holder: str = ""
    remittance: str = ""
    mandate: str = ""
    creditor: str = ""
    debtor_iban: str = ""


@dataclass(frozen=True, slots=True)
class EInvoice:
    """A whole document. `profile` is EN_16931 or XRECHNUNG (BT-24)."""

    profile: str
    number: str
    code: str
    issued_on: date
    due_on: date
    buyer_reference: str
    notes: tuple[str, ...]
    seller: Party
    buyer: Party
    start: date
    end: date
    payment: Payment
    taxes: tuple[Tax, ...]
    lines: tuple[Line, ...]
    net: Decimal
    vat: Decimal
    gross: Decimal
    prepaid: Decimal
    corrects: str = ""
    corrects_on: date | None = None

    @property
    def due(self) -> Decimal:
        """What is to be paid (BT-115)."""
        return self.gross - self.prepaid


def einvoice(snapshot: Data, treatments: Sequence[str], terms: str, *, profile: str, debtor_iban: str = "") -> EInvoice:
    """The document of a snapshot. `treatments`: how the law treats each of its VAT sums, in their order.

    `terms` says in words how it is paid; `debtor_iban` is the account of the mandate, which the document shows masked.
    """
    categories = categories_of(treatments)
    corrects = snapshot.get("corrects", {})
    given = sum((Decimal(one["amount"]) for one in snapshot["payment"].get("set_off", ())), ZERO)
    return EInvoice(
        profile=profile, number=snapshot["number"], code=INVOICE if snapshot["kind"] == "invoice" else CORRECTED,
        issued_on=day(snapshot["issued_on"]), due_on=day(snapshot["due_on"]),
        buyer_reference=snapshot["recipient"].get("buyer_reference") or snapshot["recipient"]["member_number"],
        notes=tuple(text for text in (snapshot["title"], snapshot["texts"]["intro"], *snapshot["notes"]) if text),
        seller=seller(snapshot["issuer"], categories), buyer=buyer(snapshot["recipient"], categories),
        start=day(snapshot["supply"]["from"]), end=day(snapshot["supply"]["to"]) - DAY,
        payment=payment(snapshot["payment"], terms, debtor_iban), taxes=taxes(snapshot["vat"], treatments, categories),
        lines=tuple(lines(snapshot, categories)), net=Decimal(snapshot["net"]), vat=Decimal(snapshot["vat_total"]),
        gross=Decimal(snapshot["gross"]), prepaid=given, corrects=corrects.get("number", ""),
        corrects_on=day(corrects["issued_on"]) if corrects else None,
    )  # fmt: skip


def day(iso: str) -> date:
    """A civil date."""
    return date.fromisoformat(iso)


def categories_of(treatments: Sequence[str]) -> list[str]:
    """The category of each sum. What is outside VAT may not stand beside anything else (BR-O-11): there it is exempt."""
    found = [CATEGORIES[one] for one in treatments]
    return found if set(found) == {"O"} else ["E" if one == "O" else one for one in found]


def seller(issuer: Data, categories: Sequence[str]) -> Party:
    """Who issues. Beside supplies outside VAT no VAT id may stand (BR-O-02)."""
    return Party(
        issuer["name"], issuer["street"], "", issuer["postal_code"], issuer["city"], issuer["country"], issuer["email"],
        issuer["phone"], contact=issuer["board"] or issuer["name"], vat_id="" if "O" in categories else issuer["vat_id"],
        number="" if issuer["register"] else issuer["tax_number"], tax_number=issuer["tax_number"],
        register=issuer["register"],
    )  # fmt: skip


def buyer(recipient: Data, categories: Sequence[str]) -> Party:
    """Whom it is for."""
    return Party(
        recipient["company"] or recipient["name"], recipient["street"], recipient["extra"], recipient["postal_code"],
        recipient["city"], recipient["country"], recipient.get("email", ""), number=recipient["member_number"],
        contact=recipient["name"] if recipient["company"] else "",
        vat_id="" if "O" in categories else recipient.get("vat_id", ""),
    )  # fmt: skip


def payment(data: Data, terms: str, debtor_iban: str) -> Payment:
    """By debit with its mandate, by transfer to the account, or cleared between the two."""
    if data["method"] == "debit":
        names = {
            "mandate": data["mandate_reference"],
            "creditor": data["creditor_identifier"],
            "debtor_iban": debtor_iban,
        }
        return Payment(DEBIT, terms, remittance=data["remittance"], **names)
    if data["method"] == "transfer":
        return Payment(TRANSFER, terms, data["iban"], data["bic"], data["name"], data["remittance"])
    return Payment(CLEARING, terms, remittance=data["remittance"])


def taxes(totals: Sequence[Data], treatments: Sequence[str], categories: Sequence[str]) -> tuple[Tax, ...]:
    """One group per category and rate; reasons of the same category stand beside each other."""
    found: dict[tuple[str, Decimal], Tax] = {}
    for total, treatment, category in zip(totals, treatments, categories, strict=True):
        key = category, Decimal(total["rate"] or 0)
        before = found.get(key, Tax(*key, ZERO, ZERO))
        reason = REASONS.get(treatment) or total["exemption"]
        reasons = "; ".join(text for text in (before.reason, reason) if text) if category in ("E", "AE", "O") else ""
        found[key] = Tax(*key, before.basis + Decimal(total["net"]), before.tax + Decimal(total["vat"]), reasons)
    return tuple(found.values())


def lines(snapshot: Data, categories: Sequence[str]) -> list[Line]:
    """The lines, net; per VAT sum they add up to its net amount to the cent."""
    groups: dict[int, list[int]] = defaultdict(list)
    for place, line in enumerate(snapshot["lines"]):
        groups[sum_of(line, snapshot["vat"])].append(place)
    nets: dict[int, Decimal] = {}
    category: dict[int, tuple[str, Decimal]] = {}
    for at, places in groups.items():
        total = snapshot["vat"][at]
        amounts = [Decimal(snapshot["lines"][place]["amount"]) for place in places]
        nets |= dict(zip(places, shared(amounts, Decimal(total["net"])), strict=True))
        category |= dict.fromkeys(places, (categories[at], Decimal(total["rate"] or 0)))
    return [line_of(place, line, nets[place], *category[place]) for place, line in enumerate(snapshot["lines"])]


def sum_of(line: Data, totals: Sequence[Data]) -> int:
    """To which VAT sum a line belongs: the same rate, and the same exemption where the line names one."""
    same = [at for at, total in enumerate(totals) if total["rate"] == line["vat_rate"]]
    return next((at for at in same if totals[at]["exemption"] == line.get("exemption")), same[0])


def shared(amounts: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """The net sum, shared out by the amounts; rounded running sums, so that nothing is lost."""
    whole = sum(amounts, ZERO)
    if not whole or whole == total:
        return list(amounts)
    found, seen, given = [], ZERO, ZERO
    for amount in amounts:
        seen += amount
        upto = (total * seen / whole).quantize(CENT, ROUND_HALF_UP)
        found.append(upto - given)
        given = upto
    return found


def line_of(place: int, line: Data, net: Decimal, category: str, rate: Decimal) -> Line:
    """A line; its price is for so many pieces that price times quantity is exact (BT-149)."""
    quantity = abs(Decimal(line["quantity"])) or Decimal(1)
    signed = -quantity if net < 0 else quantity
    price = abs(net) / quantity
    exact = price == price.quantize(FINE)
    note = "; ".join(text for text in (line["member"], line["explanation"]) if text)
    return Line(
        place + 1, line["text"], note, day(line["from"]), day(line["to"]) - DAY, signed,
        Decimal(number(price.quantize(FINE))) if exact else abs(net), Decimal(1) if exact else quantity, net,
        category, rate,
    )  # fmt: skip


def xrechnung_faults(invoice: EInvoice) -> list[Fault]:
    """What XRechnung asks beyond EN 16931, so that it is said in words before any rule is run (BR-DE-2 to 31)."""
    asked = [
        (invoice.seller.phone, "seller.phone", "BR-DE-6"), (invoice.seller.email, "seller.email", "BR-DE-7"),
        (invoice.seller.city and invoice.seller.postal_code, "seller.city", "BR-DE-3"),
        (invoice.buyer.city and invoice.buyer.postal_code, "buyer.city", "BR-DE-8"),
        (invoice.buyer.email, "buyer.email", "PEPPOL-EN16931-R010"), (invoice.buyer_reference, "buyer_reference", "BR-DE-15"),
        (invoice.payment.code != DEBIT or invoice.payment.debtor_iban, "payment.debtor_iban", "BR-DE-31"),
    ]  # fmt: skip
    return [Fault(rule, where, f"XRechnung needs {where} ({rule})") for value, where, rule in asked if not value]


def money(amount: Decimal) -> str:
    """Two decimals, a point."""
    return f"{amount:.2f}"


def number(value: Decimal) -> str:
    """As many decimals as it has."""
    return f"{value.normalize():f}"
