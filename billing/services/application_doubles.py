"""Who on the books may be the one who applies: same name and birthday, same e-mail address, same account. For the office's eyes only."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import Application, Mandate
from members.models import Member

MOST = 20


@dataclass(frozen=True, slots=True)
class Double:
    """A member, or another application, and what is the same."""

    member: Member | None
    application: Application | None
    same: list[str]


def doubles(row: Application) -> list[Double]:
    """In three queries. Two of one family share account and address: that is said, and a person judges it."""
    found: dict[int, list[str]] = defaultdict(list)
    members: dict[int, Member] = {}
    for member in Member.objects.filter(alike(row), organisation=row.organisation_id)[:MOST]:
        members[member.pk] = member
        found[member.pk] += reasons(row, member)
    for mandate in same_account(row):
        members[mandate.member_id] = mandate.member
        found[mandate.member_id].append(_("same account"))
    return [Double(members[pk], None, same) for pk, same in found.items()] + other_applications(row)


def names(row: Application) -> list[tuple[str, str, str | None]]:
    """First name, last name and date of birth of everybody who joins."""
    people = [row.data["person"], *row.data["household"]]
    return [(one["first_name"], one["last_name"], one["date_of_birth"] or None) for one in people if one["last_name"]]


def alike(row: Application) -> Q:
    """Same mailbox, or same name; a company by its name."""
    wanted = Q(email__iexact=row.email)
    for first, last, _born in names(row):
        wanted |= Q(first_name__iexact=first, last_name__iexact=last)
    company = row.data["person"]["company"]
    return wanted | Q(company__iexact=company) if company else wanted


def reasons(row: Application, member: Member) -> list[str]:
    """What is the same. A name alone is said, too: the birthday on the books may be missing or wrong."""
    found = [_("same e-mail address")] if member.email.casefold() == row.email.casefold() else []
    for first, last, born in names(row):
        if (member.first_name.casefold(), member.last_name.casefold()) == (first.casefold(), last.casefold()):
            birthday = member.date_of_birth.isoformat() if member.date_of_birth else None
            if birthday == born and born:
                found.append(_("same name and date of birth"))
            else:
                found.append(_("same name"))
    if row.data["person"]["company"] and member.company.casefold() == row.data["person"]["company"].casefold():
        found.append(_("same name"))
    return found


def same_account(row: Application) -> list[Mandate]:
    """Mandates in use for this account."""
    if not row.iban:
        return []
    rows = Mandate.objects.filter(organisation=row.organisation_id, iban=row.iban, ended_on=None)
    return list(rows.select_related("member")[:MOST])


def other_applications(row: Application) -> list[Double]:
    """What else was ordered from this mailbox or for this account and is not decided."""
    wanted = Q(email=row.email) | (Q(iban=row.iban) if row.iban else Q(pk=None))
    rows = Application.objects.filter(wanted, organisation=row.organisation_id, decided_at=None).exclude(pk=row.pk)
    rows = rows.exclude(confirmed_at=None)[:MOST]
    return [Double(None, one, [_("another application with the same e-mail address or account")]) for one in rows]
