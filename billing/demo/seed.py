"""Seeds the demo: the club, its members, twelve months of runs, people who may sign in, and a preview that waits."""

from collections.abc import Callable
from datetime import date, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import override
from django_scopes import scope

from billing.demo import looks
from billing.demo.books import hand_in, noon
from billing.demo.changes import happen
from billing.demo.club import club
from billing.demo.contacts import seed_contacts
from billing.demo.debts import settle_some
from billing.demo.logins import LOGINS, PASSWORD
from billing.demo.newcomers import open_club, open_provider
from billing.demo.people import member_list
from billing.demo.provider import seed_network
from billing.demo.wishes import NEWS, ask_for, seed_wishes
from billing.models import BillingRun, Creditor, Invoice, Mail
from billing.pricing.periods import add_months
from billing.services import collection, exports, fiscal, invoicing, mailing, member_import, organisations, work
from members.models import Member, OfficeRole, Organisation, User
from members.roles import ACCOUNTANT, BOARD, OFFICE, TREASURER

MONTHS = 12
CUSTOMER = "F10001"
ROLES = (("treasurer", TREASURER), ("office", OFFICE), ("accountant", ACCOUNTANT), ("board", BOARD))
Tell = Callable[[str], None]


def seed(today: date, tell: Tell) -> None:
    """Makes the demo if it is not there yet."""
    if Organisation.objects.filter(slug=club()["slug"]).exists():
        return
    organisation, _created = organisations.setup_organisation(club())
    with scope(organisation=organisation), override(organisation.language):
        first = add_months(today.replace(day=1), -MONTHS + 1)
        looks.dress(organisation, looks.CLUB, looks.oars)
        tell("members and contracts")
        take_members(organisation, first)
        for number in range(MONTHS):
            tell(f"month {number + 1} of {MONTHS}")
            one_month(organisation, add_months(first, number), today)
            happen(organisation, number, add_months(first, number))
        settle_some(organisation, today)
        waiting_preview(organisation, today)
        tell("sign-ins")
        users = make_logins(organisation)
        tell("what was said")
        seed_contacts(organisation, users, timezone.now())
        seed_wishes(organisation, users, today, timezone.now())
        fiscal.lock(
            organisation, add_months(today.replace(day=1), -4) - timedelta(days=1), users["treasurer"], timezone.now()
        )
        open_club(organisation, timezone.now())
    seed_provider(today, tell, users)


def seed_provider(today: date, tell: Tell, users: dict[str, User]) -> None:
    """The second organisation, where the same people work, and one customer who may sign in."""
    provider = seed_network(today, tell)
    with scope(organisation=provider):
        give_roles(provider, users)
        customer_of(provider)
        open_provider(provider)
        ask_for(provider, NEWS, timezone.now() - timedelta(days=60))


def customer_of(provider: Organisation) -> None:
    """A customer who would do better with another tariff may sign in."""
    member = Member.objects.get(organisation=provider, number=CUSTOMER)
    member.user, member.email = make_user(LOGINS["customer"]), LOGINS["customer"]
    member.save()


def take_members(organisation: Organisation, bill_from: date) -> None:
    """Through the same door as a real member list."""
    plan = member_import.plan(organisation, member_list(bill_from), bill_from)
    member_import.take(plan, now=noon(bill_from - timedelta(days=30)), user=None)


def one_month(organisation: Organisation, month: date, today: date) -> None:
    """The run of one month as it happened: issued in the middle of the month before, collected on the first."""
    creditor = Creditor.objects.get(organisation=organisation)
    on = add_months(month, -1).replace(day=15)
    run = invoicing.start_run(organisation, creditor, on, add_months(month, 1) - timedelta(days=1), month)
    invoicing.preview(run)
    invoicing.approve(run, None, noon(on))
    invoicing.issue(run, noon(on))
    batches = collection.assemble(run, noon(on))
    exports.export(organisation, on, None, noon(on))
    BillingRun.objects.filter(pk=run.pk).update(exported_at=noon(on))
    Mail.objects.filter(invoice__run=run, state="waiting").update(state="sent", sent_at=noon(on))
    mailing.mark_printed(run, noon(on))
    hand_in(run, batches, today)


def waiting_preview(organisation: Organisation, today: date) -> None:
    """The next run, prepared as the worker does it: it waits for the treasurer."""
    work.enqueue(organisation, "prepare_run", today.isoformat(), timezone.now())
    work.do_due(organisation, timezone.now(), 5)


def make_logins(organisation: Organisation) -> dict[str, User]:
    """One sign-in for each kind of user; the member is one who pays by direct debit."""
    users = {name: make_user(LOGINS[name]) for name in ("treasurer", "office", "accountant", "board", "member")}
    give_roles(organisation, users)
    latest = Invoice.objects.filter(organisation=organisation, method="debit").order_by("-issued_on", "-gross")
    member = Member.objects.get(pk=latest.values("payer")[:1])
    member.user, member.email = users["member"], LOGINS["member"]
    member.save()
    return users


def give_roles(organisation: Organisation, users: dict[str, User]) -> None:
    """The same people work in both offices."""
    for name, role in ROLES:
        OfficeRole.objects.create(organisation=organisation, user=users[name], group=Group.objects.get(name=role))


def make_user(email: str) -> User:
    """A user with a confirmed address."""
    user = User.objects.create_user(email, PASSWORD)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
