"""What every test in a browser needs: a database that may be emptied afterwards."""

from collections.abc import Iterator

import pytest

from billing.guards import remove_guards


@pytest.fixture(autouse=True)
def emptied_afterwards(transactional_db: None) -> Iterator[None]:
    """The guards refuse to empty their tables too; emptying is followed by `post_migrate`, which puts them back."""
    yield
    remove_guards()
