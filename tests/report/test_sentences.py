"""What an edit says of itself in the user's language."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kpi_tui.language import Language
from kpi_tui.report.sentences import difference_words
from kpi_tui.workspace.differences import Difference
from kpi_tui.workspace.edits import Add, Delete, Set


@pytest.mark.parametrize(
    ("difference", "english", "russian"),
    [
        (
            Set(("goal", "turnover", "target"), Decimal("126000000.5")),
            "goal.turnover.target = 126,000,000.5",
            "goal.turnover.target = 126 000 000,5",
        ),
        (Set(("goal", "turnover", "owner"), "anna"), "goal.turnover.owner = anna", "goal.turnover.owner = anna"),
        (Set(("goal", "turnover", "owner")), "goal.turnover.owner: removed", "goal.turnover.owner: убрано"),
        (Add(("goal",), {"id": "nps"}), "goal: added nps", "goal: добавлено nps"),
        (Delete(("goal", "nps")), "goal.nps: deleted", "goal.nps: удалено"),
    ],
)
def test_a_difference_is_said(difference: Difference, english: str, russian: str) -> None:
    assert difference_words(difference, Language("en")) == english
    assert difference_words(difference, Language("ru")).replace("\u00a0", " ") == russian
