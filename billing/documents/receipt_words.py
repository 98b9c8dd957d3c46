"""The official wording of donation receipts and its order (EStDV 50 (1); BMF of 7 November 2013, IV C 4 - S 2223/07/0018 :005).

Wording and order are kept as they are: nobody may edit them, and they are German whatever the donor reads. Only the blocks
that apply are taken over; the notes on liability and validity always are. The sentence on machine-made receipts is our own:
R 10b.1 (4) EStR asks for what it says, and prescribes no wording.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from billing.documents.figures import day

Snapshot = Mapping[str, Any]
ISSUER = "Aussteller (Bezeichnung und Anschrift der steuerbegünstigten Einrichtung)"
TITLES = {
    "money": "Bestätigung über Geldzuwendungen/Mitgliedsbeitrag",
    "collective": "Sammelbestätigung über Geldzuwendungen/Mitgliedsbeiträge",
    "in_kind": "Bestätigung über Sachzuwendungen",
}
SUBTITLE = (
    "im Sinne des § 10b des Einkommensteuergesetzes an eine der in § 5 Abs. 1 Nr. 9 des Körperschaftsteuergesetzes "
    "bezeichneten Körperschaften, Personenvereinigungen oder Vermögensmassen"
)
DONOR = "Name und Anschrift des Zuwendenden:"
AMOUNTS = {
    "money": "Betrag der Zuwendung",
    "collective": "Gesamtbetrag der Zuwendung",
    "in_kind": "Wert der Zuwendung",
}
FIGURES, WORDS = "- in Ziffern -", "- in Buchstaben -"
DAY, PERIOD = "Tag der Zuwendung:", "Zeitraum der Sammelbestätigung:"
WAIVER = "Es handelt sich um den Verzicht auf Erstattung von Aufwendungen"
THING = "Genaue Bezeichnung der Sachzuwendung mit Alter, Zustand, Kaufpreis usw."
ORIGINS = {
    "business": "Die Sachzuwendung stammt nach den Angaben des Zuwendenden aus dem Betriebsvermögen. Die Zuwendung wurde nach "
    "dem Wert der Entnahme (ggf. mit dem niedrigeren gemeinen Wert) und nach der Umsatzsteuer, die auf die Entnahme "
    "entfällt, bewertet.",
    "private": "Die Sachzuwendung stammt nach den Angaben des Zuwendenden aus dem Privatvermögen.",
    "unknown": "Der Zuwendende hat trotz Aufforderung keine Angaben zur Herkunft der Sachzuwendung gemacht.",
}
PAPERS = "Geeignete Unterlagen, die zur Wertermittlung gedient haben, z. B. Rechnung, Gutachten, liegen vor."
EXEMPT = (
    "Wir sind wegen Förderung %(of)s nach dem Freistellungsbescheid bzw. nach der Anlage zum Körperschaftsteuerbescheid des "
    "Finanzamtes %(office)s, StNr. %(number)s, vom %(day)s für den letzten Veranlagungszeitraum %(period)s nach § 5 Abs. 1 "
    "Nr. 9 des Körperschaftsteuergesetzes von der Körperschaftsteuer und nach § 3 Nr. 6 des Gewerbesteuergesetzes von der "
    "Gewerbesteuer befreit."
)
STATUTES = (
    "Die Einhaltung der satzungsmäßigen Voraussetzungen nach den §§ 51, 59, 60 und 61 AO wurde vom Finanzamt %(office)s, "
    "StNr. %(number)s mit Bescheid vom %(day)s nach § 60a AO gesondert festgestellt. Wir fördern nach unserer Satzung %(the)s."
)
USED = "Es wird bestätigt, dass die Zuwendung nur zur Förderung %(of)s verwendet wird."
NO_DUES_HEAD = (
    "Nur für steuerbegünstigte Einrichtungen, bei denen die Mitgliedsbeiträge steuerlich nicht abziehbar sind:"
)
NO_DUES = (
    "Es wird bestätigt, dass es sich nicht um einen Mitgliedsbeitrag handelt, dessen Abzug nach § 10b Abs. 1 des "
    "Einkommensteuergesetzes ausgeschlossen ist."
)
NO_OTHERS = (
    "Es wird bestätigt, dass über die in der Gesamtsumme enthaltenen Zuwendungen keine weiteren Bestätigungen, weder formelle "
    "Zuwendungsbestätigungen noch Beitragsquittungen oder ähnliches ausgestellt wurden und werden."
)
SEE_ANNEX = "Ob es sich um den Verzicht auf Erstattung von Aufwendungen handelt, ist der Anlage zur Sammelbestätigung zu entnehmen."
SIGNED = "(Ort, Datum und Unterschrift des Zuwendungsempfängers)"
NOTE = "Hinweis:"
LIABILITY = (
    "Wer vorsätzlich oder grob fahrlässig eine unrichtige Zuwendungsbestätigung erstellt oder veranlasst, dass Zuwendungen "
    "nicht zu den in der Zuwendungsbestätigung angegebenen steuerbegünstigten Zwecken verwendet werden, haftet für die "
    "entgangene Steuer (§ 10b Abs. 4 EStG, § 9 Abs. 3 KStG, § 9 Nr. 5 GewStG)."
)
VALIDITY = (
    "Diese Bestätigung wird nicht als Nachweis für die steuerliche Berücksichtigung der Zuwendung anerkannt, wenn das Datum "
    "des Freistellungsbescheides länger als 5 Jahre bzw. das Datum der Feststellung der Einhaltung der satzungsmäßigen "
    "Voraussetzungen nach § 60a Abs. 1 AO länger als 3 Jahre seit Ausstellung des Bescheides zurückliegt (§ 63 Abs. 5 AO)."
)
MACHINE = (
    "Diese Bestätigung wurde maschinell erstellt und ist ohne eigenhändige Unterschrift gültig. Das Verfahren wurde dem "
    "Finanzamt %(office)s am %(day)s angezeigt (R 10b.1 Abs. 4 EStR)."
)
ANNEX = "Anlage zur Sammelbestätigung vom %(day)s"
ANNEX_COLUMNS = (
    "Datum der Zuwendung",
    "Art der Zuwendung (Geldzuwendung/Mitgliedsbeitrag)",
    "Verzicht auf die Erstattung von Aufwendungen (ja/nein)",
    "Betrag",
)
ANNEX_TOTAL = "Gesamtsumme"


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence. `boxes`: choices behind it, each with its tick; `ticked`: a ticked box in front; `label`: small print above."""

    text: str
    boxes: tuple[tuple[str, bool], ...] = ()
    ticked: bool = False
    label: bool = False


def passages(snapshot: Snapshot) -> Iterator[Passage]:
    """Everything between the amount and the signature, in the official order."""
    kind = snapshot["kind"]
    if kind == "money":
        yield Passage(WAIVER, (("Ja", snapshot["waiver"]), ("Nein", not snapshot["waiver"])))
    if kind == "in_kind":
        yield from about_thing(snapshot["thing"])
    notice = facts(snapshot["notice"])
    yield Passage((EXEMPT if notice["kind"] == "exemption" else STATUTES) % notice, ticked=True)
    yield Passage(USED % notice)
    if kind != "in_kind" and not snapshot["dues_deductible"]:
        yield Passage(NO_DUES_HEAD, label=True)
        yield Passage(NO_DUES, ticked=True)
    if kind == "collective":
        yield Passage(NO_OTHERS)
        yield Passage(SEE_ANNEX)


def about_thing(thing: Mapping[str, Any]) -> Iterator[Passage]:
    """What was given, and how its value was found."""
    yield Passage(THING, label=True)
    yield Passage(thing["item"])
    yield Passage(ORIGINS[thing["origin"]], ticked=True)
    if thing["papers"]:
        yield Passage(PAPERS, ticked=True)


def facts(notice: Mapping[str, str]) -> dict[str, str]:
    """What is filled in about the notice."""
    return {**notice, "day": day(notice["on"], "de")}


def machine_note(snapshot: Snapshot) -> str:
    """Only where no signature by hand is needed."""
    machine = snapshot["machine"]
    return MACHINE % {"office": machine["office"], "day": day(machine["told_on"], "de")} if machine else ""


def annex_row(line: Mapping[str, str]) -> tuple[str, str, str, str]:
    """Day, kind, waiver and amount of one payment; the amount as it stands."""
    kind = "Mitgliedsbeitrag" if line["kind"] == "dues" else "Geldzuwendung"
    return day(line["on"], "de"), kind, "ja" if line["kind"] == "waiver" else "nein", line["amount"]
