"""What every test in a browser needs: a database that may be emptied afterwards."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from billing.guards import remove_guards


@pytest.fixture(autouse=True)
def emptied_afterwards(transactional_db: None, browser: Browser) -> Iterator[None]:
    """Pages are closed first, since one that is still asking would meet the next test's database.

    The guards refuse to empty their tables too; emptying is followed by `post_migrate`, which puts them back.
    """
    yield
    for context in browser.contexts:
        context.close()
    remove_guards()
