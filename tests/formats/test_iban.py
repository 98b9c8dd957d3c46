"""Accounts and creditor identifiers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN

from billing.formats.iban import (
    OUTSIDE_EEA,
    SEPA_COUNTRIES,
    bic_of,
    creditor_identifier_fault,
    iban_fault,
    needs_address,
    normalise_iban,
)

GOOD = "DE89370400440532013000"


def test_blanks_and_small_letters_are_normalised() -> None:
    assert normalise_iban(" de89 3704 0044\t0532 0130 00\n") == GOOD


@pytest.mark.parametrize("country", sorted(SEPA_COUNTRIES))
def test_accounts_of_every_sepa_country_are_taken(country: str) -> None:
    assert iban_fault(str(IBAN.random(country_code=country))) is None


@pytest.mark.parametrize(
    "iban, fault",
    [
        ("DE88370400440532013000", "iban_checksum"),
        ("DE8937040044053201300A", "iban_checksum"),
        ("DE8937040044053201300", "iban_length"),
        ("DE893704004405320130001", "iban_length"),
        ("US64SVBKUS6S3300958879", "iban_country"),
        ("TR330006100519786457841326", "iban_country"),
        ("", "iban_country"),
        ("de89370400440532013000", "iban_country"),
        ("DE8937040044053201300\n", "iban_checksum"),
        ("DE٨٩370400440532013000", "iban_checksum"),
    ],
)
def test_each_fault_of_an_account_has_its_code(iban: str, fault: str) -> None:
    assert iban_fault(iban) == fault


def test_check_digits_outside_02_to_98_are_refused_although_the_sum_fits() -> None:
    bases = (f"37040044{number:010d}" for number in range(1000))
    base = next(base for base in bases if 98 - int(base + "131400") % 97 == 97)
    assert iban_fault("DE97" + base) is None
    assert iban_fault("DE00" + base) == "iban_checksum"


@given(st.integers(4, 21), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_noticed(place: int, digit: str) -> None:
    changed = GOOD[:place] + digit + GOOD[place + 1 :]
    assert (iban_fault(changed) is None) == (changed == GOOD)


@given(st.text(max_size=40))
def test_no_text_breaks_the_check(text: str) -> None:
    iban_fault(normalise_iban(text))
    iban_fault("DE" + text)
    creditor_identifier_fault(text)


def test_the_bank_is_found_where_it_is_known() -> None:
    assert bic_of(GOOD) == "COBADEFFXXX"
    assert bic_of("DE02000000000000000000") is None
    assert bic_of("no account") is None


def test_an_address_is_needed_outside_the_eea_alone() -> None:
    assert needs_address("CH9300762011623852957")
    assert not needs_address("LI21088100002324013AA")
    assert not needs_address(GOOD)
    assert {"CH", "GB", "MC", "SM", "VA", "AD"} <= OUTSIDE_EEA


@pytest.mark.parametrize("identifier", ["DE98ZZZ09999999999", "DE98ABC09999999999", "AT61ZZZ01234567890"])
def test_the_business_code_does_not_count_in_a_creditor_identifier(identifier: str) -> None:
    assert creditor_identifier_fault(identifier) is None


@pytest.mark.parametrize(
    "identifier",
    [
        "DE74ZZZ09999999999",
        "DE99ZZZ09999999999",
        "de98zzz09999999999",
        "DE98 ZZZ0 9999",
        "DE98",
        "",
        "DE98ZZZ9999999999",
    ],
)
def test_other_creditor_identifiers_are_refused(identifier: str) -> None:
    assert creditor_identifier_fault(identifier) == "creditor_identifier"
