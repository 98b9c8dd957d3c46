"""Tariffs to begin with: what associations and small companies usually agree, ready to be changed.

Each is priced by the pure core like any other; the resolution of a membership is asked for when it is saved.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MONTH, QUARTER, YEAR = {"months": 1}, {"months": 3}, {"months": 12}
CONSUMER = {"legal_basis": "consumer", "prices": "gross", "vat_rate": "19"}
MEMBERS = {"legal_basis": "membership", "prices": "gross", "vat_rate": None, "sphere": "ideell"}


@dataclass(frozen=True, slots=True)
class Template:
    """A tariff to begin with, for whom, and what is special about it."""

    key: str
    title: Promise | str
    about: Promise | str
    code: str
    name: str
    terms: dict[str, Any]


TEMPLATES = (
    Template(
        "club", _("Club"), _("Monthly dues, paid monthly, quarterly or yearly, each begun month counts."),
        "ERW", "Mitgliedsbeitrag Erwachsene",
        MEMBERS | {
            "interval": MONTH, "intervals": [1, 3, 6, 12], "anchor": "calendar", "timing": "advance", "proration": "month",
            "notice": MONTH, "components": [
                {"code": "beitrag", "name": "Beitrag", "kind": "flat", "price": "14.00"},
                {"code": "aufnahme", "name": "Aufnahmegebühr", "kind": "once", "price": "20.00"},
            ],
        },
    ),
    Template(
        "gym", _("Gym"), _("Two weeks on trial, twelve months at least, then monthly; cheaper in the first months and for the loyal."),
        "FIT", "Fitness Plus",
        CONSUMER | {
            "interval": MONTH, "anchor": "start", "timing": "advance", "proration": "day", "trial": {"days": 14, "then": "continue"},
            "minimum_term": YEAR, "notice": MONTH, "renewal": MONTH, "phases": [{"months": 3, "factor": "0.5"}],
            "loyalty": [{"after": {"months": 24}, "percent": "5"}, {"after": {"months": 48}, "percent": "10"}],
            "components": [
                {"code": "beitrag", "name": "Monatsbeitrag", "kind": "flat", "price": "29.90"},
                {"code": "chip", "name": "Zugangschip", "kind": "once", "price": "15.00"},
            ],
        },
    ),
    Template(
        "allotment", _("Allotment"), _("Rent by the square metre and dues once a year, water by the meter."),
        "GARTEN", "Gartenparzelle",
        MEMBERS | {
            "interval": YEAR, "anchor": "calendar", "timing": "advance", "proration": "day", "notice": {"months": 6}, "components": [
                {"code": "beitrag", "name": "Mitgliedsbeitrag", "kind": "flat", "price": "48.00"},
                {"code": "pacht", "name": "Pacht je Quadratmeter", "kind": "per_unit", "price": "0.22"},
                {"code": "wasser", "name": "Wasser je Kubikmeter", "kind": "usage", "meter": "wasser", "aggregate": "sum", "price": "2.35"},
            ],
        },
    ),
    Template(
        "internet", _("Internet flat rate"), _("A monthly price with free volume; what goes beyond costs less the more it is."),
        "NETZ", "Netz Komfort",
        CONSUMER | {
            "interval": MONTH, "anchor": "calendar", "timing": "advance", "proration": "day", "minimum_term": {"months": 24},
            "notice": MONTH, "renewal": MONTH, "change": {"upgrade": "immediately", "downgrade": "period_end"}, "components": [
                {"code": "grundpreis", "name": "Grundpreis", "kind": "flat", "price": "29.90"},
                {"code": "anschluss", "name": "Anschlusspreis", "kind": "once", "price": "49.00"},
                {"code": "volumen", "name": "Datenvolumen", "kind": "usage", "meter": "gb", "aggregate": "sum", "included": "100",
                 "model": "graduated", "tiers": [{"up_to": "500", "unit": "0.20"}, {"up_to": None, "unit": "0.10"}]},
            ],
        },
    ),
    Template(
        "kindergarten", _("Kindergarten association"), _("Care by the month with meals by the day; leaving with three months' notice by the statutes."),
        "KITA", "Kinderbetreuung",
        MEMBERS | {
            "vat_rate": "0", "exemption": "§ 4 Nr. 25 UStG", "sphere": "zweckbetrieb",
            "interval": MONTH, "anchor": "calendar", "timing": "advance", "proration": "month", "notice": {"months": 3}, "components": [
                {"code": "betreuung", "name": "Betreuung", "kind": "flat", "price": "185.00"},
                {"code": "essen", "name": "Mittagessen", "kind": "usage", "meter": "essen", "aggregate": "count", "price": "3.80"},
            ],
        },
    ),
    Template(
        "magazine", _("Magazine"), _("Paid a year ahead, reduced VAT, can be left after the first year within a month."),
        "HEFT", "Zeitschrift im Jahresabonnement",
        CONSUMER | {
            "vat_rate": "7", "interval": YEAR, "anchor": "start", "timing": "advance", "proration": "day", "minimum_term": YEAR,
            "notice": MONTH, "renewal": MONTH, "components": [{"code": "abo", "name": "Jahresabonnement", "kind": "flat", "price": "58.80"}],
        },
    ),
    Template(
        "instalments", _("Instalment sale"), _("A down payment and 24 equal instalments; then it is over by itself."),
        "RATEN", "Ratenkauf",
        CONSUMER | {
            "interval": MONTH, "anchor": "start", "timing": "advance", "proration": "none",
            "phases": [{"periods": 24, "factor": "1"}], "then": "end", "components": [
                {"code": "rate", "name": "Rate", "kind": "flat", "price": "49.00"},
                {"code": "anzahlung", "name": "Anzahlung", "kind": "once", "price": "99.00"},
            ],
        },
    ),
    Template(
        "downloads", _("Paid downloads"), _("No basic price: only what was downloaded, in packages, billed at the end of the month."),
        "LADEN", "Downloads nach Verbrauch",
        CONSUMER | {
            "interval": MONTH, "anchor": "calendar", "timing": "arrears", "proration": "day", "ends": "any_day", "components": [
                {"code": "downloads", "name": "Downloads", "kind": "usage", "meter": "downloads", "aggregate": "count", "included": "3",
                 "model": "package", "size": "10", "price": "4.90"},
            ],
        },
    ),
)  # fmt: skip
BY_KEY = {one.key: one for one in TEMPLATES}
