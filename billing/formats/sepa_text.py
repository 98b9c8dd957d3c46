"""Text as SEPA files may carry it: the Latin set of EPC130-08, with German letters written out before anything is cut."""

import re
import unicodedata

WRITTEN_OUT = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS", "&": "+", "@": "(at)", "_": "-",
        "ł": "l", "Ł": "L", "ø": "oe", "Ø": "Oe", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ı": "i",
        "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ŋ": "n", "Ŋ": "N", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "€": "EUR", "„": "'", "“": "'", "”": "'", "’": "'", "‘": "'", "–": "-", "—": "-",
    }
)  # fmt: skip
ALLOWED = "A-Za-z0-9+?/:().,' -"
FOREIGN = re.compile(f"[^{ALLOWED}]")
REFERENCE = re.compile(f"[{ALLOWED}]{{1,35}}")
CLEAN = re.compile(f"[{ALLOWED}]*")


def transliterate(text: str) -> str:
    """ä becomes ae, accents go, everything outside the set becomes a blank, blanks are joined."""
    plain = unicodedata.normalize("NFC", text).translate(WRITTEN_OUT)
    if not plain.isascii():
        plain = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    return " ".join(FOREIGN.sub(" ", plain).split())


def sepa_text(text: str, length: int) -> str:
    """Transliterated, then cut: cutting first would count the wrong signs."""
    return transliterate(text)[:length].rstrip()


def is_sepa_text(text: str) -> bool:
    """Whether transliteration would leave the text as it is."""
    return bool(CLEAN.fullmatch(text)) and text == text.strip() and "  " not in text


def is_reference(text: str) -> bool:
    """Whether a text may stand as a mandate reference or identifier: up to 35 signs of the set, no `/` at an end, no `//`."""
    return (
        bool(REFERENCE.fullmatch(text))
        and text == text.strip()
        and not (text.startswith("/") or text.endswith("/") or "//" in text)
    )
