"""IBAN, BIC and creditor identifier: checked by their own digits, never by a list of banks alone."""

from functools import lru_cache
from typing import Any

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.eu import at_02
from stdnum.exceptions import ValidationError

# SEPA countries outside the European Economic Area: the payer's address goes along with a debit (EPC130-08).
OUTSIDE_EEA = frozenset({"AD", "AL", "CH", "GB", "GG", "GI", "IM", "JE", "MC", "MD", "ME", "MK", "RS", "SM", "VA"})
SEPA_COUNTRIES = OUTSIDE_EEA | frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
LETTERS = {ord(letter): str(10 + place) for place, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def normalise_iban(text: str) -> str:
    """Without blanks, in capitals."""
    return "".join(text.split()).upper()


def iban_fault(iban: str) -> str | None:
    """What is wrong with a normalised IBAN: `iban_country`, `iban_length`, `iban_checksum` (its digits do not fit), or nothing."""
    if iban[:2] not in SEPA_COUNTRIES:
        return "iban_country"
    if len(iban) != structure(iban[:2]).iban_length:
        return "iban_length"
    return None if digits_fit(iban) else "iban_checksum"


def digits_fit(iban: str) -> bool:
    """ISO 7064 MOD 97-10 over the rearranged IBAN, whose signs are those of its country; check digits run from 02 to 98."""
    if not iban.isascii() or iban != normalise_iban(iban) or not structure(iban[:2]).regex.fullmatch(iban[4:]):
        return False
    number = (iban[4:] + iban[:4]).translate(LETTERS)
    return number.isdigit() and int(number) % 97 == 1 and "02" <= iban[2:4] <= "98"


@lru_cache
def structure(country: str) -> Any:
    """How IBANs of a country are built: `iban_length`, and `regex` for what follows the check digits."""
    return IBAN(country, allow_invalid=True).spec


def bic_of(iban: str) -> str | None:
    """The BIC of the account's bank, where the bank is known; a debit works without it."""
    return None if iban_fault(iban) else bic_of_valid(iban)


def bic_of_valid(iban: str) -> str | None:
    """The same for an IBAN that was checked when it was taken."""
    return bic_of_bank(f"DE00{iban[4:12]}0000000000") if iban.startswith("DE") else bic_of_bank(iban)


@lru_cache(maxsize=8192)
def bic_of_bank(iban: str) -> str | None:
    """The same for any account of the bank: a German bank is known by the eight digits after the check digits."""
    try:
        bic = IBAN(iban, allow_invalid=True).bic
    except SchwiftyException:
        return None
    return str(bic) if bic else None


def bank_name_of(iban: str) -> str:
    """What the account's bank is called, or nothing where the list of banks does not know it."""
    if iban_fault(iban):
        return ""
    try:
        return str(IBAN(iban, allow_invalid=True).bank_name or "")
    except SchwiftyException:
        return ""


def same_bank(iban: str, other: str) -> bool:
    """Whether two accounts are surely at one bank: the German bank code, elsewhere the BIC; in doubt not."""
    if iban[:2] != other[:2]:
        return False
    if iban.startswith("DE"):
        return iban[4:12] == other[4:12]
    bic = bic_of_valid(iban)
    return bic is not None and bic == bic_of_valid(other)


def needs_address(iban: str) -> bool:
    """Whether the payer's address must go along with a debit."""
    return iban[:2] in OUTSIDE_EEA


def same_creditor(identifier: str, other: str) -> bool:
    """Whether two identifiers name one creditor: the three signs of the business code are the creditor's own (EPC262-08)."""
    return identifier[:4] + identifier[7:] == other[:4] + other[7:]


def creditor_identifier_fault(identifier: str) -> str | None:
    """`creditor_identifier` unless it is in capitals, without blanks, and its check digits fit.

    EPC262-08: the three signs of the business code do not count. German ones have 18 signs.
    """
    if not identifier.isascii() or identifier != at_02.compact(identifier):
        return "creditor_identifier"
    try:
        at_02.validate(identifier)
    except ValidationError:
        return "creditor_identifier"
    return "creditor_identifier" if identifier.startswith("DE") and len(identifier) != 18 else None
