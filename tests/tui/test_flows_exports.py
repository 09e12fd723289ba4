"""Exports looked at in the app: asked, changed, marked, and added by one edit that one undo takes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_tui.language.language import Language
from kpi_tui.tui.screens.path import completed, from_root
from kpi_tui.tui.start import StartApp
from tests.tui.piloting import Flow, running

ADS = "Дата;Кампания;Показы;Клики;Расход (руб.)\n" + "".join(
    f"{day:02}.09.2026;{name};1 000;{day};{day},50\n" for day in range(1, 31) for name in ("Поиск", "Сети")
)
ADS += "Итого;;60 000;930;960,00\n"
ORDERS = "date,order_id,customer_id,revenue\n" + "".join(
    f"2026-09-{day:02},{day},c{day % 7},100\n" for day in range(1, 31)
)
EITHER = "date,clicks\n01/01/2026,1\n" + "".join(f"{day:02}/{day + 1:02}/2026,{day}\n" for day in range(1, 10))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "ads.csv").write_bytes(ADS.encode("cp1251"))
    (tmp_path / "orders.csv").write_text(ORDERS)
    file = tmp_path / "kpi.toml"
    file.write_text('schema = 1\n\n[workspace]\nname = "new"\ncurrency = "EUR"\n')
    return file


async def look(flow: Flow, path: str) -> None:
    await flow.press("L")
    await flow.shows("Which exports")
    await flow.fill_in(path)
    await flow.shows("Go on")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_folder_becomes_sources_and_metrics_by_three_enters_and_one_undo(
    file: Path, size: tuple[int, int]
) -> None:
    async with running(file, size=size) as flow:
        before = flow.workspace
        await look(flow, ".")
        await flow.shows(r"ads +ads.csv +60 rows")
        await flow.shows(r"\d+ metrics are proposed")
        await flow.press("enter")
        await flow.shows("2 sources, [0-9]+ metrics")
        await flow.shows(r"\[x\] Orders")
        await flow.press("enter")
        await flow.shows("added: 2 sources, [0-9]+ metrics")
        await flow.shows(r"Ad spend +960")
        made = flow.workspace
        assert [source.path for source in made.sources] == ["ads.csv", "orders.csv"]
        assert made.sources[0].read.encoding == "cp1251"
        assert {"spend", "orders", "drr"} <= {metric.id for metric in made.metrics}
        await flow.press("u")
        await flow.shows("undone")
        assert flow.workspace == before


async def test_a_question_is_answered_before_it_goes_on(file: Path) -> None:
    (file.parent / "clicks.csv").write_text(EITHER)
    async with running(file, size=(80, 24)) as flow:
        before = flow.workspace
        await look(flow, "clicks.csv")
        await flow.shows("1 question is open")
        await flow.press("g", "enter")  # going on asks it
        await flow.shows("Which comes first in 'date'")
        await flow.shows(r"(?m)day, month, year +01/02/2026 = 2026-02-01$")
        await flow.shows(r"(?m)month, day, year +01/02/2026 = 2026-01-02$")
        assert flow.workspace == before
        await flow.press("escape", "tab", "down", "enter")
        await flow.shows("metric is proposed")
        await flow.press("tab")
        await flow.shows("1 source, 1 metric")
        await flow.press("enter")
        await flow.shows("added: 1 source, 1 metric")
        assert flow.workspace.sources[0].read.date == "%m/%d/%Y"


async def test_a_decision_is_changed_and_the_rows_are_read_again(file: Path) -> None:
    async with running(file, language="ru", ascii=True) as flow:
        await flow.press("L")
        await flow.fill_in("orders.csv")
        await flow.shows(r"orders +orders.csv +30 ")
        await flow.shows("revenue целое")
        keys = [row.key for row in flow.app.screen.query_one("#grid").rows]  # type: ignore[attr-defined]  # a Grid
        await flow.press("g", *["j"] * keys.index("0.columns"), "enter")
        await flow.fill_in("revenue = decimal; order_id = nonsense")
        await flow.shows("nonsense")
        await flow.fill_in("revenue = decimal; order_id = integer")
        await flow.shows("order_id целое")
        await flow.shows("revenue дробное")
        await flow.press("g", *["j"] * keys.index("0.id"), "enter")
        await flow.fill_in("shop")
        await flow.shows(r"\] shop +orders.csv +30 ")
        await flow.press("tab")
        await flow.shows(r"\(shop\)")
        await flow.press("enter", "2")
        await flow.at_home()
        (source,) = flow.workspace.sources
        assert (source.id, source.columns["revenue"]) == ("shop", "decimal")
        assert {metric.source for metric in flow.workspace.metrics if metric.source} == {"shop"}


async def test_what_was_not_found_out_can_be_set(file: Path) -> None:
    rows = "".join(f"{day:02}.09.2026;{'10,50' if day % 3 else 'нет'}\n" for day in range(1, 31))
    (file.parent / "costs.csv").write_text("Дата;Расход\n" + rows)
    async with running(file) as flow:
        await look(flow, "costs.csv")
        keys = [row.key for row in flow.app.screen.query_one("#grid").rows]  # type: ignore[attr-defined]  # a Grid
        assert keys.index("0.read.decimal") > keys.index("0.read.separator"), "below what was found out"
        assert {f"0.read.{name}" for name in ("thousands", "nulls", "header_rows", "skip_rows", "drop_rows")} < {*keys}
        await flow.press("g", *["j"] * keys.index("0.read.decimal"))
        await flow.shows("nothing was found")
        await flow.press("enter")
        await flow.fill_in(",")
        keys = [row.key for row in flow.app.screen.query_one("#grid").rows]  # type: ignore[attr-defined]  # a Grid
        await flow.press("g", *["j"] * keys.index("0.columns"), "enter")
        await flow.fill_in("Расход = decimal")
        await flow.shows(r"10\.5")
        await flow.press("tab")
        await flow.shows(r"\[x\] Ad spend")
        await flow.press("enter")
        await flow.at_home()
        (source,) = flow.workspace.sources
        assert (source.read.decimal, source.columns["Расход"]) == (",", "decimal")


async def test_a_table_that_is_there_twice_is_taken_once(file: Path) -> None:
    (file.parent / "orders.utf16.csv").write_bytes(ORDERS.encode("utf-16"))
    async with running(file) as flow:
        await look(flow, ".")
        await flow.press("G")
        await flow.shows(r"\[ \] orders_2? +orders.utf16.csv +there already: orders.csv")
        await flow.press("tab")
        await flow.shows("2 sources, ")


async def test_a_metric_left_out_takes_with_it_what_is_made_of_it(file: Path) -> None:
    async with running(file) as flow:
        await look(flow, "orders.csv")
        await flow.shows("metrics are proposed")
        await flow.press("enter")
        await flow.shows(r"\[x\] Orders")
        keys = [row.key for row in flow.app.screen.query_one("#grid").rows]  # type: ignore[attr-defined]  # a Grid
        await flow.press("g", *["j"] * keys.index("revenue"), "space")
        await flow.shows(r"\[ \] Revenue")
        await flow.shows(r"\[ \] Average order value")
        await flow.shows(r"\[x\] Orders")
        await flow.press("enter")
        await flow.shows("added: 1 source")
        ids = {metric.id for metric in flow.workspace.metrics}
        assert "orders" in ids
        assert not ids & {"revenue", "aov"}


async def test_a_table_can_be_left_and_what_is_there_is_not_taken_twice(file: Path) -> None:
    async with running(file) as flow:
        await look(flow, ".")
        await flow.shows("metrics are proposed")
        await flow.press("g", "j", "space")
        await flow.shows(r"\[ \] ads")
        await flow.shows("metrics are proposed")
        await flow.press("tab")
        await flow.shows("1 source, ")
        await flow.press("enter")
        await flow.shows("added: 1 source")
        assert [source.id for source in flow.workspace.sources] == ["orders"]
        known = {metric.id for metric in flow.workspace.metrics}
        assert "spend" not in known
        await look(flow, ".")
        await flow.shows(r"\[ \] orders_2 .*there already: orders")
        await flow.shows("metrics are proposed")
        await flow.press("tab")
        await flow.shows("1 source, ")
        await flow.press("enter")
        await flow.shows("added: 1 source")
        assert [source.id for source in flow.workspace.sources] == ["orders", "ads"]
        cpo = next(metric for metric in flow.workspace.metrics if metric.id == "cpo")
        assert cpo.formula == "spend / orders", "the orders of before, the spend of now"
        assert len({metric.id for metric in flow.workspace.metrics}) == len(flow.workspace.metrics)


async def test_two_files_that_know_a_figure_are_asked_about(file: Path) -> None:
    for name in ("vk", "direct"):
        (file.parent / f"{name}.csv").write_text("date,clicks\n2026-06-13,10\n2026-06-14,7\n")
    (file.parent / "ads.csv").unlink()
    (file.parent / "orders.csv").unlink()
    async with running(file) as flow:
        await look(flow, "")
        await flow.shows(r"\d+ metrics are proposed")
        await flow.press("enter", "j", "enter")
        await flow.shows("all of them, added up")
        await flow.press(*"added up", "enter")
        await flow.shows(r"\[x\] Clicks .*clicks_direct \+ clicks_vk")
        await flow.press("g", "enter")
        await flow.shows("added: 2 sources, 3 metrics")
        await flow.shows(r"Clicks +34\b")


async def test_what_cannot_be_used_says_why_and_changes_nothing(file: Path) -> None:
    (file.parent / "page.csv").write_text("<!DOCTYPE html><html><body>Log in</body></html>")
    async with running(file) as flow:
        before = flow.workspace
        await flow.press("L")
        await flow.fill_in("gone.csv")
        await flow.shows("gone.csv does not exist: name a file, a glob or a folder")
        await flow.fill_in("page.csv")
        await flow.shows(r"page +page.csv +cannot be read")
        await flow.shows("this is a web page or XML")
        await flow.press("tab")
        await flow.shows("no table is taken")
        await flow.press("escape")
        await flow.at_home()
        assert flow.workspace == before


async def test_tab_completes_and_sources_offer_it_first(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("s", "a", "enter")
        await flow.shows("Which exports")
        await flow.press("o", "tab")
        await flow.shows("orders.csv")
        await flow.press("enter")
        await flow.shows("metrics are proposed")
        await flow.press("enter")
        await flow.shows("1 source, ")
        await flow.press("enter")
        await flow.shows(r"orders +orders.csv +30 +30 Sep 2026")


def test_names_are_completed_as_far_as_they_agree(tmp_path: Path) -> None:
    for name in ("ads-may.csv", "ads-june.csv", "notes.md", ".hidden.csv"):
        (tmp_path / name).write_text("")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "one.csv").write_text("")

    def offered(entry: Path) -> bool:
        return entry.suffix == ".csv"

    assert completed("a", tmp_path, offered) == ("ads-", ["ads-june.csv", "ads-may.csv"])
    assert completed("ads-m", tmp_path, offered) == ("ads-may.csv", ["ads-may.csv"])
    assert completed("d", tmp_path, offered) == ("data/", ["data/"])
    assert completed("data/", tmp_path, offered) == ("data/one.csv", ["one.csv"])
    assert completed("", tmp_path, offered)[1] == ["ads-june.csv", "ads-may.csv", "data/"]
    assert completed("n", tmp_path, offered) == ("n", [])
    assert completed("gone/", tmp_path, offered) == ("gone/", [])


def test_a_path_is_named_from_the_workspaces_folder(tmp_path: Path) -> None:
    assert from_root(" data/ads-*.csv ", tmp_path) == "data/ads-*.csv"
    assert from_root("", tmp_path) == "."
    assert from_root(str(tmp_path / "data" / "one.csv"), tmp_path) == "data/one.csv"


async def test_the_first_screen_offers_ones_own_data_first() -> None:
    app = StartApp((), Language("en"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
    assert app.return_value == "data"


async def test_whoever_begins_with_their_data_is_asked_for_them_at_once(file: Path) -> None:
    async with running(file, looks=True) as flow:
        await flow.shows("Which exports")
        await flow.press("escape")
        await flow.at_home()
        await flow.shows("L looks at files with numbers")


async def test_a_large_source_is_proposed_metrics_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted outside of memory has columns as well."""
    rows = "".join(f"2026-09-{day:02},{day},c{day % 7},100\n" * 40 for day in range(1, 31))
    (file.parent / "orders.csv").write_text("date,order_id,customer_id,revenue\n" + rows)
    monkeypatch.setenv("KPI_TUI_LARGE", "1")
    async with running(file) as flow:
        await look(flow, "orders.csv")
        await flow.shows("[1-9][0-9]* metrics are proposed")
        await flow.press("enter")
        await flow.shows("1 source, ")
        await flow.press("enter")
        await flow.shows(r"Revenue +120.0 K")
        assert flow.app.desk is not None
        assert flow.app.desk.session.tables["orders"].large is not None


async def test_what_a_row_stands_for_is_asked_and_adds_orders(file: Path) -> None:
    rows = "".join(f"2026-09-{day:02},c{day % 7},100\n" for day in range(1, 31))
    (file.parent / "shop.csv").write_text("date,customer_id,revenue\n" + rows)
    async with running(file, size=(80, 24)) as flow:
        await look(flow, "shop.csv")
        await flow.shows("metrics are proposed")
        await flow.press("enter")
        await flow.shows(r" \?  what is one row of")
        await flow.hides("Orders")
        await flow.press("j", "enter", "enter")
        await flow.shows(r"\[x\] Orders +COUNT\(\*\)")
        await flow.press("g", "enter")
        await flow.shows(r"Orders +30\b")
