"""A year of Musterverein, read like a story: members come in, months are billed, one is missed, some leave."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django_scopes import scope
from lxml import etree

from billing.formats import pain008
from billing.models import (
    Collection,
    Contract,
    ContractEvent,
    Invoice,
    InvoiceLine,
    Mail,
    Mandate,
    Posting,
    PostingBatch,
)
from billing.pricing.money import total
from billing.pricing.periods import add_months
from billing.services import audit, collection, contracts, exports, mailing, month
from members.models import Member, Organisation
from tests.musterverein import EXPECTED, MONTHS, bill, noon, setup

pytestmark = [pytest.mark.both, pytest.mark.django_db]
DAY = timedelta(days=1)
KEYS = (
    "payers_invoiced",
    "invoiced_total",
    "direct_debits",
    "direct_debit_total",
    "by_transfer",
    "mandate_lapsed",
    "largest",
    "smallest",
)


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = setup()
    with scope(organisation=organisation):
        yield organisation


def test_the_figures_of_the_first_months_come_out(club: Organisation) -> None:
    """January's expectation counts one payer of February twice: 2207, who joins on 1 February and pays quarterly.

    Their 24.00 for February and March fall due on 1 February, so the February run bills them, once.
    """
    reports = {name: bill(club, name)[1] for name in MONTHS}
    for name in ("2027-02", "2027-04"):
        assert {key: reports[name][key] for key in KEYS} == EXPECTED["runs"][name]
    january = dict(EXPECTED["runs"]["2027-01"])
    january |= {
        "payers_invoiced": 848,
        "invoiced_total": "45602.00",
        "direct_debits": 820,
        "direct_debit_total": "44384.00",
    }
    assert {key: reports["2027-01"][key] for key in KEYS} == january
    late = InvoiceLine.objects.filter(contract__member__number="2207").order_by("start")
    assert [(line.start, line.amount) for line in late] == [
        (date(2027, 2, 1), Decimal("24.00")),
        (date(2027, 4, 1), Decimal("36.00")),
    ]
    assert audit.audit(club) == []


def test_in_a_whole_year_each_day_of_each_contract_is_billed_once(club: Organisation) -> None:
    for number in range(1, 13):
        first = date(2027, number, 1)
        on = add_months(first, -1).replace(day=15)
        month.run_month(club, on, add_months(first, 1) - DAY, first, approved=True, now=noon(on))
    spans: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for contract, start, end in InvoiceLine.objects.order_by("start").values_list("contract_id", "start", "end"):
        spans[contract].append((start, end))
    due = set(Contract.objects.filter(start__lt=date(2028, 1, 1)).values_list("pk", flat=True)) - ended()
    free = Contract.objects.filter(pk__in=due - set(spans))
    assert set(spans) <= due
    assert {one.tariff.code for one in free.select_related("tariff")} == {"EHR", "FAM0"}
    for periods in spans.values():
        assert [end for _start, end in periods[:-1]] == [start for start, _end in periods[1:]]
    goes_on = [periods[-1][1] for contract, periods in spans.items() if contract not in cancelled()]
    assert min(goes_on) >= date(2028, 1, 1)
    assert audit.audit(club) == []


def ended() -> set[int]:
    """Contracts that were over before the first month."""
    return {contract for contract, day in cancellations() if day <= "2027-01-01"}


def cancelled() -> set[int]:
    return {contract for contract, _day in cancellations()}


def cancellations() -> list[tuple[int, str]]:
    events = ContractEvent.objects.filter(kind="cancel").values_list("contract_id", "data")
    return [(contract, data["value"]) for contract, data in events]


def test_a_run_repeated_adds_nothing(club: Organisation) -> None:
    _run, first = bill(club, "2027-01")
    facts = [model.objects.count() for model in (Invoice, InvoiceLine, Posting, Collection, Mail, PostingBatch)]
    _run, second = bill(club, "2027-01")
    assert second == first
    assert [model.objects.count() for model in (Invoice, InvoiceLine, Posting, Collection, Mail, PostingBatch)] == facts


def test_a_preview_writes_no_money_fact(club: Organisation) -> None:
    run, report = bill(club, "2027-01", approved=False)
    assert report["payers_invoiced"] == 848
    assert not run.approved_at
    assert not any(model.objects.exists() for model in (Invoice, Posting, Collection, Mail))


def test_a_missed_february_is_caught_up_in_march(club: Organisation) -> None:
    bill(club, "2027-01")
    bill(club, "2027-03")
    together = total([line.amount for line in InvoiceLine.objects.filter(start__gte=date(2027, 2, 1))])
    assert together == Decimal("8400.00") + Decimal("8327.00")
    assert audit.audit(club) == []


def test_one_invoice_per_payer_names_each_member_of_the_family(club: Organisation) -> None:
    bill(club, "2027-01")
    invoice = Invoice.objects.get(payer__number="1009")
    assert [line["member"].rpartition(" ")[2] for line in invoice.snapshot["lines"]] == [
        "(1009)",
        "(1011)",
        "(1011)",
        "(1012)",
    ]
    assert invoice.gross == Decimal("36.00")
    assert invoice.snapshot["vat"][0]["rate"] is None


def test_numbers_have_no_gap_and_amounts_equal_postings_and_the_bank_file(club: Organisation) -> None:
    run, report = bill(club, "2027-01")
    numbers = list(Invoice.objects.order_by("sequence").values_list("number", flat=True))
    assert numbers == [f"R2026-{number:05d}" for number in range(1, 849)]
    assert total([Posting.objects.aggregate(sum=Sum("amount"))["sum"]]) == Decimal(report["invoiced_total"])
    batch = run.batches.get()
    xml = etree.fromstring(bytes(batch.content or b""))
    assert xml.findtext(".//{*}PmtInf/{*}CtrlSum") == report["direct_debit_total"] == str(batch.total)
    assert xml.findtext(".//{*}ReqdColltnDt") == "2027-01-04"
    assert (
        pain008.check(bytes(batch.content or b""), collection.debit_file(batch, noon(run.on)), batch.count, batch.total)
        == []
    )


def test_the_debtor_is_the_account_holder(club: Organisation) -> None:
    bill(club, "2027-01")
    collected = Collection.objects.get(invoice__payer__number="1004")
    assert collected.debtor_name == "Erziehungsberechtigte Schröder"
    assert b"<Nm>Erziehungsberechtigte Schroeder</Nm>" in bytes(collected.batch.content or b"")


def test_what_changes_between_building_and_handing_in_is_caught(club: Organisation) -> None:
    run, _report = bill(club, "2027-01")
    batch = run.batches.get()
    Mail.objects.filter(state="waiting").update(state="sent", sent_at=noon(run.on))
    mailing.mark_printed(run, noon(run.on))
    Mandate.objects.filter(member__number="1001").update(ended_on=date(2026, 12, 20))
    with pytest.raises(Exception, match="Krüger") as refused:
        collection.submit(batch, None, noon(date(2026, 12, 21)))
    assert getattr(refused.value, "code", "") == "changed"
    collection.withdraw(batch, noon(date(2026, 12, 21)))
    again = collection.assemble(run, noon(date(2026, 12, 21)))
    assert [(one.count, one.message_id != batch.message_id) for one in again] == [(819, True)]
    collection.submit(again[0], None, noon(date(2026, 12, 21)))
    assert Mandate.objects.get(member__number="1002").last_presented_on == date(2027, 1, 4)
    assert audit.audit(club) == []


def test_nothing_is_handed_in_that_was_not_announced_or_is_too_late(club: Organisation) -> None:
    run, _report = bill(club, "2027-01")
    batch = run.batches.get()
    with pytest.raises(Exception, match="820") as unannounced:
        collection.submit(batch, None, noon(date(2026, 12, 21)))
    assert getattr(unannounced.value, "code", "") == "unannounced"
    with pytest.raises(Exception, match=r"31\.12\.2026") as late:
        collection.submit(batch, None, noon(date(2027, 1, 2)), waiver="told at the meeting")
    assert getattr(late.value, "code", "") == "too_late"


def test_the_books_export_once_and_give_the_same_bytes_again(club: Organisation) -> None:
    run, report = bill(club, "2027-01")
    [first] = exports.export(club, date(2026, 12, 1), None, noon(run.on))
    [second] = exports.export(club, date(2026, 12, 31), None, noon(date(2027, 1, 9)))
    assert exports.content_of(first) == exports.content_of(second)
    rows = list(csv.reader(exports.content_of(first).decode("cp1252").splitlines()[2:], delimiter=";"))
    assert sum(Decimal(row[0].replace(",", ".")) for row in rows) == Decimal(report["invoiced_total"])
    assert {(row[7], row[36]) for row in rows} == {("8200", "1")}


def test_whoever_leaves_in_the_middle_of_a_paid_quarter_gets_the_rest_back(club: Organisation) -> None:
    bill(club, "2027-01")
    member = Member.objects.get(number="1003")
    [fee] = member.contracts.all()
    contracts.cancel_contract(fee, date(2027, 3, 1), date(2027, 1, 10))
    bill(club, "2027-02")
    credit = Invoice.objects.get(payer=member, kind="credit")
    assert (credit.number, credit.gross, credit.method) == ("K2027-00001", Decimal("-12.00"), "credit")
    [line] = credit.lines.all()
    assert line.reverses is not None
    assert (line.start, line.end, line.reverses.start) == (date(2027, 3, 1), date(2027, 4, 1), date(2027, 1, 1))
    bill(club, "2027-03")
    assert Invoice.objects.filter(payer=member).count() == 2
    assert audit.audit(club) == []


def test_one_contract_that_cannot_be_priced_stops_nobody_and_is_made_up_for(club: Organisation) -> None:
    broken = Contract.objects.get(member__number="1001", tariff__code="TENNIS")
    Contract.objects.filter(pk=broken.pk).update(interval_months=5)
    run, report = bill(club, "2027-01")
    assert (report["parked"], report["payers_invoiced"]) == (1, 848)
    assert run.parked.get().contract == broken
    Contract.objects.filter(pk=broken.pk).update(interval_months=1)
    on, until, _collect_on = MONTHS["2027-01"]
    follow_up, repaired = month.run_month(club, on, until, date(2027, 1, 5), approved=True, now=noon(on))
    assert (follow_up.sequence, repaired["payers_invoiced"], repaired["invoiced_total"]) == (2, 1, "9.50")
    assert audit.audit(club) == []


def test_the_pre_notification_needs_its_fourteen_days(club: Organisation) -> None:
    with pytest.raises(Exception, match=r"29\.12\.2026"):
        month.run_month(
            club, date(2026, 12, 15), date(2027, 1, 31), date(2026, 12, 22), approved=True, now=noon(date(2026, 12, 15))
        )
    assert not Invoice.objects.exists()
