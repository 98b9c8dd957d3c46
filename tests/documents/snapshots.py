"""Documents as they are frozen on the day of issue, for the tests of what is drawn from them."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

Snapshot = dict[str, Any]
ISSUER = {
    "name": "Musterverein Neumünster von 1898 e.V.", "street": "Am Sportpark 3", "postal_code": "24534",
    "city": "Neumünster", "country": "DE", "email": "kasse@musterverein.example", "phone": "04321 55 12 30",
    "website": "https://musterverein.example", "tax_number": "20/290/12345", "vat_id": "",
    "register": "VR 1234 KI, Amtsgericht Kiel", "board": "Greta Petersen, Ole Hansen",
    "iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "bank_name": "Commerzbank Köln",
}  # fmt: skip
RECIPIENT = {
    "member_number": "1001", "salutation": "Herr", "name": "Finn Krüger", "company": "", "extra": "",
    "street": "An der Mühle 16", "postal_code": "24534", "city": "Neumünster", "country": "DE",
}  # fmt: skip
DEBIT = {
    "method": "debit", "collection_date": "2027-01-04", "mandate_reference": "MV-1001", "account_holder": "Finn Krüger",
    "creditor_identifier": "DE98ZZZ09999999999", "debtor_iban": "DE71 **** **** **** **04 19",
    "iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "name": "Musterverein Neumünster von 1898 e.V.",
    "due_on": "2027-01-04", "remittance": "R2027-00001",
}  # fmt: skip


def line(text: str = "Erwachsene", amount: str = "12.00", member: str = "Finn Krüger (1001)", **other: Any) -> Snapshot:
    """One line for January 2027."""
    usual = {"from": "2027-01-01", "to": "2027-02-01", "quantity": "1", "vat_rate": None, "explanation": ""}
    return {"member": member, "text": text, "amount": amount, **usual, **other}


def vat(rate: str | None, net: str, tax: str = "0.00", exemption: str = "") -> Snapshot:
    """The sums of one rate."""
    return {"rate": rate, "net": net, "vat": tax, "gross": str(Decimal(net) + Decimal(tax)), "exemption": exemption}


def document(lines: list[Snapshot], totals: list[Snapshot], language: str = "de", **other: Any) -> Snapshot:
    """A document of these lines and sums, paid by direct debit."""
    net, tax = sum(Decimal(total["net"]) for total in totals), sum(Decimal(total["vat"]) for total in totals)
    usual = {
        "version": 1, "language": language, "kind": "invoice", "title": "Beitragsrechnung", "number": "R2027-00001",
        "issued_on": "2026-12-15", "due_on": "2027-01-04", "supply": {"from": "2027-01-01", "to": "2027-02-01"},
        "issuer": ISSUER, "recipient": RECIPIENT, "prices": "gross", "payment": DEBIT, "notes": [],
        "texts": {"intro": "", "closing": ""},
    }  # fmt: skip
    return deepcopy(
        {
            **usual,
            "lines": lines,
            "vat": totals,
            "net": str(net),
            "vat_total": str(tax),
            "gross": str(net + tax),
            **other,
        }
    )


def dues(language: str = "de", **other: Any) -> Snapshot:
    """One member, one month, genuine dues."""
    return document([line()], [vat(None, "12.00")], language, **other)


def transfer(name: str = "Musterverein Neumünster von 1898 e.V.", remittance: str = "R2027-00003") -> Snapshot:
    """How a transfer is asked for: no mandate, no collection."""
    kept = {key: DEBIT[key] for key in ("iban", "bic", "due_on")}
    return {**kept, "method": "transfer", "name": name, "remittance": remittance}


def company(language: str = "de", **other: Any) -> Snapshot:
    """A company invoice at net prices with 19 % VAT, paid by transfer."""
    lines = [
        line("Gerätepauschale", "940.00", quantity="120", vat_rate="19"),
        line("Service Plus", "240.00", vat_rate="19"),
    ]
    usual = {"title": "Rechnung", "number": "R2027-00003", "prices": "net", "payment": transfer()}
    return document(lines, [vat("19", "1180.00", "224.20")], language, **{**usual, **other})


def family(count: int, language: str = "de") -> Snapshot:
    """Three members with `count` lines of 1 EUR in all."""
    names = ["Finn Krüger (1001)", "Zoë Krüger (1002)", "Mia Łukasiewicz (1003)"]
    lines = [line(f"Beitrag {at + 1}", "1.00", names[at * 3 // count]) for at in range(count)]
    return document(lines, [vat(None, f"{count}.00")], language)
