"""A confirmed application becomes members, contracts and a mandate: all of it or nothing, and once."""

import re
from collections import Counter as Tally
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.documents.mandate_words import MandateTerms
from billing.models import Application, Contract, Creditor, Mandate, Tariff
from billing.services import application_doubles, electronic_mandates, mandate_changes, mandate_forms, sign_up_mails
from billing.services.applications import confirmed_first, locked, refuse_decided, waits
from billing.services.bounces import takes_mail
from billing.services.contracts import create_contract
from billing.services.electronic_mandates import Given
from billing.services.invitations import invite
from billing.services.sign_up import house_of, is_minor
from billing.services.sign_up_orders import household_of, member_of, signer, start_of, wishes
from billing.services.sign_up_quotes import open_counter, quote, same_price
from members.models import Member, Organisation, User

NUMBER = re.compile(r"(.*?)(\d{1,9})")


@transaction.atomic
def confirm(row: Application, now: datetime) -> Member | None:
    """The mailbox is proved, once: a member at once where the organisation wants it and nobody alike is on the books, else a person decides."""
    if not confirmed_first(row, now):
        return row.member
    settings = house_of(row.organisation).settings
    if not settings.approval and not application_doubles.doubles(row):
        try:
            return admit(row, None, now)
        except ValidationError:
            pass  # What cannot be had by the rules as they are now is judged by a person, who reads why.
    waits(row, now)
    return None


@transaction.atomic
def admit(row: Application, user: User | None, now: datetime) -> Member:
    """Writes everything that was ordered; a repeat gives the same member."""
    row = locked(row)
    if row.member:
        return row.member
    refuse_decided(row)
    Organisation.objects.select_for_update().get(pk=row.organisation_id)
    people = make_members(row)
    make_contracts(row, people)
    mandate = make_mandate(row, people[0], now)
    row.member, row.decided_at, row.decided_by = people[0], now, user
    row.validate_constraints()
    row.save(update_fields=["member", "decided_at", "decided_by"])
    sign_up_mails.welcome(row, mandate, now).save()
    if takes_mail(row.organisation, row.email):
        invite(people[0], now)
    return people[0]


def make_members(row: Application) -> list[Member]:
    """The one who pays, then the household; numbers go on from the highest one in use."""
    organisation = row.organisation
    first = member_of(organisation, row.data, row.language)
    people = [first, *household_of(organisation, row.data, row.language)]
    for person, number in zip(people, next_numbers(organisation, len(people)), strict=True):
        person.number = number
        person.payer = first if person is not first else None
        if row.data["guardian"] and is_minor(person.date_of_birth, start_of(row.data)):
            person.note = _("Legal guardian: %(name)s") % {"name": row.data["guardian"]}
        person.full_clean()
        person.save()
    return people


def next_numbers(organisation: Organisation, count: int) -> list[str]:
    """The numbers after the highest one of the usual form: 1001, 1002 or F10001, F10002."""
    found = Member.objects.filter(organisation=organisation).values_list("number", flat=True)
    parts = [match.groups() for number in found if (match := NUMBER.fullmatch(number))]
    prefix = Tally(one[0] for one in parts).most_common(1)[0][0] if parts else ""
    used = [digits for start, digits in parts if start == prefix] or ["1000"]
    highest, width = max(int(digits) for digits in used), max(len(digits) for digits in used)
    return [f"{prefix}{highest + place:0{width}d}" for place in range(1, count + 1)]


def make_contracts(row: Application, people: list[Member]) -> list[Contract]:
    """One for each, at the price that was shown."""
    counter = open_counter(row.organisation, timezone.localdate(row.received_at), row.language)
    household = Tariff.objects.filter(organisation=row.organisation, code=row.data["household_tariff"]).first()
    asked = wishes(row.tariff, household, row.data)
    if len(asked) != len(people) or not same_price(row.shown["answer"], quote(counter, asked)):
        raise ValidationError(
            _("The tariff was changed or withdrawn since this was ordered: what was shown can no longer be had. Refuse it, and say that a new order is welcome."),
            code="changed",
        )  # fmt: skip
    return [
        create_contract(row.organisation, person, wish.tariff, wish.start, interval_months=wish.months)
        for person, wish in zip(people, asked, strict=True)
    ]


def make_mandate(row: Application, member: Member, now: datetime) -> Mandate | None:
    """The mandate as it was shown and agreed to, with its evidence; its day is that of the confirmation."""
    if row.data["payment"]["method"] != "debit" or row.confirmed_at is None:
        return None
    creditor = Creditor.objects.filter(organisation=row.organisation, pk=row.shown["mandate"]["creditor"])
    found = creditor.select_related("organisation").first()
    signed_on = timezone.localdate(row.confirmed_at)
    if found is None or not accepts(found, signed_on):
        raise ValidationError(
            _("Electronic mandates are no longer accepted here: ask for a mandate on paper."), code="not_online"
        )
    terms = mandate_forms.offered(found, member, row.data["payment"]["holder"], row.iban, row.language)
    mandate = mandate_changes.give(
        found, member, terms.holder, terms.iban, signed_on, None, now, source=Mandate.Source.ONLINE
    )
    electronic_mandates.keep(mandate, given_of(row, terms), None)
    return mandate


def accepts(creditor: Creditor, on: date) -> bool:
    """Whether the creditor's bank takes mandates that were given electronically."""
    return creditor.electronic_mandates_since is not None and creditor.electronic_mandates_since <= on


def given_of(row: Application, terms: MandateTerms) -> Given:
    """How the mandate was given: typed in with the order, confirmed from the mailbox."""
    origin = row.shown["origin"]
    return Given(
        terms=terms, typed_name=signer(row.data), entered_at=row.received_at, confirmed_at=row.confirmed_at or row.received_at,
        code_sent_to=row.email, signed_in_as="", ip=origin["ip"], user_agent=origin["user_agent"], by_link=True,
    )  # fmt: skip
