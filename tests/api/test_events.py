"""Usage by another program: each event is answered for, counts once for ever, and is read exactly."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from billing.models import ApiKey, Contract, Meter, UsageEvent
from billing.services import api_keys
from members.models import Organisation
from tests.office.world import office_client
from tests.services.club import join, noon, small_club

pytestmark = [pytest.mark.both, pytest.mark.django_db]
URL = "/api/usage/events"
EVENT = {"key": "k1", "meter": "gb", "member": "1", "at": "2027-01-31T23:30:00Z", "value": "1.5"}


class Program:
    """Another program with its key."""

    def __init__(self, slug: str) -> None:
        self.organisation: Organisation = small_club(slug)
        with scope(organisation=self.organisation):
            join(self.organisation, "1")
            Meter.objects.create(organisation=self.organisation, code="gb", name="Volume", unit="GB")
            self.contract = Contract.objects.get().pk
            self.key, self.secret = api_keys.make(self.organisation, "meter", None, noon(date(2027, 1, 1)))
        self.client = Client()

    def post(self, body: Any, url: str = URL) -> Any:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.secret}"}
        return self.client.post(url, text, content_type="application/json", headers=headers)


@pytest.fixture
def program() -> Iterator[Program]:
    cache.clear()
    yield Program("eins")
    cache.clear()


def stored() -> list[UsageEvent]:
    with scopes_disabled():
        return list(UsageEvent.objects.order_by("pk"))


def test_one_event_is_stored_once_for_ever(program: Program) -> None:
    first, again = program.post(EVENT), program.post(EVENT)
    other = program.post(EVENT | {"value": "1.6"})
    assert [first.status_code, again.status_code, other.status_code] == [201, 200, 409]
    assert [answer.json()["status"] for answer in (first, again, other)] == ["stored", "duplicate", "conflict"]
    (event,) = stored()
    assert (event.value, event.on, event.contract_id) == (Decimal("1.5"), date(2027, 2, 1), program.contract)


def test_a_list_is_answered_event_by_event_and_the_good_ones_are_stored(program: Program) -> None:
    program.post(EVENT)
    answer = program.post(
        [
            EVENT | {"key": "k2"}, EVENT, EVENT | {"value": 7}, EVENT | {"key": "k3", "meter": "unknown"},
            EVENT | {"key": "k4", "member": "", "contract": program.contract, "value": 0.1}, EVENT | {"key": "k2", "value": "9"},
        ]
    )  # fmt: skip
    assert answer.status_code == 207
    assert [one["code"] for one in answer.json()] == [201, 200, 409, 422, 201, 409]
    assert [event.key for event in stored()] == ["k1", "k2", "k4"]
    assert stored()[2].value == Decimal("0.1")


@pytest.mark.parametrize(
    "broken",
    [
        {"value": "1,5"}, {"value": "NaN"}, {"value": True}, {"value": "1.1234567"}, {"value": "1" * 14}, {"value": None},
        {"at": "2027-01-31"}, {"at": 5}, {"at": "2027-13-01T00:00:00Z"}, {"meter": 5}, {"member": "99"}, {"contract": "1"},
        {"contract": 10**20}, {"key": ""}, {"key": "k" * 121}, {"key": 5}, {"text": "both"}, {"reading": "5"}, {"initial": True},
        {"initial": "yes"}, {"surprise": 1}, {"member": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_faulty_event_is_refused_with_a_sentence_and_nothing_is_stored(
    program: Program, broken: dict[str, Any]
) -> None:
    answer = program.post(EVENT | broken)
    assert answer.status_code == 422
    assert answer.json()["message"]
    assert stored() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422), ("{", 400), ("[]", 400), ("5", 400), ('"text"', 400), ("[1]", 400), ("[[]]", 400), ("[" * 5000, 400),
        (b"\xff\xfe", 400), ('{"key": NaN}', 400), ('{"a": 1, "a": 2}', 400), ("[" + ",".join(["{}"] * 1001) + "]", 413),
        ('"' + "x" * 3_000_000 + '"', 413),
    ],
)  # fmt: skip
def test_a_broken_body_is_refused(program: Program, body: str | bytes, status: int) -> None:
    assert program.post(body).status_code == status
    assert stored() == []


def test_without_a_key_or_with_a_revoked_one_nobody_comes_in(program: Program) -> None:
    assert program.client.post(URL, "{}", content_type="application/json").status_code == 401
    program.secret = "kw_wrong"
    assert program.post(EVENT).status_code == 401
    with scopes_disabled():
        secret = api_keys.make(program.organisation, "other", None, noon(date(2027, 1, 1)))[1]
        api_keys.revoke(ApiKey.objects.get(name="other"), noon(date(2027, 1, 2)))
    program.secret = secret
    assert program.post(EVENT).status_code == 401
    assert stored() == []


def test_a_key_opens_only_its_own_house(program: Program) -> None:
    other = Program("zwei")
    answer = program.post(EVENT | {"member": "", "contract": other.contract})
    assert answer.status_code == 422
    assert program.post(EVENT).status_code == 201
    assert other.post(EVENT | {"value": "8"}).status_code == 201
    assert len(stored()) == 2


def test_a_browser_needs_its_protection_against_forged_requests(program: Program) -> None:
    client = office_client(program.organisation, "treasurer")
    assert client.post(URL, json.dumps(EVENT), content_type="application/json").status_code == 201
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(URL, json.dumps(EVENT), content_type="application/json").status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_events(program: Program) -> None:
    def queries(count: int, first: int) -> int:
        events = [EVENT | {"key": f"q{number}"} for number in range(first, first + count)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert program.post(events).status_code == 200
        return len([query for query in captured if "INSERT" not in query["sql"]])

    queries(1, 0)
    assert queries(900, 200) <= queries(100, 1) + 2


def test_the_secret_is_nowhere_in_the_database(program: Program) -> None:
    with scopes_disabled():
        rows = [str(value) for row in ApiKey.objects.values_list() for value in row]
    assert not any(program.secret in value for value in rows)


def test_a_quote_is_that_of_the_command(program: Program) -> None:
    case = {
        "tariffs": {"S": {"components": [{"code": "fee", "kind": "flat", "price": "9.90"}]}},
        "contract": {"start": "2027-01-01", "tariff": "S"}, "until": "2027-01-31",
    }  # fmt: skip
    answer = program.post(case, "/api/quote")
    assert (answer.status_code, answer.json()["total"]) == (200, "9.90")
    refused = program.post(case | {"until": "x"}, "/api/quote")
    assert refused.status_code == 422
    assert refused.json()["faults"][0]["path"] == "until"


def test_the_meters_are_told(program: Program) -> None:
    found = program.client.get("/api/usage/meters", headers={"Authorization": f"Bearer {program.secret}"})
    assert found.json() == [{"code": "gb", "name": "Volume", "unit": "GB"}]
