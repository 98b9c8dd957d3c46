"""Everything that is stored about a member, to be read on paper: GDPR art. 15 (3), in words that need no program. Reads only.

It holds the same as the file for programs (`personal_data.as_data`), table by table; what is empty is left out.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from billing.documents.figures import day, figure
from billing.documents.letterhead import number_of
from billing.documents.record_pdf import Code, Facts, Payment, Record, render_record
from billing.documents.record_pdf import Table as PaperTable
from billing.models import Creditor
from billing.services.drafts import MEMBER_FIELDS
from billing.services.personal_data import Table, tables_of
from billing.services.personal_data_words import key
from billing.services.snapshots import issuer, recipient
from members.models import Member

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
EMPTY: tuple[Any, ...] = (None, "", {}, [])
Row = list[tuple[str, str]]
Part = str | Facts | PaperTable | Code | Payment


def as_pdf(members: Sequence[Member], now: datetime) -> bytes:
    """The whole document, on the letterhead, to the first of these members of one organisation."""
    first, today = members[0], timezone.localdate(now)
    organisation, language = first.organisation, first.language
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
    account = creditor or Creditor(organisation=organisation)
    with override(language):
        record = Record(
            language=language, title=_("What is stored about you"), subject=first.number, issued_on=today.isoformat(),
            issuer=issuer(organisation, account), recipient=recipient({name: getattr(first, name) for name in MEMBER_FIELDS}),
            creditor_identifier=account.identifier,
            information=[(_("Date"), day(today.isoformat(), language)), *number_of({"kind": organisation.kind}, first.number)],
            parts=[*opening(), *told(members, language)],
        )  # fmt: skip
        return render_record(record, bytes(organisation.logo) if organisation.logo else None, organisation.colour)


def opening() -> Iterator[Part]:
    """Who gets the data and for how long it is kept (GDPR art. 15 (1) c and d)."""
    yield _(
        "This is everything that is stored about you here (GDPR art. 15). Is something wrong? Please tell the office: you "
        "have the right to have it corrected, and to complain to the supervisory authority for data protection."
    )
    yield _(
        "For direct debits your data goes to the banks, for the books to the tax adviser; messages go by your e-mail provider."
    )
    yield Facts(list(kept_for()), _("How long it is kept"))


def kept_for() -> Row:
    """What the law asks for, counted from the end of the year."""
    return [
        (_("8 years"), f"{_('Invoices, direct debits, payouts')}, {_('from the end of the year (AO 147, UStG 14b)')}"),
        (_("10 years"), f"{_('Postings, changes of master data')}, {_('from the end of the year (AO 147)')}"),
        (
            _("6 years"),
            f"{_('Messages, cancellations, withdrawals')}, {_('from the end of the year (AO 147, HGB 257)')}",
        ),
    ]


def told(members: Sequence[Member], language: str) -> Iterator[Part]:
    """Each row of each table as a list of label and value; a heading says which of how many it is."""
    for table in tables_of(members):
        name = table.label[:1].upper() + table.label[1:]
        for at, row in enumerate(table.rows, start=1):
            heading = f"{name} ({at}/{len(table.rows)})" if len(table.rows) > 1 else name
            yield Facts(readable(table, row, language), heading)


def readable(table: Table, row: dict[str, Any], language: str) -> Row:
    """What is not empty in a row, in words."""
    return [(label, words(table, name, row[name], language)) for name, label in table.columns if row[name] not in EMPTY]


def words(table: Table, name: str, value: Any, language: str) -> str:
    """One value for people."""
    return table.words.get(name, {}).get(str(value)) or said(value, language)


def said(value: Any, language: str) -> str:
    """Days, moments, figures, yes and no as people write them; what is nested, a line for each value."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return str(date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT"))
    if isinstance(value, date):
        return day(value.isoformat(), language)
    if isinstance(value, Decimal):
        return figure(value, language)
    return "\n".join(leaves(value)) if isinstance(value, (dict, list)) else str(value)


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """`recipient, city: Kiel`, for every value that is not empty."""
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else ((str(at), one) for at, one in enumerate(value, start=1))
        for name, one in pairs:
            yield from leaves(one, f"{path}, {key(str(name))}" if path else key(str(name)))
    elif value not in EMPTY:
        yield f"{path}: {leaf(value)}"


def leaf(value: Any) -> str:
    """One nested value; days are stored as text."""
    if isinstance(value, str):
        return shown_day(value) if ISO_DAY.fullmatch(value) else value
    return (_("yes") if value else _("no")) if isinstance(value, bool) else json.dumps(value)


def shown_day(iso: str) -> str:
    """A day as people write it."""
    return day(iso, (get_language() or "de")[:2])
