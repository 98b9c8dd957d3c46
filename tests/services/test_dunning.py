"""Who is reminded, of what, at which level; and that it happens once."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from billing.models import (
    AncillaryClaim,
    DunningItem,
    DunningLevel,
    DunningNotice,
    DunningRun,
    InvoiceLine,
    Mail,
    Posting,
    Tariff,
    TariffVersion,
)
from billing.services.audit import audit
from billing.services.dunning_levels import levels_of, settings_of, store
from billing.services.open_items import open_items
from members.models import Member, Organisation
from tests.services.club import join
from tests.services.overdue import (
    DUE,
    FIRST,
    SECOND,
    THIRD,
    bill,
    claim_of,
    late,
    looked,
    pay,
    payer_of,
    remind,
    strict,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db]
EURO = Decimal


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def house() -> Organisation:
    organisation = late()
    strict(organisation)
    return organisation


def kinds(organisation: Organisation) -> list[tuple[str, Decimal]]:
    rows = AncillaryClaim.objects.filter(organisation=organisation).order_by("pk")
    return list(rows.values_list("kind", "amount"))


def test_a_club_gives_time_and_takes_nothing_and_a_company_asks_what_the_law_allows() -> None:
    club, company = late("klub", 0), late("firma", 0, kind="company")
    assert [(one.level, one.tone, one.fee, one.interest) for one in levels_of(club)] == [
        (1, "reminder", Decimal(0), False), (2, "dunning", Decimal(0), False), (3, "last_dunning", Decimal(0), False),
    ]  # fmt: skip
    assert [(one.fee, one.interest, bool(one.fee_basis)) for one in levels_of(company)] == [
        (0, False, False), (EURO("1.50"), True, True), (EURO("2.50"), True, True),
    ]  # fmt: skip
    assert (settings_of(club).interest, settings_of(company).lump_sum) == (False, True)
    store(settings_of(company), levels_of(company), None)
    assert DunningLevel.objects.filter(organisation=company).count() == 3
    store(settings_of(company), levels_of(company)[:2], None)
    assert [one.level for one in levels_of(company)] == [1, 2]
    with pytest.raises(ValidationError):
        store(settings_of(company), [], None)


def test_nothing_is_due_before_its_day_and_the_preview_says_from_when(house: Organisation) -> None:
    assert (looked(house, DUE).claims, looked(house, DUE).kept) == (0, [])
    early = looked(house, DUE + timedelta(days=13))
    assert (early.claims, {one.reason for one in early.kept}) == (0, {"ab 18.01.2027"})
    assert all(one.waits for one in early.kept)
    assert looked(house, DUE + timedelta(days=14)).claims == 2


def test_a_run_writes_what_the_preview_showed_and_the_same_run_again_does_nothing(house: Organisation) -> None:
    shown = looked(house)
    assert (shown.claims, shown.total, shown.kept) == (2, EURO("28.00"), [])
    first = remind(house)
    assert first.run
    assert (first.notices, first.run.on) == (2, FIRST)
    assert list(DunningNotice.objects.values_list("level", "total", "pay_until")) == [
        (1, EURO("14.00"), FIRST + timedelta(days=14))
    ] * 2  # fmt: skip
    again = remind(house)
    assert (again.run, again.notices, DunningRun.objects.count(), Mail.objects.filter(kind="notice").count()) == (
        None,
        0,
        1,
        2,
    )
    assert kinds(house) == []


def test_only_who_was_seen_is_reminded_and_only_of_what_was_seen(house: Organisation) -> None:
    seen = {one.payer.pk: one.seen for one in looked(house).notices}
    one, other = sorted(seen)
    outcome = remind(house, seen={one: seen[one], other: "1/1/99.00"})
    assert (outcome.notices, len(outcome.changed)) == (1, 1)
    assert DunningItem.objects.get().invoice.payer_id == one


def test_levels_follow_each_other_and_each_asks_what_it_may(house: Organisation) -> None:
    Member.objects.filter(pk=payer_of(house).pk).update(delivery="letter")
    remind(house)
    assert looked(house, FIRST + timedelta(days=14)).claims == 0
    remind(house, SECOND)
    letter, mail = DunningNotice.objects.filter(level=2).order_by("member__number")
    # In default from 5 February, three days after the reminder and the day of its receipt: 27 days of 6.52 % on 14 EUR.
    assert (letter.costs, letter.interest, letter.total) == (EURO("2.50"), EURO("0.07"), EURO("16.57"))
    assert (mail.costs, mail.interest) == (EURO("0.00"), EURO("0.07"))
    assert kinds(house) == [("costs", EURO("2.50")), ("interest", EURO("0.07")), ("interest", EURO("0.07"))]
    remind(house, THIRD)
    last = DunningNotice.objects.filter(level=3).order_by("member__number")[0]
    assert (last.costs, last.interest) == (EURO("5.00"), EURO("0.15"))
    assert looked(house, THIRD + timedelta(days=99)).claims == 0
    items = DunningItem.objects.filter(invoice=claim_of(house)).order_by("level")
    assert [(one.interest_from, one.interest_to) for one in items] == [
        (None, None), (date(2027, 2, 5), SECOND + timedelta(days=1)), (SECOND + timedelta(days=1), THIRD + timedelta(days=1)),
    ]  # fmt: skip
    assert audit(house) == []


def test_costs_are_posted_and_paid_first(house: Organisation) -> None:
    Member.objects.filter(organisation=house).update(delivery="letter")
    remind(house)
    remind(house, SECOND)
    posted = Posting.objects.filter(document=claim_of(house), case__startswith="costs/") | Posting.objects.filter(
        document=claim_of(house), case__startswith="interest/"
    )
    assert sorted(posted.values_list("amount", flat=True)) == [EURO("0.07"), EURO("2.50")]
    pay(house, "10.00", claim_of(house).number, SECOND + timedelta(days=2))
    [item] = open_items(house, THIRD, [payer_of(house).pk])
    assert (item.open, item.ancillary) == (EURO("6.57"), EURO("0.00"))


def test_what_is_paid_is_not_reminded_any_more(house: Organisation) -> None:
    remind(house)
    pay(house, "14.00", claim_of(house).number, FIRST + timedelta(days=3))
    assert [one.payer.pk for one in looked(house, SECOND).notices] == [payer_of(house, 1).pk]


def test_small_sums_are_left_in_peace(house: Organisation) -> None:
    settings = settings_of(house)
    settings.minimum = EURO("14.01")
    settings.save()
    shown = looked(house)
    assert (shown.claims, len(shown.kept), {one.waits for one in shown.kept}) == (0, 2, {False})


def test_persons_pay_at_most_the_cap_and_companies_the_fee() -> None:
    organisation = late("firma", 2, kind="company", delivery="letter")
    levels = strict(organisation, consumer_cap=EURO("1.00"))
    Member.objects.filter(pk=payer_of(organisation).pk).update(kind="company", company="Säumig GmbH")
    remind(organisation)
    remind(organisation, SECOND)
    costs = {one.member_id: one.costs for one in DunningNotice.objects.filter(level=2)}
    assert levels[1].fee == EURO("2.50")
    assert costs == {payer_of(organisation).pk: EURO("2.50"), payer_of(organisation, 1).pk: EURO("1.00")}


def test_between_companies_the_lump_sum_is_owed_once_and_nine_points_for_services() -> None:
    organisation = late("firma", 2, kind="company")
    strict(organisation)
    firm = payer_of(organisation)
    Member.objects.filter(pk=firm.pk).update(kind="company", company="Säumig GmbH")
    remind(organisation)
    remind(organisation, SECOND)
    assert [kind for kind, _amount in kinds(organisation)].count("lump_sum") == 0
    service = claim_of(organisation)
    InvoiceLine.objects.create(
        organisation=organisation, invoice=service, position=9, contract=service.lines.all()[0].contract, tariff="X", component="x",
        kind="charge", start=DUE, end=FIRST, quantity=1, amount=0, vat_rate=19, text="Service",
    )  # fmt: skip
    remind(organisation, THIRD)
    assert [(kind, amount) for kind, amount in kinds(organisation) if kind == "lump_sum"] == [
        ("lump_sum", EURO("40.00"))
    ]
    rates = {one.reckoning[0]["points"] for one in DunningItem.objects.filter(level=3, invoice=service)}
    assert rates == {"9"}
    assert not AncillaryClaim.objects.filter(kind="lump_sum", invoice=claim_of(organisation, 1)).exists()


def test_a_bill_for_a_service_tells_a_consumer_when_default_begins() -> None:
    dues, service = late("beitrag", 1), late("dienst", 0)
    course = Tariff.objects.create(organisation=service, code="KURS", name="Kurs")
    terms = TariffVersion.objects.get(tariff__code="ERW", organisation=service).terms | {
        "vat_rate": "19",
        "code": "KURS",
        "name": "Kurs",
    }
    TariffVersion.objects.create(organisation=service, tariff=course, terms=terms)
    join(service, "dienst0", debit=False, tariff="KURS")
    bill(service)
    assert "default_after" not in claim_of(dues).snapshot
    snapshot = claim_of(service).snapshot
    assert snapshot["default_after"] == 30
    assert "Sie kommen spätestens in Verzug, wenn Sie nicht innerhalb von 30 Tagen" in snapshot["notes"][-1]
    [planned] = looked(service).notices
    strict(service)
    [due] = looked(service, date(2027, 2, 20)).notices[0].dues
    assert due.default
    assert (due.default.on, due.default.reason) == (DUE + timedelta(days=31), "thirty_days")
    assert planned.payer == payer_of(service)


def test_the_number_of_queries_is_the_same_for_few_and_many() -> None:
    few, many = late("wenige", 2), late("viele", 30)
    counts = []
    for organisation in (few, many):
        strict(organisation)
        with CaptureQueriesContext(connection) as previewed:
            assert looked(organisation).claims == (2 if organisation == few else 30)
        with CaptureQueriesContext(connection) as reminded:
            remind(organisation)
        counts.append((len(previewed), len(reminded)))
    assert counts[0] == counts[1]
    assert counts[0] == (23, 39)
