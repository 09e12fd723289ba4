"""Files of older schemas: each step turns the raw tables of one schema into those of the next, in memory.

The file itself is rewritten only by the first save. Schema 1 is the first, so there is no step yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kpi_tui.workspace.model import SCHEMA

Raw = dict[str, Any]

STEPS: Mapping[int, Callable[[Raw], Raw]] = {}


def migrate(raw: Raw, schema: int) -> Raw:
    """The tables as the newest schema has them; `schema` is the one they were written in."""
    if schema == SCHEMA:
        return raw
    for step in range(schema, SCHEMA):
        raw = STEPS[step](raw)
    return {**raw, "schema": SCHEMA}
