"""The detail of a metric says how it is made: a funnel by its steps, a history in words, a window by its length."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.shop import write_shop
from tests.tui.piloting import running

MORE = """
[[metric]]
id = "sold"
name = "Sold"
formula = "orders"
window = "3 months"
unit = "count"

[[metric]]
id = "steps"
name = "Steps"
unit = "percent"
[metric.funnel]
steps = ["sold", "orders"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = write_shop(tmp_path)
    path.write_text(path.read_text("utf-8") + MORE, "utf-8")
    return path


async def test_a_funnel_shows_its_steps_and_a_window_its_length(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("2", "G", "4")
        await flow.shows("Steps")
        await flow.shows(r"Orders +\d+ +33.3 % of the step before")
        await flow.press("2", "k", "4")
        await flow.shows("over 3 months")


async def test_a_length_of_time_is_in_words_of_the_language(file: Path) -> None:
    async with running(file, language="ru") as flow:
        await flow.press("2", "G", "k", "4")
        await flow.shows("за окно: 3 месяца")
