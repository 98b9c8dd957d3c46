"""From the bank's line to the claim: what books itself, what is proposed, what a person decides, and how it is taken back."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django_scopes import scopes_disabled

from billing.models import Allocation, Collection, PayerAccount, Posting, StatementEntry
from billing.services import exports, reconciliation, settling
from billing.services.audit import audit
from billing.services.open_items import advances, open_items
from members.models import Organisation
from tests.services.bank import (
    LATER,
    NOW,
    STRANGER,
    accept_all,
    bring,
    claim,
    club,
    debit,
    member,
    open_entries,
    proposals,
    transfer,
    whole_file,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db]
DUES = Decimal("14.00")


@pytest.fixture(autouse=True)
def everything_in_sight() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def bank() -> Organisation:
    return club()


def owed(organisation: Organisation) -> dict[str, Decimal]:
    """What is open, by member number."""
    names = {one.payer_id: one.payer.number.removeprefix(organisation.slug) for one in organisation.invoices.all()}
    return {names[item.payer]: item.owed for item in open_items(organisation, NOW.date())}


def balance(organisation: Organisation, account: str) -> Decimal:
    rows = Posting.objects.filter(organisation=organisation)
    debits = sum((one.amount for one in rows.filter(debit_account=account)), Decimal(0))
    return debits - sum((one.amount for one in rows.filter(credit_account=account)), Decimal(0))


def test_a_whole_file_credited_as_one_sum_pays_each_claim_in_it(bank: Organisation) -> None:
    bring(bank, [whole_file(bank)])
    assert owed(bank) == {"T0": DUES}
    assert open_entries(bank) == []
    assert {one.state for one in Collection.objects.filter(organisation=bank)} == {"booked"}
    assert balance(bank, "1200") == 2 * DUES
    assert audit(bank) == []


def test_a_sum_without_the_files_name_is_found_by_amount_and_day(bank: Organisation) -> None:
    bring(bank, [transfer(bank, "28.00", on=date(2027, 1, 4), code="NTRF+192")])
    assert owed(bank) == {"T0": DUES}


def test_a_debit_that_is_credited_by_itself_is_found_by_its_id_and_else_by_mandate_and_amount(
    bank: Organisation,
) -> None:
    by_id, by_mandate = debit(bank, "D0"), debit(bank, "D1")
    bring(
        bank,
        [
            transfer(bank, "14.00", end_to_end_id=by_id.end_to_end_id),
            transfer(bank, "14.00", mandate=by_mandate.mandate_reference),
        ],
    )
    assert owed(bank) == {"T0": DUES}
    assert [one.found_by for one in Allocation.objects.order_by("pk")] == ["end_to_end_id", "mandate"]


def test_the_invoice_number_in_the_text_is_certain_with_the_amount_however_it_is_typed(bank: Organisation) -> None:
    number = claim(bank, "T0").number
    bring(bank, [transfer(bank, "14.00", f"Beitrag {number.replace('-', ' ').lower()} danke", iban=STRANGER)])
    assert owed(bank) == {"D0": DUES, "D1": DUES}
    assert not PayerAccount.objects.exists()


def test_a_creditor_reference_is_the_number_too(bank: Organisation) -> None:
    number = claim(bank, "T0").number.replace("-", "")
    bring(bank, [transfer(bank, "14.00", f"RF18{number}")])
    assert "T0" not in owed(bank)


def test_less_than_is_owed_is_a_part_payment_that_a_person_confirms(bank: Organisation) -> None:
    bring(bank, [transfer(bank, "4.00", claim(bank, "T0").number)])
    [found] = proposals(bank).values()
    assert (found.rule, found.certain, found.hints) == ("number", False, ("less",))
    accept_all(bank)
    assert owed(bank)["T0"] == Decimal("10.00")


def test_more_than_is_owed_stands_to_the_members_credit(bank: Organisation) -> None:
    bring(bank, [transfer(bank, "20.00", claim(bank, "T0").number)])
    assert proposals(bank)[open_entries(bank)[0].pk].hints == ("more",)
    accept_all(bank)
    assert advances(bank, NOW.date()) == {member(bank, "T0").pk: Decimal("6.00")}
    assert audit(bank) == []


def test_an_account_is_learned_from_what_a_person_accepts(bank: Organisation) -> None:
    bring(bank, [transfer(bank, "4.00", claim(bank, "T0").number, iban=STRANGER)])
    accept_all(bank)
    assert PayerAccount.objects.get().iban == STRANGER
    bring(bank, [transfer(bank, "10.00", "Rest", iban=STRANGER, on=date(2027, 1, 9))], identifier="S2")
    assert "T0" not in owed(bank)
    assert Allocation.objects.latest("pk").found_by == "account"


def test_a_name_is_only_ever_a_proposal(bank: Organisation) -> None:
    bring(bank, [transfer(bank, "14.00", "Beitrag", name="TRANSFERA, THEO", iban=STRANGER)])
    [found] = proposals(bank).values()
    assert (found.rule, found.certain) == ("name", False)
    assert owed(bank)["T0"] == DUES


def test_whoever_pays_while_a_debit_is_under_way_is_shown_to_a_person(bank: Organisation) -> None:
    bring(bank, [transfer(bank, "14.00", claim(bank, "D0").number)])
    [found] = proposals(bank).values()
    assert "in_collection" in found.hints
    assert owed(bank)["D0"] == DUES


def test_two_payments_never_pay_the_same_claim(bank: Organisation) -> None:
    number = claim(bank, "T0").number
    bring(bank, [transfer(bank, "14.00", number), transfer(bank, "14.00", number)])
    assert "T0" not in owed(bank)
    [second] = open_entries(bank)
    assert [part.kind for part in proposals(bank)[second.pk].parts] == ["advance"]


def test_one_payment_for_several_invoices(bank: Organisation) -> None:
    number = claim(bank, "T0").number
    bring(bank, [transfer(bank, "28.00", f"{number} und {claim(bank, 'D0').number}")])
    accept_all(bank)
    assert owed(bank) == {"D1": DUES}


def test_nothing_books_itself_twice(bank: Organisation) -> None:
    bring(bank, [whole_file(bank)])
    before = list(Posting.objects.values_list("pk", flat=True))
    assert reconciliation.match_open(bank, NOW) == 0
    assert list(Posting.objects.values_list("pk", flat=True)) == before


def test_what_was_seen_is_what_is_booked(bank: Organisation) -> None:
    bring(bank, [transfer(bank, "4.00", claim(bank, "T0").number)])
    [(pk, found)] = proposals(bank).items()
    for seen in ({pk: "another"}, {}, {pk + 1: reconciliation.fingerprint(found)}):
        with pytest.raises(ValidationError):
            reconciliation.accept(bank, seen, [pk], None, NOW, True)
    assert not Allocation.objects.exists()


def test_one_of_two_like_proposals_is_accepted_as_it_stood_beside_the_other(bank: Organisation) -> None:
    number = claim(bank, "T0").number
    bring(bank, [transfer(bank, "4.00", number), transfer(bank, "5.00", number)])
    found = proposals(bank)
    last = max(found)
    reconciliation.accept(bank, {last: reconciliation.fingerprint(found[last])}, list(found), None, NOW, True)
    assert owed(bank)["T0"] == Decimal("9.00")


def test_taking_back_opens_the_line_and_posts_the_other_way_round(bank: Organisation) -> None:
    bring(bank, [whole_file(bank)])
    [entry] = StatementEntry.objects.all()
    settling.undo(bank, entry.pk, NOW.date())
    assert owed(bank) == {"D0": DUES, "D1": DUES, "T0": DUES}
    assert balance(bank, "1200") == 0
    assert debit(bank, "D0").booked_on is None
    assert audit(bank) == []
    with pytest.raises(ValidationError):
        settling.undo(bank, entry.pk, NOW.date())
    assert reconciliation.match_open(bank, NOW) == 1
    assert owed(bank) == {"T0": DUES}
    assert audit(bank) == []


def test_a_person_says_who_paid_and_for_what(bank: Organisation) -> None:
    bring(bank, [transfer(bank, "20.00", "Danke", name="Oma Erna", iban=STRANGER)])
    [entry] = open_entries(bank)
    assert proposals(bank) == {}
    theo = member(bank, "T0")
    with pytest.raises(ValidationError):
        reconciliation.assign(bank, entry.pk, theo.pk, [claim(bank, "D0").pk], None, NOW)
    reconciliation.assign(bank, entry.pk, theo.pk, [claim(bank, "T0").pk], None, NOW)
    assert "T0" not in owed(bank)
    assert advances(bank, NOW.date()) == {theo.pk: Decimal("6.00")}
    assert PayerAccount.objects.get().member == theo


def test_what_concerns_no_member_goes_to_an_account(bank: Organisation) -> None:
    bring(bank, [transfer(bank, "-9.90", "Kontofuehrung", code="NCHG+808"), transfer(bank, "-300.00", "Hallenmiete")])
    fee, rent = open_entries(bank)
    assert [one.rule for one in proposals(bank).values()] == ["fee"]
    accept_all(bank)
    with pytest.raises(ValidationError):
        reconciliation.put_aside(bank, rent.pk, "other", "", None, NOW)
    reconciliation.put_aside(bank, rent.pk, "other", "4210", None, NOW)
    assert (balance(bank, "4970"), balance(bank, "4210")) == (Decimal("9.90"), Decimal("300.00"))
    assert StatementEntry.objects.get(pk=fee.pk).settled_at


def test_another_house_keeps_its_lines(bank: Organisation) -> None:
    other = club(slug="fremd")
    bring(bank, [transfer(bank, "14.00", claim(bank, "T0").number, on=LATER)], match=False)
    assert reconciliation.match_open(other, NOW) == 0
    [entry] = open_entries(bank)
    with pytest.raises(ValidationError):
        reconciliation.assign(other, entry.pk, member(other, "T0").pk, [], None, NOW)


def test_the_accountants_file_takes_the_banks_lines(bank: Organisation) -> None:
    bring(bank, [whole_file(bank), transfer(bank, "-9.90", "Kontofuehrung", code="NCHG+808")])
    accept_all(bank)
    [part] = exports.export(bank, date(2027, 1, 1), None, NOW)
    text = exports.content_of(part).decode("cp1252")
    assert (part.count, text.count('"Zahlung'), text.count('"Bankgebühr')) == (3, 2, 1)
