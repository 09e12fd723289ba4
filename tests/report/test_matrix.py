"""Where an index and a bonus come from: what is said adds up again."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from kpi_tui.language.language import Language
from kpi_tui.loaded import loaded
from kpi_tui.loading import begin
from kpi_tui.report.matrix import matrix_entries
from kpi_tui.review.team import matrices
from tests.end_to_end.shop import write_shop


def test_parts_add_up_to_the_index_and_the_index_to_the_bonus(tmp_path: Path) -> None:
    found = loaded(begin(write_shop(tmp_path)))
    anna, boris = matrices(found.evaluator, found.workspace, None)
    entries = list(matrix_entries(anna, found.workspace, Language("en")))
    parts = [number for number, what, _ in entries if ": weight " in what]
    (index,) = (number for number, what, _ in entries if what.startswith("index"))
    (bonus,) = (number for number, what, _ in entries if what.startswith("bonus"))
    assert len(parts) == 2
    assert abs(sum(map(_share, parts), Decimal(0)) - _share(index)) <= Decimal("1e-10")
    assert abs(_share(bonus) * 100 - 50_000 * _share(index)) <= Decimal("0.01")
    for number, what, _ in entries:
        if multiplied := re.search(r"weight (\S+) x score (\S+)", what):
            weight, score = Decimal(multiplied[1]), _share(multiplied[2])
            assert abs(weight * score / 100 - _share(number)) <= Decimal("1e-10")
    assert [what for _, what, _ in matrix_entries(boris, found.workspace, Language("en"))] == [
        "provisional: no KPI lines yet"
    ]


def _share(shown: str) -> Decimal:
    return Decimal(re.sub(r"[^0-9.\-]", "", shown.replace("\u2212", "-"))) / 100
