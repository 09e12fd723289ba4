"""A KPI of the catalogue by keys: three from the metrics pane, found by any name, one undo takes all of it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_tui.language.language import Language
from kpi_tui.metrics.proposing import propose
from kpi_tui.metrics.roles import Column, Columns
from kpi_tui.tui.screens.catalogue import description
from tests.end_to_end.shop import write_shop
from tests.tui.piloting import running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


async def test_three_keys_add_a_kpi_and_one_undo_takes_it_back(file: Path) -> None:
    async with running(file) as flow:
        before = flow.workspace
        await flow.press("2", "g", "a", "enter")
        await flow.shows("KPI from the catalogue")
        await flow.press("enter")
        await flow.shows("added: aov")
        metric = flow.workspace.metrics[-1]
        assert (metric.id, metric.formula, metric.unit) == ("aov", "revenue / orders", "money")
        await flow.shows("Average order value")
        await flow.press("u")
        await flow.shows("undone")
        assert flow.workspace == before


async def test_a_kpi_comes_with_what_it_is_made_of_as_one_step_and_is_saved(file: Path) -> None:
    async with running(file, size=(80, 24), language="ru") as flow:
        before = flow.workspace
        await flow.press("2", "C")
        await flow.press(*"mer", "enter")
        await flow.shows("full_marketing_cost, mer")
        ids = [metric.id for metric in flow.workspace.metrics[len(before.metrics) :]]
        assert ids == ["overheads", "full_marketing_cost", "mer"]
        assert flow.workspace.metrics[-1].name == "Общая отдача маркетинга (MER)"
        await flow.press("ctrl+s")
        await flow.hides("full_marketing_cost, mer")
        assert flow.saved == flow.workspace
        await flow.press("u")
        await flow.hides("MER")
        assert flow.workspace == before


async def test_what_lacks_data_says_which_column_and_is_not_added(file: Path) -> None:
    async with running(file) as flow:
        before = flow.workspace
        await flow.press("2", "C", *"охват", "enter")
        await flow.shows(r"needs Reach: a column with reach")
        await flow.press("escape")
        await flow.shows("Revenue")
        assert flow.workspace == before


async def test_a_figure_that_no_source_has_is_typed_by_hand_in_a_table(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        before = flow.workspace
        await flow.press("2", "C", *"cpl")
        await flow.shows("Or typed by hand")
        await flow.press("enter")
        await flow.shows("No source has: Leads")
        await flow.press("escape")
        await flow.shows("1 Goals")
        assert flow.workspace == before
        await flow.press("C", *"cpl", "enter", "enter")
        await flow.shows(r"Values entered by hand\n\S+ +Leads Awareness")
        await flow.press("2", "5", "enter", "escape")
        await flow.shows(r"Cost per lead +9\.60")
        [leads, cpl] = flow.workspace.metrics[len(before.metrics) :]
        assert (leads.formula, leads.at, [entry.value for entry in leads.entries]) == ("", "sum", [25])
        assert cpl.formula == "spend / leads"


async def test_a_metric_entered_by_hand_under_a_known_name_is_built_on(file: Path) -> None:
    async with running(file, size=(80, 24), language="ru") as flow:
        await flow.press("2", "a", *"вручную", "enter", *"лиды", "enter", "escape")
        made = flow.workspace.metrics[-1]
        assert (made.name, made.unit, made.at, made.formula) == ("лиды", "count", "sum", "")
        await flow.press("C", *"cpl", "enter")
        await flow.shows("2 Метрики")
        assert flow.workspace.metrics[-1].formula == f"spend / {made.id}"


async def test_what_is_there_already_is_gone_to(file: Path) -> None:
    async with running(file) as flow:
        before = flow.workspace
        await flow.press("2", "C", *"cpo")
        await flow.shows(r"Cost per order +there already: cpo")
        await flow.press("enter")
        await flow.hides("KPI from the catalogue")
        assert flow.workspace == before
        assert flow.app.screen.grid.key == "metric.cpo"


async def test_two_sources_are_asked_about_before_anything_is_added(file: Path) -> None:
    (file.parent / "ads.csv").write_text("date,clicks\n2026-06-01,10\n", encoding="utf-8")
    (file.parent / "vk.csv").write_text("date,clicks\n2026-06-01,7\n", encoding="utf-8")
    source = '\n[[source]]\nid = "{0}"\npath = "{0}.csv"\ntime = "date"\n[source.columns]\nclicks = "integer"\n'
    text = file.read_text("utf-8")
    file.write_text(text + source.format("ads") + source.format("vk"), encoding="utf-8")
    async with running(file) as flow:
        await flow.press("2", "C", *"clicks", "enter")
        await flow.shows("what is 'Clicks' counted from")
        assert flow.workspace.metrics[-1].id == "awareness"
        await flow.press(*"added up", "enter")
        await flow.shows("added: clicks_ads, clicks_vk, clicks")
        assert flow.workspace.metrics[-1].formula == "clicks_ads + clicks_vk"
        await flow.shows(r"Clicks +17\b")


@pytest.mark.parametrize("code", ["en", "ru"])
def test_a_description_tells_the_definition_the_confusion_and_its_origin(code: str) -> None:
    columns = Columns("ads", (Column("cost", "decimal"), Column("clicks", "integer")), "ads.csv")
    offers = {offer.kpi.id: offer for offer in propose([columns], (), None, code)}
    said = "\n".join(sentence for sentence, _ in description(offers["cpc"], Language(code)))
    kpi = offers["cpc"].kpi
    for expected in (kpi.means.said(code), kpi.confused.said(code), kpi.origin, "spend, clicks, cpc"):
        assert expected in said
