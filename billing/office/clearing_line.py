"""One open line of the bank statement, for which nothing or the wrong thing was proposed: say by hand what it is."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.documents.return_words import for_treasurer
from billing.models import Collection, LedgerAccount, StatementEntry
from billing.models.payments import mask_iban
from billing.office.access import office, organisation_of, page
from billing.office.clearing import user_of
from billing.office.money_words import euro
from billing.services import reconciliation
from billing.services.matching_known import returnable
from billing.services.open_items import open_items
from members.models import Member

MOST = 12


def find(request: HttpRequest, pk: int) -> StatementEntry:
    """A line of this organisation that is open."""
    return get_object_or_404(StatementEntry.objects.filter(organisation=organisation_of(request)).open(), pk=pk)


@office("billing.change_statemententry")
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """The line, a search for who it concerns, and the accounts it can be booked to."""
    entry, organisation = find(request, pk), organisation_of(request)
    term = request.GET.get("q", entry.name if entry.amount > 0 or entry.returned else "").strip()[:80]
    members = found_members(organisation, term) if term else []
    accounts = LedgerAccount.objects.filter(organisation=organisation).order_by("number", "pk")
    context = {
        "entry": entry, "amount": euro(entry.amount), "account": mask_iban(entry.iban), "term": term, "accounts": accounts,
        "reason": for_treasurer(entry.return_reason) if entry.return_reason else "", "people": people(request, entry, members),
    }  # fmt: skip
    return page(request, "office/clearing_line.html", _("One line"), context)


def found_members(organisation: Any, term: str) -> list[Member]:
    """By number, invoice number, or every word in the name."""
    mine = Member.objects.filter(organisation=organisation)
    exact = mine.filter(Q(number__iexact=term) | Q(invoices__number__iexact=term)).distinct()[:MOST]
    words = Q()
    for word in term.replace(",", " ").split()[:4]:
        words &= Q(last_name__icontains=word) | Q(first_name__icontains=word) | Q(company__icontains=word)
    return list(exact) or list(mine.filter(words).order_by("last_name", "first_name", "pk")[:MOST])


def people(
    request: HttpRequest, entry: StatementEntry, members: list[Member]
) -> list[tuple[Member, list[Any], list[Any]]]:
    """Each member with what they owe (ticked: what the amount fits), or, for money taken, with debits that may have come back."""
    if entry.amount < 0:
        return [(member, [], debits) for member in members for debits in [debits_of(entry, member)]]
    items = open_items(organisation_of(request), timezone.localdate(), [member.pk for member in members])
    fits = next((item.invoice for item in items if entry.amount in (item.owed, item.open)), None)
    rows: list[tuple[Member, list[Any], list[Any]]] = [
        (member, [(item, euro(item.owed), item.invoice == fits) for item in items if item.payer == member.pk], [])
        for member in members
    ]
    return sorted(rows, key=lambda row: not row[1])


def debits_of(entry: StatementEntry, member: Member) -> list[Any]:
    """The member's debits that may have come back by the line, newest first, each with its sum."""
    sums = {one.pk: one.amount for one in returnable(entry.organisation, entry.amount, Q(invoice__payer=member))}
    rows = Collection.objects.filter(pk__in=list(sums)).select_related("batch", "invoice")
    shown = rows.defer("batch__content", "invoice__snapshot").order_by("-pk")[:MOST]
    return [(one, euro(sums[one.pk])) for one in shown]


def told(request: HttpRequest, pk: int, work: Callable[[], None]) -> HttpResponse:
    """Does it and goes back to the list, or says why not."""
    try:
        work()
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("clearing_line", pk)
    messages.success(request, _("The line is booked."))
    return redirect("clearing")


def number(request: HttpRequest, name: str) -> int:
    """A posted key; one that is none names nothing."""
    text = request.POST.get(name, "")
    return int(text) if text.isdigit() else 0


@require_POST
@office("billing.change_statemententry")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """The line is this member's, for these invoices."""
    entry = find(request, pk)
    member = Member.objects.filter(organisation=entry.organisation, pk=number(request, "member")).first()
    if member is None:
        messages.error(request, _("Choose whom this line concerns."))
        return redirect("clearing_line", pk)
    invoices = [int(text) for text in request.POST.getlist("invoice") if text.isdigit()]
    now = timezone.now()
    return told(
        request,
        pk,
        lambda: reconciliation.assign(entry.organisation, entry.pk, member.pk, invoices, user_of(request), now),
    )


@require_POST
@office("billing.change_statemententry")
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """The line is this debit, which came back."""
    entry, now = find(request, pk), timezone.now()
    debit = number(request, "debit")
    fees = "pass_fees" in request.POST
    return told(
        request,
        pk,
        lambda: reconciliation.came_back(entry.organisation, entry.pk, debit, user_of(request), now, fees),
    )


@require_POST
@office("billing.change_statemententry")
def aside(request: HttpRequest, pk: int) -> HttpResponse:
    """The line concerns no member: the bank's fee, or something for a ledger account."""
    entry, now = find(request, pk), timezone.now()
    account = LedgerAccount.objects.filter(organisation=entry.organisation, pk=number(request, "account")).first()
    kind = "fee" if account and account.role == "bank.fees" else "other"
    where = account.number if account else ""
    return told(
        request, pk, lambda: reconciliation.put_aside(entry.organisation, entry.pk, kind, where, user_of(request), now)
    )
