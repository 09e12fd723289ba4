"""The title of a bridge fits a line: as many days of two months of one year are said once."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from kpi_tui.language import Language
from kpi_tui.report.bridge import bridge_title
from kpi_tui.review.bridge import Bridge
from kpi_tui.workspace.model import Metric
from kpi_tui.workspace.periods import Period


@pytest.mark.parametrize(
    ("start", "end", "english", "russian"),
    [
        (
            Period(date(2026, 10, 1), date(2026, 10, 14), "2026-10"),
            Period(date(2026, 11, 1), date(2026, 11, 14), "2026-11"),
            "Spend: 2 → 3 (+1), Oct → Nov 2026, 14 days",
            "Spend: 2 → 3 (+1), окт. → нояб. 2026, 14 дней",
        ),
        (
            Period(date(2026, 2, 1), date(2026, 2, 28), "2026-02"),
            Period(date(2026, 3, 1), date(2026, 3, 28), "2026-03"),
            "Spend: 2 → 3 (+1), Feb → Mar 2026, 28 days",
            "Spend: 2 → 3 (+1), февр. → март 2026, 28 дней",
        ),
        (
            Period(date(2026, 5, 1), date(2026, 5, 31), "2026-05"),
            Period(date(2026, 6, 1), date(2026, 6, 30), "2026-06"),
            "Spend: 2 → 3 (+1), May 2026 → Jun 2026",
            "Spend: 2 → 3 (+1), май 2026 → июнь 2026",
        ),
        (
            Period(date(2025, 11, 1), date(2025, 11, 14), "2025-11"),
            Period(date(2026, 11, 1), date(2026, 11, 14), "2026-11"),
            "Spend: 2 → 3 (+1), Nov 2025, 14 days → Nov 2026, 14 days",
            "Spend: 2 → 3 (+1), нояб. 2025, 14 дней → нояб. 2026, 14 дней",
        ),
    ],
)
def test_the_title_says_the_days_once(start: Period, end: Period, english: str, russian: str) -> None:
    bridge = Bridge("spend", "channel", start, end, "sum", Fraction(2), Fraction(3), ())
    metric = Metric(id="spend", name="Spend", unit="count")
    for code, title in (("en", english), ("ru", russian)):
        assert bridge_title(bridge, metric, Language(code)).replace("\u00a0", " ") == title
