"""What stands in free text: numbers of invoices however they were typed, and names however they were written. Pure."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from billing.formats.sepa_text import transliterate

SEPARATOR = r"[\s/.,:_-]*"
PLAIN_WORD = re.compile(r"[A-Za-z0-9]+")
LONGEST_NUMBER = 4
WORD = re.compile(r"[a-z]{2,}")
CREDITOR_REFERENCE = re.compile(r"\bRF\d\d\s*", re.IGNORECASE | re.ASCII)


def number_pattern(patterns: Iterable[str]) -> str:
    """A regular expression for document numbers such as `R{year}-{number:05d}`, tolerant of blanks, dashes and case."""
    found = []
    for pattern in dict.fromkeys(patterns):
        prefix, _year, rest = pattern.partition("{year}")
        digits = re.search(r"\{number:0(\d)d\}", rest)
        loose = SEPARATOR.join(re.escape(sign) for sign in prefix if sign.isalnum())
        before = rf"(?<![A-Za-z0-9]){loose}{SEPARATOR}" if loose else r"(?<!\d)"
        found.append(rf"{before}(\d{{4}}){SEPARATOR}(\d{{{digits[1] if digits else 1},9}})(?!\d)")
    return "|".join(found)


@lru_cache(maxsize=64)
def compiled(pattern: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """`patterns` joined by newlines, compiled, and the patterns themselves."""
    patterns = tuple(dict.fromkeys(pattern.split("\n")))
    return re.compile(number_pattern(patterns), re.IGNORECASE | re.ASCII), patterns


def numbers_in(text: str, pattern: str) -> list[str]:
    """Document numbers in a text, as they were issued, each once; `pattern` holds the patterns of numbers, one a line."""
    if not pattern or not any(sign.isdigit() for sign in text):
        return []
    expression, patterns = compiled(pattern)
    found = []
    for match in expression.finditer(CREDITOR_REFERENCE.sub(" ", text)):
        which = next(place for place in range(len(patterns)) if match[2 * place + 1])
        year, number = match[2 * which + 1], match[2 * which + 2]
        found.append(patterns[which].format(year=int(year), number=int(number)))
    return list(dict.fromkeys(found))


def key_of_number(number: str) -> str:
    """A foreign document number as it is compared: letters and digits only."""
    return "".join(PLAIN_WORD.findall(number)).upper()


def carried_in(text: str, carried: Mapping[str, str]) -> list[str]:
    """Numbers that another program gave and that stand in a text, however they are spaced; `carried`: compared form to number."""
    words = PLAIN_WORD.findall(text.upper()) if carried else []
    keys = (
        "".join(words[start : start + count]) for start in range(len(words)) for count in range(1, LONGEST_NUMBER + 1)
    )
    return list(dict.fromkeys(carried[key] for key in keys if key in carried))


def words_of(text: str) -> list[str]:
    """The words of a name, each once, as they are compared: small letters, ä as ae."""
    return list(dict.fromkeys(WORD.findall(transliterate(text).lower())))[:12]


def name_pairs(first_name: str, last_name: str, company: str) -> list[frozenset[str]]:
    """What a payer is recognised by: one of the first names with the last name, or two words of a company's name."""
    last, given = words_of(last_name), words_of(first_name)
    pairs = [frozenset((one, last[-1])) for one in given if last and one != last[-1]]
    words = words_of(company)[:2]
    return pairs + ([frozenset(words)] if len(words) == 2 else [])


def by_pairs(people: Mapping[int, tuple[str, str, str]]) -> dict[frozenset[str], list[int]]:
    """Payers by what they are recognised by."""
    found: dict[frozenset[str], list[int]] = {}
    for member, names in people.items():
        for pair in name_pairs(*names):
            found.setdefault(pair, []).append(member)
    return found
