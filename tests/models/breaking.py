"""Ways to break a rule of the database once."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model

from tests.models.rows import row

Step = Callable[[], object]
Case = Callable[[], Step]


def twice(model: type[Model], *names: str, **given: Any) -> Case:
    """The second row equals the first in these fields."""

    def prepare() -> Step:
        first = row(model, **given)
        return lambda: row(model, **given | {name: getattr(first, name) for name in names})

    return prepare


def wrong(model: type[Model], **broken: Any) -> Case:
    """The same row without the broken fields is accepted."""

    def prepare() -> Step:
        row(model)
        return lambda: row(model, **broken)

    return prepare
