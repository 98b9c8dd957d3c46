"""The reports on VAT beside the invoices: limits of small businesses, recapitulative statement, answers about VAT ids."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scopes_disabled

from billing.models import Allocation, Invoice, VatCheck
from billing.services import dashboard, recapitulative, turnover, vat_checks
from members.models import Member, Organisation
from tests.models.rows import NOON, organisation, row

pytestmark = [pytest.mark.both, pytest.mark.django_db]
SMALL, REVERSE = "§ 19 Abs. 1 UStG", "§ 13b UStG, reverse charge"


@pytest.fixture(autouse=True)
def everything_in_sight() -> Any:
    with scopes_disabled():
        yield


def total(net: str, exemption: str = "", rate: str | None = "0") -> dict[str, Any]:
    return {"rate": rate, "net": net, "vat": "0.00", "gross": net, "exemption": exemption}


def document(*totals: dict[str, Any], on: date = date(2027, 3, 1), to: str = "2027-04-01", vat_id: str = "") -> Invoice:
    gross = sum((Decimal(one["gross"]) for one in totals), Decimal(0))
    data = {"vat": list(totals), "supply": {"from": "2027-01-01", "to": to}, "recipient": {"vat_id": vat_id}}
    made: Invoice = row(Invoice, issued_on=on, net=gross, vat=0, gross=gross, snapshot=data)
    return made


def test_the_meter_counts_what_was_received_and_leaves_dues_and_other_exemptions_out() -> None:
    mixed = document(total("60.00", SMALL), total("40.00", "", None))
    exempt = document(total("500.00", "§ 4 Nr. 22 Buchst. a UStG"))
    for invoice, amount in ((mixed, "50.00"), (exempt, "500.00")):
        row(Allocation, kind="payment", invoice=invoice, amount=amount, on=date(2027, 4, 1), member=invoice.payer)
    before = document(total("70.00", SMALL), on=date(2026, 12, 1))
    assert before
    this, next_year, last = turnover.meters(organisation(), date(2027, 5, 1))
    assert (this.received, this.invoiced) == (Decimal("30.00"), Decimal("60.00"))
    assert (next_year.limit, last.year, last.invoiced) == (Decimal(25_000), 2026, Decimal("70.00"))


@pytest.mark.parametrize(
    "net, level", [("19999.99", 0), ("20000.00", 80), ("23750.00", 95), ("25000.00", 100), ("30000", 100)]
)
def test_warnings_come_before_the_limit(net: str, level: int) -> None:
    document(total(net, SMALL))
    found = turnover.warnings(organisation(), date(2027, 5, 1))
    assert [one.level for one in found] == ([level] if level else [])


def test_the_start_page_warns_small_businesses_only() -> None:
    document(total("24000.00", SMALL))
    assert "turnover" not in dashboard.warnings(organisation(), date(2027, 5, 1), NOON)
    Organisation.objects.update(small_business=True)
    house = Organisation.objects.get()
    assert [one.share for one in dashboard.warnings(house, date(2027, 5, 1), NOON)["turnover"]] == [96]


def test_the_statement_sums_by_id_kind_and_quarter_of_the_supply() -> None:
    document(total("100.40", REVERSE), vat_id="ATU12345675")
    document(total("50.30", REVERSE), vat_id="ATU12345675", on=date(2027, 4, 20))
    document(total("-20.00", REVERSE), vat_id="ATU12345675")
    document(total("900.00", "§ 4 Nr. 1 Buchst. b UStG, innergemeinschaftliche Lieferung"), vat_id="NL123456782B90")
    document(total("80.00", "§ 25b UStG"), vat_id="NL123456782B90")
    document(total("70.00", REVERSE), vat_id="DE136695976")
    document(total("60.00", REVERSE))
    document(total("99.00", "", "19"), vat_id="FR40303265045")
    document(total("33.00", REVERSE), vat_id="ATU12345675", to="2027-04-02")
    found = [(one.vat_id, one.kind, str(one.amount), one.valid) for one in recapitulative.rows(organisation(), 2027, 1)]
    assert found == [
        ("ATU12345675", "S", "131", True), ("NL123456782B90", "D", "80", True), ("NL123456782B90", "L", "900", True),
    ]  # fmt: skip
    assert [str(one.amount) for one in recapitulative.rows(organisation(), 2027, 2)] == ["33"]
    said = recapitulative.as_csv(recapitulative.rows(organisation(), 2027, 2)).decode("utf-8-sig").splitlines()
    assert said[1] == "AT;U12345675;33;S"


def test_an_answer_about_an_id_is_kept_and_grows_old() -> None:
    member = row(Member, vat_id="ATU12345675")
    assert [one.stale for one in vat_checks.checked(organisation(), date(2027, 1, 5), 10)] == [True]
    vat_checks.enter(member, date(2027, 1, 4), "valid", " K 12 ", None, date(2027, 1, 5))
    (found,) = vat_checks.checked(organisation(), date(2027, 1, 5), 10)
    assert (found.stale, found.latest.note if found.latest else "") == (False, "K 12")
    assert vat_checks.checked(organisation(), date(2028, 1, 6), 10)[0].stale
    Member.objects.update(vat_id="ATU99999999")
    (other,) = vat_checks.checked(organisation(), date(2027, 1, 5), 10)
    assert (other.stale, other.latest, other.form_is_right) == (True, None, False)
    with pytest.raises(ValidationError):
        vat_checks.enter(member, date(2027, 1, 6), "valid", "", None, date(2027, 1, 5))
    with pytest.raises(ValidationError):
        vat_checks.enter(member, date(2027, 1, 4), "valid", "", None, date(2027, 1, 5))
    assert VatCheck.objects.count() == 1
