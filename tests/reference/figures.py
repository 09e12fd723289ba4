"""The figures of the published data sets by name (`revenue`, `by_month.orders`) and workspaces that give them.

A workspace here is a template: `{data}` stands for the folder of data sets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.shared_data import data

WORKSPACES = Path(__file__).parent / "workspaces"


@dataclass(frozen=True, slots=True)
class Figure:
    """One entry of a reference: a scalar (`key` is None) or a value per period or slice, in the reference's order."""

    values: Mapping[Any, Any]
    trap: bool = False


@cache
def figures(dataset: str) -> Mapping[str, Figure]:
    """Every figure of a data set: `kpi` for a single value, `kpi.name` for each of several values or columns of rows.

    The first column of rows is the key of their values; a single value stands under the key None.
    """
    found: dict[str, Figure] = {}
    content = json.loads((data() / dataset / "reference.json").read_text(encoding="utf-8"))
    for entry in content["kpis"]:
        name, trap = entry["id"], entry.get("trap", False)
        if "value" in entry:
            found[name] = Figure({None: entry["value"]}, trap)
        for key, value in entry.get("values", {}).items():
            found[f"{name}.{key}"] = Figure({None: value}, trap)
        for index, column in enumerate(entry.get("columns", ())):
            if index > 0:
                found[f"{name}.{column}"] = Figure({row[0]: row[index] for row in entry["rows"]}, trap)
    return found


def written(folder: Path, workspace: str, *, changed: Mapping[str, str] | None = None, more: str = "") -> Path:
    """The workspace as a file in `folder`, with lines `changed` (they must be there) and `more` text at its end."""
    text = (WORKSPACES / f"{workspace}.toml").read_text(encoding="utf-8").replace("{data}", data().as_posix())
    for old, new in (changed or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / f"{workspace}.toml"
    path.write_text(text + more, encoding="utf-8")
    return path
