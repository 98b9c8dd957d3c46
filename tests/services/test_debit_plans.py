"""One announcement a year: what it covers needs no other, what differs is announced as before (EPC016-06, 4.3)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django_scopes import scopes_disabled

from billing.models import Collection, CollectionBatch, DebtSettings, Mail, Mandate, PlannedDebit
from billing.services import bounces, collection, contracts, debit_plans, month, work
from members.models import Member, Organisation
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
NOW = noon(date(2026, 12, 1))
ON, HAND_IN = date(2026, 12, 15), noon(date(2026, 12, 21))


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def club() -> Organisation:
    organisation = small_club()
    DebtSettings.objects.create(organisation=organisation, yearly_plan=True)
    for number in ("1", "2"):
        join(organisation, number)
    join(organisation, "3", debit=False)
    return organisation


def out(now: object = NOW) -> None:
    Mail.objects.filter(kind="debit_plan").update(state="sent", sent_at=now)


def january(club: Organisation) -> CollectionBatch:
    """The run of January, none of whose invoices went out."""
    run, _report = month.run_month(club, ON, date(2027, 1, 31), date(2026, 12, 31), approved=True, now=noon(ON))
    return run.batches.get()


def test_nobody_gets_a_plan_who_was_not_meant_to(club: Organisation) -> None:
    assert debit_plans.write(club, NOW) == 2
    assert set(Mail.objects.filter(kind="debit_plan").values_list("member__number", flat=True)) == {"1", "2"}
    DebtSettings.objects.update(yearly_plan=False)
    PlannedDebit.objects.all().update(withdrawn_on=date(2026, 12, 1))
    assert debit_plans.write(club, NOW) == 0


def test_the_plan_names_each_day_and_amount_and_is_written_once(club: Organisation) -> None:
    debit_plans.write(club, NOW)
    mail = Mail.objects.get(kind="debit_plan", member__number="1")
    assert all(words in mail.text for words in ("31. Dezember 2026", "14,00", "M-1"))
    rows = PlannedDebit.objects.filter(member__number="1").order_by("day").values_list("day", "amount")
    assert rows[0] == (date(2026, 12, 31), Decimal("14.00"))
    assert rows[1] == (date(2027, 2, 1), Decimal("14.00"))
    assert len(rows) == 12
    assert debit_plans.write(club, NOW) == 0
    assert debit_plans.write(club, noon(date(2027, 3, 1))) == 0


def test_what_the_plan_covers_is_handed_in_without_another_notice(club: Organisation) -> None:
    debit_plans.write(club, NOW)
    batch = january(club)
    with pytest.raises(Exception, match="R2026"):
        collection.submit(batch, None, HAND_IN)
    out()
    collection.submit(batch, None, HAND_IN)
    assert set(batch.collections.values_list("notified_on", flat=True)) == {date(2026, 12, 1)}


@pytest.mark.parametrize("change", ["amount", "day", "mandate", "withdrawn"])
def test_what_differs_is_not_covered(club: Organisation, change: str) -> None:
    debit_plans.write(club, NOW)
    out()
    batch = january(club)
    rows = PlannedDebit.objects.filter(member__number="1")
    first = rows.earliest("day")
    copy: dict[str, Any] = {
        "organisation": club,
        "member": first.member,
        "mail": first.mail,
        "day": first.day,
        "amount": first.amount,
    }
    changes: dict[str, dict[str, Any]] = {
        "amount": {"amount": Decimal("13.99")}, "day": {"day": date(2026, 12, 30)}, "mandate": {}, "withdrawn": {"withdrawn_on": ON},
    }  # fmt: skip
    rows.update(withdrawn_on=ON)
    PlannedDebit.objects.create(
        **copy | {"mandate_reference": "other" if change == "mandate" else "M-1"} | changes[change]
    )
    with pytest.raises(Exception, match="1 "):
        collection.submit(batch, None, HAND_IN)
    collection.announced(batch)
    told = dict(Collection.objects.values_list("invoice__payer__number", "notified_on"))
    assert told == {"1": None, "2": date(2026, 12, 1)}


def test_one_planned_debit_covers_one_debit(club: Organisation) -> None:
    join(club, "4", payer=Member.objects.get(number="1"), debit=False)
    debit_plans.write(club, NOW)
    out()
    batch = january(club)
    collection.announced(batch)
    assert set(batch.collections.values_list("amount", "notified_on")) == {
        (Decimal("28.00"), date(2026, 12, 1)),
        (Decimal("14.00"), date(2026, 12, 1)),
    }


def test_a_plan_whose_mail_came_back_announces_nothing_until_its_letter_is_posted(club: Organisation) -> None:
    debit_plans.write(club, NOW)
    out()
    batch = january(club)
    collection.announced(batch)
    mail = Mail.objects.get(kind="debit_plan", member__number="1")
    bounces.record(club, mail.recipient, "550 no such user", NOW, mail)
    collection.announced(batch)
    mine = Collection.objects.get(invoice__payer__number="1")
    assert mine.notified_on is None
    Mail.objects.filter(key=f"{mail.key}:letter").update(state="printed", sent_at=noon(date(2026, 12, 16)))
    collection.announced(batch)
    mine.refresh_from_db()
    assert mine.notified_on == date(2026, 12, 16)


def test_another_amount_or_mandate_makes_another_plan_and_an_end_ends_it(club: Organisation) -> None:
    debit_plans.write(club, NOW)
    Mandate.objects.filter(member__number="1").update(ended_on=date(2026, 12, 2), ended_as="replaced")
    old = Mandate.objects.get(member__number="1")
    Mandate.objects.create(
        organisation=club, creditor=old.creditor, member=old.member, reference="M-NEW", account_holder="x", iban=old.iban, signed_on=ON
    )  # fmt: skip
    [contract] = Member.objects.get(number="2").contracts.all()
    contracts.cancel_contract(contract, date(2027, 4, 1), date(2026, 12, 2))
    later = noon(date(2026, 12, 2))
    assert debit_plans.write(club, later) == 2
    texts = dict(Mail.objects.filter(created_at=later).values_list("member__number", "text"))
    assert all(words in texts["1"] for words in ("M-NEW", "ersetzt"))
    assert PlannedDebit.objects.filter(member__number="2", withdrawn_on=None).count() == 3
    assert debit_plans.write(club, later) == 0


def test_the_worker_writes_them_once_a_month(club: Organisation) -> None:
    work.tick(NOW)
    assert Mail.objects.filter(kind="debit_plan").count() == 2
    work.tick(noon(date(2026, 12, 2)))
    assert Mail.objects.filter(kind="debit_plan").count() == 2
