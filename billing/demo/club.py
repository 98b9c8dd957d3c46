"""The demo's organisation, in the form of the file that `setup_organisation` reads."""

from typing import Any

FEES = {
    "ERW": ("Erwachsene", "14.00"),
    "JUG": ("Jugendliche", "7.00"),
    "STU": ("Ermäßigt", "9.00"),
    "FAM": ("Familie", "28.00"),
    "FAM0": ("Familie, weiteres Mitglied", "0.00"),
    "PAS": ("Passiv", "3.00"),
    "EHR": ("Ehrenmitglied", "0.00"),
    "RUDERN": ("Ruderabteilung", "11.50"),
    "TENNIS": ("Tennisabteilung", "9.50"),
    "TURNEN": ("Turnabteilung", "3.00"),
}


def club() -> dict[str, Any]:
    """An invented rowing club."""
    groups = ("ERW", "JUG", "STU", "FAM", "FAM0", "PAS", "EHR")
    return {
        "slug": "ostufer", "name": "Ruderverein Ostufer von 1898 e.V.", "kind": "association", "language": "de", "time_zone": "Europe/Berlin",
        "address": {"street": "Fährstraße 12", "postal_code": "24143", "city": "Kiel", "country": "DE"},
        "email": "kasse@ostufer.example", "tax_number": "20/290/54321",
        "creditor": {
            "identifier": "DE98ZZZ09999999999", "iban": "DE89370400440532013000", "bank_profile": "default", "cut_off": "11:00",
            "lead_days": 1, "prenotification_days": 14, "pain_version": "pain.008.001.08",
            "mandate_pattern": "OST-{number:05d}", "electronic_mandates_since": "2026-01-01",
        },
        "ledger": {
            "chart": "SKR03", "account_length": 4, "consultant_number": "1234567", "client_number": "10002",
            "fiscal_year_start": "01-01", "first_debtor": 10000,
        },
        "series": {"invoice": "R{year}-{number:05d}", "cancellation": "S{year}-{number:05d}"},
        "run": {"day_of_month": 15, "collect_after_days": 16, "automatic": False},
        "tariffs": [tariff(code, name, price) for code, (name, price) in FEES.items()],
        "member_import": {
            "Beitragsgruppe": {group: group for group in groups},
            "Abteilungen": {"Rudern": "RUDERN", "Tennis": "TENNIS", "Turnen": "TURNEN"},
            "Zahlungsrhythmus": {"monatlich": 1, "vierteljährlich": 3, "halbjährlich": 6, "jährlich": 12},
        },
    }  # fmt: skip


def tariff(code: str, name: str, price: str) -> dict[str, Any]:
    """Genuine membership dues: a monthly price, paid in any rhythm, outside VAT."""
    return {
        "code": code, "name": name, "interval": {"months": 1}, "intervals": [1, 3, 6, 12], "anchor": "calendar", "timing": "advance",
        "proration": "month", "prices": "gross", "vat_rate": None, "legal_basis": "membership", "sphere": "ideell",
        "resolution": {"body": "Mitgliederversammlung", "on": "2026-03-12", "reference": "TOP 5"},
        "components": [{"code": "beitrag", "kind": "flat", "price": price}],
    }  # fmt: skip
