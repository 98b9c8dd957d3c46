"""Rows of many ids or keys: the list travels as one value. A placeholder for each of a thousand costs more than the answer."""

import json
from typing import Any

from django.db.models import Lookup


class Among(Lookup):
    """Use in a filter: `Among(F("contract"), ids)`."""

    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """An array."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, list(self.rhs)]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """A JSON list."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(list(self.rhs))]  # noqa: S608 (the column comes from the model)
