"""Letters: one PDF in the order of franking, sheets counted, noted as posted up to what was printed."""

from collections.abc import Iterator
from datetime import date

import pytest
from django_scopes import scope

from billing.documents.letter_pdf import render_letter
from billing.documents.letters import pages_of
from billing.models import BillingRun, Mail
from billing.services import letters, month
from members.models import Member, Organisation
from tests.documents.reading import text
from tests.documents.snapshots import ISSUER, RECIPIENT
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ON = date(2026, 12, 15)
NOW = noon(ON)
PLACES = {"1": ("DE", "99999"), "2": ("AT", "1010"), "3": ("DE", "01067"), "4": ("DE", "24143")}


@pytest.fixture
def club() -> Iterator[Organisation]:
    """Four members without e-mail address; the first one's letter has many sheets."""
    organisation = small_club()
    with scope(organisation=organisation):
        for number, (country, postal_code) in PLACES.items():
            join(organisation, number, email="", country=country, postal_code=postal_code)
        month.run_month(organisation, ON, date(2027, 1, 31), date(2027, 1, 1), approved=True, now=NOW)
        yield organisation


def note(member: Member, words: str) -> Mail:
    return Mail.objects.create(
        organisation=member.organisation, member=member, key=f"n:{member.pk}", kind="contract", subject="Bestätigt: Tarif", text=words,
        state="print", created_at=NOW,
    )  # fmt: skip


def test_letters_lie_by_country_then_weight_then_postcode(club: Organisation) -> None:
    heavy = note(Member.objects.get(number="3"), "Zeile\n" * 250)
    found = letters.batch(club)
    assert [one.mail.member.number for one in found if one.mail.member] == ["3", "4", "1", "3", "2"]
    assert [one.mail.pk == heavy.pk for one in found] == [False, False, False, True, False]
    assert [(pile.abroad, pile.most, pile.letters) for pile in letters.piles(found)] == [
        (False, 3, 3),
        (False, 8, 1),
        (True, 3, 1),
    ]
    assert (
        pages_of(letters.printed(found))
        == sum(one.sheets for one in found)
        == sum(pile.sheets for pile in letters.piles(found))
    )


def test_a_confirmation_without_an_address_is_a_letter_on_the_letterhead(club: Organisation) -> None:
    note(Member.objects.get(number="4"), "Hallo Käthe,\n\nwir bestätigen den Wechsel.")
    [letter] = [one for one in letters.batch(club) if one.mail.kind == "contract"]
    words = text(letter.content)
    for wanted in (
        "Kleiner Verein klein",
        "Käthe Weiß4",
        "24143 Kiel",
        "Bestätigt: Tarif",
        "wir bestätigen den Wechsel.",
    ):
        assert wanted in words


def test_what_is_written_after_the_print_out_still_waits(club: Organisation) -> None:
    up_to = max(one.mail.pk for one in letters.batch(club))
    late = note(Member.objects.get(number="1"), "Nachtrag")
    assert letters.mark_posted(club, up_to, NOW) == 4
    assert letters.mark_posted(club, up_to, NOW) == 0
    assert list(letters.waiting(club)) == [late]
    assert set(Mail.objects.filter(state="printed").values_list("sent_at", flat=True)) == {NOW}


def test_the_letters_of_a_run_are_one_pdf_also_after_they_were_posted(club: Organisation) -> None:
    run = BillingRun.objects.get()
    first = letters.letters_of(run)
    letters.mark_posted(club, 10**9, NOW)
    assert pages_of(first) == 4
    assert letters.letters_of(run) == first
    places = [text(first).index(f"Käthe Weiß{number}") for number in ("3", "4", "1", "2")]
    assert places == sorted(places)


def test_equal_letters_give_equal_bytes_and_hostile_words_are_only_printed() -> None:
    letter = {
        "language": "en", "title": "Hello <b>", "text": "{name} <script>\x00 & ﷽\n\n" + "long " * 3000, "issued_on": "2026-12-15",
        "issuer": ISSUER, "recipient": RECIPIENT,
    }  # fmt: skip
    assert render_letter(letter) == render_letter(letter)
    assert "{name} <script>" in text(render_letter(letter))
