"""`python -m tests.make_common_formulas`: the trees of the sample's formulas; its first start then parses nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec

from kpi_tui.formula import parse
from kpi_tui.formula.remembered import COMMON
from kpi_tui.formula.tree import Node
from kpi_tui.workspace import document

SAMPLES = Path(__file__).parent.parent / "sample_data"


def common() -> dict[str, Node]:
    """Every formula and condition of the sample workspaces, parsed now."""
    found: dict[str, Node] = {}
    for file in sorted(SAMPLES.glob("*.toml")):
        workspace = document.read(file.read_text("utf-8"), file.name).workspace
        for metric in workspace.metrics:
            if metric.formula:
                found[metric.formula] = parse.formula(metric.formula)
            if metric.where:
                found[metric.where] = parse.condition(metric.where)
        for source in workspace.sources:
            for condition in filter(None, (source.where, source.read.drop_rows)):
                found[condition] = parse.condition(condition)
    return found


if __name__ == "__main__":
    COMMON.write_bytes(msgspec.json.format(msgspec.json.encode(common()), indent=0) + b"\n")
