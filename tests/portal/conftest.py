"""Every page of the portal is looked at on the same day."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.portal.world import NOON, World, build


@pytest.fixture
def on_the_day() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def world(db: None, on_the_day: None) -> World:
    return build()
