"""What strangers write: every fault is reported with its path, in one line each, and never a traceback."""

import copy
import json
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.pricing import Fault, PricingFaults, charges, parse_contract, parse_tariffs, quote, read_json
from tests.pricing import histories
from tests.pricing.build import Json, case, flat, metered, tariff, used

PLAIN = case(
    {
        "a": tariff(flat("10"), metered(model="graduated", tiers=[{"up_to": "5", "unit": "1"}, {"up_to": None}])),
        "b": [tariff(flat("10")), tariff(flat("12"), valid_from="2026-05-01")],
    },
    "2026-04-01",
    events=[{"on": "2026-02-01", "change_tariff": "b"}],
    discounts=[{"percent": "5"}],
    usage=[used("1")],
)
MISSING = object()
FEE = ("tariffs", "a", "components", 0)
METER = ("tariffs", "a", "components", 1)
EVENT = ("contract", "events", 0)

CHANGED: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("until",), "2026-02-30", "until"),
    (("until",), MISSING, "until"),
    (("until",), 20260401, "until"),
    (("nonsense",), 1, "nonsense"),
    (("language",), "fr", "language"),
    (("time_zone",), "Mars/Olympus", "time_zone"),
    (("tariffs",), [], "tariffs"),
    (("tariffs", "a"), "free", "tariffs.a"),
    (("tariffs", "a"), [], "tariffs.a"),
    (("tariffs", "a", "intervall"), {}, "tariffs.a.intervall"),
    (("tariffs", "a", "interval"), {"months": 0}, "tariffs.a.interval.months"),
    (("tariffs", "a", "interval"), {"months": 1, "days": 1}, "tariffs.a.interval"),
    (("tariffs", "a", "interval"), {"years": 1}, "tariffs.a.interval.years"),
    (("tariffs", "a", "anchor"), {"day": 32}, "tariffs.a.anchor.day"),
    (("tariffs", "a", "anchor"), "middle", "tariffs.a.anchor"),
    (("tariffs", "a", "vat_rate"), "190", "tariffs.a.vat_rate"),
    (("tariffs", "a", "code"), "z", "tariffs.a.code"),
    (("tariffs", "a", "then"), "end", "tariffs.a.then"),
    (("tariffs", "a", "trial"), {"days": 5, "then": "z"}, "tariffs.a.trial.then"),
    (("tariffs", "a", "phases"), [{"months": 1}], "tariffs.a.phases[0]"),
    (("tariffs", "a", "phases"), [{"months": 1, "periods": 1, "factor": "1"}], "tariffs.a.phases[0]"),
    (("tariffs", "a", "components"), [], "tariffs.a.components"),
    (("tariffs", "b", 1, "valid_from"), MISSING, "tariffs.b[1].valid_from"),
    ((*FEE, "price"), "-1", "tariffs.a.components[0].price"),
    ((*FEE, "price"), "1e3", "tariffs.a.components[0].price"),
    ((*FEE, "price"), "1.0000001", "tariffs.a.components[0].price"),
    ((*FEE, "price"), True, "tariffs.a.components[0].price"),
    ((*FEE, "price"), 10**40, "tariffs.a.components[0].price"),
    ((*FEE, "price"), "٣", "tariffs.a.components[0].price"),
    ((*FEE, "price"), MISSING, "tariffs.a.components[0].price"),
    ((*FEE, "kind"), "flatt", "tariffs.a.components[0].kind"),
    ((*FEE, "tiers"), [], "tariffs.a.components[0].tiers"),
    ((*METER, "code"), "fee", "tariffs.a.components[1].code"),
    ((*METER, "model"), "magic", "tariffs.a.components[1].model"),
    ((*METER, "aggregate"), "mean", "tariffs.a.components[1].aggregate"),
    ((*METER, "tiers", 1, "up_to"), "9", "tariffs.a.components[1].tiers[1].up_to"),
    ((*METER, "tiers", 0, "up_to"), None, "tariffs.a.components[1].tiers[0].up_to"),
    (("contract",), None, "contract"),
    (("contract", "start"), "01.01.2026", "contract.start"),
    (("contract", "tariff"), "z", "contract.tariff"),
    (("contract", "odd key\n"), 1, "contract['odd key\\n']"),
    (("contract", "interval"), {"months": 3}, "contract.interval"),
    (("contract", "quantities"), {"seets": "1"}, "contract.quantities.seets"),
    (("contract", "discounts", 0, "percent"), "101", "contract.discounts[0].percent"),
    (("contract", "discounts", 0, "amount"), "1", "contract.discounts[0]"),
    (("contract", "discounts", 0, "components"), ["z"], "contract.discounts[0].components"),
    ((*EVENT, "change_tariff"), "z", "contract.events[0].change_tariff"),
    ((*EVENT, "change_tariff"), MISSING, "contract.events[0]"),
    ((*EVENT, "cancel"), "contractual", "contract.events[0]"),
    ((*EVENT, "when"), "never", "contract.events[0].when"),
    ((*EVENT, "on"), MISSING, "contract.events[0].on"),
    (("contract", "events", 1), {"on": "2026-02-01", "pause": {"until": "2026-02-01"}}, "contract.events[1].pause.until"),
    (("contract", "events", 1), {"on": "2026-02-01", "cancel": "soon"}, "contract.events[1].cancel"),
    (("usage", 0, "at"), "2026-03-31T22:00:00", "usage[0].at"),
    (("usage", 0, "at"), "2026-13-31T22:00:00Z", "usage[0].at"),
    (("usage", 0, "value"), "many", "usage[0].value"),
    (("usage", 0, "value"), None, "usage[0].value"),
    (("usage", 0, "key"), MISSING, "usage[0].key"),
]  # fmt: skip


def changed(place: tuple[str | int, ...], value: Any) -> Json:
    found = copy.deepcopy(PLAIN)
    inner: Any = found
    for key in place[:-1]:
        inner = inner[key]
    if value is MISSING:
        del inner[place[-1]]
    elif isinstance(inner, list) and place[-1] == len(inner):
        inner.append(value)
    else:
        inner[place[-1]] = value
    return found


def paths(found: object) -> list[str]:
    with pytest.raises(PricingFaults) as refused:
        quote(found)
    assert all(str(fault).isprintable() for fault in refused.value.faults)
    return [fault.path for fault in refused.value.faults]


def test_the_plain_case_is_sound() -> None:
    assert quote(PLAIN)["charges"]


@pytest.mark.parametrize("place, value, path", CHANGED, ids=lambda value: "".join(map(str, value))[:30] if isinstance(value, tuple) else "")  # fmt: skip
def test_a_fault_is_reported_with_its_path(place: tuple[str | int, ...], value: Any, path: str) -> None:
    assert path in paths(changed(place, value))


def test_all_faults_are_reported_at_once() -> None:
    found = changed((*FEE, "price"), "x")
    found["contract"]["start"] = found["until"] = ""
    found["usage"][0]["at"] = 5
    assert paths(found) == ["until", "tariffs.a.components[0].price", "contract.start", "usage[0].at"]


@pytest.mark.parametrize(
    "text, path",
    [
        ("", "$"),
        ("{", "$"),
        ('{"until": NaN}', "until"),
        ('{"until": -Infinity}', "until"),
        ('{"contract": {"start": "2026-01-01", "start": "2027-01-01"}}', "contract.start"),
        ('{"usage": [{"value": 1e999999999999999999999}]}', "usage[0].value"),
        ('{"usage": [{"value": ' + "9" * 5000 + "}]}", "usage[0].value"),
        ("[" * 100_000, "$"),
        ("[" * 60 + "]" * 60, "[0]" * 41),
        (b'{"until": "\xff"}', "$"),
        ('{"until": "\\ud800"}', "until"),
    ],
    ids=range(11),
)
def test_a_broken_text_is_refused_with_a_path(text: str | bytes, path: str) -> None:
    with pytest.raises(PricingFaults) as refused:
        read_json(text)
    assert [fault.path for fault in refused.value.faults] == [path]


@pytest.mark.parametrize("text", ["[]", "null", "1", '"x"', "1.5", "true", "{}"])
def test_json_that_is_no_case_is_refused(text: str) -> None:
    assert paths(read_json(text))


def test_numbers_with_a_point_are_read_exactly() -> None:
    text = json.dumps(PLAIN).replace('"10"', "10.1")
    assert quote(read_json(text))["charges"][0]["amount"] == "9.60"  # type: ignore[index]


def test_binary_fractions_are_refused() -> None:
    assert paths(changed((*FEE, "price"), 0.1)) == ["tariffs.a.components[0].price"]


def test_a_contract_older_than_its_tariff_is_refused() -> None:
    tariffs = parse_tariffs({"a": tariff(flat("1"), valid_from="2026-05-01")})
    contract = parse_contract({"start": "2026-01-01", "tariff": "a"})
    with pytest.raises(PricingFaults, match=r"contract\.tariff: .* no version"):
        charges(tariffs, contract, (), contract.start)


def fee_history(events: list[Json], until: str = "2027-01-01", **rules: Any) -> Json:
    return case({"a": tariff(flat("10"), **rules)}, until, events=events)


def test_a_list_without_end_is_refused() -> None:
    events = [{"on": "2026-01-01", "cancel": "contractual"}] * 1001
    assert paths(fee_history(events)) == ["contract.events"]


def test_of_very_many_faults_the_first_thousand_are_reported() -> None:
    found = fee_history([])
    found["usage"] = [0] * 5000
    assert paths(found) == [*(f"usage[{number}]" for number in range(1000)), "$"]


def test_more_work_than_a_century_of_days_is_refused() -> None:
    assert paths(fee_history([], "2299-12-31", interval={"days": 1})) == ["until"]
    events = [{"on": f"20{year}-01-{day:02}", "quantity": {}} for year in range(26, 56) for day in range(1, 31)]
    assert paths(fee_history(events, "2090-01-01")) == ["until"]
    assert len(quote(fee_history([], "2299-12-31"))["charges"]) == 274 * 12  # type: ignore[arg-type]


def test_many_keys_that_stand_twice_are_all_reported() -> None:
    text = "{" + ", ".join(f'"k{number}": 1, "k{number}": 2' for number in range(20_000)) + "}"
    with pytest.raises(PricingFaults) as refused:
        read_json(text)
    assert [fault.path for fault in refused.value.faults[:2]] == ["k0", "k1"]


NASTY: list[Any] = [
    *(None, True, 0, -1, 10**40, 0.1, float("nan"), Decimal("NaN"), Decimal("1E+30"), "", "x", "-5", "1e9", "NaN", "0"),
    *("999999999999", "2026-02-30", "2026-01-01T00:00:00", "1900-01-01", "2299-12-31", "9999-12-31", "contractual"),
    *([], {}, [[]], [None], {"months": 1}, {"days": 1}, {"weeks": 5200}, {"until": "2299-12-31"}, {"day": 31}),
]


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where something stands in the case."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in inner for place in [(*path, key), *places(item, (*path, key))]]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_a_case_with_nonsense_anywhere_is_priced_or_refused_with_paths(chance: Random) -> None:
    tariffs = histories.catalogue(chance)
    found: Json = {"tariffs": tariffs, "contract": histories.contract(chance, tariffs), "until": "2024-06-01"}
    found["usage"] = histories.usage(chance)
    found = copy.deepcopy(found)
    *above, last = chance.choice(places(found))
    inner: Any = found
    for key in above:
        inner = inner[key]
    inner[last] = copy.deepcopy(chance.choice(NASTY))
    faults: list[Fault] = []
    try:
        quote(found)
    except PricingFaults as refused:
        faults = refused.faults
    assert all(fault.path and str(fault).isprintable() for fault in faults)
