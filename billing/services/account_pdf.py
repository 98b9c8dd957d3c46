"""The statement of account and the account of interest, on the organisation's letterhead."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.dunning_words import GROUNDS, reckoning_heads, reckoning_rows, sum_row
from billing.documents.figures import day, money
from billing.documents.letterhead import number_of
from billing.documents.record_pdf import Facts, Record, Table, render_record
from billing.models import Creditor
from billing.pricing.arrears import points_of
from billing.pricing.interest import interest, total_of
from billing.services.account_statement import Account
from billing.services.drafts import MEMBER_FIELDS
from billing.services.dunning_facts import Facts as ClaimFacts
from billing.services.dunning_levels import settings_of
from billing.services.dunning_plan import DAY
from billing.services.dunning_snapshots import stretches_data
from billing.services.snapshots import issuer, recipient
from members.models import Member

WIDTHS, INTEREST_WIDTHS = (20, 55, 30, 20, 20, 20), (32, 42, 14, 25, 30, 22)
Part = str | Facts | Table


def statement_pdf(member: Member, found: Account, on: date) -> bytes:
    """What moved, and what is left to pay."""
    language = member.language
    with override(language):
        span = {"start": day(found.start.isoformat(), language), "end": day(found.end.isoformat(), language)}
        parts: list[Part] = [
            _("From %(start)s to %(end)s, both days included. What is owed has no sign, what was paid or credited a minus.") % span,
            movement_table(found, language),
            closing_words(found, language),
        ]  # fmt: skip
        return drawn(member, _("Statement of account"), on, parts)


def movement_table(found: Account, language: str) -> Table:
    """Opening balance, lines, closing balance."""
    heads = (_("Day"), _("What"), _("Document"), _("Owed"), _("Paid or credited"), _("Balance"))
    first = [day(found.start.isoformat(), language), _("Opening balance"), "", "", "", money(found.opening, language)]
    rows = [first]
    for one in found.lines:
        moved = one.movement
        owed, paid = (moved.amount, None) if moved.amount > 0 else (None, moved.amount)
        rows.append(
            [
                day(moved.on.isoformat(), language), moved.text, moved.document, money(owed, language) if owed else "",
                money(paid, language) if paid else "", money(one.balance, language),
            ]
        )  # fmt: skip
    sums = (money(found.owed, language), money(-found.paid, language), money(found.closing, language))
    rows.append([day(found.end.isoformat(), language), _("Closing balance"), "", *sums])
    return Table("", heads, WIDTHS, rows, frozenset({3, 4, 5}), frozenset({0, len(rows) - 1}))


def closing_words(found: Account, language: str) -> str:
    """The one sentence that people look for."""
    if found.closing > 0:
        return _("On the last day %(amount)s were owed.") % {"amount": money(found.closing, language)}
    if found.closing < 0:
        return _("On the last day there was a credit of %(amount)s.") % {"amount": money(-found.closing, language)}
    return _("On the last day nothing was owed.")


def interest_pdf(member: Member, claims: list[ClaimFacts], on: date) -> bytes:
    """Interest on each claim from default up to and including the day, half-year by half-year, whatever was claimed before."""
    language, fixed = member.language, bool(settings_of(member.organisation).dues_basis)
    with override(language):
        parts: list[Part] = []
        for one in claims:
            default = one.default(fixed)
            if default is None or default.on > on:
                parts.append(_("%(number)s: not in default yet.") % {"number": one.item.number})
                continue
            points = points_of(member.kind == Member.Kind.PERSON, one.dues)
            stretches = interest(one.owed, default.on, on + DAY, points)
            rows = reckoning_rows(stretches_data(stretches), one.item.number, language)
            rows.append(sum_row(str(total_of(stretches)), language))
            parts.append(
                Table(
                    f"{one.item.number}", reckoning_heads(), INTEREST_WIDTHS, rows, frozenset({2, 3, 4, 5}), frozenset({len(rows) - 1})
                )
            )  # fmt: skip
            words = {"day": day(default.on.isoformat(), language), "ground": GROUNDS[default.reason], "points": points}
            parts.append(
                _("In default from %(day)s: %(ground)s. It goes on at %(points)s percentage points above the base rate.") % words
            )  # fmt: skip
        return drawn(member, _("Account of interest"), on, parts)


def drawn(member: Member, title: str, on: date, parts: list[Part]) -> bytes:
    """On the letterhead, to the member."""
    organisation = member.organisation
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
    account = creditor or Creditor(organisation=organisation)
    record = Record(
        language=member.language, title=title, subject=member.number, issued_on=on.isoformat(), issuer=issuer(organisation, account),
        recipient=recipient({name: getattr(member, name) for name in MEMBER_FIELDS}), creditor_identifier=account.identifier,
        information=[(_("Date"), day(on.isoformat(), member.language)), *number_of({"kind": organisation.kind}, member.number)], parts=parts,
    )  # fmt: skip
    return render_record(record, bytes(organisation.logo) if organisation.logo else None, organisation.colour)
