"""Direct debits from mandate to the bank's answer: what changes on the way, who may let it go, and what comes back."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from billing.models import (
    BankReply,
    BillingRun,
    Collection,
    CollectionBatch,
    Creditor,
    Invoice,
    Mail,
    Mandate,
    RunSettings,
)
from billing.services import (
    audit,
    bank_replies,
    collect_again,
    collection,
    mandate_changes,
    month,
)
from billing.services.report import report_of
from members.models import Organisation, User
from tests.formats.replies import reply
from tests.services.bank import accept_all, bring, transfer
from tests.services.club import noon
from tests.services.debiting import (
    DAY,
    ON,
    code_of,
    debits,
    hand_in,
    mandate_of,
    run_of,
    three_members,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = three_members()
    with scope(organisation=organisation):
        yield organisation


def test_two_persons_see_a_file_where_the_organisation_asks_for_it(club: Organisation) -> None:
    RunSettings.objects.update(four_eyes=True)
    maker, checker = User.objects.create_user("a@example.org"), User.objects.create_user("b@example.org")
    run = run_of(club)
    batch = run.batches.get()
    collection.withdraw(batch, noon(ON))
    [batch] = collection.assemble(run, noon(ON), maker)
    with pytest.raises(ValidationError) as unreleased:
        collection.submit(batch, maker, noon(date(2026, 12, 21)))
    with pytest.raises(ValidationError) as own:
        collection.release(batch, maker, noon(ON))
    written = [name for name, _content in month.files(run, report_of(run)) if name.endswith(".xml")]
    assert written == []
    collection.release(batch, checker, noon(ON))
    with pytest.raises(ValidationError) as twice:
        collection.release(batch, checker, noon(ON))
    assert [code_of(one) for one in (unreleased, own, twice)] == ["unreleased", "own_file", "not_open"]
    collection.submit(batch, maker, noon(date(2026, 12, 21)))
    assert (batch.state, batch.released_by) == ("submitted", checker)


def test_a_file_built_anew_has_to_be_released_anew(club: Organisation) -> None:
    RunSettings.objects.update(four_eyes=True)
    maker, checker = User.objects.create_user("a@example.org"), User.objects.create_user("b@example.org")
    batch = run_of(club).batches.get()
    collection.release(batch, checker, noon(ON))
    [new] = mandate_changes.revoke(mandate_of("1"), ON, maker, noon(ON)).rebuilt
    assert (new.made_by, new.released_at) == (maker, None)


def test_files_are_split_at_the_largest_number_and_sum(club: Organisation) -> None:
    Creditor.objects.update(max_total=Decimal("30.00"))
    run = run_of(club)
    assert sorted(run.batches.values_list("count", "total")) == [(1, Decimal("14.00")), (2, Decimal("28.00"))]
    assert audit.audit(club) == []


def test_the_preview_says_what_the_files_will_hold(club: Organisation) -> None:
    run = run_of(club)
    assert collection.preview(run) == []
    collection.withdraw(run.batches.get(), noon(ON))
    Creditor.objects.update(max_debits=2)
    run.refresh_from_db()
    kind = ("CORE", "RCUR")
    assert collection.preview(BillingRun.objects.get(pk=run.pk)) == [
        (kind, 2, Decimal("28.00")),
        (kind, 1, Decimal("14.00")),
    ]


def test_a_debit_above_the_largest_sum_is_refused_by_name(club: Organisation) -> None:
    Creditor.objects.update(max_total=Decimal("10.00"))
    with pytest.raises(ValidationError) as refused:
        run_of(club)
    assert code_of(refused) == "too_large"
    assert not CollectionBatch.objects.exists()


def test_the_banks_own_closing_days_and_earliest_day_count(club: Organisation) -> None:
    creditor = Creditor.objects.get()
    assert collection.latest_submission(creditor, DAY).date() == date(2026, 12, 31)
    creditor.closed_days = "12-31, 12-24"
    creditor.earliest_days = 5
    creditor.save()
    assert collection.latest_submission(creditor, DAY).date() == date(2026, 12, 30)
    batch = run_of(club).batches.get()
    with pytest.raises(ValidationError) as refused:
        collection.submit(batch, None, noon(date(2026, 12, 21)))
    assert code_of(refused) == "too_early"
    collection.submit(batch, None, noon(date(2026, 12, 30)) - timedelta(hours=2))


def test_a_one_off_mandate_is_spent_and_comes_back_when_its_debit_was_rejected(club: Organisation) -> None:
    Mandate.objects.filter(reference="M-1").update(one_off=True)
    run = run_of(club)
    once = run.batches.get(sequence_type="OOFF")
    collection.submit(once, None, noon(date(2026, 12, 21)))
    assert Mandate.objects.get(reference="M-1").ended_as == "spent"
    bank_replies.take(club, "a.xml", reply(once.message_id, "RJCT"), None, noon(DAY))
    assert Mandate.objects.get(reference="M-1").ended_on is None


def test_a_business_mandate_of_a_person_collects_nothing(club: Organisation) -> None:
    Mandate.objects.filter(reference="M-1").update(scheme="B2B")
    assert sorted(debits(run_of(club).batches.get())) == ["M-2", "M-3"]
    with pytest.raises(ValidationError, match=r"Unternehmen|companies"):
        Mandate.objects.get(reference="M-1").full_clean()


def test_what_was_rejected_is_collected_again_in_one_debit_per_payer_and_announced_anew(club: Organisation) -> None:
    RunSettings.objects.update(combine_debits=True)
    january = hand_in(run_of(club))
    bank_replies.take(club, "a.xml", reply(january.message_id, "RJCT"), None, noon(DAY))
    february = hand_in(run_of(club, date(2027, 1, 15), date(2027, 2, 1)), date(2027, 1, 20))
    bank_replies.take(club, "b.xml", reply(february.message_id, "RJCT"), None, noon(date(2027, 2, 1)))
    claims = [one.invoice.pk for one in collect_again.open_again(club, date(2027, 3, 1))]
    assert len(claims) == 6
    now = noon(date(2027, 2, 5))
    with pytest.raises(ValidationError) as early:
        collect_again.collect_again(Creditor.objects.get(), claims, date(2027, 2, 10), None, now)
    assert code_of(early) == "too_early"
    [batch] = collect_again.collect_again(Creditor.objects.get(), claims, date(2027, 2, 20), None, now)
    assert (batch.run, batch.count, batch.total, batch.collection_date) == (
        None,
        3,
        Decimal("84.00"),
        date(2027, 2, 22),
    )
    assert {node.findtext("{*}InstdAmt") for node in debits(batch).values()} == {"28.00"}
    with pytest.raises(ValidationError) as unannounced:
        collection.submit(batch, None, noon(date(2027, 2, 15)))
    assert code_of(unannounced) == "unannounced"
    mails = Mail.objects.filter(kind="announcement")
    assert mails.count() == 3
    assert "28,00" in mails[0].subject
    mails.update(state="sent", sent_at=now)
    collection.submit(batch, None, noon(date(2027, 2, 15)))
    assert Collection.objects.filter(batch=batch, notified_on=date(2027, 2, 5)).count() == 6
    with pytest.raises(ValidationError) as busy:
        collect_again.collect_again(Creditor.objects.get(), claims, date(2027, 3, 20), None, noon(date(2027, 2, 15)))
    assert code_of(busy) == "not_open"
    lead = Collection.objects.filter(batch=batch, part_of=None).first()
    assert lead is not None
    bank_replies.take(club, "c.xml", reply(batch.message_id, "PART", {lead.end_to_end_id: ("RJCT", "AC04")}), None, now)
    assert Collection.objects.filter(batch=batch, failed_as="rejected", return_reason="AC04").count() == 2
    assert audit.audit(club) == []


def test_a_file_built_anew_for_the_same_day_needs_no_new_notice_and_for_another_day_does(club: Organisation) -> None:
    run = run_of(club)
    [same] = collection.rebuild(run.batches.get(), None, noon(date(2026, 12, 16)))
    assert set(same.collections.values_list("notified_on", flat=True)) == {ON}
    [later] = collect_again.rebuilt(
        same, User.objects.create_user("a@example.org"), noon(date(2026, 12, 17)), date(2027, 1, 11)
    )
    assert set(later.collections.values_list("notified_on", flat=True)) == {None}
    assert Mail.objects.filter(kind="announcement").count() == 3
    assert len({batch.message_id for batch in CollectionBatch.objects.all()}) == 3
    assert Collection.objects.filter(failed_on=None).count() == Invoice.objects.count() == 3


def test_what_is_paid_in_part_leaves_a_file_that_was_announced_and_is_collected_anew(club: Organisation) -> None:
    run = run_of(club)
    number = Invoice.objects.get(payer__number="1").number
    bring(club, [transfer(club, "4.00", number, on=date(2026, 12, 16))])
    accept_all(club)
    with pytest.raises(ValidationError, match=number):
        collection.submit(run.batches.get(), None, noon(date(2026, 12, 21)))
    [same] = collection.rebuild(run.batches.get(), None, noon(date(2026, 12, 21)))
    assert (same.count, same.total) == (2, Decimal("28.00"))
    [rest] = collect_again.open_again(club, date(2027, 2, 1))
    assert (rest.invoice.number, rest.left, rest.attempt, rest.chosen) == (number, Decimal("10.00"), None, True)


def test_an_answer_is_taken_in_once_and_only_for_a_file_that_the_bank_has(club: Organisation) -> None:
    batch = run_of(club).batches.get()
    answer = reply(batch.message_id, "ACTC")
    with pytest.raises(ValidationError) as early:
        bank_replies.take(club, "a.xml", answer, None, noon(ON))
    collection.submit(batch, None, noon(date(2026, 12, 21)))
    first, new = bank_replies.take(club, "a.xml", answer, None, noon(DAY))
    again, newer = bank_replies.take(club, "a.xml", answer, None, noon(DAY))
    assert (code_of(early), first.pk, new, newer) == ("not_submitted", again.pk, True, False)
    batch.refresh_from_db()
    assert (batch.state, BankReply.objects.count()) == ("accepted", 1)


@pytest.mark.parametrize(
    "answer, code",
    [
        (reply("KW999", "RJCT"), "unknown_file"),
        (b"<Document", "xml"),
        (reply("X", "RJCT", kind="pain.001.001.09"), "kind"),
    ],
)
def test_an_answer_that_is_not_for_us_changes_nothing(club: Organisation, answer: bytes, code: str) -> None:
    hand_in(run_of(club))
    with pytest.raises(ValidationError) as refused:
        bank_replies.take(club, "a.xml", answer, None, noon(DAY))
    assert code_of(refused) == code
    assert not Collection.objects.exclude(failed_on=None).exists()


def test_an_answer_about_a_debit_of_another_file_changes_nothing(club: Organisation) -> None:
    batch = hand_in(run_of(club))
    known = batch.collections.order_by("pk")[0].end_to_end_id
    answer = reply(batch.message_id, "PART", {known: ("RJCT", "AC01"), "KW0000099999A01": ("RJCT", "AC01")})
    with pytest.raises(ValidationError) as refused:
        bank_replies.take(club, "a.xml", answer, None, noon(DAY))
    assert code_of(refused) == "unknown_debit"
    assert not Collection.objects.exclude(failed_on=None).exists()
    assert not BankReply.objects.exists()


def test_what_is_booked_is_not_rejected_afterwards(club: Organisation) -> None:
    batch = hand_in(run_of(club))
    Collection.objects.filter(mandate_reference="M-1").update(booked_on=DAY)
    taken, _new = bank_replies.take(club, "a.xml", reply(batch.message_id, "RJCT"), None, noon(DAY))
    assert (taken.rejected, len(taken.notes)) == (2, 1)
    assert Collection.objects.get(mandate_reference="M-1").failed_on is None
