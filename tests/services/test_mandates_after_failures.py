"""A return's effect on its mandate is undone with it, a rejection means what the return with that code means, a bounced
announcement announces nothing."""

from collections.abc import Iterator
from datetime import date

import pytest
from django_scopes import scopes_disabled

from billing.models import Collection, Creditor, Mail, Mandate, StatementEntry
from billing.services import bank_replies, bounces, collect_again, collection, settling
from billing.services.announcements import mark_printed
from members.models import Organisation
from tests.formats.replies import reply
from tests.services.bank import NOW, accept_all, batch, bring, claim, club, debit, returned, whole_file
from tests.services.club import noon

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def house() -> Organisation:
    return club(debits=2, transfers=0)


def mandate(house: Organisation, number: str = "D0") -> Mandate:
    return Mandate.objects.filter(member__number=f"{house.slug}{number}").earliest("pk")


def come_back(house: Organisation, reason: str, identifier: str = "S2") -> int:
    bring(house, [returned(house, "D0", reason, fee="0.00")], identifier=identifier)
    accept_all(house)
    return StatementEntry.objects.latest("pk").pk


@pytest.mark.parametrize("reason", ["AC04", "AC06"])
def test_undoing_a_return_gives_the_mandate_back(house: Organisation, reason: str) -> None:
    bring(house, [whole_file(house)])
    entry = come_back(house, reason)
    stopped = mandate(house)
    assert bool(stopped.ended_on) != bool(stopped.suspended_on)
    settling.undo(house, entry, NOW.date())
    given_back = mandate(house)
    assert (given_back.ended_on, given_back.ended_as, given_back.suspended_on) == (None, "", None)


def test_a_mandate_that_was_replaced_meanwhile_stays_ended(house: Organisation) -> None:
    bring(house, [whole_file(house)])
    entry, old = come_back(house, "AC04"), mandate(house)
    Mandate.objects.create(
        organisation=house, creditor=old.creditor, member=old.member, reference="NEW", account_holder="x", iban=old.iban, signed_on=NOW.date()
    )  # fmt: skip
    settling.undo(house, entry, NOW.date())
    assert mandate(house).ended_as == "returned"


def test_a_mandate_that_somebody_revoked_stays_revoked(house: Organisation) -> None:
    bring(house, [whole_file(house)])
    Mandate.objects.filter(pk=mandate(house).pk).update(ended_on=date(2027, 1, 5), ended_as="revoked")
    settling.undo(house, come_back(house, "AC04"), NOW.date())
    assert mandate(house).ended_as == "revoked"


def test_a_rejection_ends_or_suspends_the_mandate_as_the_return_would(house: Organisation) -> None:
    file = batch(house)
    told = reply(
        file.message_id,
        debits={
            debit(house, number).end_to_end_id: ("RJCT", code) for number, code in (("D0", "AC04"), ("D1", "AC06"))
        },
    )  # fmt: skip
    bank_replies.take(house, "pain002.xml", told, None, NOW)
    assert (mandate(house, "D0").ended_as, mandate(house, "D1").suspended_on) == ("returned", NOW.date())


def test_an_announcement_that_bounced_is_none_until_its_letter_is_posted(house: Organisation) -> None:
    bring(house, [whole_file(house)])
    come_back(house, "MS03")
    [again] = collect_again.collect_again(Creditor.objects.get(), [claim(house, "D0").pk], date(2027, 2, 15), None, NOW)
    Mail.objects.filter(kind="announcement").update(state="sent", sent_at=NOW)
    collection.announced(again)
    assert debit(house, "D0").notified_on == NOW.date()
    bounces.record(
        house, debit(house, "D0").invoice.payer.email, "550 no such user", NOW, Mail.objects.get(kind="announcement")
    )
    collection.announced(again)
    assert debit(house, "D0").notified_on is None
    with pytest.raises(Exception, match=claim(house, "D0").number):
        collection.submit(again, None, NOW)
    assert mark_printed(again, noon(date(2027, 1, 21))) == 1
    collection.submit(again, None, noon(date(2027, 1, 21)))
    assert Collection.objects.get(batch=again).notified_on == date(2027, 1, 21)
