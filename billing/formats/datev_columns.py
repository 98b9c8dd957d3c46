"""Columns of the DATEV format, header version 700: postings (category 21, version 13) and debtors (category 16, version 5).

A row per column: name, kind, longest content. Kinds: `text` is quoted even when empty; the others are never quoted:
`amount` (positive, two decimals), `number`, `account`, `day` (DDMM) and `date` (DDMMYYYY).
"""

from typing import NamedTuple

MOST_ROWS = 99_999


class Column(NamedTuple):
    """One column of a file."""

    name: str
    kind: str = "text"
    length: int = 255


def pairs(kind: str, content: str, count: int) -> list[Column]:
    """Columns that come in pairs, a kind and its content."""
    return [
        Column(name, "text", length)
        for number in range(1, count + 1)
        for name, length in ((f"{kind} {number}", 20), (f"{content} {number}", 210))
    ]


POSTING_COLUMNS: list[Column] = [
    Column("Umsatz (ohne Soll/Haben-Kz)", "amount", 13), Column("Soll/Haben-Kennzeichen", "text", 1), Column("WKZ Umsatz", "text", 3),
    Column("Kurs", "number", 11), Column("Basis-Umsatz", "amount", 13), Column("WKZ Basis-Umsatz", "text", 3), Column("Konto", "account", 9),
    Column("Gegenkonto (ohne BU-Schlüssel)", "account", 9), Column("BU-Schlüssel", "text", 4), Column("Belegdatum", "day", 4),
    Column("Belegfeld 1", "text", 36), Column("Belegfeld 2", "text", 12), Column("Skonto", "amount", 11), Column("Buchungstext", "text", 60),
    Column("Postensperre", "number", 1), Column("Diverse Adressnummer", "text", 9), Column("Geschäftspartnerbank", "number", 3),
    Column("Sachverhalt", "number", 2), Column("Zinssperre", "number", 1), Column("Beleglink", "text", 210),
    *pairs("Beleginfo - Art", "Beleginfo - Inhalt", 8),
    Column("KOST1 - Kostenstelle", "text", 36), Column("KOST2 - Kostenstelle", "text", 36), Column("Kost-Menge", "number", 17),
    Column("EU-Land u. UStID (Bestimmung)", "text", 15), Column("EU-Steuersatz (Bestimmung)", "number", 5), Column("Abw. Versteuerungsart", "text", 1),
    Column("Sachverhalt L+L", "number", 3), Column("Funktionsergänzung L+L", "number", 3), Column("BU 49 Hauptfunktionstyp", "number", 1),
    Column("BU 49 Hauptfunktionsnummer", "number", 2), Column("BU 49 Funktionsergänzung", "number", 3),
    *pairs("Zusatzinformation - Art", "Zusatzinformation- Inhalt", 20),
    Column("Stück", "number", 8), Column("Gewicht", "amount", 11), Column("Zahlweise", "number", 2), Column("Forderungsart", "text", 10),
    Column("Veranlagungsjahr", "number", 4), Column("Zugeordnete Fälligkeit", "date", 8), Column("Skontotyp", "number", 1),
    Column("Auftragsnummer", "text", 30), Column("Buchungstyp", "text", 2), Column("USt-Schlüssel (Anzahlungen)", "number", 4),
    Column("EU-Land (Anzahlungen)", "text", 2), Column("Sachverhalt L+L (Anzahlungen)", "number", 3), Column("EU-Steuersatz (Anzahlungen)", "number", 5),
    Column("Erlöskonto (Anzahlungen)", "account", 8), Column("Herkunft-Kz", "text", 2), Column("Buchungs GUID", "text", 36),
    Column("KOST-Datum", "date", 8), Column("SEPA-Mandatsreferenz", "text", 35), Column("Skontosperre", "number", 1),
    Column("Gesellschaftername", "text", 76), Column("Beteiligtennummer", "number", 4), Column("Identifikationsnummer", "text", 11),
    Column("Zeichnernummer", "text", 20), Column("Postensperre bis", "date", 8), Column("Bezeichnung SoBil-Sachverhalt", "text", 30),
    Column("Kennzeichen SoBil-Buchung", "number", 2), Column("Festschreibung", "number", 1), Column("Leistungsdatum", "date", 8),
    Column("Datum Zuord. Steuerperiode", "date", 8), Column("Fälligkeit", "date", 8), Column("Generalumkehr (GU)", "text", 1),
    Column("Steuersatz", "number", 5), Column("Land", "text", 2), Column("Abrechnungsreferenz", "text", 50), Column("BVV-Position", "number", 1),
    Column("EU-Land u. UStID (Ursprung)", "text", 15), Column("EU-Steuersatz (Ursprung)", "number", 5), Column("Abw. Skontokonto", "account", 9),
]  # fmt: skip


def bank(number: int) -> list[Column]:
    """The eleven columns of one bank account."""
    names = (
        ("Bankleitzahl {}", 8), ("Bankbezeichnung {}", 30), ("Bank-Kontonummer {}", 10), ("Länderkennzeichen {}", 2), ("IBAN-Nr. {}", 34),
        ("Leerfeld", 1), ("SWIFT-Code {}", 11), ("Abw. Kontoinhaber {}", 70), ("Kennz. Hauptbankverb. {}", 1),
    )  # fmt: skip
    valid = dates(f"Bankverb {number} Gültig von", f"Bankverb {number} Gültig bis")
    return [*(Column(name.format(number), "text", length) for name, length in names), *valid]


def texts(*rows: tuple[str, int]) -> list[Column]:
    """Quoted columns."""
    return [Column(name, "text", length) for name, length in rows]


def numbers(*names: str) -> list[Column]:
    """Columns that are never quoted."""
    return [Column(name, "number", 12) for name in names]


def dates(*names: str) -> list[Column]:
    """Days with their year."""
    return [Column(name, "date", 8) for name in names]


def address(suffix: str) -> list[Column]:
    """The columns of an address."""
    rows = (
        ("Adressart", 3), ("Straße", 36), ("Postfach", 10), ("Postleitzahl", 10), ("Ort", 30), ("Land", 2), ("Versandzusatz", 50), ("Adresszusatz", 36),
    )  # fmt: skip
    return texts(*((name + suffix, length) for name, length in rows))


INVOICE_ADDRESS = " (Rechnungsadresse)"

DEBTOR_COLUMNS: list[Column] = [
    Column("Konto", "account", 9),
    *texts(
        ("Name (Adressattyp Unternehmen)", 50), ("Unternehmensgegenstand", 50), ("Name (Adressattyp natürl. Person)", 30),
        ("Vorname (Adressattyp natürl. Person)", 30), ("Name (Adressattyp keine Angabe)", 50), ("Adressattyp", 1), ("Kurzbezeichnung", 15),
        ("EU-Land", 2), ("EU-UStID", 13), ("Anrede", 30), ("Titel/Akad. Grad", 25), ("Adelstitel", 15), ("Namensvorsatz", 14),
    ),
    *address(""),
    *texts(("Abweichende Anrede", 30), ("Abw. Zustellbezeichnung 1", 50), ("Abw. Zustellbezeichnung 2", 36)),
    *numbers("Kennz. Korrespondenzadresse"), *dates("Adresse Gültig von", "Adresse Gültig bis"),
    *texts(
        ("Telefon", 60), ("Bemerkung (Telefon)", 40), ("Telefon GL", 60), ("Bemerkung (Telefon GL)", 40), ("E-Mail", 60),
        ("Bemerkung (E-Mail)", 40), ("Internet", 60), ("Bemerkung (Internet)", 40), ("Fax", 60), ("Bemerkung (Fax)", 40),
        ("Sonstige", 60), ("Bemerkung (Sonstige)", 40),
    ),
    *bank(1), *bank(2), *bank(3), *bank(4), *bank(5),
    *texts(("Leerfeld", 3), ("Briefanrede", 100), ("Grußformel", 50), ("Kunden-/Lief.-Nr.", 15), ("Steuernummer", 20)),
    *numbers("Sprache"),
    *texts(("Ansprechpartner", 40), ("Vertreter", 40), ("Sachbearbeiter", 40)),
    *numbers("Diverse-Konto", "Ausgabeziel"), *texts(("Währungssteuerung", 1)),
    *numbers(
        "Kreditlimit (Debitor)", "Zahlungsbedingung", "Fälligkeit in Tagen (Debitor)",
        "Skonto in Prozent (Debitor)", "Kreditoren-Ziel 1 Tg.", "Kreditoren-Skonto 1 %", "Kreditoren-Ziel 2 Tg.", "Kreditoren-Skonto 2 %",
        "Kreditoren-Ziel 3 Brutto Tg.", "Kreditoren-Ziel 4 Tg.", "Kreditoren-Skonto 4 %", "Kreditoren-Ziel 5 Tg.", "Kreditoren-Skonto 5 %",
        "Mahnung", "Kontoauszug", "Mahntext 1", "Mahntext 2", "Mahntext 3", "Kontoauszugstext", "Mahnlimit Betrag", "Mahnlimit %",
        "Zinsberechnung", "Mahnzinssatz 1", "Mahnzinssatz 2", "Mahnzinssatz 3",
    ),
    *texts(("Lastschrift", 1), ("Leerfeld", 1)), *numbers("Mandantenbank"), *texts(("Zahlungsträger", 1)),
    *texts(*((f"Indiv. Feld {number}", 40) for number in range(1, 16))),
    *texts(("Abweichende Anrede" + INVOICE_ADDRESS, 30)), *address(INVOICE_ADDRESS),
    *texts(("Abw. Zustellbezeichnung 1" + INVOICE_ADDRESS, 50), ("Abw. Zustellbezeichnung 2" + INVOICE_ADDRESS, 36)),
    *dates("Adresse Gültig von" + INVOICE_ADDRESS, "Adresse Gültig bis" + INVOICE_ADDRESS),
    *bank(6), *bank(7), *bank(8), *bank(9), *bank(10),
    *texts(("Nummer Fremdsystem", 15)), *numbers("Insolvent"),
    *texts(*((f"SEPA-Mandatsreferenz {number}", 35) for number in range(1, 11))),
    Column("Verknüpftes OPOS-Konto", "account", 9), *dates("Mahnsperre bis", "Lastschriftsperre bis", "Zahlungssperre bis"),
    *numbers("Gebührenberechnung", "Mahngebühr 1", "Mahngebühr 2", "Mahngebühr 3", "Pauschalenberechnung", "Verzugspauschale 1", "Verzugspauschale 2", "Verzugspauschale 3"),
    *texts(("Alternativer Suchname", 50)), *numbers("Status", "Anschrift manuell geändert (Korrespondenzadresse)"),
    *texts(("Anschrift individuell (Korrespondenzadresse)", 306)), *numbers("Anschrift manuell geändert (Rechnungsadresse)"),
    *texts(("Anschrift individuell (Rechnungsadresse)", 306)),
    *numbers("Fristberechnung bei Debitor", "Mahnfrist 1", "Mahnfrist 2", "Mahnfrist 3", "Letzte Frist"),
]  # fmt: skip
