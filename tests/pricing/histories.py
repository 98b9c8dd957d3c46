"""Random contracts with random histories, as a stranger's JSON: cheap enough to draw ten thousand in every run.

Everything is drawn from a `Random`: from a seeded one where many are wanted, from hypothesis's where a failure is shrunk.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.pricing.build import Json, flat, metered, seats

FIRST, LAST = date(2023, 11, 1), date(2024, 8, 31)
UNTIL = date(2024, 12, 31)
CODES = ("a", "b", "c")
PRORATIONS = ("day", "day", "month", "none")
INTERVALS: list[Json] = [
    *({"months": 1}, {"months": 1}, {"months": 3}, {"months": 6}, {"months": 12}, {"weeks": 4}, {"days": 45}),
]
ANCHORS: list[Any] = ["start", "start", "calendar", {"day": 13}, {"day": 31}, {"day": 15, "month": 4}]
TIERS = [{"up_to": "10", "unit": "2", "flat": "5"}, {"up_to": "20", "unit": "1"}, {"up_to": None, "unit": "0.5"}]
STEPS = [{"up_to": "3", "flat": "21"}, {"up_to": "40", "flat": "55"}, {"up_to": None, "flat": "80"}]
MODELS: list[Json] = [
    {"price": "3.333333"},
    {"model": "graduated", "tiers": TIERS},
    {"model": "volume", "tiers": TIERS},
    {"model": "stairstep", "tiers": STEPS},
    {"model": "package", "size": "7", "price": "12.5"},
]
PERCENTAGE: Json = {"model": "percentage", "percent": "1.5", "fixed": "0.10"}
PHASES: list[list[Json]] = [
    [{"months": 2, "factor": "0.5"}],
    [{"months": 3, "factor": "0"}, {"months": 9, "factor": "0.5"}],
    [{"periods": 3, "factor": "2"}, {"days": 40, "price": "99.00"}],
]
TERMS: list[Json] = [
    {},
    {"notice": {"months": 1}},
    {"minimum_term": {"months": 4}, "notice": {"days": 14}, "renewal": {"months": 2}},
    {"minimum_term": {"months": 3}, "notice": {"months": 1}},
    {"ends": "any_day", "notice": {"weeks": 2}},
]
LOYALTY = [{"after": {"months": 3}, "percent": "5"}, {"after": {"months": 9}, "percent": "12.5"}]
WHENS = ("immediately", "period_end", "term_end")
DISCOUNTS: list[Json] = [
    *({"percent": "20", "periods": 3}, {"amount": "7.50"}, {"percent": "33.3", "components": ["fee"]}),
    {"amount": "30", "periods": 2, "components": ["seats", "u"]},
]


def catalogue(chance: Random) -> Json:
    """Three tariffs, some with a second version."""
    return {code: _versions(chance, whole=code == "c") for code in CODES}


def contract(chance: Random, tariffs: Json) -> Json:
    """A contract over these tariffs with up to five events and two discounts."""
    start = _day(chance, FIRST)
    made: Json = {"start": f"{start}", "tariff": "a", "quantities": {"seats": str(chance.randrange(6))}}
    made["events"] = [_event(chance, start) for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 5]))]
    if _one_in(chance, 2):
        made["discounts"] = [_discount(chance) for _ in range(chance.randrange(1, 3))]
    if _one_in(chance, 3) and all("intervals" in version for version in tariffs["a"]):
        made["interval"] = {"months": chance.choice([1, 3, 12])}
    return made


def usage(chance: Random) -> list[Json]:
    """Up to six uses, some within an hour of midnight."""
    return [_use(chance, number) for number in range(chance.randrange(7))]


def _one_in(chance: Random, times: int) -> bool:
    return chance.randrange(times) == 0


def _day(chance: Random, first: date) -> date:
    return first + timedelta(days=chance.randrange((LAST - first).days + 1))


def _price(chance: Random) -> str:
    cents = chance.randrange(2000, 100000)
    return f"{cents // 100}.{cents % 100:02}"


def _versions(chance: Random, whole: bool) -> list[Json]:
    """A tariff's first version, and sometimes a dearer one for new contracts, or for all."""
    first = _tariff(chance, whole)
    if not _one_in(chance, 3):
        return [first]
    newer: Json = {**first, "components": [{**part} for part in first["components"]], "valid_from": "2024-02-01"}
    newer["components"][0]["price"] = _price(chance)
    if _one_in(chance, 3):
        newer["interval"] = chance.choice(INTERVALS[:5])
    if not _one_in(chance, 3):
        newer["existing_from"] = f"{_day(chance, date(2024, 2, 1))}"
    return [first, newer]


def _tariff(chance: Random, whole: bool) -> Json:
    made: Json = {
        "components": _components(chance, whole),
        "interval": chance.choice(INTERVALS),
        "anchor": chance.choice(ANCHORS),
        "timing": chance.choice(["advance", "advance", "arrears"]),
        "proration": chance.choice(PRORATIONS),
        "prices": chance.choice(["gross", "net"]),
        "vat_rate": chance.choice(["19", "19", "7", None]),
        "change": {"upgrade": chance.choice(WHENS), "downgrade": chance.choice(WHENS)},
        **chance.choice(TERMS),
    }
    if _one_in(chance, 3) and "months" in made["interval"]:
        made["intervals"] = [1, 3, 12]
    if _one_in(chance, 2):
        made["phases"] = chance.choice(PHASES)
        if _one_in(chance, 6):
            made["then"] = "end"
    if _one_in(chance, 4):
        made["trial"] = {
            "days": chance.randrange(1, 40),
            "then": chance.choice(["continue", "continue", "end", *CODES]),
        }
    if _one_in(chance, 2):
        made["loyalty"] = LOYALTY
    return made


def _components(chance: Random, whole: bool) -> list[Json]:
    """A fee, and often (if whole, always) seats and usage under some model, and an entrance fee."""
    per_seat: Json = {**seats("1"), **chance.choice(MODELS)}
    if per_seat.get("model", "per_unit") not in ("per_unit", "package"):
        del per_seat["price"]
    if _one_in(chance, 3):
        per_seat |= {"included": "1", "max": "40"}
    per_use: Json = metered(**chance.choice([*MODELS, PERCENTAGE]))
    per_use["aggregate"] = chance.choice(["sum", "sum", "max", "last", "count", "unique"])
    if _one_in(chance, 2):
        per_use |= {"included": "10", "included_prorated": _one_in(chance, 2)}
    if _one_in(chance, 2):
        per_use |= {"min": "25", "max": "60"}
    entrance: Json = {"code": "setup", "kind": "once", "price": "25"}
    some = [part for part in (per_seat, entrance, per_use) if whole or _one_in(chance, 2)]
    return [flat(_price(chance)), *some]


def _event(chance: Random, start: date) -> Json:
    """Something that happens, entered on its day or up to four months late."""
    on = _day(chance, start)
    if _one_in(chance, 8):
        on = start - timedelta(days=chance.randrange(20))
    event: Json = {"on": f"{on}"}
    kind = chance.choice(
        ["change_tariff", "change_tariff", "quantity", "quantity", "pause", "pause", "cancel", "rhythm"]
    )
    if kind == "change_tariff":
        event[kind] = chance.choice(CODES)
        if _one_in(chance, 2):
            event["when"] = chance.choice(WHENS)
    elif kind == "quantity":
        event[kind] = {"seats": str(chance.randrange(10))}
    elif kind == "rhythm":
        event[kind] = {"months": chance.choice([1, 2, 3, 12])}
    elif kind == "pause":
        event[kind] = {"until": f"{on + timedelta(days=chance.randrange(1, 90))}"}
    else:
        event[kind] = chance.choice(["contractual", "contractual", f"{_day(chance, start)}"])
    if _one_in(chance, 2):
        event["known"] = f"{on + timedelta(days=chance.randrange(120))}"
    return event


def _discount(chance: Random) -> Json:
    return {**chance.choice(DISCOUNTS), **({"from": f"{_day(chance, FIRST)}"} if _one_in(chance, 2) else {})}


def _use(chance: Random, number: int) -> Json:
    at = f"{_day(chance, FIRST)}T{chance.choice(['12:00:00+01:00', '22:30:00Z', '23:30:00Z'])}"
    return {"meter": "m", "at": at, "value": str(chance.randrange(60)), "key": str(number)}
