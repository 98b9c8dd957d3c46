"""The demo's second organisation: an internet provider with 300 customers and a year of metered usage, kept as files beside."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

FILES = Path(__file__).parent / "funknetz"
YEAR = 2026


def network() -> dict[str, Any]:
    """An invented provider, in the form of the file that `setup_organisation` reads.

    Its name comes behind the club's in the alphabet: who works for both begins in the club.
    """
    return {
        "slug": "funknetz", "name": "Waterkant Funknetz GmbH", "kind": "company", "language": "de", "time_zone": "Europe/Berlin",
        "address": {"street": "Sendemastweg 3", "postal_code": "24937", "city": "Flensburg", "country": "DE"},
        "email": "kundendienst@funknetz.example", "tax_number": "15/293/12345", "vat_id": "DE123456788",
        "creditor": {
            "identifier": "DE98ZZZ09999999999", "iban": "DE02120300000000202051", "bank_profile": "default", "cut_off": "11:00",
            "lead_days": 1, "prenotification_days": 7, "pain_version": "pain.008.001.08",
            "mandate_pattern": "FNE-{number:05d}", "electronic_mandates_since": "2026-01-01",
        },
        "ledger": {
            "chart": "SKR04", "account_length": 4, "consultant_number": "1234567", "client_number": "20001",
            "fiscal_year_start": "01-01", "first_debtor": 10000,
        },
        "series": {"invoice": "F{year}-{number:05d}", "cancellation": "S{year}-{number:05d}"},
        "run": {"day_of_month": 1, "collect_after_days": 10, "months_ahead": 0, "automatic": False, "mail_invoices": False},
        "tariffs": json.loads((FILES / "tarife.json").read_text(encoding="utf-8")),
    }  # fmt: skip


def customers(year: int = YEAR) -> bytes:
    """The list of customers, as if they had begun in this year."""
    return moved("kunden.csv", year)


def usage(year: int, since: date, until: date) -> bytes:
    """The usage of these days, as if it were of this year."""
    rows = list(csv.reader(io.StringIO(moved("verbrauch.csv", year).decode())))
    place = rows[0].index("at")
    out = io.StringIO()
    csv.writer(out).writerows(
        [rows[0], *(row for row in rows[1:] if since.isoformat() <= row[place][:10] < until.isoformat())]
    )
    return out.getvalue().encode()


def moved(name: str, year: int) -> bytes:
    """A file with its days moved by whole years."""
    text = (FILES / name).read_text(encoding="utf-8")
    return text.replace(f",{YEAR}-", f",{year}-").encode()


def data_year(today: date) -> int:
    """The year that shows most: this one if half of it is over, else the last."""
    return today.year if today.month > 6 else today.year - 1
