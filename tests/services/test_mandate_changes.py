"""Mandates that change, end, and take others' places: what the bank is told, and what becomes of files that wait."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django_scopes import scope

from billing.models import (
    Collection,
    Creditor,
    Mail,
    Mandate,
    MandateAmendment,
)
from billing.services import (
    amendments,
    audit,
    bank_replies,
    collection,
    mandate_changes,
    work,
)
from billing.services.mandates import next_reference
from members.models import Member, OfficeRole, Organisation, User
from tests.formats.replies import reply
from tests.services.club import join, noon
from tests.services.debiting import (
    DAY,
    ON,
    OTHER_BANK,
    SAME_BANK,
    code_of,
    debits,
    hand_in,
    mandate_of,
    run_of,
    three_members,
    told,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = three_members()
    with scope(organisation=organisation):
        yield organisation


def test_another_account_is_told_once_with_the_next_collection_and_again_after_a_rejection(club: Organisation) -> None:
    after = mandate_changes.change_account(mandate_of("1"), OTHER_BANK, "letter of 1 December", ON, None, noon(ON))
    assert after.rebuilt == []
    january = hand_in(run_of(club))
    assert {reference: told(node) for reference, node in debits(january).items()} == {
        "M-1": "SMNDA",
        "M-2": "",
        "M-3": "",
    }
    identifier = Collection.objects.get(batch=january, mandate__member__number="1").end_to_end_id
    bank_replies.take(club, "a.xml", reply(january.message_id, "PART", {identifier: ("RJCT", "AM04")}), None, noon(DAY))
    february = hand_in(run_of(club, date(2027, 1, 15), date(2027, 2, 1)), date(2027, 1, 20))
    assert told(debits(february)["M-1"]) == "SMNDA"
    march = hand_in(run_of(club, date(2027, 2, 12), date(2027, 3, 1)), date(2027, 2, 15))
    assert {told(node) for node in debits(march).values()} == {""}
    assert MandateAmendment.objects.get().told_with == Collection.objects.get(
        batch=february, mandate__member__number="1"
    )
    assert audit.audit(club) == []


def test_an_account_at_the_same_bank_is_named_by_its_iban(club: Organisation) -> None:
    before = mandate_of("1").iban
    mandate_changes.change_account(mandate_of("1"), SAME_BANK, "letter", ON, None, noon(ON))
    assert told(debits(hand_in(run_of(club)))["M-1"]) == before


def test_a_mandate_that_was_never_used_is_simply_corrected(club: Organisation) -> None:
    fresh = join(club, "9", debit=False)
    mandate = mandate_changes.give(Creditor.objects.get(), fresh, fresh.name, SAME_BANK, ON, None, noon(ON))
    mandate_changes.change_account(mandate, OTHER_BANK, "on the phone", ON, None, noon(ON))
    assert not MandateAmendment.objects.exists()
    assert mandate_of("9").iban == OTHER_BANK


@pytest.mark.parametrize(
    "iban, note, field",
    [("DE00123", "letter", "iban"), ("DE71570642210231530419", "letter", "iban"), (OTHER_BANK, " ", "note"), ("DE89370400440532013000", "x", "iban")],
)  # fmt: skip
def test_an_account_that_is_none_is_refused(club: Organisation, iban: str, note: str, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        mandate_changes.change_account(mandate_of("1"), iban, note, ON, None, noon(ON))
    assert list(refused.value.message_dict) == [field]
    assert not MandateAmendment.objects.exists()


def test_a_change_while_a_file_waits_builds_it_anew_under_another_message_id(club: Organisation) -> None:
    run = run_of(club)
    old = run.batches.get()
    after = mandate_changes.change_account(mandate_of("1"), OTHER_BANK, "letter", ON, None, noon(date(2026, 12, 16)))
    [new] = after.rebuilt
    assert new.message_id != old.message_id
    assert (new.replaces, new.count, new.total) == (old, 3, Decimal("42.00"))
    assert told(debits(new)["M-1"]) == "SMNDA"
    collection.submit(new, None, noon(date(2026, 12, 21)))
    assert audit.audit(club) == []


def test_a_revoked_mandate_leaves_every_file_that_the_bank_does_not_have(club: Organisation) -> None:
    run = run_of(club)
    [new] = mandate_changes.revoke(mandate_of("1"), ON, None, noon(date(2026, 12, 16))).rebuilt
    assert sorted(debits(new)) == ["M-2", "M-3"]
    assert (new.count, new.total) == (2, Decimal("28.00"))
    collection.submit(new, None, noon(date(2026, 12, 21)))
    after = mandate_changes.revoke(mandate_of("2"), DAY, None, noon(date(2026, 12, 22)))
    assert after.rebuilt == []
    assert [one.mandate_reference for one in after.at_the_bank] == ["M-2"]
    with pytest.raises(ValidationError) as twice:
        mandate_changes.revoke(Mandate.objects.get(reference="M-2"), DAY, None, noon(DAY))
    assert code_of(twice) == "ended"
    assert collection.assemble(run, noon(date(2026, 12, 23)))[0].pk == new.pk
    assert audit.audit(club) == []


def test_when_all_of_a_file_revoke_it_is_only_withdrawn(club: Organisation) -> None:
    run = run_of(club)
    for number in ("1", "2", "3"):
        after = mandate_changes.revoke(mandate_of(number), ON, None, noon(date(2026, 12, 16)))
    assert after.rebuilt == []
    assert not run.batches.filter(withdrawn_at=None).exists()


def test_another_creditor_identifier_and_name_are_told_for_every_used_mandate_once(club: Organisation) -> None:
    creditor = Creditor.objects.get()
    before = (creditor.name, creditor.identifier)
    creditor.name, creditor.identifier = "Neuer Verein", "DE09ZZZ00000000001"
    creditor.save()
    assert amendments.creditor_changed(creditor, *before) == 3
    node = debits(hand_in(run_of(club)))["M-1"]
    assert node.findtext(".//{*}OrgnlCdtrSchmeId/{*}Nm") == before[0]
    assert node.findtext(".//{*}OrgnlCdtrSchmeId//{*}Othr/{*}Id") == before[1]
    february = hand_in(run_of(club, date(2027, 1, 15), date(2027, 2, 1)), date(2027, 1, 20))
    assert debits(february)["M-1"].find(".//{*}AmdmntInd") is None


def test_another_business_code_is_no_change(club: Organisation) -> None:
    creditor = Creditor.objects.get()
    before = creditor.identifier
    creditor.identifier = before[:4] + "ABC" + before[7:]
    assert amendments.creditor_changed(creditor, creditor.name, before) == 0


def test_another_reference_is_told_and_the_old_one_never_given_again(club: Organisation) -> None:
    mandate_changes.change_reference(mandate_of("1"), "NEU-1", "merger", ON, None, noon(ON))
    assert debits(hand_in(run_of(club)))["NEU-1"].findtext(".//{*}OrgnlMndtId") == "M-1"
    with pytest.raises(ValidationError) as refused:
        mandate_changes.change_reference(mandate_of("2"), "m-1", "merger", ON, None, noon(ON))
    assert code_of(refused) == "reference_used"
    creditor = Creditor.objects.get()
    creditor.mandate_pattern, creditor.next_mandate = "M-{number}", 1
    creditor.save()
    assert next_reference(creditor, mandate_of("2").member) == "M-4"


def test_a_new_mandate_takes_the_place_of_the_old_one(club: Organisation) -> None:
    member = Member.objects.get(number="1")
    new = mandate_changes.give(Creditor.objects.get(), member, member.name, OTHER_BANK, ON, None, noon(ON))
    assert new.reference == "OST-00001"
    old = Mandate.objects.get(reference="M-1")
    assert (old.ended_on, old.ended_as) == (ON, "replaced")
    assert "OST-00001" in debits(hand_in(run_of(club)))


def test_treasurers_are_reminded_once_a_month_of_mandates_that_lapse(club: Organisation) -> None:
    treasurer = User.objects.create_user("kasse@example.org")
    OfficeRole.objects.create(organisation=club, user=treasurer, group=Group.objects.get(name="treasurer"))
    Mandate.objects.filter(reference="M-1").update(last_presented_on=date(2024, 1, 20))
    Mandate.objects.filter(reference="M-2").update(last_presented_on=date(2024, 2, 20))
    for day in (date(2026, 12, 1), date(2026, 12, 2)):
        work.tick(noon(day))
    [reminder] = Mail.objects.filter(key__startswith="lapsing:")
    assert (reminder.recipient, "M-1" in reminder.text, "M-2" in reminder.text) == ("kasse@example.org", True, False)
    work.tick(noon(date(2027, 1, 2)))
    assert Mail.objects.filter(key__startswith="lapsing:").count() == 2
