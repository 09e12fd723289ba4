"""The sample workspace: both languages agree, and the program finds the figures a plain reading of the files gives.

The oracle below reads the CSV files with the standard library alone and adds them up.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import median

import pytest
from msgspec import structs

from kpi_tui.cli import main
from kpi_tui.workspace import document
from kpi_tui.workspace.model import Workspace

SAMPLE = Path(__file__).parents[1] / "sample_data"
FILES = ("kpi.toml", "kpi.ru.toml")
OCTOBER = "2026-10"

Row = dict[str, str]

# What the oracle gives, written down so that a change of the facts is seen: (metric, period, dimensions) -> value.
FIGURES: dict[tuple[str, str, tuple[tuple[str, str], ...]], Decimal] = {
    ("revenue", "2025", ()): Decimal("111849440"),
    ("revenue", OCTOBER, ()): Decimal("12438080"),
    ("orders", OCTOBER, ()): Decimal("1955"),
    ("new_customers", OCTOBER, ()): Decimal("1179"),
    ("visits", OCTOBER, ()): Decimal("67344"),
    ("leads", OCTOBER, ()): Decimal("3487"),
    ("subscribers", OCTOBER, ()): Decimal("56862"),
    ("median_order", OCTOBER, ()): Decimal("5380"),
    ("revenue", OCTOBER, (("channel", "Email"),)): Decimal("2478860"),
    ("new_customers", OCTOBER, (("channel", "Yandex Direct"),)): Decimal("403"),
}


SHOWN = (
    *("revenue", "spend", "orders", "new_customers", "customers", "visits", "leads"),
    *("median_order", "cac", "romi", "visit_to_order", "ctr", "repeat_share"),
)


@cache
def rows(pattern: str) -> tuple[Row, ...]:
    read: list[Row] = []
    for path in sorted((SAMPLE / "data").glob(pattern)):
        with path.open(encoding="utf-8", newline="") as file:
            read.extend(csv.DictReader(file))
    return tuple(read)


def ads(period: str, channel: str = "") -> list[Row]:
    """Rows of the ads as the workspace reads them: without tests, with one spelling a channel."""
    read = [row | {"channel": row["channel"].replace("vk ads", "VK Ads")} for row in rows("ads-*.csv")]
    return [
        row
        for row in read
        if row["campaign"] != "test" and row["date"].startswith(period) and channel in ("", row["channel"])
    ]


def orders(period: str, channel: str = "") -> list[Row]:
    return [row for row in rows("orders-*.csv") if row["date"].startswith(period) and channel in ("", row["channel"])]


def total(read: list[Row], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in read), Decimal(0))


def first(read: list[Row]) -> int:
    return sum(row["is_first"] == "true" for row in read)


def oracle(metric: str, period: str, channel: str = "") -> Decimal:
    """A metric by hand, from the files."""
    bought, shown = orders(period, channel), ads(period, channel)
    spend, revenue = total(shown, "cost_rub"), total(bought, "revenue")
    visits = [row for row in rows("visits.csv") if row["date"].startswith(period) and channel in ("", row["channel"])]
    held = [row for row in rows("subscribers.csv") if row["date"].startswith(period)]
    found = {
        "revenue": revenue,
        "spend": spend,
        "orders": Decimal(len(bought)),
        "new_customers": Decimal(first(bought)),
        "customers": Decimal(len({row["customer_id"] for row in bought})),
        "visits": total(visits, "visits"),
        "leads": total(shown, "leads"),
        "median_order": Decimal(median(Decimal(row["revenue"]) for row in bought)),
        "subscribers": total([row for row in held if row["date"] == max(r["date"] for r in held)], "active"),
    }
    found["cac"] = spend / found["new_customers"]
    found["romi"] = (revenue - total(bought, "goods_cost") - spend) / spend
    found["visit_to_order"] = found["orders"] / found["visits"]
    found["ctr"] = total(shown, "clicks") / total(shown, "impressions")
    found["repeat_share"] = 1 - found["new_customers"] / found["orders"]
    return found[metric]


@pytest.fixture(scope="module")
def workspaces() -> tuple[Workspace, ...]:
    return tuple(document.read((SAMPLE / name).read_text(encoding="utf-8"), name).workspace for name in FILES)


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_in_its_canonical_layout(name: str) -> None:
    assert document.read((SAMPLE / name).read_text(encoding="utf-8"), name).canonical


def test_both_languages_agree_on_everything_but_words(workspaces: tuple[Workspace, ...]) -> None:
    english, russian = workspaces
    assert [structs.replace(m, name="", note="", entries=()) for m in english.metrics] == [
        structs.replace(m, name="", note="", entries=()) for m in russian.metrics
    ]
    assert [structs.replace(each, reason="") for each in english.adjustments] == [
        structs.replace(each, reason="") for each in russian.adjustments
    ]
    assert [[(e.date, e.value, e.n) for e in m.entries] for m in english.metrics] == [
        [(e.date, e.value, e.n) for e in m.entries] for m in russian.metrics
    ]
    assert [(g.id, g.metric, g.kind, g.target, g.baseline, g.start, g.due, g.targets) for g in english.goals] == [
        (g.id, g.metric, g.kind, g.target, g.baseline, g.start, g.due, g.targets) for g in russian.goals
    ]
    assert [(m.id, m.reports_to, m.bonus, m.kpis) for m in english.members] == [
        (m.id, m.reports_to, m.bonus, m.kpis) for m in russian.members
    ]
    assert english.settings.currency == russian.settings.currency == "RUB"


def test_the_russian_file_speaks_russian(workspaces: tuple[Workspace, ...]) -> None:
    russian = workspaces[1]
    names = [m.name for m in russian.metrics] + [o.name for o in russian.objectives] + [g.name for g in russian.goals]
    names += [m.name for m in russian.members] + [m.role for m in russian.members] + [russian.settings.name]
    assert [name for name in names if not re.search("[а-яё]", name, re.IGNORECASE)] == []


def test_every_matrix_weighs_a_hundred(workspaces: tuple[Workspace, ...]) -> None:
    assert {sum(line.weight for line in member.kpis) for member in workspaces[0].members} == {Decimal(100)}


def test_the_script_made_these_facts(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_facts", SAMPLE / "make_facts.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    sys.modules["make_facts"] = script
    try:
        spec.loader.exec_module(script)
        script.make(tmp_path)
    finally:
        del sys.modules["make_facts"]
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in (SAMPLE / "data").iterdir()}
    assert made.keys() == kept.keys()
    assert [name for name in made if made[name] != kept[name]] == []


def test_the_sample_stays_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 5_000_000


def test_the_figures_are_those_of_the_files() -> None:
    found = {
        (metric, period, by): oracle(metric, period, dict(by).get("channel", "")) for metric, period, by in FIGURES
    }
    assert found == FIGURES


def test_the_planted_problem_is_there() -> None:
    assert oracle("cac", "2026-08") < 1300 < oracle("cac", OCTOBER)
    assert oracle("cac", OCTOBER, "Yandex Direct") > Decimal("1.7") * oracle("cac", "2026-08", "Yandex Direct")
    for channel in ("VK Ads", "Telegram Ads", "Marketplaces", "SEO"):
        assert oracle("cac", OCTOBER, channel) < Decimal("1.15") * oracle("cac", "2026-08", channel)


def shown(capsys: pytest.CaptureFixture[str], what: str, name: str, *options: str) -> list[dict[str, object]]:
    """What `kpi-tui show` prints as JSON."""
    code = main(["show", what, str(SAMPLE / name), "--format", "json", *options])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    records: list[dict[str, object]] = json.loads(printed.out, parse_float=Decimal, parse_int=Decimal)
    return records


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("channel", ["", "Yandex Direct", "VK Ads", "Email"])
def test_show_finds_the_figures_of_the_files(name: str, channel: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = [option for metric in SHOWN for option in ("--metric", metric)]
    where = ["--where", f"channel={channel}"] if channel else []
    records = shown(capsys, "metrics", name, "--from", "2026-10-01", "--to", "2026-10-31", *options, *where)
    values = {str(record["metric"]): record["value"] for record in records}
    assert values.keys() == set(SHOWN)
    for metric in SHOWN:
        assert values[metric] == pytest.approx(oracle(metric, OCTOBER, channel), rel=Decimal("1e-12"))


def value_of(capsys: pytest.CaptureFixture[str], metric: str, period: str) -> object:
    records = shown(capsys, "metrics", "kpi.toml", "--grain", "month", "--metric", metric)
    return next(record["value"] for record in records if record["period"] == period)


def test_retention_growth_and_the_window_are_those_of_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    september, october = ({row["customer_id"] for row in orders(f"2026-{month}")} for month in ("09", "10"))
    kept = Decimal(len(september & october)) / len(september)
    assert value_of(capsys, "retention", OCTOBER) == pytest.approx(kept, rel=Decimal("1e-12"))
    growth = oracle("revenue", OCTOBER) / oracle("revenue", "2025-10") - 1
    assert value_of(capsys, "revenue_growth", OCTOBER) == pytest.approx(growth, rel=Decimal("1e-12"))
    days = {row["customer_id"] for row in orders(OCTOBER) if row["date"] >= "2026-10-04"}
    assert value_of(capsys, "customers_28", OCTOBER) == len(days)


def test_the_funnel_leads_from_views_to_new_customers(capsys: pytest.CaptureFixture[str]) -> None:
    steps = shown(capsys, "funnels", "kpi.toml", "--from", "2026-10-01", "--to", "2026-10-31")
    expected = [total(ads(OCTOBER), column) for column in ("impressions", "clicks", "leads")]
    assert [step["value"] for step in steps] == [*expected, oracle("new_customers", OCTOBER)]


def test_the_late_invoice_is_in_the_spend_of_its_month_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert value_of(capsys, "spend", "2025-12") == oracle("spend", "2025-12") + 45000
    assert value_of(capsys, "spend", "2026-01") == oracle("spend", "2026-01")


def test_show_gives_the_goals_mixed_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    statuses = {str(r["goal"]): r["status"] for r in shown(capsys, "goals", "kpi.toml") if r.get("goal")}
    assert statuses == {
        "turnover": "ok",
        "conversion": "ok",
        "new_site": "risk",
        "cac_limit": "off",
        "ad_budget": "ok",
        "awareness_up": "risk",
        "share_up": "ok",
        "reputation_up": "met",
    }
