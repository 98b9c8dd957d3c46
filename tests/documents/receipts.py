"""The data of a receipt, as services freeze it."""

from decimal import Decimal
from typing import Any

from billing.formats.german_numbers import amount_in_words

NOTICE = {
    "kind": "exemption", "office": "Kiel", "number": "20/290/54321", "on": "2024-06-03", "period": "2021 bis 2023",
    "of": "der Jugend- und Altenhilfe sowie des Sports", "the": "die Jugend- und Altenhilfe sowie den Sport",
}  # fmt: skip
STATUTES = NOTICE | {"kind": "statutes", "period": ""}
ITEM = "Renneiner, Baujahr 2015, gebraucht, Kaufpreis 6.400 EUR"
THING = {"item": ITEM, "origin": "business", "papers": True}
MACHINE = {"office": "Kiel", "told_on": "2026-02-01"}
LINES = [
    {"on": "2026-03-04", "amount": "100.00", "kind": "money"},
    {"on": "2026-05-04", "amount": "100.00", "kind": "dues"},
    {"on": "2026-12-20", "amount": "46.50", "kind": "waiver"},
]


def receipt(**given: Any) -> dict[str, Any]:
    """A receipt over 250.00 EUR of a club whose dues are not deductible."""
    data: dict[str, Any] = {
        "version": 1, "kind": "money", "number": "Z2027-00001", "issued_on": "2027-01-15", "draft": False,
        "issuer": {"name": "Ruderverein Ostufer", "street": "Fährstraße 12", "postal_code": "24143", "city": "Kiel", "country": "DE"},
        "donor": {
            "company": "", "name": "Anna Petersen", "extra": "", "street": "Lindenweg 4", "postal_code": "24105", "city": "Kiel",
            "country": "DE", "number": "1007",
        },
        "total": "250.00", "given_on": "2026-05-04", "waiver": False, "period": ["2026-01-01", "2026-12-31"], "lines": [], "thing": None,
        "notice": NOTICE, "dues_deductible": False, "signatory": "Anna Petersen, Schatzmeisterin", "machine": None,
    } | given  # fmt: skip
    return data | {"words": amount_in_words(Decimal(data["total"]))}


def collective(**given: Any) -> dict[str, Any]:
    """Two gifts and dues, 246.50 EUR together."""
    return receipt(kind="collective", total="246.50", lines=LINES, **given)
