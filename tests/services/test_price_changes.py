"""Price changes of running contracts: who is told what, who pays what afterwards, and what is refused."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scope

from billing.benchmarks.measure import counted
from billing.models import BillingRun, ContractEvent, Mail, PriceNotice, Tariff, TariffVersion
from billing.services import price_answers, price_changes
from billing.services.contracts import add_event
from members.models import Member, Organisation
from tests.services.club import noon, small_club
from tests.services.price_world import (
    DAY,
    START,
    TODAY,
    UNTIL,
    announce,
    customer,
    dearer,
    notice_of,
    offer,
    paid,
    wish,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
FEBRUARY, MARCH = (date(2027, 1, 15), date(2027, 2, 28)), (date(2027, 2, 15), date(2027, 3, 31))


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


@pytest.fixture
def gym(club: Organisation) -> Tariff:
    """31 EUR a month, a consumer contract."""
    return offer(club, "gym", "31.00")


def test_the_preview_says_who_pays_what_from_when(club: Organisation, gym: Tariff) -> None:
    version = dearer(gym)
    customer(club, "1", gym)
    customer(club, "2", gym, discounts=[{"percent": "10"}])
    customer(club, "3", gym, start=date(2027, 1, 1))
    leaving = customer(club, "4", gym)
    add_event(leaving, "cancel", TODAY, "2027-03-01", TODAY)
    customer(club, "5", gym, start=DAY)
    Member.objects.filter(number="3").update(email="")
    found = price_changes.preview(wish(version), noon(TODAY))
    told = {one.number: (one.step.starts_on, str(one.step.old), str(one.step.new)) for one in found.contracts}
    assert told == {"1": (DAY, "31.00", "40.00"), "2": (DAY, "27.90", "36.00"), "3": (DAY, "31.00", "40.00")}
    assert (found.mails, len(found.by_letter), found.yearly) == (2, 1, (Decimal("1078.80"), Decimal("1392.00")))
    assert found.starts_on == [DAY, DAY]
    assert price_changes.announce_by(wish(version)) == date(2027, 2, 1)
    assert not PriceNotice.objects.exists()
    assert TariffVersion.objects.get(pk=version.pk).existing_from is None


def test_a_running_period_keeps_its_price(club: Organisation, gym: Tariff) -> None:
    yearly = offer(club, "year", "120.00", interval={"months": 12}, anchor="start")
    customer(club, "1", yearly, start=date(2026, 6, 10))
    found = price_changes.preview(wish(dearer(yearly, "144.00")), noon(TODAY))
    [one] = found.contracts
    assert (one.step.starts_on, one.step.every, found.yearly) == (
        date(2027, 6, 10),
        {"months": 12},
        (Decimal(120), Decimal(144)),
    )


def test_net_prices_are_told_with_vat(club: Organisation) -> None:
    tariff = offer(club, "net", "10.00", prices="net")
    customer(club, "1", tariff)
    [one] = price_changes.preview(wish(dearer(tariff, "20.00")), noon(TODAY)).contracts
    assert (one.step.old, one.step.new) == (Decimal("11.90"), Decimal("23.80"))


def test_prices_after_the_phases_are_told(club: Organisation) -> None:
    tariff = offer(club, "phase", "30.00", phases=[{"months": 6, "factor": "0"}])
    customer(club, "1", tariff)
    [one] = price_changes.preview(wish(dearer(tariff)), noon(TODAY)).contracts
    assert (one.step.starts_on, one.step.old, one.step.new) == (DAY, Decimal("30.00"), Decimal("40.00"))


def test_who_changed_into_the_tariff_is_told_and_who_left_it_is_not(club: Organisation, gym: Tariff) -> None:
    other = offer(club, "other", "20.00")
    came, went = customer(club, "1", other), customer(club, "2", gym)
    add_event(came, "change_tariff", TODAY, "gym", TODAY)
    add_event(went, "change_tariff", TODAY, "other", TODAY, when="immediately")
    found = price_changes.preview(wish(dearer(gym)), noon(TODAY))
    assert [one.number for one in found.contracts] == ["1"]


def test_everybody_is_told_once_and_pays_by_it(club: Organisation, gym: Tariff) -> None:
    customer(club, "1", gym)
    version = dearer(gym)
    change = announce(version)
    assert announce_again(version) == change.pk
    mail = Mail.objects.get(kind="price")
    assert (mail.recipient, mail.state) == ("m1@example.org", "waiting")
    for words in (
        "40,00",
        "31,00",
        "1. März 2027",
        "§ 5: Strom",
        "15. Februar 2027",
        "/price-changes/",
        "Umsatzsteuer",
    ):
        assert words in mail.text
    assert paid(club, *FEBRUARY) == {"1": "62.00"}
    assert paid(club, *MARCH) == {"1": "40.00"}


def announce_again(version: TariffVersion) -> int:
    return price_changes.announce(wish(version), "whatever", None, noon(TODAY)).pk


def test_who_pays_gets_one_letter_about_all_and_who_reads_mail_one_about_their_own(
    club: Organisation, gym: Tariff
) -> None:
    contracts = [customer(club, number, gym) for number in ("1", "2", "3")]
    payer = contracts[0].member
    Member.objects.exclude(pk=payer.pk).update(payer=payer)
    Member.objects.filter(number="3").update(email="")
    Member.objects.filter(pk=payer.pk).update(delivery="letter", language="en")
    announce(dearer(gym))
    letters = {mail.recipient or mail.state: mail.text for mail in Mail.objects.filter(kind="price")}
    assert set(letters) == {"print", "m2@example.org"}
    assert letters["print"].count("€40.00 per month instead of €31.00 per month") == 3
    assert letters["m2@example.org"].count("40,00") == 1


def test_who_objects_keeps_the_old_price(club: Organisation, gym: Tariff) -> None:
    first, second = customer(club, "1", gym), customer(club, "2", gym)
    announce(dearer(gym))
    objection = price_answers.record_objection(notice_of(first), TODAY, None, noon(TODAY))
    assert price_answers.record_objection(notice_of(first), TODAY, None, noon(TODAY)) == objection
    assert ContractEvent.objects.get().data == {"value": "2027-03-01"}
    assert "behalten" in Mail.objects.get(key__startswith="answer:").text
    paid(club, *FEBRUARY)
    assert paid(club, *MARCH) == {"1": "31.00", "2": "40.00"}
    assert second.events.count() == 0


def test_an_objection_after_the_bill_brings_the_difference_back(club: Organisation, gym: Tariff) -> None:
    first = customer(club, "1", gym)
    announce(dearer(gym), object_until=date(2027, 2, 28))
    paid(club, *MARCH)
    price_answers.record_objection(notice_of(first), date(2027, 2, 20), None, noon(date(2027, 2, 22)))
    assert paid(club, date(2027, 3, 15), date(2027, 4, 30)) == {"1": "22.00"}


def test_by_the_other_rule_who_objects_leaves_before_the_new_price_begins(club: Organisation, gym: Tariff) -> None:
    first = customer(club, "1", gym)
    announce(dearer(gym), rule="end")
    price_answers.record_objection(notice_of(first), TODAY, None, noon(TODAY))
    event = ContractEvent.objects.get()
    assert (event.kind, event.data) == ("cancel", {"value": "2027-03-01"})
    paid(club, *FEBRUARY)
    assert paid(club, *MARCH) == {}


def test_who_has_left_already_is_not_made_to_stay(club: Organisation, gym: Tariff) -> None:
    first = customer(club, "1", gym)
    announce(dearer(gym), rule="end")
    add_event(first, "cancel", TODAY, "2027-02-01", TODAY)
    price_answers.record_objection(notice_of(first), TODAY, None, noon(TODAY))
    assert ContractEvent.objects.count() == 1


def test_only_who_agrees_pays_the_new_price(club: Organisation, gym: Tariff) -> None:
    yes, _silent, no = (customer(club, number, gym) for number in ("1", "2", "3"))
    announce(dearer(gym), basis="consent")
    assert "stimmen" in Mail.objects.filter(kind="price")[0].text
    for _time in range(2):
        price_answers.record_consent(notice_of(yes), TODAY, None, noon(TODAY))
    price_answers.record_objection(notice_of(no), TODAY, None, noon(TODAY))
    for notice, answer in (
        (notice_of(no), price_answers.record_consent),
        (notice_of(yes), price_answers.record_objection),
    ):
        with pytest.raises(ValidationError):
            answer(notice, TODAY, None, noon(TODAY))
    paid(club, *FEBRUARY)
    assert paid(club, *MARCH) == {"1": "40.00", "2": "31.00", "3": "31.00"}
    assert Mail.objects.filter(key__startswith="answer:").count() == 2


def test_a_yes_after_the_bill_is_settled_by_the_next_run(club: Organisation, gym: Tariff) -> None:
    yes = customer(club, "1", gym)
    announce(dearer(gym), basis="consent", object_until=date(2027, 2, 28))
    paid(club, *MARCH)
    price_answers.record_consent(notice_of(yes), date(2027, 2, 20), None, noon(date(2027, 2, 20)))
    assert paid(club, date(2027, 3, 15), date(2027, 4, 30)) == {"1": "49.00"}


def test_consumers_who_were_never_told_keep_their_price_and_the_run_says_so(club: Organisation, gym: Tariff) -> None:
    customer(club, "1", gym)
    version = dearer(gym)
    TariffVersion.objects.filter(pk=version.pk).update(existing_from=DAY)
    paid(club, *FEBRUARY)
    assert paid(club, *MARCH) == {"1": "31.00"}
    preview = BillingRun.objects.get(on=MARCH[0]).preview or {}
    assert [one["text"][:25] for one in preview["findings"] if one["code"] == "not_announced"] == [
        "Der Preis ab 01.03.2027 w"
    ]
    assert version in price_changes.announceable(club, date(2027, 4, 1))


def test_a_tariff_that_came_in_with_its_past_is_taken_as_it_is(club: Organisation) -> None:
    old = offer(club, "old", "31.00")
    version = dearer(old)
    TariffVersion.objects.filter(pk=version.pk).update(valid_from=date(2020, 1, 1), existing_from=date(2020, 2, 1))
    customer(club, "1", old, start=date(2019, 1, 1), bill_from=START)
    assert paid(club, START, date(2027, 1, 31)) == {"1": "40.00"}


def test_members_pay_by_resolution_whether_told_or_not(club: Organisation) -> None:
    dues = offer(club, "dues", "10.00", legal_basis="membership", vat_rate=None)
    customer(club, "1", dues)
    TariffVersion.objects.filter(pk=dearer(dues, "12.00").pk).update(existing_from=DAY)
    paid(club, *FEBRUARY)
    assert paid(club, *MARCH) == {"1": "12.00"}


def test_a_resolution_leaves_no_objection_but_may_give_a_right_to_leave(club: Organisation) -> None:
    dues, other = (offer(club, code, "10.00", legal_basis="membership", vat_rate=None) for code in ("dues", "more"))
    first, second = customer(club, "1", dues), customer(club, "2", other)
    announce(dearer(dues), basis="resolution", rule="none", object_until=None)
    announce(dearer(other), basis="resolution", rule="end")
    with pytest.raises(ValidationError, match="alle Mitglieder"):
        price_answers.record_objection(notice_of(first), TODAY, None, noon(TODAY))
    price_answers.record_objection(notice_of(second), TODAY, None, noon(TODAY))
    texts = dict(Mail.objects.filter(key__startswith="price:").values_list("recipient", "text"))
    assert "28. Februar 2027" in texts["m2@example.org"]
    assert "widersprechen" not in "".join(texts.values())


def test_who_came_later_keeps_the_price_until_told(club: Organisation, gym: Tariff) -> None:
    customer(club, "1", gym)
    change = announce(dearer(gym))
    customer(club, "2", gym, start=date(2027, 1, 20))
    customer(club, "3", gym, start=date(2026, 1, 1), bill_from=date(2027, 4, 1), due_on=date(2027, 4, 1))
    paid(club, *FEBRUARY)
    assert paid(club, *MARCH) == {"1": "40.00", "2": "31.00"}
    assert price_changes.tell_newcomers(change, noon(date(2027, 1, 25))) == 1
    assert price_changes.tell_newcomers(change, noon(date(2027, 1, 25))) == 0
    assert Mail.objects.filter(key__startswith="price:").count() == 2
    assert paid(club, date(2027, 3, 15), date(2027, 4, 30))["2"] == "49.00"


@pytest.mark.parametrize(
    "values, code",
    [
        ({"day": TODAY}, "before_told"), ({"day": date(2027, 2, 11)}, "early"), ({"object_until": DAY}, "answer_late"),
        ({"object_until": TODAY + timedelta(days=13)}, "answer_early"), ({"basis": "resolution", "rule": "none", "object_until": None}, "basis"),
        ({"told_on": TODAY + timedelta(days=1)}, "told_ahead"), ({"rule": "none", "object_until": None}, None), ({"reason": ""}, None),
        ({"basis": "consent", "rule": "end"}, None), ({"object_until": None}, None),
    ],
)  # fmt: skip
def test_what_may_not_be_announced_is_refused(
    club: Organisation, gym: Tariff, values: dict[str, Any], code: str | None
) -> None:
    customer(club, "1", gym)
    with pytest.raises(ValidationError) as refused:
        announce(dearer(gym), **values)
    assert code is None or code in [one.code for one in refused.value.error_list]
    assert not PriceNotice.objects.exists()


def test_nothing_reaches_back_without_a_reason(club: Organisation) -> None:
    dues = offer(club, "dues", "10.00", legal_basis="membership", vat_rate=None)
    customer(club, "1", dues)
    version = dearer(dues, "12.00")
    paid(club, *FEBRUARY)
    version.existing_from = date(2027, 2, 1)
    with pytest.raises(ValidationError, match="Rechnungen"):
        version.full_clean()
    back: dict[str, Any] = {
        "day": START + timedelta(days=31),
        "basis": "resolution",
        "rule": "none",
        "object_until": None,
    }
    with pytest.raises(ValidationError, match="warum"):
        announce(version, on=date(2027, 2, 10), **back)
    announce(version, on=date(2027, 2, 10), early_reason="Beschluss vom 1. Januar", **back)
    assert paid(club, *MARCH) == {"1": "14.00"}
    for day in (DAY, None):
        version.existing_from = day
        with pytest.raises(ValidationError, match="mitgeteilt"):
            version.full_clean()


def test_what_was_announced_by_other_means_sends_nothing_and_holds(club: Organisation, gym: Tariff) -> None:
    customer(club, "1", gym)
    change = announce(dearer(gym), on=date(2027, 3, 10), told_on=date(2027, 1, 10), early_reason="Brief vom 10. Januar")
    assert (change.elsewhere, change.told_on, Mail.objects.count(), PriceNotice.objects.count()) == (
        True,
        date(2027, 1, 10),
        0,
        1,
    )
    assert paid(club, date(2027, 3, 15), date(2027, 3, 31)) == {"1": "102.00"}


def test_an_answer_counts_only_in_its_days(club: Organisation, gym: Tariff) -> None:
    notice = None
    customer(club, "1", gym)
    announce(dearer(gym))
    notice = PriceNotice.objects.get()
    for on, now in ((TODAY - timedelta(days=1), TODAY), (UNTIL + timedelta(days=1), DAY), (DAY, TODAY)):
        with pytest.raises(ValidationError):
            price_answers.record_objection(notice, on, None, noon(now))
    price_answers.record_objection(notice, UNTIL, None, noon(DAY))


def test_what_changed_since_it_was_looked_at_is_not_announced(club: Organisation, gym: Tariff) -> None:
    customer(club, "1", gym)
    asked = wish(dearer(gym))
    seen = price_changes.preview(asked, noon(TODAY)).fingerprint
    customer(club, "2", gym)
    with pytest.raises(ValidationError, match="geändert"):
        price_changes.announce(asked, seen, None, noon(TODAY))
    assert not PriceNotice.objects.exists()


def test_an_objection_holds_for_a_price_that_comes_during_the_trial(club: Organisation) -> None:
    tariff = offer(club, "trial", "31.00", trial={"days": 90, "then": "continue"}, anchor="start")
    first = customer(club, "1", tariff)
    announce(dearer(tariff))
    price_answers.record_objection(notice_of(first), TODAY, None, noon(TODAY))
    assert paid(club, date(2027, 4, 1), date(2027, 4, 1)) == {"1": "31.00"}


def test_what_else_changes_is_told(club: Organisation) -> None:
    tariff = offer(club, "terms", "31.00", minimum_term={"months": 12}, renewal={"months": 1})
    customer(club, "1", tariff)
    announce(dearer(tariff, minimum_term={"months": 24}))
    text = Mail.objects.get().text
    assert "24 Monate (bisher: 12 Monate)" in text
    assert "Kündigungsfrist" not in text


def test_the_queries_do_not_grow_with_the_contracts(club: Organisation, gym: Tariff) -> None:
    announce(dearer(gym))
    found = []
    for code, count in (("few", 2), ("many", 40)):
        tariff = offer(club, code, "10.00")
        for number in range(count):
            customer(club, f"{code}{number}", tariff)
        asked = wish(dearer(tariff))
        seen = price_changes.preview(asked, noon(TODAY)).fingerprint
        with counted() as counter:
            price_changes.announce(asked, seen, None, noon(TODAY))
        found.append(counter.queries)
    assert found[0] == found[1] <= 40
