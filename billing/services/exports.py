"""DATEV: the postings of a month as an EXTF file, and the debtors they name. Exported once; a repeat gives the stored bytes."""

import hashlib
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, QuerySet

from billing.formats import datev
from billing.models import DebtorAccount, LedgerSettings, Mandate, Posting, PostingBatch
from billing.services import bulk
from billing.services.chart import SPHERES
from billing.services.posting import open_books
from billing.services.vat import ZERO
from members.models import Organisation, User

MOST_POSTINGS = 99_999
SLICE = 2_000


def export(organisation: Organisation, month: date, user: User | None, now: datetime) -> list[PostingBatch]:
    """Every file of the month. Postings that came since the last export make one more part; otherwise nothing new is made."""
    first = month.replace(day=1)
    with transaction.atomic():
        settings = LedgerSettings.objects.select_for_update().get(pk=open_books(organisation).settings.pk)
        while waiting(organisation, first).exists():
            export_part(organisation, settings, first, user, now)
    batches = PostingBatch.objects.filter(organisation=organisation, month=first)
    return list(batches.defer("content", "debtors").order_by("part"))


def waiting(organisation: Organisation, first: date) -> QuerySet[Posting]:
    """Postings of the month that no export holds yet, as many as a file takes."""
    last = first.replace(day=monthrange(first.year, first.month)[1])
    rows = Posting.objects.filter(organisation=organisation, posted_on__range=(first, last), batch=None)
    return rows.order_by("posted_on", "id")[:MOST_POSTINGS]


@dataclass(slots=True)
class Written:
    """What a file holds, noted while it is written, so that nobody holds all postings."""

    settings: LedgerSettings
    ids: list[int] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)
    total: Decimal = ZERO

    def rows(self, postings: QuerySet[Posting]) -> Iterator[datev.PostingRow]:
        """The postings, one by one."""
        for posting in postings.iterator():
            self.ids.append(posting.pk)
            self.accounts |= {posting.debit_account, posting.credit_account}
            self.total += posting.amount
            yield posting_row(posting, self.settings)


def export_part(
    organisation: Organisation, settings: LedgerSettings, first: date, user: User | None, now: datetime
) -> None:
    """One file with its debtors, stored; its postings now belong to it."""
    head, written = header(settings, first, now), Written(settings)
    content = datev.postings(head, written.rows(waiting(organisation, first)))
    earlier = (
        PostingBatch.objects.filter(organisation=organisation, month=first).aggregate(part=Max("part"))["part"] or 0
    )
    batch = PostingBatch.objects.create(
        organisation=organisation, month=first, part=earlier + 1, count=len(written.ids), total=written.total, content=content,
        sha256=hashlib.sha256(content).hexdigest(), debtors=datev.debtors(head, debtor_rows(organisation, written.accounts)),
        exported_at=now, exported_by=user,
    )  # fmt: skip
    for part in bulk.slices(written.ids, SLICE):
        Posting.objects.filter(pk__in=part).update(batch=batch)


def header(settings: LedgerSettings, first: date, now: datetime) -> datev.Header:
    """The first line of an EXTF file."""
    month, day = (int(part) for part in settings.fiscal_year_start.split("-"))
    start = date(first.year, month, day)
    return datev.Header(
        consultant_number=settings.consultant_number, client_number=settings.client_number,
        fiscal_year_start=start if start <= first else date(first.year - 1, month, day), account_length=settings.account_length,
        start=first, end=first.replace(day=monthrange(first.year, first.month)[1]), label=f"Rechnungen {first:%m-%Y}",
        created_at=now, chart=settings.chart.removeprefix("SKR"),
    )  # fmt: skip


def posting_row(posting: Posting, settings: LedgerSettings) -> datev.PostingRow:
    """A posting as DATEV reads it: the debtor on the left, the revenue account on the right, KOST1 the sphere."""
    debtor_debits = len(posting.debit_account) > settings.account_length
    account, contra = (
        (posting.debit_account, posting.credit_account)
        if debtor_debits
        else (posting.credit_account, posting.debit_account)
    )
    return datev.PostingRow(
        amount=posting.amount, account=account, contra_account=contra, debit=debtor_debits, document_date=posting.posted_on,
        reference=posting.reference, text=posting.text, tax_key=posting.tax_key, cost_center=SPHERES.get(posting.sphere, posting.sphere),
        due_on=None,
    )  # fmt: skip


def debtor_rows(organisation: Organisation, named: set[str]) -> Iterator[datev.DebtorRow]:
    """Master data of the debtors among the accounts that postings name."""
    accounts = DebtorAccount.objects.filter(organisation=organisation).select_related("member").order_by("number")
    for part in bulk.slices((one for one in accounts.iterator() if str(one.number) in named), SLICE):
        usable = Mandate.objects.usable().filter(member_id__in=[account.member_id for account in part])
        mandates = {mandate.member_id: mandate for mandate in usable}
        for account in part:
            yield debtor_row(account, mandates.get(account.member_id))


def debtor_row(account: DebtorAccount, mandate: Mandate | None) -> datev.DebtorRow:
    """One debtor."""
    member = account.member
    return datev.DebtorRow(
        account=str(account.number), kind=member.kind, company=member.company, last_name=member.last_name, first_name=member.first_name,
        salutation=member.salutation, title=member.title, street=member.street, postal_code=member.postal_code, city=member.city,
        country=member.country, email=member.email, phone=member.phone, iban=mandate.iban if mandate else "",
        bic=mandate.bic if mandate else "", account_holder=mandate.account_holder if mandate else "", customer_number=member.number,
        mandate_reference=mandate.reference if mandate else "",
    )  # fmt: skip


def file_names(batch: PostingBatch) -> tuple[str, str]:
    """How the two downloaded files are called; DATEV asks for the beginning."""
    part = f"-{batch.part}" if batch.part > 1 else ""
    return f"EXTF_Buchungsstapel_{batch.month:%Y-%m}{part}.csv", f"EXTF_Debitoren_{batch.month:%Y-%m}{part}.csv"
