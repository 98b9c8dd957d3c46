"""The books: what each money fact posts, in the same transaction, and the debtors' accounts.

An issued document posts debtor to revenue, gross, one row per revenue account, rate and sphere; a credit the other way.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from billing.models import DebtorAccount, LedgerSettings, NumberRange, Posting
from billing.services import bulk
from billing.services.chart import accounts_of, revenue_role
from billing.services.drafts import Draft, DraftLine
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
    settings, _created = LedgerSettings.objects.get_or_create(organisation=organisation)
    return Books(organisation, settings, accounts_of(settings))


def invoice_postings(books: Books, on: date, documents: Sequence[Document]) -> None:
    """Posts the documents issued on this day."""
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
