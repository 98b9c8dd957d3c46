"""Invented people as a member list, in the form that other programs export; the same on every machine."""

import csv
import io
import random
from datetime import date, timedelta

from schwifty import IBAN

FIRST = [
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Elif",
    "Finn",
    "Greta",
    "Hannes",
    "Ida",
    "Jonas",
    "Käthe",
    "Lars",
    "Mila",
    "Noah",
    "Oskar",
    "Paula",
    "Quentin",
    "Rosa",
    "Sören",
    "Theo",
    "Ute",
    "Viktor",
    "Wiebke",
    "Yannick",
    "Zoë",
    "Ayşe",
    "Björn",
    "Chiara",
    "Dörte",
    "Emil",
    "Frieda",
    "Günter",
    "Heike",
    "Jürgen",
    "Katja",
    "Lütfiye",
    "Małgorzata",
    "Nils",
    "Ömer",
    "Petra",
]
LAST = [
    "Ahrens",
    "Böttcher",
    "Claußen",
    "Detlefsen",
    "Eggers",
    "Fiedler",
    "Großmann",
    "Hansen",
    "Ingwersen",
    "Jürgensen",
    "Kröger",
    "Lüders",
    "Möller",
    "Nowak",
    "Öztürk",
    "Petersen",
    "Quast",
    "Rönnau",
    "Schröder",
    "Tiedemann",
    "Ulrich",
    "Vogt",
    "Weißenfels",
    "Yıldız",
    "Zöllner",
    "Bąk",
    "Carstens",
    "Dührkop",
    "Ehlers",
    "Freytag",
]
STREETS = (
    "Am Deich",
    "Birkenweg",
    "Dorfstraße",
    "Fährstraße",
    "Große Bergstraße",
    "Hafenkai",
    "Kirchplatz",
    "Lindenallee",
    "Mühlenweg",
    "Süderstraße",
)
TOWNS = (("24534", "Neumünster"), ("24103", "Kiel"), ("24837", "Schleswig"), ("25813", "Husum"), ("23552", "Lübeck"))
BANKS = ("37040044", "20041144", "21050170", "10010010", "50010517", "12030000")
DEPARTMENTS = ("", "", "Rudern", "Tennis", "Turnen", "Rudern, Turnen")
RHYTHMS = ("monatlich", "monatlich", "vierteljährlich", "halbjährlich", "jährlich")
COLUMNS = [
    "Mitgliedsnummer",
    "Anrede",
    "Vorname",
    "Nachname",
    "Firma",
    "Geburtsdatum",
    "Straße",
    "PLZ",
    "Ort",
    "Land",
    "E-Mail",
    "Telefon",
    "Eintritt",
    "Austritt",
    "Beitragsgruppe",
    "Abteilungen",
    "Zahlungsart",
    "Zahlungsrhythmus",
    "IBAN",
    "Kontoinhaber",
    "Mandatsreferenz",
    "Mandatsdatum",
    "Letzter Einzug",
    "Zahler",
]
Row = dict[str, str]


def member_list(today: date, count: int = 160) -> bytes:
    """A list of `count` households and single members, as UTF-8 CSV."""
    dice = random.Random(1898)  # noqa: S311 (invented people, not secrets)
    rows: list[Row] = []
    while len(rows) < count:
        household(dice, rows, today)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter=";", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def household(dice: random.Random, rows: list[Row], today: date) -> None:
    """One payer, in one of five cases a family with others on the same account."""
    last, street, (postal_code, town) = (
        dice.choice(LAST),
        f"{dice.choice(STREETS)} {dice.randint(1, 90)}",
        dice.choice(TOWNS),
    )
    family = dice.random() < 0.2
    payer = person(
        dice,
        rows,
        last,
        today,
        "FAM" if family else dice.choices(("ERW", "JUG", "STU", "PAS", "EHR"), (60, 16, 12, 10, 2))[0],
    )
    payer |= {"Straße": street, "PLZ": postal_code, "Ort": town}
    if payer["Beitragsgruppe"] != "EHR":
        payer |= {"Zahlungsrhythmus": dice.choice(RHYTHMS)} | pays(dice, payer, today)
    for _child in range(dice.randint(1, 3) if family else 0):
        child = person(dice, rows, last, today, "FAM0")
        child |= {"Straße": street, "PLZ": postal_code, "Ort": town, "Zahler": payer["Mitgliedsnummer"]}


def person(dice: random.Random, rows: list[Row], last: str, today: date, group: str) -> Row:
    """One row with the next member number."""
    number, first = str(1001 + len(rows)), dice.choice(FIRST)
    joined = today - timedelta(days=dice.randint(400, 9000))
    age = dice.randint(6, 17) if group in ("JUG", "FAM0") else dice.randint(19, 84)
    row = {
        "Mitgliedsnummer": number, "Vorname": first, "Nachname": last, "Land": "DE", "Beitragsgruppe": group,
        "Geburtsdatum": f"{today - timedelta(days=age * 365 + dice.randint(0, 364)):%d.%m.%Y}", "Eintritt": f"{joined:%d.%m.%Y}",
        "Abteilungen": dice.choice(DEPARTMENTS), "E-Mail": f"mitglied{number}@example.org" if dice.random() < 0.9 else "",
        "Telefon": f"04321 {dice.randint(100000, 999999)}",
    }  # fmt: skip
    rows.append(row)
    return row


def pays(dice: random.Random, row: Row, today: date) -> Row:
    """Direct debit in most cases."""
    if dice.random() < 0.06:
        return {"Zahlungsart": "Überweisung"}
    iban = IBAN.generate("DE", bank_code=dice.choice(BANKS), account_code=f"{dice.randint(1, 9_999_999_999):010d}")
    signed = max(date(2014, 2, 1), date(*(int(part) for part in reversed(row["Eintritt"].split(".")))))
    last = today - timedelta(days=365 + dice.randint(0, 60))
    return {
        "Zahlungsart": "Lastschrift", "IBAN": str(iban), "Mandatsreferenz": f"OV-{row['Mitgliedsnummer']}",
        "Mandatsdatum": f"{signed:%d.%m.%Y}", "Letzter Einzug": f"{max(last, signed):%d.%m.%Y}",
    }  # fmt: skip
