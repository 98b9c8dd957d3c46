"""Credit transfer files: the same bytes for the same payments, valid, and every rule of the bank broken once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from billing.formats.pain001 import RefusedFileError, Transfer, TransferFile, check, write
from billing.formats.sepa_text import sepa_text

GOLDEN = Path(__file__).parent.parent / "files" / "pain001"
FILE = TransferFile(
    "KWP1-20270218110000000000", datetime(2027, 2, 18, 11, tzinfo=UTC), "Ruderverein Ostufer", "DE89370400440532013000",
    "COBADEFFXXX", date(2027, 2, 22),
)  # fmt: skip
ONE = Transfer(
    "KWP000000001C0000000007", Decimal("14.00"), "Kaethe Weiss", "DE71570642210231530419", "", "Guthaben K2027-00001"
)
TWO = replace(
    ONE, end_to_end_id="KWP000000001C0000000009", amount=Decimal("0.01"), name="Dorte O'Neill", bic="GENODEF1S01"
)
THREE = replace(ONE, end_to_end_id="KWP000000001C0000000010", amount=Decimal("999999.9"), iban="CH9300762011623852957")
ALL = (ONE, TWO, THREE)
NO_BIC = replace(FILE, bic="")


def total(transfers: tuple[Transfer, ...]) -> Decimal:
    return sum((one.amount for one in transfers), Decimal(0))


def codes(content: bytes, file: TransferFile = FILE, transfers: tuple[Transfer, ...] = ALL) -> set[str]:
    return {fault.code for fault in check(content, file, len(transfers), total(transfers))}


@pytest.mark.parametrize("name, file", [("payout.xml", FILE), ("without_bic.xml", NO_BIC)])
def test_the_file_is_the_one_that_was_read_by_eye(name: str, file: TransferFile) -> None:
    assert write(file, ALL) == (GOLDEN / name).read_bytes()
    assert codes(write(file, ALL), file) == set()


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert write(FILE, ALL) == write(FILE, ALL)


@pytest.mark.parametrize(
    "moment, said",
    [
        (datetime(2027, 2, 18, 12, tzinfo=timezone(timedelta(hours=1))), b"<CreDtTm>2027-02-18T11:00:00Z<"),
        (datetime(2027, 2, 18, 11), b"<CreDtTm>2027-02-18T11:00:00<"),
    ],
)
def test_the_time_of_making_is_told_with_its_zone(moment: datetime, said: bytes) -> None:
    assert said in write(replace(FILE, created_at=moment), ALL)


@pytest.mark.parametrize(
    "transfers, word",
    [
        ((), "at least one"), ((replace(ONE, amount=Decimal(0)),), "positive"), ((replace(ONE, amount=Decimal(-1)),), "positive"),
        ((replace(ONE, amount=Decimal("1.005")),), "cents"), ((replace(ONE, amount=Decimal("NaN")),), "NaN"), ((ONE, ONE), "twice"),
    ],
)  # fmt: skip
def test_what_no_bank_takes_is_refused_with_a_sentence(transfers: tuple[Transfer, ...], word: str) -> None:
    with pytest.raises(RefusedFileError, match=word):
        write(FILE, transfers)


@pytest.mark.parametrize(
    "one, code",
    [
        (replace(ONE, name="Käthe"), "charset"), (replace(ONE, name="N" * 71), "length"), (replace(ONE, name=""), "length"),
        (replace(ONE, remittance="x" * 141), "length"), (replace(ONE, remittance="Größe"), "charset"),
        (replace(ONE, end_to_end_id="a//b"), "charset"), (replace(ONE, end_to_end_id="Ü1"), "charset"),
        (replace(ONE, end_to_end_id="x" * 36), "charset"), (replace(ONE, iban="DE00570642210231530419"), "iban"),
        (replace(ONE, iban="US64SVBKUS6S3300958879"), "iban"), (replace(ONE, iban=FILE.iban), "iban"),
        (replace(ONE, bic="NOBANK"), "schema"), (replace(ONE, amount=Decimal("1000000000.00")), "amount"),
    ],
)  # fmt: skip
def test_a_payment_that_a_bank_would_refuse_is_found(one: Transfer, code: str) -> None:
    assert code in codes(write(FILE, (one,)), transfers=(one,))


@pytest.mark.parametrize(
    "file, code",
    [
        (replace(FILE, execute_on=date(2027, 2, 20)), "date"), (replace(FILE, execute_on=date(2027, 3, 26)), "date"),
        (replace(FILE, name="Verein für alle"), "charset"), (replace(FILE, iban="DE88370400440532013000"), "iban"),
        (replace(FILE, message_id="x" * 36), "charset"), (replace(FILE, bic="NOBANK"), "schema"),
    ],
)  # fmt: skip
def test_a_head_that_a_bank_would_refuse_is_found(file: TransferFile, code: str) -> None:
    assert code in codes(write(file, ALL), file)


@pytest.mark.parametrize(
    "good, bad, expected",
    [
        (b">14.00<", b">41.00<", {"sum"}), (b'Ccy="EUR">14.00', b'Ccy="USD">14.00', {"currency"}),
        (b"<NbOfTxs>3<", b"<NbOfTxs>2<", {"differs"}), (b"<CtrlSum>1000013.91<", b"<CtrlSum>1000013.90<", {"sum"}),
        (b"<Dt>2027-02-22<", b"<Dt>2027-02-23<", {"differs"}), (b"<ChrgBr>SLEV<", b"<ChrgBr>SHAR<", {"differs"}),
        (b"<Cd>SEPA<", b"<Cd>URGP<", {"differs"}), (b"DE89370400440532013000", b"DE71570642210231530419", {"differs"}),
        (b"C0000000009<", b"C0000000007<", {"duplicate"}), (b"<PmtMtd>TRF<", b"<PmtMtd>CHK<", {"differs"}),
        (b"</PmtInf></CstmrCdtTrfInitn>", b"</PmtInf>", {"schema"}), (b"</Ustrd>", b"</Ustrd><Ustrd>x</Ustrd>", {"repeated"}),
    ],
)  # fmt: skip
def test_a_file_changed_by_hand_is_told(good: bytes, bad: bytes, expected: set[str]) -> None:
    content = write(FILE, ALL)
    assert good in content
    assert codes(content.replace(good, bad)) == expected


def test_no_element_can_be_missing_unnoticed_but_the_bank_of_the_payee() -> None:
    missed = set()
    for number in range(1, len(list(etree.fromstring(write(FILE, ALL)).iter("{*}*")))):
        tree = etree.fromstring(write(FILE, ALL))
        node = next(islice(tree.iter("{*}*"), number, None))
        place = f"{etree.QName(node.getparent()).localname}/{etree.QName(node).localname}"
        node.getparent().remove(node)
        content = etree.tostring(tree, xml_declaration=True, encoding="UTF-8").replace(b"'", b'"', 4)
        missed |= set() if codes(content) else {place}
    assert missed == {"CdtTrfTxInf/CdtrAgt"}


@pytest.mark.parametrize("content", [b"", b"no file", b"<a/>", b"\xff\xfe", b'<?xml version="1.0" encoding="UTF-8"?>'])
def test_anything_else_is_no_file(content: bytes) -> None:
    assert codes(content) == {"schema"}


def test_a_file_with_its_own_entities_is_not_even_read() -> None:
    content = write(FILE, ALL).replace(b"<Document ", b"<!DOCTYPE x [<!ENTITY e 'Kaethe Weiss'>]><Document ")
    assert codes(content.replace(b">Kaethe Weiss<", b">&e;<")) == {"schema"}


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_file_that_was_cut_short_is_told(cut: int) -> None:
    assert codes(write(FILE, ALL)[:-cut]) == {"schema"}


@given(
    st.lists(st.decimals("0.01", "999999999.99", places=2), min_size=1, max_size=20),
    st.text(min_size=1).filter(lambda text: sepa_text(text, 70)),
)
def test_any_amounts_and_names_make_a_good_file(amounts: list[Decimal], name: str) -> None:
    transfers = tuple(
        replace(ONE, end_to_end_id=f"E{number}", amount=amount, name=sepa_text(name, 70), remittance=sepa_text(f"Guthaben {name}", 140))
        for number, amount in enumerate(amounts)
    )  # fmt: skip
    assert codes(write(FILE, transfers), transfers=transfers) == set()
