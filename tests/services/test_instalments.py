"""Claims that are paid in parts: agreed, told, paid by transfer or debit, held while that is kept, due again when it is not."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from billing.demo.bank import BankLine
from billing.models import Collection, InstalmentPlan, Mail, PlannedDebit, StatementEntry
from billing.pricing.money import total
from billing.services import (
    audit,
    collect_again,
    collection,
    discharges,
    instalment_debits,
    instalment_plans,
    settling,
    work,
)
from billing.services.instalment_papers import paper
from billing.services.instalment_plans import End, Wish, agree, drafted
from billing.services.instalments import held, progress_of
from billing.services.open_items import open_items
from members.models import Organisation
from tests.documents.reading import text
from tests.services.bank import NOW, accept_all, bring, claim, club, debit, member, returned, transfer, whole_file
from tests.services.club import noon

pytestmark = [pytest.mark.both, pytest.mark.django_db]
TODAY, FIRST = NOW.date(), date(2027, 2, 10)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def house() -> Organisation:
    """One debit came back without a fee; one transfer is open."""
    organisation = club(debits=1, transfers=1)
    bring(organisation, [whole_file(organisation)])
    bring(organisation, [returned(organisation, "D0", fee="0.00")], identifier="S2")
    accept_all(organisation)
    return organisation


def made(house: Organisation, number: str = "T0", count: int = 4, *, by_debit: bool = False) -> InstalmentPlan:
    wish = Wish([claim(house, number).pk], count, 1, FIRST, by_debit)
    return agree(house, member(house, number), wish, None, NOW)


def paid(plan: InstalmentPlan, on: date) -> list[tuple[Decimal, bool]]:
    [one] = progress_of(InstalmentPlan.objects.filter(pk=plan.pk), on)
    return [(part.paid, part.late) for part in one.parts]


def refused_with(code: str) -> Any:
    return pytest.raises(ValidationError, check=lambda refused: code in (refused.code, refused.error_list[0].code))


def test_parts_are_equal_and_the_last_one_takes_the_cents_that_are_left(house: Organisation) -> None:
    plan = made(house, count=3)
    parts = list(plan.instalments.values_list("due_on", "amount"))
    assert parts == [
        (date(2027, 2, 10), Decimal("4.67")), (date(2027, 3, 10), Decimal("4.67")), (date(2027, 4, 10), Decimal("4.66")),
    ]  # fmt: skip


def test_the_payer_is_told_days_amounts_and_that_it_is_no_new_claim(house: Organisation) -> None:
    plan = made(house)
    mail = Mail.objects.get(kind="instalments")
    for words in (plan.reference, "3,50", "10. Februar 2027", "keine neue Forderung", claim(house, "T0").number):
        assert words in mail.text
    assert paper(plan) == paper(plan)
    assert "keine neue Forderung" in " ".join(text(paper(plan)).split())


def test_a_transfer_that_names_the_agreement_books_itself_and_pays_the_next_part(house: Organisation) -> None:
    plan = made(house)
    bring(house, [transfer(house, "3.50", f"Rate {plan.reference}", on=FIRST)])
    assert StatementEntry.objects.open().count() == 0
    assert [amount for amount, _late in paid(plan, FIRST)] == [Decimal("3.50"), 0, 0, 0]
    bring(house, [transfer(house, "4.00", f"Rate {plan.reference}", on=FIRST)], identifier="S4")
    assert accept_all(house) == 1
    assert [amount for amount, _late in paid(plan, FIRST)] == [Decimal("3.50"), Decimal("3.50"), Decimal("0.50"), 0]
    assert audit.audit(house) == []


def test_while_it_is_kept_its_claims_are_held_and_after_the_grace_they_are_not(house: Organisation) -> None:
    plan, key = made(house), claim(house, "T0").pk
    last = FIRST + DAY * plan.grace_days
    assert held(house, TODAY) == held(house, last) == {key}
    assert held(house, last + DAY) == set()
    bring(house, [transfer(house, "3.50", plan.reference, on=FIRST)])
    assert held(house, last + DAY) == {key}
    instalment_plans.end(plan, End.ENDED, TODAY)
    assert held(house, TODAY) == set()


def test_the_daily_look_ends_what_is_paid_and_what_is_broken(house: Organisation) -> None:
    kept, broken = made(house), made(house, "D0")
    bring(house, [transfer(house, "14.00", kept.reference, on=FIRST)])
    assert accept_all(house) == 1 or StatementEntry.objects.open().count() == 0
    late = noon(FIRST + DAY * 11)
    work.tick(late)
    ended = dict(InstalmentPlan.objects.values_list("pk", "ended_as"))
    assert ended == {kept.pk: "kept", broken.pk: "broken"}
    assert not broken.claims.filter(freed_on=None).exists()
    work.tick(late + DAY)
    assert audit.audit(house) == []


def test_what_is_in_an_agreement_is_not_collected_otherwise_nor_written_off(house: Organisation) -> None:
    invoice = claim(house, "D0")
    assert collect_again.open_claims(house).filter(pk=invoice.pk).exists()
    plan = made(house, "D0")
    assert not collect_again.open_claims(house).filter(pk=invoice.pk).exists()
    with refused_with("instalments"):
        discharges.write_off(house, invoice.pk, "x", None, TODAY)
    with refused_with("instalments"):
        made(house, "D0")
    instalment_plans.end(plan, End.ENDED, TODAY)
    assert collect_again.open_claims(house).filter(pk=invoice.pk).exists()
    with refused_with("ended"):
        instalment_plans.end(plan, End.ENDED, TODAY)


@pytest.mark.parametrize(
    "wish, code",
    [
        ({"count": 1}, "count"), ({"count": 61}, "count"), ({"months": 13}, "count"), ({"count": 20}, "too_small"),
        ({"first_on": TODAY - DAY}, "past"), ({"invoices": []}, "not_open"), ({"by_debit": True}, "no_mandate"),
    ],
)  # fmt: skip
def test_what_cannot_be_agreed_is_refused(house: Organisation, wish: dict[str, object], code: str) -> None:
    base = {"invoices": [claim(house, "T0").pk], "count": 2, "months": 1, "first_on": FIRST}
    with refused_with(code):
        drafted(house, member(house, "T0"), Wish(**base | wish), TODAY)  # type: ignore[arg-type]
    assert not InstalmentPlan.objects.exists()


def test_a_debited_agreement_announces_its_debits_and_each_is_collected_for_its_part(house: Organisation) -> None:
    plan = made(house, "D0", 2, by_debit=True)
    Mail.objects.filter(kind="instalments").update(state="sent", sent_at=NOW)
    assert list(PlannedDebit.objects.values_list("day", "amount")) == [
        (FIRST, Decimal("7.00")),
        (date(2027, 3, 10), Decimal("7.00")),
    ]
    [first] = instalment_debits.collect_due(house, date(2027, 3, 31), None, NOW, TODAY)
    assert (first.collection_date, first.total) == (FIRST, Decimal("7.00"))
    assert not Mail.objects.filter(kind="announcement").exists()
    collection.submit(first, None, NOW)
    assert debit(house, "D0").notified_on == TODAY
    with refused_with("none"):
        instalment_debits.collect_due(house, FIRST, None, NOW, TODAY)
    bring(house, [credit_of(first.message_id, "7.00", FIRST)], identifier="S3")
    [second] = instalment_debits.collect_due(house, date(2027, 3, 31), None, noon(FIRST + DAY), FIRST + DAY)
    assert (second.collection_date, second.total) == (date(2027, 3, 10), Decimal("7.00"))
    collection.submit(second, None, noon(FIRST + DAY))
    bring(house, [credit_of(second.message_id, "7.00", date(2027, 3, 10))], identifier="S4")
    assert not open_items(house, date(2027, 3, 10), [plan.member_id])
    assert instalment_plans.review(house, date(2027, 3, 11)) == ([plan], [])
    assert audit.audit(house) == []


def credit_of(file: str, amount: str, on: date) -> BankLine:
    return BankLine(Decimal(amount), on, batch=f"{file}P1", count=1, code="NTRF+192", reference=file[-12:])


def test_an_instalment_that_came_back_is_missing_and_its_return_can_be_taken_back(house: Organisation) -> None:
    plan = made(house, "D0", 2, by_debit=True)
    Mail.objects.filter(kind="instalments").update(state="sent", sent_at=NOW)
    [first] = instalment_debits.collect_due(house, FIRST, None, NOW, TODAY)
    collection.submit(first, None, NOW)
    bring(house, [credit_of(first.message_id, "7.00", FIRST)], identifier="S3")
    bring(house, [returned(house, "D0", fee="0.00", on=FIRST + DAY)], identifier="S4")
    accept_all(house)
    late = FIRST + DAY * 11
    assert paid(plan, late) == [(Decimal(0), True), (Decimal(0), False)]
    settling.undo(house, StatementEntry.objects.latest("pk").pk, FIRST + DAY * 2)
    assert paid(plan, late) == [(Decimal("7.00"), False), (Decimal(0), False)]
    assert audit.audit(house) == []


def test_the_rest_of_a_broken_agreement_is_collected_as_before(house: Organisation) -> None:
    plan = made(house, "D0", 2, by_debit=True)
    Mail.objects.filter(kind="instalments").update(state="sent", sent_at=NOW)
    [first] = instalment_debits.collect_due(house, FIRST, None, NOW, TODAY)
    collection.submit(first, None, NOW)
    bring(house, [credit_of(first.message_id, "7.00", FIRST)], identifier="S3")
    instalment_plans.end(plan, End.ENDED, FIRST + DAY)
    [batch] = collect_again.collect_again(
        first.creditor, [claim(house, "D0").pk], date(2027, 3, 8), None, noon(FIRST + DAY)
    )
    assert batch.total == Decimal("7.00")
    assert Collection.objects.filter(invoice=claim(house, "D0"), failed_on=None).count() == 2
    assert audit.audit(house) == []


def test_progress_asks_a_constant_number_of_questions(house: Organisation) -> None:
    counts = []
    for number in ("T0", "D0"):
        made(house, number)
        with CaptureQueriesContext(connection) as asked:
            assert held(house, TODAY)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15


def test_all_parts_together_are_what_was_owed(house: Organisation) -> None:
    for count in (2, 3, 7, 11, 13):
        draft = drafted(house, member(house, "T0"), Wish([claim(house, "T0").pk], count, 1, FIRST), TODAY)
        assert total(amount for _day, amount in draft.parts) == draft.total == Decimal("14.00")
