"""Direct debit files, as they are written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.formats.pain008 import Amendment, Debit, DebitFile, RefusedFileError, check, write
from billing.formats.sepa_text import sepa_text
from tests.formats.debits import AMENDED, DEBITS, FILE, PLAIN, total

GOLDEN = Path(__file__).parent.parent / "files" / "pain008"


@pytest.mark.parametrize("name, debits", [("core.xml", DEBITS), ("amended.xml", AMENDED)])
def test_the_file_is_the_one_that_was_read_by_eye(name: str, debits: tuple[Debit, ...]) -> None:
    assert write(FILE, debits) == (GOLDEN / name).read_bytes()


@pytest.mark.parametrize("debits", [DEBITS, AMENDED])
def test_what_is_written_passes_every_check(debits: tuple[Debit, ...]) -> None:
    assert check(write(FILE, debits), FILE, len(debits), total(debits)) == []


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert write(FILE, DEBITS) == write(FILE, DEBITS)


def test_business_debits_bookings_one_by_one_and_a_bank_without_bic() -> None:
    file = replace(FILE, scheme="B2B", sequence_type="OOFF", batch_booking=False, creditor_bic="")
    content = write(file, DEBITS)
    assert check(content, file, 3, total(DEBITS)) == []
    for part in (b"<Cd>B2B</Cd>", b"<SeqTp>OOFF</SeqTp>", b"<BtchBookg>false</BtchBookg>", b"NOTPROVIDED"):
        assert part in content


@pytest.mark.parametrize(
    "moment, text",
    [
        (datetime(2026, 12, 15, 10, 30, tzinfo=timezone(timedelta(hours=1))), b"<CreDtTm>2026-12-15T09:30:00Z<"),
        (datetime(2026, 12, 15, 9, 30, 5, 999, tzinfo=UTC), b"<CreDtTm>2026-12-15T09:30:05Z<"),
        (datetime(2026, 12, 15, 9, 30), b"<CreDtTm>2026-12-15T09:30:00<"),
    ],
)
def test_the_time_of_making_is_told_with_its_zone(moment: datetime, text: bytes) -> None:
    assert text in write(replace(FILE, created_at=moment), DEBITS)


@pytest.mark.parametrize(
    "file, debits, word",
    [
        (replace(FILE, version="pain.008.001.02"), DEBITS, "pain.008.001.02"),
        (replace(FILE, version="pain.008.001.11"), DEBITS, "choose pain.008.001.08"),
        (FILE, (), "at least one"),
        (FILE, (replace(PLAIN, amount=Decimal(0)),), "positive"),
        (FILE, (replace(PLAIN, amount=Decimal("-1")),), "positive"),
        (FILE, (replace(PLAIN, amount=Decimal("1.005")),), "cents"),
        (FILE, (replace(PLAIN, amount=Decimal("NaN")),), "NaN"),
        (FILE, (PLAIN, PLAIN), "twice"),
        (FILE, (replace(PLAIN, amendment=Amendment()),), "says nothing"),
    ],
)
def test_what_no_bank_takes_is_refused_with_a_sentence(file: DebitFile, debits: tuple[Debit, ...], word: str) -> None:
    with pytest.raises(RefusedFileError, match=word):
        write(file, debits)


def test_signs_of_xml_in_a_text_are_escaped_and_the_check_tells_of_them() -> None:
    debits = (replace(PLAIN, debtor_name="A <b> & c"),)
    content = write(FILE, debits)
    assert b"A &lt;b&gt; &amp; c" in content
    assert [fault.code for fault in check(content, FILE, 1, total(debits))] == ["charset"]


@given(
    st.lists(st.decimals("0.01", "999999999.99", places=2), min_size=1, max_size=20),
    st.text(min_size=1).filter(lambda text: sepa_text(text, 70)),
)
def test_any_amounts_and_names_make_a_good_file(amounts: list[Decimal], name: str) -> None:
    debits = tuple(
        replace(PLAIN, end_to_end_id=f"E{number}", amount=amount, debtor_name=sepa_text(name, 70))
        for number, amount in enumerate(amounts)
    )
    assert check(write(FILE, debits), FILE, len(debits), total(debits)) == []
