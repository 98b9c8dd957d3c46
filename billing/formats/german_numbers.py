"""Amounts in German words, as official receipts ask for them: 1246.50 is `eintausendzweihundertsechsundvierzig Euro und fünfzig Cent`."""

from decimal import Decimal

SMALL = (
    "null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf", "dreizehn",
    "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn",
)  # fmt: skip
TENS = ("", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig")
LARGEST = Decimal("999999999.99")


def amount_in_words(amount: Decimal) -> str:
    """EUR with two decimals in words. ValueError below zero, above 999,999,999.99 and for parts of a cent."""
    if not 0 <= amount <= LARGEST or amount != round(amount, 2):
        raise ValueError(f"{amount} cannot be written in words")
    euros, cents = divmod(int(amount * 100), 100)
    whole = f"{counted(euros)} Euro"
    return f"{whole} und {counted(cents)} Cent" if cents else whole


def counted(number: int) -> str:
    """Before a noun: one is `ein`."""
    return "ein" if number == 1 else number_in_words(number)


def number_in_words(number: int) -> str:
    """0 to 999,999,999 as one counts."""
    millions, rest = divmod(number, 1_000_000)
    if not millions:
        return below_million(rest)
    head = "eine Million" if millions == 1 else f"{leading(millions)} Millionen"
    return f"{head} {below_million(rest)}" if rest else head


def below_million(number: int) -> str:
    """0 to 999,999, in one word."""
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return below_thousand(rest)
    return leading(thousands) + "tausend" + (below_thousand(rest) if rest else "")


def below_thousand(number: int) -> str:
    """0 to 999."""
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return below_hundred(rest)
    return leading(hundreds) + "hundert" + (below_hundred(rest) if rest else "")


def below_hundred(number: int) -> str:
    """0 to 99: the ones stand before the tens."""
    if number < 20:
        return SMALL[number]
    tens, ones = divmod(number, 10)
    return f"{leading(ones)}und{TENS[tens]}" if ones else TENS[tens]


def leading(number: int) -> str:
    """Before a further word part: `eins` loses its s."""
    words = below_thousand(number)
    return words.removesuffix("s") if number % 100 == 1 else words
