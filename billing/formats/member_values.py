"""Values of a member list as people type them: dates, accounts, addresses. Each gives the value or a code for its fault."""

import re
from datetime import date
from typing import NamedTuple

from billing.formats.iban import iban_fault, normalise_iban
from billing.formats.sepa_text import is_reference

GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})", re.ASCII)
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?", re.ASCII)
SHORT_YEAR = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2}", re.ASCII)
MAIL = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}"
)
TURN, TURN_OF_BIRTH = 50, 30
FIRST_YEAR, LAST_YEAR = 1850, 2150
# As people write them, with the old car codes.
COUNTRIES = {
    "": "DE", "d": "DE", "deutschland": "DE", "germany": "DE", "brd": "DE", "a": "AT", "österreich": "AT", "austria": "AT",
    "schweiz": "CH", "f": "FR", "frankreich": "FR", "niederlande": "NL", "belgien": "BE", "b": "BE", "luxemburg": "LU", "l": "LU",
    "dänemark": "DK", "polen": "PL", "tschechien": "CZ", "i": "IT", "italien": "IT", "spanien": "ES", "liechtenstein": "LI",
    "uk": "GB", "grossbritannien": "GB",
}  # fmt: skip


class Value(NamedTuple):
    """A value, or the code of what is wrong with it."""

    value: object
    fault: str = ""


def read_date(text: str) -> Value:
    """`01.02.2019`, `01.02.19` or ISO. Two-digit years are 19.. from 50 on, else 20..: good for joining and leaving."""
    return parse_date(text, birth=False)


def read_birth_date(text: str) -> Value:
    """Two-digit years of birth lie in the past: `03.04.46` is 1946, `03.04.19` is 2019."""
    return parse_date(text, birth=True)


def parse_date(text: str, *, birth: bool) -> Value:
    """A day of the calendar, or `impossible_date`."""
    if not text:
        return Value(None)
    german, iso = GERMAN_DATE.fullmatch(text), ISO_DATE.fullmatch(text)
    if not german and not iso:
        return Value(None, "impossible_date")
    day, month, year = german.groups() if german else tuple(reversed(iso.groups()))  # type: ignore[union-attr]
    turn = TURN_OF_BIRTH if birth else TURN
    full = int(year) + (0 if len(year) == 4 else 1900 if int(year) >= turn else 2000)
    try:
        found = date(full, int(month), int(day))
    except ValueError:
        return Value(None, "impossible_date")
    return Value(found) if FIRST_YEAR <= full <= LAST_YEAR else Value(None, "impossible_date")


def has_short_year(text: str) -> bool:
    """Whether a date was written with two digits for its year."""
    return bool(SHORT_YEAR.fullmatch(text.strip()))


def read_iban(text: str) -> Value:
    """Blanks and small letters are taken; a wrong check digit is not."""
    iban = normalise_iban(text)
    return Value(iban, (iban_fault(iban) or "") if iban else "")


def read_mail(text: str) -> Value:
    """One address, or `email`."""
    good = not text or (len(text) <= 254 and MAIL.fullmatch(text) is not None)
    return Value(text, "" if good else "email")


def read_reference(text: str) -> Value:
    """A mandate reference in the signs that banks take, or `mandate_reference`."""
    return Value(text, "" if not text or is_reference(text) else "mandate_reference")


def read_country(text: str) -> Value:
    """Two letters, or one of the usual words; nothing means DE."""
    code = COUNTRIES.get(text.casefold(), text.upper())
    return Value(code, "" if len(code) == 2 and code.isascii() and code.isalpha() else "country")


def read_list(text: str) -> Value:
    """`Tennis, Turnen`: several in one field."""
    return Value(tuple(part.strip() for part in re.split(r"[,;/|+]", text) if part.strip()))


def read_text(text: str) -> Value:
    """As it stands."""
    return Value(text)
