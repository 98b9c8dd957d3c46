"""The receipt on paper: official words in the official order, on one page, whatever is filled in."""

import io
from typing import Any

import pikepdf
import pytest

from billing.documents import receipt_words as words
from billing.documents.receipt_pdf import protected, render_receipt
from billing.models.purposes import PURPOSES, dues_deductible, of_purposes, the_purposes
from tests.documents.reading import pages, picture
from tests.documents.receipts import ITEM, MACHINE, STATUTES, THING, collective, receipt

EXEMPT = (
    "Wir sind wegen Förderung der Jugend- und Altenhilfe sowie des Sports nach dem Freistellungsbescheid bzw. nach der Anlage zum "
    "Körperschaftsteuerbescheid des Finanzamtes Kiel, StNr. 20/290/54321, vom 03.06.2024 für den letzten Veranlagungszeitraum 2021 "
    "bis 2023 nach § 5 Abs. 1 Nr. 9 des Körperschaftsteuergesetzes von der Körperschaftsteuer und nach § 3 Nr. 6 des "
    "Gewerbesteuergesetzes von der Gewerbesteuer befreit."
)
BY_STATUTES = (
    "Die Einhaltung der satzungsmäßigen Voraussetzungen nach den §§ 51, 59, 60 und 61 AO wurde vom Finanzamt Kiel, StNr. "
    "20/290/54321 mit Bescheid vom 03.06.2024 nach § 60a AO gesondert festgestellt. Wir fördern nach unserer Satzung die Jugend- und "
    "Altenhilfe sowie den Sport."
)
USED = "Es wird bestätigt, dass die Zuwendung nur zur Förderung der Jugend- und Altenhilfe sowie des Sports verwendet wird."
HEAD = [words.ISSUER, "Ruderverein Ostufer"]
TAIL = ["Kiel, 15. Januar 2027", words.SIGNED, words.NOTE, words.LIABILITY, words.VALIDITY]
MONEY = [
    *HEAD, words.TITLES["money"], words.SUBTITLE, words.DONOR, "Anna Petersen", "Betrag der Zuwendung", "- in Ziffern -", "250,00 €",
    words.WAIVER, "Ja", "Nein", EXEMPT, USED, words.NO_DUES_HEAD, words.NO_DUES, *TAIL,
]  # fmt: skip
COLLECTIVE = [
    *HEAD, words.TITLES["collective"], words.SUBTITLE, words.DONOR, "Gesamtbetrag der Zuwendung", "246,50 €",
    EXEMPT, USED, words.NO_DUES_HEAD, words.NO_DUES, words.NO_OTHERS, words.SEE_ANNEX, *TAIL,
]  # fmt: skip
IN_KIND = [
    *HEAD, words.TITLES["in_kind"], words.SUBTITLE, words.DONOR, "Wert der Zuwendung", words.THING, ITEM,
    words.ORIGINS["business"], words.PAPERS, EXEMPT, USED, *TAIL,
]  # fmt: skip
FORMS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "money": (receipt(), MONEY),
    "collective": (collective(), COLLECTIVE),
    "in kind": (receipt(kind="in_kind", thing=THING), IN_KIND),
    "statutes": (receipt(notice=STATUTES), [BY_STATUTES if one == EXEMPT else one for one in MONEY]),
    "dues deductible": (
        receipt(dues_deductible=True),
        [one for one in MONEY if one not in (words.NO_DUES, words.NO_DUES_HEAD)],
    ),
}


def order_faults(page: str, said: list[str]) -> list[str]:
    """What is not there, or stands before what it follows."""
    place, faults = 0, []
    for one in said:
        found = page.find(one, place)
        faults += [] if found >= 0 else [one]
        place = max(found, place)
    return faults


@pytest.mark.parametrize("name", FORMS)
def test_the_official_words_stand_in_the_official_order_on_one_page(name: str) -> None:
    data, said = FORMS[name]
    found = pages(render_receipt(data))
    assert order_faults(found[0], said) == []
    assert len(found) == (2 if data["lines"] else 1)
    assert found[0].count("§ 60a AO gesondert") + found[0].count("Körperschaftsteuer und nach") == 1


@pytest.mark.parametrize("waiver", [True, False])
def test_the_right_box_is_ticked(waiver: bool) -> None:
    boxes = next(words.passages(receipt(waiver=waiver))).boxes
    assert boxes == (("Ja", waiver), ("Nein", not waiver))


def test_day_and_amount_in_words_or_the_period_are_told() -> None:
    single, several = pages(render_receipt(receipt()))[0], pages(render_receipt(collective()))[0]
    assert "Tag der Zuwendung:" in single
    assert "zweihundertfünfzig Euro" in single
    assert "04.05.2026" in single
    assert "Zeitraum der Sammelbestätigung:" in several
    assert "01.01.2026" in several
    assert "bis 31.12.2026" in several


def test_the_annex_lists_each_payment_and_the_same_total() -> None:
    annex = pages(render_receipt(collective()))[1]
    rows = [
        "Anlage zur Sammelbestätigung vom 15.01.2027", "04.03.2026 Geldzuwendung nein 100,00 €", "04.05.2026 Mitgliedsbeitrag nein 100,00 €",
        "20.12.2026 Geldzuwendung ja 46,50 €", "Gesamtsumme 246,50 €",
    ]  # fmt: skip
    assert order_faults(annex, rows) == []


def test_every_purpose_of_the_law_and_the_longest_amount_still_fit_on_one_page() -> None:
    everything = STATUTES | {"of": of_purposes(PURPOSES), "the": the_purposes(PURPOSES)}
    data = receipt(notice=everything, total="777777777.77", kind="collective", lines=[collective()["lines"][0]] * 90)
    found = pages(render_receipt(data))
    assert len(found) == 4
    assert order_faults(found[0], TAIL) == []
    assert "siebenhundertsiebenundsiebzigtausendsiebenhundertsiebenundsiebzig" in found[0]


def test_only_a_machine_made_receipt_says_so_and_when_the_tax_office_was_told() -> None:
    assert "maschinell" not in pages(render_receipt(receipt()))[0]
    assert "ohne eigenhändige Unterschrift gültig" in pages(render_receipt(receipt(machine=MACHINE)))[0]
    assert "Finanzamt Kiel am 01.02.2026 angezeigt" in pages(render_receipt(receipt(machine=MACHINE)))[0]


def test_a_draft_can_be_told_from_a_receipt_and_equal_data_give_equal_bytes() -> None:
    assert render_receipt(receipt()) == render_receipt(receipt())
    assert render_receipt(receipt(draft=True)) != render_receipt(receipt())
    assert [reddish(render_receipt(receipt(draft=draft))) > 1000 for draft in (True, False)] == [True, False]


def reddish(pdf: bytes) -> int:
    """How many dots of the page are red: the mark across it."""
    seen: Any = picture(pdf, 50).convert("RGB")
    return sum(red > green + 15 for red, green, _blue in seen.getdata())


def test_what_needs_no_signature_cannot_be_changed() -> None:
    with pikepdf.open(io.BytesIO(protected(render_receipt(receipt(machine=MACHINE))))) as opened:
        assert opened.is_encrypted
        assert not opened.allow.modify_other
        assert not opened.allow.modify_assembly
        assert opened.allow.print_highres


@pytest.mark.parametrize(
    ("codes", "deductible"),
    [
        (["5"], True), (["7", "9"], True), (["53"], True), (["5f"], False), (["21"], False), (["22"], False), (["23"], False),
        (["4", "21"], False),
    ],
)  # fmt: skip
def test_one_purpose_of_the_list_rules_dues_out(codes: list[str], deductible: bool) -> None:
    assert dues_deductible(codes) is deductible
