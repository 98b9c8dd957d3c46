"""Handing claims over to a lawyer or the court: one file with everything that they ask for, and no reminder from here any more."""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.dunning_words import COSTS
from billing.documents.figures import day, money
from billing.models import Contract, DunningNotice, HandedClaim, Invoice, TariffVersion
from billing.pricing.arrears import barred_after, points_of
from billing.services import bulk
from billing.services.account_pdf import interest_pdf, statement_pdf
from billing.services.account_statement import account
from billing.services.archive import pdf_of
from billing.services.contracts import stored_data
from billing.services.dunning_facts import Facts, known
from billing.services.dunning_letters import notice_name, notice_pdf
from billing.services.dunning_levels import settings_of
from billing.services.open_items import unpaid
from members.models import Member, User

FIELDS = ("organisation", "invoice", "to", "on", "handed_by")
# Files inside have no time of their own, so that the same package has the same bytes.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def due_claims(member: Member, on: date) -> list[Facts]:
    """What this member owes and was due before the day."""
    rows = Invoice.objects.filter(organisation=member.organisation_id, payer=member, gross__gt=0, due_on__lt=on)
    return known(Invoice.objects.filter(pk__in=unpaid(rows).values("pk")), on)


def hand_over(member: Member, chosen: Sequence[int], to: str, user: User | None, on: date) -> int:
    """Notes who has these claims from now on. Refused as a whole if one is not due, or somebody has it already."""
    to = " ".join(to.split())[:120]
    with transaction.atomic():
        due = {one.item.invoice: one for one in due_claims(member, on)}
        if not chosen or not set(chosen) <= set(due):
            raise ValidationError(_("Choose at least one claim that is due and unpaid."), code="not_due")
        if not to:
            raise ValidationError(_("Please say who gets the claim."), code="to")
        taken = HandedClaim.objects.filter(invoice__in=chosen, taken_back_on=None)
        if taken.exists():
            raise ValidationError(_("This claim is handed over already."), code="handed")
        rows = [(member.organisation_id, pk, to, on, user.pk if user else None) for pk in dict.fromkeys(chosen)]
        bulk.insert(HandedClaim, FIELDS, rows)
    return len(rows)


def package(member: Member, on: date) -> bytes:
    """The ZIP for the claims that are handed over: contract, invoices, reminders, accounts and what the court's form asks for."""
    handed = HandedClaim.objects.filter(invoice__payer=member, taken_back_on=None).values("invoice")
    claims = [
        one for one in due_claims(member, on) if one.item.invoice in set(handed.values_list("invoice", flat=True))
    ]
    if not claims:
        raise ValidationError(_("No claim on this member is handed over."), code="none")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        with override(member.organisation.language):
            files = list(contents(member, claims, on))
        for name, content in files:
            target.writestr(zipfile.ZipInfo(name, NO_TIME), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def contents(member: Member, claims: list[Facts], on: date) -> Iterator[tuple[str, bytes]]:
    """Each file and its name, in the language of the house."""
    these = [one.item.invoice for one in claims]
    bills, letters = _("invoices"), _("reminders")
    yield _("claims-and-debtor.txt"), debtor_and_claims(member, claims, on).encode()
    yield _("contracts.txt"), "\n\n".join(contract_words(these)).encode()
    for invoice in Invoice.objects.filter(pk__in=these).order_by("issued_on", "pk"):
        yield f"{bills}/{invoice.number}.pdf".replace(" ", "-"), bytes(pdf_of(invoice).content)
    notices = DunningNotice.objects.filter(items__invoice__in=these).distinct().order_by("pk")
    for notice in notices.select_related("organisation"):
        yield f"{letters}/{notice_name(notice)}", notice_pdf(notice)
    first = min(one.item.issued_on for one in claims)
    yield _("statement-of-account.pdf"), statement_pdf(member, account([member.pk], first, on), on)
    yield _("account-of-interest.pdf"), interest_pdf(member, claims, on)


def debtor_and_claims(member: Member, claims: list[Facts], on: date) -> str:
    """What the form of an order for payment asks for (ZPO 690): parties, principal, costs, interest."""
    language = member.organisation.language
    house = member.organisation
    parts = [
        _("As of %(day)s") % {"day": day(on.isoformat(), language)},
        "\n".join([_("CREDITOR"), house.name, house.street, f"{house.postal_code} {house.city}", house.board, house.register_entry]),
        "\n".join([_("DEBTOR"), *debtor_lines(member)]),
        *(claim_words(member, one, language) for one in claims),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def debtor_lines(member: Member) -> list[str]:
    """Who owes."""
    lines = [
        _("Member number") + f": {member.number}", " ".join(part for part in (member.salutation, member.name) if part), member.company,
        member.street, member.address_extra, f"{member.postal_code} {member.city}", member.country, member.email, member.phone,
    ]  # fmt: skip
    if member.date_of_birth:
        lines.append(
            _("born on %(day)s") % {"day": day(member.date_of_birth.isoformat(), member.organisation.language)}
        )
    return [line for line in lines if line.strip()]


def claim_words(member: Member, one: Facts, language: str) -> str:
    """Principal, what is owed beside it, interest and limitation of one claim."""
    item, default = one.item, one.default(bool(settings_of(member.organisation).dues_basis))
    what = _("membership dues") if one.dues else _("services")
    lines = [
        _("CLAIM %(number)s (%(what)s)") % {"number": item.number, "what": what},
        _("of %(day)s, due on %(due)s") % {"day": day(item.issued_on.isoformat(), language), "due": day(item.due_on.isoformat(), language)},
        _("Principal") + f": {money(item.open, language)}",
        *(f"{COSTS[cost.kind]!s}, {day(cost.on.isoformat(), language)}: {money(cost.left, language)}" for cost in one.costs),
    ]  # fmt: skip
    if default:
        words = {
            "points": points_of(member.kind == Member.Kind.PERSON, one.dues), "day": day(default.on.isoformat(), language),
            "amount": money(item.open, language),
        }  # fmt: skip
        lines.append(
            _("Interest at %(points)s percentage points above the base rate on %(amount)s from %(day)s on") % words
        )
    lines.append(_("Limitation") + f": {day(barred_after(item.due_on).isoformat(), language)}")
    return "\n".join(lines)


def contract_words(invoices: list[int]) -> Iterator[str]:
    """Each contract that these invoices bill, with the terms of its tariff as they are stored."""
    rows = Contract.objects.filter(invoice_lines__invoice__in=invoices).distinct().order_by("pk")
    for contract in rows.select_related("tariff", "member"):
        versions = TariffVersion.objects.filter(tariff=contract.tariff_id).order_by("number")
        terms = [{"version": one.number} | one.as_data() for one in versions.select_related("tariff")]
        agreed = json.dumps(stored_data(contract), ensure_ascii=False, indent=2)
        offered = json.dumps(terms, ensure_ascii=False, indent=2)
        yield f"{contract.tariff.name}: {contract.member}\n{agreed}\n{offered}"
