"""Every rule of the bank, broken once: first what a change of the arguments breaks, then what only a wrong file shows."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import islice

import pytest
from lxml import etree

from billing.formats.pain008 import Address, Amendment, Debit, DebitFile, check, write
from tests.formats.debits import AMENDED, DEBITS, FILE, NEW_ACCOUNT, NEW_BANK, NEW_CREDITOR, PLAIN, SWISS, total

WHOLE = Address(street="Weg", building_number="1", postal_code="8001", city="Zuerich", country="CH")

OPTIONAL = {
    *("PstlAdr/StrtNm", "PstlAdr/BldgNb", "PstlAdr/PstCd", "DrctDbtTxInf/RmtInf"),
    *("AmdmntInfDtls/OrgnlMndtId", "AmdmntInfDtls/OrgnlCdtrSchmeId", "OrgnlCdtrSchmeId/Nm", "OrgnlCdtrSchmeId/Id"),
}


def codes(content: bytes, file: DebitFile = FILE, debits: tuple[Debit, ...] = DEBITS) -> set[str]:
    return {fault.code for fault in check(content, file, len(debits), total(debits))}


@pytest.mark.parametrize(
    "debit, code",
    [
        (replace(PLAIN, end_to_end_id="Ü1"), "charset"),
        (replace(PLAIN, end_to_end_id="a//b"), "charset"),
        (replace(PLAIN, mandate_reference="/MV"), "charset"),
        (replace(PLAIN, mandate_reference="MV_1"), "charset"),
        (replace(PLAIN, debtor_name="Müller"), "charset"),
        (replace(PLAIN, debtor_name="N" * 71), "length"),
        (replace(PLAIN, remittance="Größe"), "charset"),
        (replace(PLAIN, debtor_iban="DE72570642210231530419"), "iban"),
        (replace(PLAIN, debtor_iban=FILE.creditor_iban), "own_account"),
        (replace(PLAIN, signed_on=date(2027, 1, 5)), "date"),
        (replace(PLAIN, amount=Decimal("1000000000.00")), "amount"),
        (replace(SWISS, address=None), "address"),
        (replace(SWISS, address=replace(WHOLE, city="")), "address"),
        (replace(SWISS, address=replace(WHOLE, country="")), "address"),
        (replace(SWISS, address=replace(WHOLE, city="Zürich")), "charset"),
        (replace(SWISS, address=replace(WHOLE, city="Z" * 36)), "length"),
        (replace(PLAIN, amendment=Amendment(original_reference="a//b")), "amendment"),
        (replace(PLAIN, amendment=Amendment(original_reference=PLAIN.mandate_reference)), "amendment"),
        (replace(PLAIN, amendment=Amendment(original_iban="DE88370400440532013000")), "amendment"),
        (replace(PLAIN, amendment=Amendment(original_iban=PLAIN.debtor_iban)), "amendment"),
        (replace(PLAIN, amendment=Amendment(original_creditor_identifier="DE74ZZZ09999999999")), "amendment"),
        (replace(PLAIN, amendment=Amendment(original_creditor_name="Größe")), "charset"),
        (replace(PLAIN, remittance="N" * 141), "length"),
        (replace(PLAIN, mandate_reference="M" * 36), "charset"),
    ],
)
def test_a_debit_with_one_fault_is_told(debit: Debit, code: str) -> None:
    assert codes(write(FILE, (debit,)), debits=(debit,)) - {"schema"} == {code}


@pytest.mark.parametrize(
    "debit",
    [
        replace(PLAIN, debtor_bic="genodxxx"),
        replace(PLAIN, remittance="N" * 141),
        replace(PLAIN, mandate_reference="M" * 36),
        replace(SWISS, address=replace(WHOLE, city="Z" * 36)),
    ],
)
def test_a_debit_that_the_schema_refuses_is_told(debit: Debit) -> None:
    assert "schema" in codes(write(FILE, (debit,)), debits=(debit,))


def test_a_fault_names_the_debit() -> None:
    debits = (*DEBITS, replace(PLAIN, end_to_end_id="KW4", debtor_name="Müller"))
    assert [fault.where for fault in check(write(FILE, debits), FILE, 4, total(debits))] == ["KW4"]


@pytest.mark.parametrize(
    "file, code",
    [
        (replace(FILE, message_id="Ü"), {"charset"}),
        (replace(FILE, message_id="x/"), {"charset"}),
        (replace(FILE, payment_information_id="//"), {"charset"}),
        (replace(FILE, creditor_name="Größe e.V."), {"charset"}),
        (replace(FILE, creditor_name="N" * 71), {"length"}),
        (replace(FILE, creditor_iban="DE88370400440532013000"), {"iban"}),
        (replace(FILE, creditor_identifier="DE74ZZZ09999999999"), {"creditor_identifier"}),
        (replace(FILE, sequence_type="RPRE"), {"scheme"}),
        (replace(FILE, scheme="COR1"), {"scheme"}),
        (replace(FILE, collection_date=date(2027, 1, 1)), {"date"}),
    ],
)
def test_a_head_with_one_fault_is_told(file: DebitFile, code: set[str]) -> None:
    assert codes(write(file, DEBITS), file) == code


@pytest.mark.parametrize(
    "changed, code",
    [
        (replace(FILE, message_id="other"), "differs"),
        (replace(FILE, payment_information_id="other"), "differs"),
        (replace(FILE, creditor_name="Other"), "differs"),
        (replace(FILE, creditor_iban="DE71570642210231530420"), "differs"),
        (replace(FILE, collection_date=date(2027, 1, 5)), "differs"),
        (replace(FILE, sequence_type="OOFF"), "differs"),
        (replace(FILE, scheme="B2B"), "differs"),
        (replace(FILE, batch_booking=False), "differs"),
        (replace(FILE, creditor_identifier="AT61ZZZ01234567890"), "differs"),
        (replace(FILE, version="pain.008.001.02"), "version"),
    ],
)
def test_a_file_that_was_made_from_something_else_is_told(changed: DebitFile, code: str) -> None:
    assert codes(write(FILE, DEBITS), changed) == {code}


def test_count_and_sum_are_those_of_the_books() -> None:
    content = write(FILE, DEBITS)
    assert {fault.where for fault in check(content, FILE, 3, total(DEBITS) + 1)} == {"GrpHdr", "PmtInf", "DrctDbtTxInf"}
    assert {fault.code for fault in check(content, FILE, 2, total(DEBITS))} == {"differs", "sum"}


@pytest.mark.parametrize(
    "good, bad, expected",
    [
        (b'<InstdAmt Ccy="EUR">12.34<', b'<InstdAmt Ccy="EUR">12.35<', "sum"),
        (b'<InstdAmt Ccy="EUR">12.34<', b'<InstdAmt Ccy="EUR">12.340<', ""),
        (b'<InstdAmt Ccy="EUR">12.34<', b'<InstdAmt Ccy="EUR">12.341<', "amount sum"),
        (b'Ccy="EUR"', b'Ccy="CHF"', "currency"),
        (b"<CtrlSum>1000024.58<", b"<CtrlSum>1000024.59<", "sum"),
        (b"<NbOfTxs>3<", b"<NbOfTxs>2<", "differs"),
        (b"KW0000000002A01", b"KW0000000001A01", "duplicate"),
        (b"<ChrgBr>SLEV<", b"<ChrgBr>SHAR<", "differs"),
        (b"<SvcLvl><Cd>SEPA<", b"<SvcLvl><Cd>URGP<", "differs"),
        (b"<Prtry>SEPA<", b"<Prtry>CORE<", "differs"),
        (
            b"<TwnNm>Zuerich</TwnNm><Ctry>CH</Ctry>",
            b"<TwnNm>Zuerich</TwnNm><Ctry>CH</Ctry><AdrLine>Weg 1</AdrLine>",
            "address",
        ),
        (b"<BldgNb>1<", b"<BldgNb>12345678901234567<", "length schema"),
        (b"<Othr><Id>NOTPROVIDED<", b"<Othr><Id>UNKNOWN<", "bank"),
        (
            b"</Nm></InitgPty>",
            b"</Nm><Id><OrgId><Othr><Id>DE98</Id></Othr></OrgId></Id></InitgPty>",
            "creditor_identifier",
        ),
        (b"</Ustrd></RmtInf>", b"</Ustrd><Ustrd>more</Ustrd></RmtInf>", "repeated"),
        (b"</DtOfSgntr></MndtRltdInf>", b"</DtOfSgntr><AmdmntInd>true</AmdmntInd></MndtRltdInf>", "amendment"),
        (b"<DtOfSgntr>2014-02-01</DtOfSgntr>", b"", "date"),
        (b"<DtOfSgntr>2014-02-01<", b"<DtOfSgntr>2014-02-31<", "schema"),
        (b"<PmtMtd>DD<", b"<PmtMtd>TRF<", "differs schema"),
        (b"</PmtInf></CstmrDrctDbtInitn>", b"</PmtInf>", "schema"),
    ],
)
def test_a_file_changed_by_hand_is_told(good: bytes, bad: bytes, expected: str) -> None:
    content = write(FILE, DEBITS)
    assert good in content
    assert codes(content.replace(good, bad)) == set(expected.split())


def test_no_element_can_be_missing_unnoticed_but_the_optional_ones() -> None:
    missed = set()
    for number in range(1, len(list(etree.fromstring(write(FILE, AMENDED)).iter("{*}*")))):
        tree = etree.fromstring(write(FILE, AMENDED))
        node = next(islice(tree.iter("{*}*"), number, None))
        place = f"{etree.QName(node.getparent()).localname}/{etree.QName(node).localname}"
        node.getparent().remove(node)
        content = etree.tostring(tree, xml_declaration=True, encoding="UTF-8").replace(b"'", b'"')
        missed |= set() if codes(content, debits=AMENDED) else {place}
    assert missed == OPTIONAL


def test_a_second_payment_block_is_told() -> None:
    content = write(FILE, DEBITS)
    start, end = content.index(b"<PmtInf>"), content.index(b"</PmtInf>") + len(b"</PmtInf>")
    assert "blocks" in codes(content[:end] + content[start:end] + content[end:])


@pytest.mark.parametrize(
    "debit, good, bad",
    [
        (NEW_BANK, b"<Id>SMNDA<", b"<Id>SMNDB<"),
        (NEW_ACCOUNT, b"<AmdmntInd>true<", b"<AmdmntInd>false<"),
        (NEW_BANK, b"</OrgnlDbtrAcct>", b"</OrgnlDbtrAcct><OrgnlDbtrAgt><FinInstnId/></OrgnlDbtrAgt>"),
        (NEW_CREDITOR, b"<Id>DE98ABC09999999999<", b"<Id>DE98ABC09999999998<"),
    ],
)
def test_an_amendment_changed_by_hand_is_told(debit: Debit, good: bytes, bad: bytes) -> None:
    content = write(FILE, (debit,))
    assert good in content
    assert codes(content.replace(good, bad), debits=(debit,)) == {"amendment"}


@pytest.mark.parametrize("content", [b"", b"no file", b"<a/>", b"\xff\xfe", b'<?xml version="1.0" encoding="UTF-8"?>'])
def test_anything_else_is_no_file_of_debits(content: bytes) -> None:
    assert codes(content) == {"schema"}


@pytest.mark.parametrize("left", [1, 20, 200, 1500])
def test_a_file_that_was_cut_short_is_told(left: int) -> None:
    assert "schema" in codes(write(FILE, DEBITS)[:-left])


@pytest.mark.parametrize("behind", [b"x", b"<a/>", write(FILE, DEBITS)])
def test_what_stands_behind_the_end_is_told(behind: bytes) -> None:
    assert "schema" in codes(write(FILE, DEBITS) + behind)


def test_a_file_with_its_own_entities_is_not_even_read() -> None:
    content = write(FILE, DEBITS).replace(b"<Document ", b"<!DOCTYPE x [<!ENTITY e 'Finn Krueger'>]><Document ")
    assert codes(content.replace(b">Finn Krueger<", b">&e;<")) == {"schema"}


def test_the_list_of_faults_ends_at_a_hundred() -> None:
    debits = tuple(replace(PLAIN, end_to_end_id=f"E{number}", debtor_name="Ü") for number in range(150))
    assert len(check(write(FILE, debits), FILE, 150, total(debits))) == 100
