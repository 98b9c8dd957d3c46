"""What every test in a browser needs: a database that may be emptied afterwards."""

from collections.abc import Iterator
from threading import RLock
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from playwright.sync_api import Browser

from billing.guards import remove_guards


@pytest.fixture(autouse=True, scope="session")
def one_request_at_a_time() -> Iterator[None]:
    """The threads of the test's server share one connection: two requests would step into each other's transaction."""
    lock, answer = RLock(), WSGIHandler.__call__

    def alone(self: WSGIHandler, environ: dict[str, Any], start_response: Any) -> Any:
        with lock:
            return answer(self, environ, start_response)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIHandler, "__call__", alone)
        yield


@pytest.fixture(autouse=True)
def emptied_afterwards(transactional_db: None, browser: Browser) -> Iterator[None]:
    """Pages are closed first, since one that is still asking would meet the next test's database.

    The guards refuse to empty their tables too; emptying is followed by `post_migrate`, which puts them back.
    """
    yield
    for context in browser.contexts:
        context.close()
    remove_guards()
