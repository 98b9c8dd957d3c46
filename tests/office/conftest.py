"""Every page of the office is looked at on the same day."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from tests.office.world import NOON, House, build, office_client


@pytest.fixture(autouse=True)
def on_the_day(db: None) -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def house() -> House:
    return build()


@pytest.fixture
def other() -> House:
    return build("westufer")


@pytest.fixture
def treasurer(house: House) -> Client:
    return office_client(house.organisation, "treasurer")


@pytest.fixture
def office(house: House) -> Client:
    return office_client(house.organisation, "office")


@pytest.fixture
def accountant(house: House) -> Client:
    return office_client(house.organisation, "accountant")
