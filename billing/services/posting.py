"""The books: what each money fact posts, in the same transaction, and the debtors' accounts.

An issued document posts debtor to revenue, gross, one row per revenue account, rate and sphere; a credit the other way.
Nothing is posted into locked books: a document of such a day is refused, what the bank tells later moves to the first open day.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.models import DebtorAccount, LedgerSettings, NumberRange, Posting
from billing.services import bulk
from billing.services.chart import accounts_of, ledger_settings, revenue_role
from billing.services.deferral import deferral_rows
from billing.services.drafts import Draft, DraftLine
from billing.services.fiscal import calendar_of
from billing.services.vat import ZERO, vat_totals
from members.models import Organisation

POSTING_FIELDS = (
    "organisation", "posted_on", "debit_account", "credit_account", "amount", "case", "document", "reference", "sphere",
    "tax_key", "text",
)  # fmt: skip
Document = tuple[tuple[int, str], Draft]


@dataclass(frozen=True, slots=True)
class Books:
    """The organisation's ledger settings and accounts, read once per run."""

    organisation: Organisation
    settings: LedgerSettings
    accounts: dict[str, str]


def open_books(organisation: Organisation) -> Books:
    """The books of an organisation; those without settings get the defaults."""
    settings = ledger_settings(organisation)
    return Books(organisation, settings, accounts_of(settings))


def open_day(books: Books, day: date) -> date:
    """The day, or the first one whose books are open (GoBD 107)."""
    closed = books.settings.closed_until
    return day if closed is None or day > closed else closed + timedelta(days=1)


def refuse_locked(settings: LedgerSettings | None, day: date) -> None:
    """A document belongs to its own month, so none is issued for days whose books are closed (UStG 13, 16)."""
    closed = settings.closed_until if settings else None
    if closed and day <= closed:
        message = _(
            "The books are closed until %(closed)s, and this document would be of %(day)s. Choose a later day, or ask the "
            "board to open the books again."
        )
        params = {"closed": date_format(closed, "SHORT_DATE_FORMAT"), "day": date_format(day, "SHORT_DATE_FORMAT")}
        raise ValidationError(message, code="books_closed", params=params)


def invoice_postings(books: Books, on: date, documents: Sequence[Document]) -> None:
    """Posts the documents issued on this day, and what of them belongs to a later fiscal year."""
    refuse_locked(books.settings, on)
    debtors = debtor_accounts(books, [draft.payer["id"] for _document, draft in documents])
    rows = []
    for (invoice, number), draft in documents:
        debtor = str(debtors[draft.payer["id"]])
        for (account, rate, sphere), amount in revenue_of(books, draft).items():
            if amount:
                debit, credit = (debtor, account) if amount > 0 else (account, debtor)
                case = f"revenue/{account}/{'-' if rate is None else rate.normalize()}/{sphere}"[:40]
                text = f"{draft.payer['last_name'] or draft.payer['company']} {number}"[:60]
                rows.append(
                    (books.organisation.pk, on, debit, credit, abs(amount), case, invoice, number, sphere, "", text)
                )
    bulk.insert(Posting, POSTING_FIELDS, rows)
    if books.settings.defers_income:
        defer(books, on, documents)


def defer(books: Books, on: date, documents: Sequence[Document]) -> None:
    """Moves what belongs to later fiscal years to deferred income."""
    rows = deferral_rows(
        books.accounts, calendar_of(books.settings), on, documents, lambda one: revenue_account(books, one)
    )
    bulk.insert(Posting, POSTING_FIELDS, ((books.organisation.pk, *row[1:]) for row in rows))


def revenue_of(books: Books, draft: Draft) -> dict[tuple[str, Decimal | None, str], Decimal]:
    """Gross revenue of a draft per account, rate and sphere; cents that rounding moved go to the largest part of the rate."""
    parts: dict[tuple[str, Decimal | None, str], list[tuple[Decimal | None, str, Decimal, str]]] = defaultdict(list)
    for one in draft.lines:
        account = revenue_account(books, one)
        parts[account, one.line.vat_rate, one.sphere].append(
            (one.line.vat_rate, one.prices, one.line.amount, one.exemption)
        )
    sums = {key: sum((total.gross for total in vat_totals(amounts)), ZERO) for key, amounts in parts.items()}
    for rate in {total.rate for total in draft.totals}:
        own = [key for key in sums if key[1] == rate]
        billed = sum((total.gross for total in draft.totals if total.rate == rate), ZERO)
        sums[max(own, key=lambda key: abs(sums[key]))] += billed - sum((sums[key] for key in own), ZERO)
    return sums


def revenue_account(books: Books, one: DraftLine) -> str:
    """The tariff's own revenue account, or the chart's for this rate; without one nothing is booked."""
    role = revenue_role(one.line.vat_rate, one.exemption)
    account = one.accounts.get("revenue") or books.accounts.get(role)
    if not account:
        message = _("There is no revenue account for %(role)s (tariff %(tariff)s): add it to the ledger settings.")
        raise ValidationError(message, code="no_account", params={"role": role, "tariff": one.tariff_name})
    return str(account)


def debtor_accounts(books: Books, members: Sequence[int]) -> dict[int, int]:
    """The debtor accounts of these payers, opened where they have none; numbers go up from the first one."""
    found = dict(DebtorAccount.objects.filter(member_id__in=members).values_list("member_id", "number"))
    missing = [member for member in dict.fromkeys(members) if member not in found]
    if missing:
        NumberRange.objects.select_for_update().filter(organisation=books.organisation).first()
        highest = DebtorAccount.objects.filter(organisation=books.organisation).aggregate(highest=Max("number"))[
            "highest"
        ]
        first = max(books.settings.first_debtor, (highest or 0) + 1)
        opened = {member: first + offset for offset, member in enumerate(missing)}
        bulk.insert(
            DebtorAccount,
            ("organisation", "member", "number"),
            [(books.organisation.pk, *pair) for pair in opened.items()],
        )
        found |= opened
    return found
