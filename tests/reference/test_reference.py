"""What the command line prints about published data sets, against figures that another engine computed.

Every figure of every reference is either asked for here or named in `NOT_YET` with the reason.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kpi_tui.cli import main
from tests.reference.asked import ASKED, NOT_YET, RANGES, Asked, Range
from tests.reference.figures import figures, written
from tests.shared_data import data, needs_shared

pytestmark = needs_shared

EXACT = Decimal("1e-9")  # relative; the references are sums of floats

# robyn has a column a channel, so its figures by channel are metrics of their own.
ROBYN_CHANNELS = ("facebook_S", "ooh_S", "print_S", "search_S", "tv_S")
ROBYN_BY_CHANNEL = ("spend_by_channel.spend", "spend_by_channel.share")


@dataclass(frozen=True, slots=True)
class Printed:
    """What one call printed."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        read: list[dict[str, Any]] = json.loads(self.out, parse_float=Decimal, parse_int=Decimal)
        return read


@dataclass(frozen=True, slots=True)
class Show:
    """`kpi-tui show metrics` over a workspace of this folder."""

    capsys: pytest.CaptureFixture[str]
    folder: Path
    _files: dict[str, Path] = field(default_factory=dict)

    def __call__(self, workspace: str, *options: str, format: str = "json") -> Printed:
        if workspace not in self._files:
            self._files[workspace] = written(self.folder, workspace)
        return self.of(self._files[workspace], *options, format=format)

    def of(self, file: Path, *options: str, format: str = "json") -> Printed:
        code = main(["show", "metrics", str(file), "--language", "en", "--format", format, *options])
        printed = self.capsys.readouterr()
        return Printed(code, printed.out, printed.err)


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Show:
    return Show(capsys, tmp_path)


def metric_options(metrics: Sequence[str]) -> list[str]:
    return [option for metric in metrics for option in ("--metric", metric)]


def is_equal(found: Decimal | None, expected: Decimal | float) -> bool:
    wanted = Decimal(str(expected))
    return found is not None and abs(found - wanted) <= EXACT * abs(wanted)


def key_of(asked: Asked, record: Mapping[str, Any]) -> object:
    """What the reference calls the period or slice of a record."""
    if asked.by is not None:
        return record["by"][asked.by]
    match asked.grain:
        case "all":
            return None
        case "year":
            return int(record["period"])
        case _:
            return record["start"]


def _named(asked: Asked) -> str:
    return f"{asked.workspace}-{asked.by or asked.grain}-{next(iter(asked.figures))}"


@pytest.mark.parametrize("asked", ASKED, ids=_named)
def test_figures(asked: Asked, show: Show) -> None:
    metrics = list(dict.fromkeys(asked.figures.values()))
    by = ["--by", asked.by] if asked.by else []
    printed = show(asked.workspace, "--grain", asked.grain, *by, *metric_options(metrics))
    assert printed.code == 0, printed.err
    found: dict[str, dict[object, Decimal | None]] = {metric: {} for metric in metrics}
    for record in printed.records:
        found[record["metric"]][key_of(asked, record)] = record["value"]
    for name, metric in asked.figures.items():
        expected, values = figures(asked.dataset)[name].values, found[metric]
        wrong = {
            key: (values.get(key), value) for key, value in expected.items() if not is_equal(values.get(key), value)
        }
        assert wrong == {}, name
        rest = {key: value for key, value in values.items() if key not in expected}
        if asked.top:
            assert all(value is not None and value <= min(expected.values()) for value in rest.values()), name
        else:
            # A period in which nothing happened is there and 0; the reference has only groups with rows.
            assert asked.grain != "all" or not rest, name
            assert set(rest.values()) <= {Decimal(0), None}, name
    traps = [figure.values[None] for figure in figures(asked.dataset).values() if figure.trap]
    assert not [record for record in printed.records for trap in traps if is_equal(record["value"], trap)]


@pytest.mark.parametrize(
    ("span", "workspace"), [(span, name) for span in RANGES for name in span.workspaces], ids=lambda value: str(value)
)
def test_first_and_last_dates(span: Range, workspace: str, show: Show) -> None:
    records = show(workspace, "--grain", span.grain, "--metric", span.metric).records
    known = figures(span.dataset)
    first, last = (known[name].values[None][:10] for name in (span.first, span.last))
    assert (records[0]["start"], records[-1]["start"]) == (first, last)
    assert records[-1]["complete"] is True


@pytest.mark.parametrize("channel", ROBYN_CHANNELS)
def test_robyn_channels(channel: str, show: Show) -> None:
    name = channel.removesuffix("_S")
    records = show("robyn", "--grain", "all", *metric_options([name, f"{name}_share"])).records
    for record, figure in zip(records, ROBYN_BY_CHANNEL, strict=True):
        assert is_equal(record["value"], figures("robyn")[figure].values[channel]), figure


@pytest.mark.parametrize("dataset", NOT_YET)
def test_no_figure_is_left_out(dataset: str) -> None:
    asked = {name for call in ASKED if call.dataset == dataset for name in call.figures}
    asked |= {name for span in RANGES if span.dataset == dataset for name in (span.first, span.last)}
    asked |= set(ROBYN_BY_CHANNEL) if dataset == "robyn" else set()
    traps = {name for name, figure in figures(dataset).items() if figure.trap}
    assert not asked & NOT_YET[dataset].keys()
    assert asked | NOT_YET[dataset].keys() | traps == figures(dataset).keys()
    assert dataset not in NO_TRAP or not traps


NO_TRAP = frozenset(NOT_YET) - {"ru_produce_sales_cp1251", "derived_ru_direct_report"}  # each trap has a test below


def test_the_mean_of_prices_is_a_trap(show: Show, tmp_path: Path) -> None:
    known = figures("ru_produce_sales_cp1251")
    wrong = '\n[[metric]]\nid = "mean_price"\nsource = "sales"\nformula = \'AVG("Цена за упаковку")\'\nunit = "money"\n'
    file = written(tmp_path, "ru_produce", more=wrong)
    records = show.of(file, "--grain", "all", *metric_options(["avg_price", "mean_price"])).records
    values = {record["metric"]: record["value"] for record in records}
    assert is_equal(values["mean_price"], known["TRAP_mean_price"].values[None])
    assert is_equal(values["avg_price"], known["avg_price"].values[None])
    assert not is_equal(values["avg_price"], known["TRAP_mean_price"].values[None])


def test_the_total_row_is_a_trap(show: Show, tmp_path: Path) -> None:
    trap = figures("derived_ru_direct_report")["TRAP_with_total_row"].values[None]
    kept = {"drop_rows = \"Дата = 'Итого'\"\n": "", 'time = "Дата"\n': ""}
    file = written(tmp_path, "ru_direct", changed=kept)
    (record,) = show.of(file, "--grain", "all", "--metric", "impressions").records
    assert record["value"] == trap


def test_a_total_row_that_nobody_named_is_left_out_and_said(show: Show, tmp_path: Path) -> None:
    known = figures("derived_ru_direct_report")
    file = written(tmp_path, "ru_direct", changed={"drop_rows = \"Дата = 'Итого'\"\n": ""})
    printed = show.of(file, "--grain", "all", "--metric", "impressions")
    assert printed.code == 3
    assert "yandex_direct_style_cp1251.csv:1147:" in printed.err
    assert [record["value"] for record in printed.records] == [known["totals.impressions"].values[None]]


def test_a_missing_origin_is_not_the_origin_unknown(show: Show) -> None:
    known = figures("olist_leads")["by_origin.mql"].values
    for origin in (None, "unknown"):
        where = f"origin={origin or ''}"
        printed = show("olist", "--grain", "all", "--metric", "mql", "--by", "origin", "--where", where)
        assert [(record["by"], record["value"]) for record in printed.records] == [({"origin": origin}, known[origin])]
    both = show("olist", "--grain", "all", "--metric", "mql", "--where", "origin=", "--where", "origin=unknown").records
    assert [record["value"] for record in both] == [known[None] + known["unknown"]]
    table = show("olist", "--grain", "all", "--metric", "mql", "--by", "origin", "--where", "origin=", format="table")
    assert table.out.splitlines()[1].split() == ["mql", "(none)", "60"]


def test_a_share_is_one_without_a_split_beside_metrics_of_other_sources(show: Show) -> None:
    records = show("olist", "--grain", "all", *metric_options(["lead_share", "deals"])).records
    assert records[0]["value"] == 1


SLICES = (
    ("supermarket_csv", "orders", "week", "Product line", "Branch=A", "2019-01-09", "2019-03-20"),
    ("supermarket_xlsx", "orders", "week", "Customer type", "Branch=C", "2019-02-01", "2019-02-28"),
    ("robyn", "weeks", "quarter", "events", "events=na", "2016-02-01", "2019-03-20"),
    ("ru_produce", "units", "week", "Категория товара", "Заказчик=О'КЕЙ", "2020-02-12", "2020-05-20"),
    ("ru_dairy", "units", "day", "Название товара", "Категория товара=Молоко", "2021-06-02", "2021-06-07"),
    ("ru_direct", "clicks", "week", "sex", "age=30-34", "2023-08-03", "2023-08-29"),
    ("olist", "mql", "week", "origin", "origin=", "2017-09-05", "2018-05-20"),
    ("olist", "deals", "quarter", "lead_type", "business_segment=pet", "2018-01-05", "2018-10-20"),
)


@pytest.mark.parametrize(("workspace", "metric", "grain", "by", "where", "first", "last"), SLICES)
def test_formats_and_totals_agree(
    workspace: str, metric: str, grain: str, by: str, where: str, first: str, last: str, show: Show
) -> None:
    options = ["--metric", metric, "--grain", grain, "--where", where, "--from", first, "--to", last]
    split = show(workspace, *options, "--by", by)
    whole = show(workspace, *options)
    assert (split.code, whole.code) == (0, 0), split.err
    records = split.records
    assert len({record["by"][by] for record in records}) * len(whole.records) == len(records)

    for total in whole.records:
        parts = [record["value"] for record in records if record["period"] == total["period"]]
        assert sum(part or 0 for part in parts) == (total["value"] or 0), total

    rows = list(csv.DictReader(io.StringIO(show(workspace, *options, "--by", by, format="csv").out)))
    assert [(row["period"], row[by] or None, row["complete"], row["value"]) for row in rows] == [
        (record["period"], record["by"][by], str(record["complete"]).lower(), _written(record["value"]))
        for record in records
    ]

    shown = show(workspace, *options, "--by", by, format="table").out.splitlines()[1:]
    slices = list(dict.fromkeys(record["by"][by] for record in records))
    cells = [line.split()[-len(whole.records) :] for line in shown]
    assert cells == [[_shown(record) for record in records if record["by"][by] == name] for name in slices]


def _written(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _shown(record: Mapping[str, Any]) -> str:
    value = record["value"]
    return ("—" if value is None else f"{value:,}") + ("" if record["complete"] else "*")


@dataclass(frozen=True, slots=True)
class Cohort:
    """The reference's figures of one cohort: by age how many were active and what share of the cohort they are."""

    dataset: str
    workspace: str
    kpi: str
    cohort: str


COHORTS = (
    *(Cohort("cdnow", "cdnow", "cohort_retention", f"1997-0{month}") for month in (1, 2, 3)),
    Cohort("online_retail", "online_retail_csv", "cohort_retention_2010_12", "2010-12"),
    Cohort("online_retail", "online_retail_parquet", "cohort_retention_2010_12", "2010-12"),
)


@pytest.mark.parametrize("cohort", COHORTS, ids=lambda cohort: f"{cohort.workspace}-{cohort.cohort}")
def test_cohorts(cohort: Cohort, show: Show, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads((data() / cohort.dataset / "reference.json").read_text(encoding="utf-8"))
    (known,) = (entry for entry in content["kpis"] if entry["id"] == cohort.kpi)
    expected = {
        row["k"]: (row["active"], row["retention"])
        for cells in known["rows"]
        if (row := dict(zip(known["columns"], cells, strict=True))).get("cohort", cohort.cohort)[:7] == cohort.cohort
    }
    file = written(tmp_path, cohort.workspace)
    assert main(["show", "cohorts", str(file), "--metric", "retention", "--format", "json", "--language", "en"]) == 0
    records = [record for record in json.loads(capsys.readouterr().out) if record["cohort"] == cohort.cohort]
    found = {record["age"]: (record["active"], record["share"]) for record in records}
    assert {age: found[age][0] for age in expected} == {age: active for age, (active, _) in expected.items()}
    assert all(is_equal(Decimal(found[age][1]), share) for age, (_, share) in expected.items())


# A lead that was won a day before its first contact is no conversion of that contact.
WON_BEFORE = 1


@pytest.mark.parametrize(("grain", "by"), [("all", "origin"), ("month", None)])
def test_leads_that_became_deals(grain: str, by: str | None, show: Show) -> None:
    kpi = f"by_{by or grain}"
    known = {key: figures("olist_leads")[f"{kpi}.{key}"].values for key in ("mql", "deals", "cr")}
    split = ["--by", by] if by else []
    records = show("olist", "--grain", grain, *split, "--metric", "lead_to_deal").records
    asked = Asked("olist_leads", "olist", {}, grain, by)
    found = {key_of(asked, record): record["value"] for record in records}
    converted = {key: round(float(found[key]) * leads) for key, leads in known["mql"].items()}
    fewer = {key: known["deals"][key] - n for key, n in converted.items() if n != known["deals"][key]}
    assert list(fewer.values()) == [WON_BEFORE]
    assert all(is_equal(found[key], cr) for key, cr in known["cr"].items() if key not in fewer)
