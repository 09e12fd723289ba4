"""What health says of published data sets and of the sample, against what an independent engine counted."""

from __future__ import annotations

from pathlib import Path

from kpi_tui.facts.health.examine import examine
from kpi_tui.facts.health.values import Health
from kpi_tui.loading import begin
from kpi_tui.workspace.periods import Calendar
from tests.reference.figures import written
from tests.shared_data import needs_shared, reference

SAMPLE = Path(__file__).parents[2] / "sample_data"


def health(path: Path) -> Health:
    loading = begin(path)
    return examine(loading.tables(), Calendar.of(loading.document.workspace.settings))


def test_the_sample_is_sound() -> None:
    for name in ("kpi.toml", "kpi.ru.toml"):
        found = health(SAMPLE / name)
        assert found.findings == ()
        assert all(source.account.adds_up and source.account.in_files for source in found.sources)


@needs_shared
def test_a_shop_with_returns_closed_days_and_missing_customers(tmp_path: Path) -> None:
    dirty = reference("online_retail", "dirty")
    [lines] = health(written(tmp_path, "online_retail_csv")).sources
    missing = {column.name: column.missing for column in lines.columns}
    assert missing == {"CustomerID": dirty["null_customer"], "Description": dirty["null_description"]}
    assert lines.days.days_off == (5,)
    assert (str(lines.days.gaps[0]), lines.days.gaps[0].periods) == ("2010-12-24..2011-01-03", 9)
    said = [str(finding.what) for finding in lines.findings]
    assert any(f"{dirty['neg_qty']} cells are below zero" in sentence for sentence in said)
    assert 0 <= lines.repeats - dirty["dup_rows"] <= 1, "one more differs by the hour alone"


@needs_shared
def test_a_row_that_stands_twice(tmp_path: Path) -> None:
    [sales] = health(written(tmp_path, "ru_produce")).sources
    assert sales.repeats == reference("ru_produce_sales_cp1251", "check")["dups"]
    assert len(sales.findings) == 1


@needs_shared
def test_a_total_line_is_accounted_for(tmp_path: Path) -> None:
    [ads] = health(written(tmp_path, "ru_direct")).sources
    assert (ads.account.totals, ads.account.used, ads.account.adds_up) == (1, ads.account.in_files - 1, True)
    assert ads.findings == ()
