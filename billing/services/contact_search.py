"""Finds what was ever sent to or said with any member of an organisation: by words, kind and days; newest first.

The words come out of an index (`billing.word_index`): a search costs the same among 1,000 mails and among 1,000,000.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import BooleanField, F, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils import timezone

from billing.models import Invoice, Mail, Receipt
from billing.word_index import ACCENTS, CONTACTS, MAILS, PLAIN, Indexed, words_of
from members.models import ContactEntry, Organisation

PAGE, MOST_WORDS, LONGEST_WORD = 20, 8, 60
BEFORE, AFTER = 60, 160
TOKEN = re.compile(r"[^\W_]+")
FOLDED = str.maketrans(ACCENTS, PLAIN)
KINDS = ("mail", "letter", "call", "note", "portal", "document")
ENTRIES = {"call": ("call",), "note": ("note",), "portal": ("question", "answer")}
LETTER_STATES = ("print", "printed")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for; empty fields set no limit. `last` counts in."""

    words: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def tokens(self) -> list[str]:
        """The words as the index has them."""
        return [one[:LONGEST_WORD] for one in TOKEN.findall(folded(self.words))][:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Hit:
    """One contact: when, with whom, and the place of the words in it as `(text, found)` pieces."""

    kind: str
    at: datetime | date
    row: Any
    subject: list[tuple[str, bool]]
    excerpt: list[tuple[str, bool]]


def folded(text: str) -> str:
    """Small letters without accents, a letter for a letter, so that places stay what they are."""
    plain = "".join(unicodedata.normalize("NFD", one)[0] for one in text)
    return "".join((one.lower() or one)[0] for one in plain).translate(FOLDED)


def search(organisation: Organisation, wish: Wish, number: Any) -> Page[Any]:
    """A page of hits."""
    first, *others = [pointed(*source) for source in sources(organisation, wish)]
    pointers = first.union(*others, all=True) if others else first
    page: Page[Any] = Paginator(pointers.order_by("-moment", "-row"), PAGE).get_page(number)
    page.object_list = list(hits(list(page.object_list), wish.tokens))
    return page


def sources(organisation: Organisation, wish: Wish) -> Iterator[tuple[str, QuerySet[Any], str]]:
    """Each table that may hold what is looked for."""
    if wish.kind in ("", "mail", "letter"):
        mails = within(Mail.objects.filter(organisation=organisation, contact=None), MAILS, wish.tokens)
        letters = mails.filter(state__in=LETTER_STATES) if wish.kind == "letter" else mails
        yield (
            "mail",
            days(letters.exclude(state__in=LETTER_STATES) if wish.kind == "mail" else letters, "created_at", wish),
            "created_at",
        )
    if wish.kind in ("", *ENTRIES):
        entries = within(ContactEntry.objects.filter(organisation=organisation), CONTACTS, wish.tokens)
        yield "entry", days(entries.filter(kind__in=ENTRIES[wish.kind]) if wish.kind else entries, "at", wish), "at"
    if wish.kind == "document" or (wish.kind == "" and wish.tokens):
        numbers = [word.upper() for word in wish.words.split()[:MOST_WORDS]]
        for name, model in (("invoice", Invoice), ("receipt", Receipt)):
            rows = model._default_manager.filter(organisation=organisation)
            yield name, days(rows.filter(number__in=numbers) if numbers else rows, "issued_on", wish), "issued_on"


def days(rows: QuerySet[Any], field: str, wish: Wish) -> QuerySet[Any]:
    """Of these days, by the calendar here."""
    moment = (lambda day: day) if field == "issued_on" else midnight
    if wish.first:
        rows = rows.filter(**{f"{field}__gte": moment(wish.first)})
    if wish.last:
        rows = rows.filter(**{f"{field}__lt": moment(wish.last + timedelta(days=1))})
    return rows


def midnight(day: date) -> datetime:
    """When a day begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def within(rows: QuerySet[Any], indexed: Indexed, tokens: list[str]) -> QuerySet[Any]:
    """Rows in which each word begins somewhere, by the index."""
    if not tokens:
        return rows
    if connection.vendor == "postgresql":
        asked = " & ".join(f"{one}:*" for one in tokens)
        return rows.filter(RawSQL(f"{words_of(indexed)} @@ to_tsquery('simple', %s)", [asked], BooleanField()))  # noqa: S611
    asked = " ".join(f'"{one}"*' for one in tokens)
    return rows.filter(pk__in=RawSQL(f"SELECT rowid FROM {indexed.words} WHERE {indexed.words} MATCH %s", [asked]))  # noqa: S608, S611


def pointed(source: str, rows: QuerySet[Any], moment: str) -> QuerySet[Any]:
    """Where a row is and when it was: all that is needed to bring all kinds into one order."""
    instant = F(moment) if moment != "issued_on" else RawSQL(DAY_AS_INSTANT[connection.vendor], [])  # noqa: S611
    marked: QuerySet[Any] = rows.order_by().annotate(source=Value(source), row=F("pk"), moment=instant)
    return marked.values_list("source", "row", "moment")


# Documents have a day, everything else an instant.
DAY_AS_INSTANT = {"sqlite": "issued_on || ' 00:00:00'", "postgresql": "issued_on::timestamp AT TIME ZONE 'UTC'"}


def hits(pointers: list[tuple[str, int, Any]], tokens: list[str]) -> Iterator[Hit]:
    """The rows behind the pointers, read at once per table, with their words marked."""
    named = dict.fromkeys(source for source, _row, _at in pointers)
    rows = {name: read(name).in_bulk([row for source, row, _at in pointers if source == name]) for name in named}
    for source, row, at in pointers:
        found = rows[source][row]
        subject, text = said(source, found)
        yield Hit(kind_of(source, found), at, found, marked(subject, tokens), excerpt(text, tokens))


def read(source: str) -> QuerySet[Any]:
    """The table of a source, without what a hit does not show."""
    return {
        "mail": Mail.objects.select_related("member"), "entry": ContactEntry.objects.select_related("member"),
        "invoice": Invoice.objects.select_related("payer").defer("snapshot"),
        "receipt": Receipt.objects.select_related("member").defer("snapshot"),
    }[source]  # fmt: skip


def said(source: str, row: Any) -> tuple[str, str]:
    """Subject and text of a row."""
    if source == "mail":
        return row.subject, row.text
    if source == "entry":
        return row.subject or row.get_kind_display(), f"{row.text}\n{row.about}".strip()
    return row.number, row.get_kind_display()


def kind_of(source: str, row: Any) -> str:
    """One of `KINDS`."""
    if source == "mail":
        return "letter" if row.state in LETTER_STATES else "mail"
    if source == "entry":
        return next(kind for kind, codes in ENTRIES.items() if row.kind in codes)
    return "document"


def excerpt(text: str, tokens: list[str]) -> list[tuple[str, bool]]:
    """The text around the first word that was found, or its beginning."""
    text = " ".join(text.split())
    places = [found.start() for found in found_in(text, tokens)]
    start = max(places[0] - BEFORE, 0) if places else 0
    end = start + BEFORE + AFTER
    cut = f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
    return marked(cut, tokens)


def found_in(text: str, tokens: list[str]) -> Iterator[re.Match[str]]:
    """Each place where a word begins with one that is looked for."""
    if tokens:
        yield from re.finditer(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, tokens))})[^\W_]*", folded(text))


def marked(text: str, tokens: list[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it was looked for."""
    pieces, at = [], 0
    for found in found_in(text, tokens):
        pieces += [(text[at : found.start()], False), (text[found.start() : found.end()], True)]
        at = found.end()
    return [piece for piece in [*pieces, (text[at:], False)] if piece[0]]
