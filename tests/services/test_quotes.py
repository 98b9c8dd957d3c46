"""Quotes: what was confirmed is what the next run bills, to the cent and to the word."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from django_scopes import scope

from billing.models import Contract, ContractEvent, ContractQuote, InvoiceLine, Mail, Tariff, TariffVersion
from billing.services import metering, month, quotes
from billing.services.contracts import load_tariffs
from billing.services.metering import Incoming
from billing.services.quote_words import facts, orders
from members.models import Member, Organisation, User
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.django_db, pytest.mark.both]
TODAY = date(2027, 1, 12)
START = date(2027, 1, 1)
Answer = dict[str, Any]


@pytest.fixture
def club() -> Iterator[Organisation]:
    organisation = small_club()
    with scope(organisation=organisation):
        yield organisation


def offer(club: Organisation, code: str, price: str, family: str = "gym", **terms: Any) -> Tariff:
    """A monthly tariff paid in advance, cut by the day, that members may choose."""
    tariff = Tariff.objects.create(organisation=club, code=code, name=code.title(), offered=True, family=family)
    data = {
        "interval": {"months": 1}, "anchor": "calendar", "proration": "day", "prices": "gross", "vat_rate": "19",
        "legal_basis": "consumer", "notice": {"months": 1}, "components": [{"code": "fee", "kind": "flat", "price": price}],
    }  # fmt: skip
    terms.setdefault("components", data["components"])
    TariffVersion.objects.create(organisation=club, tariff=tariff, terms=data | terms)
    return tariff


def contract_of(club: Organisation, tariff: Tariff, **fields: Any) -> Contract:
    member = join(club, f"m{tariff.code}", tariff=tariff.code, start=START)
    Contract.objects.filter(member=member).update(**fields)
    return Contract.objects.get(member=member)


def bill(club: Organisation, on: date, until: date) -> list[Answer]:
    """Runs the month, and gives the lines that it issued."""
    before = set(InvoiceLine.objects.values_list("pk", flat=True))
    month.run_month(club, on, until, on + timedelta(days=20), approved=True, now=noon(on))
    lines = InvoiceLine.objects.exclude(pk__in=before).order_by("kind", "start", "component")
    return [in_short(line.kind, line.start.isoformat(), line.component, line.amount, line.text) for line in lines]


def in_short(*values: Any) -> Answer:
    return dict(zip(("kind", "from", "component", "amount", "text"), values, strict=True))


def quoted(quote: ContractQuote) -> list[Answer]:
    lines = sorted(quote.answer["lines"], key=lambda line: (line["kind"], line["from"], line["component"]))
    return [
        in_short(line["kind"], line["from"], line["component"], Decimal(line["amount"]), line["text"]) for line in lines
    ]


def money(quote: ContractQuote) -> tuple[str, str, str]:
    return quote.answer["credit"], quote.answer["charge"], quote.answer["total"]


def confirmed(contract: Contract, code: str, on: date = TODAY, when: str | None = None) -> ContractQuote:
    quote = quotes.make_quote(contract, code, on, noon(on), when)
    quotes.confirm(quote, None, noon(on))
    return ContractQuote.objects.get(pk=quote.pk)


def say(quote: ContractQuote) -> str:
    with override("en"):
        return "; ".join(f"{one.label}: {one.value} ({one.note})" for one in facts(quote.answer)).replace("\xa0", " ")


def test_an_upgrade_at_once_is_billed_as_it_was_confirmed(club: Organisation) -> None:
    small = offer(club, "small", "31.00")
    offer(club, "large", "62.00")
    contract = contract_of(club, small)
    bill(club, START, date(2027, 1, 31))
    quote = confirmed(contract, "large")
    assert money(quote) == ("20.00", "40.00", "20.00")
    assert quote.answer["effective"] == "2027-01-12"
    assert bill(club, date(2027, 1, 13), date(2027, 1, 31)) == quoted(quote)
    assert bill(club, date(2027, 1, 14), date(2027, 1, 31)) == []


def test_an_upgrade_after_the_next_month_was_billed_already_takes_that_month_back_too(club: Organisation) -> None:
    small = offer(club, "small", "31.00")
    offer(club, "large", "62.00")
    contract = contract_of(club, small)
    bill(club, START, date(2027, 2, 28))
    quote = confirmed(contract, "large")
    assert money(quote) == ("51.00", "102.00", "51.00")
    assert bill(club, date(2027, 1, 13), date(2027, 2, 15)) == quoted(quote)


def test_a_downgrade_waits_for_the_period_and_is_billed_as_it_was_confirmed(club: Organisation) -> None:
    large = offer(club, "large", "62.00")
    offer(club, "small", "31.00")
    contract = contract_of(club, large)
    bill(club, START, date(2027, 1, 31))
    quote = confirmed(contract, "small")
    assert (quote.answer["effective"], quote.answer["spared"]) == ("2027-02-01", "62.00")
    assert money(quote) == ("0.00", "31.00", "31.00")
    assert bill(club, date(2027, 1, 20), date(2027, 1, 31)) == []
    assert bill(club, date(2027, 1, 25), date(2027, 2, 1)) == quoted(quote)


def test_a_downgrade_of_a_month_that_was_billed_ahead_reverses_it(club: Organisation) -> None:
    large = offer(club, "large", "62.00")
    offer(club, "small", "31.00")
    contract = contract_of(club, large)
    bill(club, START, date(2027, 2, 28))
    quote = confirmed(contract, "small")
    assert money(quote) == ("62.00", "31.00", "-31.00")
    assert [line["kind"] for line in quoted(quote)] == ["charge", "reversal"]
    assert bill(club, date(2027, 1, 25), date(2027, 2, 20)) == quoted(quote)


def test_a_change_within_a_prepaid_year_credits_the_days_that_are_left(club: Organisation) -> None:
    year: Answer = {"interval": {"months": 12}}
    large = offer(club, "large", "730.00", change={"downgrade": "immediately"}, **year)
    offer(club, "small", "365.00", **year)
    contract = contract_of(club, large)
    bill(club, START, date(2027, 1, 31))
    quote = confirmed(contract, "small")
    assert money(quote) == ("708.00", "354.00", "-354.00")
    assert bill(club, date(2027, 1, 15), date(2027, 1, 31)) == quoted(quote)
    assert quote.answer["new"]["steps"] == [{"from": "2028-01-01", "amount": "365.00", "every": {"months": 12}}]


def test_a_metered_tariff_is_billed_as_it_was_confirmed(club: Organisation) -> None:
    data = {"code": "data", "kind": "usage", "meter": "gb", "aggregate": "sum", "included": "31", "price": "0.20"}
    fee = {"code": "fee", "kind": "flat", "price": "31.00"}
    small = offer(club, "small", "31.00", components=[fee, data])
    more = data | {"included": "100", "price": "0.125"}
    offer(club, "large", "62.00", components=[fee | {"price": "62.00"}, more])
    metering.ensure_meters(club, load_tariffs(club))
    contract = contract_of(club, small)
    bill(club, START, date(2027, 1, 31))
    used = Incoming("a", "gb", noon(date(2027, 1, 5)), contract.pk, value=Decimal(25))
    assert [one.status for one in metering.record(club, [used], noon(TODAY))] == ["stored"]
    quote = confirmed(contract, "large")
    assert money(quote) == ("20.00", "42.80", "22.80")
    assert "€2.80 of it for what was used already" in say(quote)
    assert "Data: 100 GB per month free · 0.125 € for each GB" in say(quote)
    assert bill(club, date(2027, 1, 20), date(2027, 1, 31)) == quoted(quote)


def test_what_a_change_does_not_bring_is_not_in_the_quote(club: Organisation) -> None:
    small = offer(club, "small", "31.00")
    offer(club, "large", "62.00")
    quote = confirmed(contract_of(club, small), "large", date(2027, 3, 12))
    assert [line["from"] for line in quoted(quote)] == ["2027-03-01", "2027-03-12"]
    assert quote.answer["spared"] == "31.00"


def test_confirming_twice_gives_the_same_event_and_one_mail(club: Organisation) -> None:
    small = offer(club, "small", "31.00")
    offer(club, "large", "62.00")
    contract = contract_of(club, small)
    quote = quotes.make_quote(contract, "large", TODAY, noon(TODAY))
    user = User.objects.create_user("kasse@example.org")
    events = {quotes.confirm(quote, user, noon(TODAY)).pk for _time in range(2)}
    stored = ContractQuote.objects.get(pk=quote.pk)
    assert events == {stored.event_id}
    assert (stored.confirmed_by, stored.confirmed_at) == (user, noon(TODAY))
    mail = Mail.objects.get(kind="contract")
    assert (mail.key, mail.recipient) == (f"quote:{quote.pk}", "mmsmall@example.org")
    assert "Small wird zu Large" in mail.subject
    assert "40,00" in mail.text


def test_who_pays_is_told_too_and_without_an_address_a_letter_is_printed(club: Organisation) -> None:
    small = offer(club, "small", "31.00")
    offer(club, "large", "62.00")
    contract = contract_of(club, small)
    parent = join(club, "parent", debit=False)
    Member.objects.filter(pk=contract.member_id).update(payer=parent)
    confirmed(Contract.objects.get(pk=contract.pk), "large")
    assert set(Mail.objects.values_list("recipient", flat=True)) == {"mmsmall@example.org", "mparent@example.org"}
    Mail.objects.all().delete()
    Member.objects.update(email="")
    confirmed(Contract.objects.get(pk=contract.pk), "small", TODAY + timedelta(days=1))
    assert list(Mail.objects.values_list("recipient", "state", "member")) == [("", "print", parent.pk)]


def test_a_quote_of_another_day_is_refused_and_made_anew(club: Organisation) -> None:
    small = offer(club, "small", "31.00")
    offer(club, "large", "62.00")
    contract = contract_of(club, small)
    bill(club, START, date(2027, 1, 31))
    quote = quotes.make_quote(contract, "large", TODAY, noon(TODAY))
    later = noon(TODAY + timedelta(days=1))
    with pytest.raises(ValidationError, match="Tag"):
        quotes.confirm(quote, None, later)
    fresh = quotes.again(quote, later)
    assert (fresh.on, money(fresh)) == (TODAY + timedelta(days=1), ("19.00", "38.00", "19.00"))
    quotes.confirm(fresh, None, later)
    assert ContractEvent.objects.count() == 1


def test_what_was_billed_meanwhile_makes_a_quote_untrue_and_nothing_is_written(club: Organisation) -> None:
    small = offer(club, "small", "31.00")
    offer(club, "large", "62.00")
    contract = contract_of(club, small)
    quote = quotes.make_quote(contract, "large", TODAY, noon(TODAY))
    bill(club, TODAY, date(2027, 2, 28))
    with pytest.raises(ValidationError, match="geändert"):
        quotes.confirm(quote, None, noon(TODAY))
    assert (ContractEvent.objects.count(), Mail.objects.filter(kind="contract").count()) == (0, 0)
    fresh = quotes.again(quote, noon(TODAY))
    assert money(fresh) == ("51.00", "102.00", "51.00")


def test_an_event_entered_meanwhile_makes_a_quote_untrue(club: Organisation) -> None:
    small = offer(club, "small", "31.00")
    offer(club, "large", "62.00")
    contract = contract_of(club, small)
    quote = quotes.make_quote(contract, "large", TODAY, noon(TODAY))
    quotes.confirm(quotes.quote_for(contract, {"cancel": "2027-02-01"}, TODAY, noon(TODAY)), None, noon(TODAY))
    with pytest.raises(ValidationError, match="geändert"):
        quotes.confirm(quote, None, noon(TODAY))


def test_choosing_the_present_tariff_takes_back_what_waits(club: Organisation) -> None:
    large = offer(club, "large", "62.00")
    offer(club, "small", "31.00")
    contract = contract_of(club, large)
    bill(club, START, date(2027, 2, 28))
    first = confirmed(contract, "small")
    found = {one.tariff.code: one.takes_back for one in quotes.choices(contract, TODAY)}
    assert found == {"large": True}
    back = confirmed(contract, "large")
    assert (back.answer["takes_back"], back.answer["moved"]) == ("2027-02-01", True)
    assert money(back) == ("0.00", "0.00", "0.00")
    assert "You keep: Large" in say(back)
    assert first.event_id != back.event_id
    assert bill(club, date(2027, 1, 20), date(2027, 2, 28)) == []


def test_taking_back_what_was_billed_gives_it_back(club: Organisation) -> None:
    large = offer(club, "large", "62.00")
    offer(club, "small", "31.00")
    contract = contract_of(club, large)
    confirmed(contract, "small")
    bill(club, TODAY, date(2027, 2, 28))
    back = confirmed(contract, "large", TODAY + timedelta(days=1))
    assert money(back) == ("31.00", "62.00", "31.00")
    assert bill(club, date(2027, 1, 20), date(2027, 2, 28)) == quoted(back)


def test_a_second_change_on_a_day_counts_as_received_on_the_next_and_nothing_is_overwritten(club: Organisation) -> None:
    small = offer(club, "small", "31.00")
    for code, price in (("large", "62.00"), ("huge", "93.00")):
        offer(club, code, price)
    contract = contract_of(club, small)
    bill(club, START, date(2027, 1, 31))
    first, second = confirmed(contract, "large"), confirmed(contract, "huge")
    assert second.answer["effective"] == "2027-01-13"
    assert list(ContractEvent.objects.values_list("on", "known_on", "data__value")) == [
        (TODAY, TODAY, "large"),
        (TODAY + timedelta(days=1), TODAY, "huge"),
    ]
    lines = bill(club, date(2027, 1, 14), date(2027, 1, 31))
    assert money(second) == ("0.00", "59.00", "59.00")
    assert second.answer["spared"] == first.answer["charge"] == "40.00"
    assert sum(line["amount"] for line in lines) == Decimal("20.00") + Decimal("59.00") - Decimal("40.00")
    confirmed(contract, "small")
    confirmed(contract, "large")
    with pytest.raises(ValidationError, match="mehrmals"):
        quotes.make_quote(contract, "huge", TODAY, noon(TODAY))


def test_only_what_is_offered_of_the_family_in_force_and_in_the_rhythm_is_a_choice(club: Organisation) -> None:
    small = offer(club, "small", "31.00", intervals=[1, 3])
    offer(club, "large", "62.00", intervals=[1, 3])
    offer(club, "monthly", "62.00")
    offer(club, "choir", "5.00", family="music", intervals=[1, 3])
    offer(club, "later", "5.00", intervals=[1, 3])
    TariffVersion.objects.filter(tariff__code="later").update(valid_from=date(2028, 1, 1))
    offer(club, "secret", "5.00", intervals=[1, 3])
    Tariff.objects.filter(code="secret").update(offered=False)
    contract = contract_of(club, small, interval_months=3)
    assert [one.tariff.code for one in quotes.choices(contract, TODAY)] == ["large"]
    office = {one.tariff.code: one.allowed for one in quotes.office_choices(contract, TODAY)}
    assert {code: office[code] for code in ("large", "monthly", "choir", "secret")} == {
        "large": True, "monthly": False, "choir": False, "secret": False,
    }  # fmt: skip
    assert "later" not in office
    assert "small" not in office
    confirmed(contract, "large")
    assert [one.tariff.code for one in quotes.choices(contract, TODAY)] == ["small"]


def test_a_contract_that_is_over_has_no_choices_and_one_that_ends_before_the_change_is_refused(
    club: Organisation,
) -> None:
    large = offer(club, "large", "62.00")
    offer(club, "small", "31.00")
    contract = contract_of(club, large)
    quotes.confirm(quotes.quote_for(contract, {"cancel": "2027-02-01"}, TODAY, noon(TODAY)), None, noon(TODAY))
    with pytest.raises(ValidationError, match="endet"):
        quotes.make_quote(contract, "small", TODAY, noon(TODAY))
    assert quotes.choices(contract, date(2027, 2, 1)) == []
    with pytest.raises(ValidationError, match="geendet"):
        quotes.make_quote(contract, "small", date(2027, 2, 1), noon(date(2027, 2, 1)))


def test_net_prices_are_shown_with_vat_and_billed_net(club: Organisation) -> None:
    small = offer(club, "small", "31.00", prices="net")
    offer(club, "large", "62.00", prices="net")
    contract = contract_of(club, small)
    bill(club, START, date(2027, 1, 31))
    quote = confirmed(contract, "large")
    assert money(quote) == ("23.80", "47.60", "23.80")
    assert [line["gross"] for line in quote.answer["lines"]] == ["-23.80", "47.60"]
    assert quote.answer["new"]["steps"][0]["amount"] == "73.78"
    assert bill(club, date(2027, 1, 13), date(2027, 1, 31)) == quoted(quote)


def test_phases_and_terms_are_told(club: Organisation) -> None:
    small = offer(club, "small", "31.00")
    terms: Answer = {"minimum_term": {"months": 12}, "renewal": {"months": 1}}
    offer(club, "large", "62.00", phases=[{"months": 3, "factor": "0.5"}], **terms)
    quote = quotes.make_quote(contract_of(club, small), "large", TODAY, noon(TODAY))
    words = say(quote)
    assert "Then: €31.00 per month, from 1 April 2027 €62.00 per month (that is €744.00 per year)" in words
    assert "Until now: €31.00 per month (that is €372.00 per year)" in words
    assert "Minimum term: 12 months (then it goes on for 1 month at a time)" in words
    assert "Can end on: 31 December 2027 (until now: 28 February 2027)" in words


def test_the_button_says_so_when_a_consumer_orders_something_dearer(club: Organisation) -> None:
    small, large = offer(club, "small", "31.00"), offer(club, "large", "62.00")
    offer(club, "dues", "70.00", legal_basis="membership", vat_rate=None)
    cheap, dear = contract_of(club, small), contract_of(club, large)
    found = [
        orders(quotes.make_quote(contract, code, START, noon(START)).answer)
        for contract, code in ((cheap, "large"), (dear, "small"), (cheap, "dues"))
    ]
    assert found == [True, False, False]


@pytest.mark.parametrize("when, effective", [("immediately", "2027-01-12"), ("period_end", "2027-02-01")])
def test_the_office_may_overrule_when_it_acts(club: Organisation, when: str, effective: str) -> None:
    large = offer(club, "large", "62.00")
    offer(club, "small", "31.00")
    contract = contract_of(club, large)
    bill(club, START, date(2027, 1, 31))
    quote = confirmed(contract, "small", when=when)
    assert quote.answer["effective"] == effective
    assert bill(club, date(2027, 2, 1), date(2027, 2, 1))[: len(quoted(quote))] != []
