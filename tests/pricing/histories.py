"""Random contracts with random histories, as a stranger's JSON."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.pricing.build import Json, flat, metered, seats

FIRST, LAST = date(2023, 1, 1), date(2026, 12, 31)
UNTIL = date(2027, 6, 30)
INTERVALS = [{"months": 1}, {"months": 1}, {"months": 3}, {"months": 6}, {"months": 12}, {"weeks": 4}, {"days": 10}]
ANCHORS: list[Any] = ["start", "start", "calendar", {"day": 13}, {"day": 31}, {"day": 15, "month": 4}]
PHASES = [[{"months": 2, "factor": "0.5"}], [{"periods": 3, "factor": "2"}, {"days": 40, "price": "99.00"}]]
TERMS = [{}, {"minimum_term": {"months": 6}, "notice": {"days": 14}, "renewal": {"months": 3}}, {"ends": "any_day"}]
CODES = ("a", "b", "c")

days = st.dates(FIRST, LAST)
prices = st.integers(2000, 99999).map(lambda cents: f"{cents // 100}.{cents % 100:02}")


@st.composite
def tariffs(draw: st.DrawFn, prorations: tuple[str, ...] = ("day",), phases: bool = True) -> Json:
    made: Json = {
        "components": [flat(draw(prices)), seats(draw(prices)), metered(price="0.5", included="10", min="25")],
        "interval": draw(st.sampled_from(INTERVALS)),
        "anchor": draw(st.sampled_from(ANCHORS)),
        "timing": draw(st.sampled_from(["advance", "arrears"])),
        "proration": draw(st.sampled_from(prorations)),
        **draw(st.sampled_from(TERMS)),
    }
    if phases and draw(st.booleans()):
        made["phases"] = draw(st.sampled_from(PHASES))
    if draw(st.integers(0, 3)) == 0:
        made["trial"] = {"days": draw(st.integers(1, 40))}
    if draw(st.booleans()):
        made["loyalty"] = [{"after": {"months": 12}, "percent": "5"}]
    return made


@st.composite
def events(draw: st.DrawFn, start: date, codes: tuple[str, ...]) -> Json:
    on = draw(st.dates(start, LAST))
    kind = draw(st.sampled_from(["change_tariff", "quantity", "pause", "cancel"]))
    event: Json = {"on": on.isoformat()}
    if kind == "change_tariff":
        event[kind] = draw(st.sampled_from(codes))
        event["when"] = draw(st.sampled_from(["immediately", "period_end", "term_end"]))
    elif kind == "quantity":
        event[kind] = {"seats": str(draw(st.integers(0, 9)))}
    elif kind == "pause":
        event[kind] = {"until": (on + timedelta(days=draw(st.integers(1, 90)))).isoformat()}
    else:
        ends = draw(st.one_of(st.just("contractual"), st.dates(start, LAST).map(str)))
        event[kind] = ends
    if draw(st.booleans()):
        event["known"] = (on + timedelta(days=draw(st.integers(0, 120)))).isoformat()
    return event


@st.composite
def cases(draw: st.DrawFn, /, codes: tuple[str, ...] = CODES, discounts: bool = True, **kinds: Any) -> Json:
    start = draw(days)
    contract: Json = {
        "start": start.isoformat(),
        "tariff": "a",
        "quantities": {"seats": str(draw(st.integers(0, 5)))},
        "events": draw(st.lists(events(start, codes), max_size=5)),
    }
    if discounts and draw(st.booleans()):
        contract["discounts"] = [{"percent": "20", "periods": 3, "from": draw(days).isoformat()}, {"amount": "7.50"}]
    used = draw(st.lists(st.tuples(days, st.integers(0, 60)), max_size=6))
    return {
        "tariffs": {code: draw(tariffs(**kinds)) for code in codes},
        "contract": contract,
        "usage": [
            {"meter": "m", "at": f"{day}T12:00:00+01:00", "value": str(value), "key": str(index)}
            for index, (day, value) in enumerate(used)
        ],
        "until": UNTIL.isoformat(),
    }
