"""Where the published data sets lie that tests compare against.

Absent on most machines, and then those tests are skipped.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest


def _shared() -> Path | None:
    named = os.environ.get("KPI_TUI_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[1] / ".." / "shared"
    return folder.resolve() if (folder / "data").is_dir() else None


SHARED: Path | None = _shared()

needs_shared = pytest.mark.skipif(SHARED is None, reason="the shared data sets are not here (set KPI_TUI_SHARED)")


def data() -> Path:
    """The folder of data sets; only for tests marked `needs_shared`."""
    assert SHARED is not None
    return SHARED / "data"


def reference(dataset: str, kpi: str) -> Any:
    """The value, values or rows that an independent engine computed for one figure of a data set."""
    found = json.loads((data() / dataset / "reference.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in found["kpis"] if entry["id"] == kpi)
    return next(entry[key] for key in ("value", "values", "rows") if key in entry)
