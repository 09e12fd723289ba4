"""`show`: the fields, their order and the numbers are a contract that scripts depend on."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kpi_tui.language.language import Language
from tests.commands.running import kpi, program

METRIC = ["metric", "period", "start", "end", "complete", "by", "value", "unit"]
GOAL = [
    "goal", "parent", "metric", "baseline", "target", "actual", "progress", "expected", "attainment", "pace", "status",
    "rule", "start", "due", "owner",
]  # fmt: skip
OBJECTIVE = ["objective", "parent", "progress", "expected", "worst", "counted", "left_out"]
MEMBER = ["member", "period", "start", "end", "complete", "index", "payout", "currency", "provisional", "lines"]
LINE = ["weight", "plan", "fact", "attainment", "score", "contribution"]

pytestmark = pytest.mark.usefixtures("shop")
Capture = pytest.CaptureFixture[str]


def records(capsys: Capture, *arguments: str) -> list[dict[str, Any]]:
    ran = kpi(capsys, "show", *arguments, "--format", "json")
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out, parse_float=Decimal)
    return found


def rows(capsys: Capture, *arguments: str) -> tuple[list[str], list[dict[str, str]]]:
    ran = kpi(capsys, "show", *arguments, "--format", "csv")
    assert ran.code == 0, ran.err
    reader = csv.DictReader(io.StringIO(ran.out))
    found = list(reader)
    return list(reader.fieldnames or ()), found


def test_json_of_metrics(capsys: Capture) -> None:
    found = records(capsys, "metrics", "kpi.toml")
    assert {tuple(record) for record in found} == {tuple(METRIC)}
    assert found[2] == {
        "metric": "revenue",
        "period": "2026-03",
        "start": "2026-03-01",
        "end": "2026-03-31",
        "complete": True,
        "by": {},
        "value": Decimal("180.24"),
        "unit": "money",
    }


def test_json_of_goals_and_objectives(capsys: Capture) -> None:
    *goals, objective = records(capsys, "goals", "kpi.toml")
    assert {tuple(goal) for goal in goals} == {tuple(GOAL)}
    assert list(objective) == OBJECTIVE
    assert [goal["goal"] for goal in goals] == ["turnover", "known", "thrift"]
    assert goals[0]["actual"] == Decimal("400.74")
    assert goals[2]["progress"] is None
    assert objective["counted"] == 2


def test_json_of_the_team(capsys: Capture) -> None:
    (anna,) = records(capsys, "team", "kpi.toml")
    assert list(anna) == MEMBER
    assert [list(line) for line in anna["lines"]] == [["goal", *LINE], ["metric", *LINE]]
    assert sum(line["contribution"] for line in anna["lines"]) == pytest.approx(anna["index"])
    assert (anna["period"], anna["currency"], anna["payout"]) == ("2026-03", "EUR", Decimal("1541.71"))


def test_a_number_has_all_its_digits(capsys: Capture) -> None:
    ran = kpi(capsys, "show", "metrics", "kpi.toml", "--grain", "all", "--format", "json")
    assert '"metric":"revenue"' in ran.out
    assert '"value":400.74,' in ran.out
    assert f'"value":{400.74 / 125.5!r},' in ran.out


def test_undefined_is_null_and_an_empty_cell(shop: Path, capsys: Capture) -> None:
    (shop / "ads.csv").write_text("date,channel,campaign,clicks,cost\n2026-03-31,Email,Sale,1,0.00\n")
    assert [record["value"] for record in records(capsys, "metrics", "kpi.toml", "--metric", "roas")] == [None] * 3
    _, found = rows(capsys, "metrics", "kpi.toml", "--metric", "roas")
    assert [row["value"] for row in found] == [""] * 3


def test_csv_of_metrics_has_a_column_a_dimension(capsys: Capture) -> None:
    header, found = rows(capsys, "metrics", "kpi.toml", "--by", "channel", "--by", "campaign", "--metric", "spend")
    assert header == ["metric", "period", "start", "end", "complete", "channel", "campaign", "value", "unit"]
    assert found[0] == {
        "metric": "spend",
        "period": "2026-01",
        "start": "2026-01-01",
        "end": "2026-01-31",
        "complete": "false",
        "channel": "Email",
        "campaign": "Brand",
        "value": "30.00",
        "unit": "money",
    }


def test_csv_tells_dimensions_from_its_own_columns(shop: Path, capsys: Capture) -> None:
    (shop / "kpi.toml").write_text(
        'schema = 1\n[workspace]\n[[source]]\nid = "s"\npath = "s.csv"\ndimensions = ["value", "by.value", "metric"]\n'
        '[[metric]]\nid = "rows"\nsource = "s"\nformula = "COUNT(*)"\n'
    )
    (shop / "s.csv").write_text("value,by.value,metric\na,b,c\n")
    split = [option for name in ("value", "by.value", "metric") for option in ("--by", name)]
    header, (row,) = rows(capsys, "metrics", "kpi.toml", "--grain", "all", *split)
    assert header == [*METRIC[:5], "by.value", "by.by.value", "by.metric", "value", "unit"]
    assert (row["metric"], row["value"]) == ("rows", "1")
    assert (row["by.value"], row["by.by.value"], row["by.metric"]) == ("a", "b", "c")


def test_csv_of_goals_and_team(capsys: Capture) -> None:
    header, _ = rows(capsys, "goals", "kpi.toml")
    assert header == [*GOAL, *(name for name in OBJECTIVE if name not in GOAL)]
    header, found = rows(capsys, "team", "kpi.toml")
    assert header == [*MEMBER[:-1], "goal", "metric", *LINE]
    assert [(row["goal"], row["metric"], row["payout"]) for row in found] == [
        ("turnover", "", "1541.71"),
        ("", "roas", "1541.71"),
    ]


@pytest.mark.parametrize("what", ["metrics", "goals", "team"])
def test_csv_holds_what_json_holds(what: str, capsys: Capture) -> None:
    found = records(capsys, what, "kpi.toml")
    _, printed = rows(capsys, what, "kpi.toml")
    if what == "team":
        found = [{**found[0], **line} for line in found[0]["lines"]]
    for record, row in zip(found, printed, strict=True):
        for key, value in record.items():
            if key in row and value is not None:
                written = {True: "true", False: "false"}[value] if isinstance(value, bool) else row[key]
                assert written == row[key]
                assert isinstance(value, bool) or str(value) == row[key] or Decimal(row[key]) == value


@pytest.mark.parametrize(
    ("grain", "name"),
    [
        ("day", "2026-03-31"),
        ("week", "2026-W14"),
        ("month", "2026-03"),
        ("quarter", "2026-Q1"),
        ("year", "2026"),
        ("all", "all"),
    ],
)
def test_a_period_has_one_name(grain: str, name: str, capsys: Capture) -> None:
    found = records(capsys, "metrics", "kpi.toml", "--metric", "revenue", "--grain", grain)
    assert found[-1]["period"] == name


def test_from_and_to_cut_rows_inclusively(capsys: Capture) -> None:
    options = ["--metric", "revenue", "--from", "2026-02-10", "--to", "2026-03-05"]
    found = records(capsys, "metrics", "kpi.toml", *options)
    assert [(record["period"], record["value"], record["complete"]) for record in found] == [
        ("2026-02", Decimal("120.00"), False),
        ("2026-03", Decimal("80.25"), False),
    ]


def test_where_on_one_dimension_is_any_of_the_values(capsys: Capture) -> None:
    def total(*where: str) -> Decimal:
        options = [option for condition in where for option in ("--where", condition)]
        (found,) = records(capsys, "metrics", "kpi.toml", "--metric", "revenue", "--grain", "all", *options)
        value: Decimal = found["value"]
        return value

    assert total("channel=Email") == Decimal("180.75")
    assert total("channel=Email", "channel=Search") == total() == Decimal("400.74")


def test_a_missing_dimension_is_a_slice_of_its_own(shop: Path, capsys: Capture) -> None:
    (shop / "orders.csv").write_text("date,channel,order_id,revenue\n2026-03-30,,1,5.00\n2026-03-31,Email,2,7.00\n")
    options = ["--metric", "revenue", "--grain", "all"]
    found = records(capsys, "metrics", "kpi.toml", *options, "--by", "channel")
    assert [(record["by"], record["value"]) for record in found] == [
        ({"channel": "Email"}, Decimal("7.00")),
        ({"channel": None}, Decimal("5.00")),
    ]
    _, printed = rows(capsys, "metrics", "kpi.toml", *options, "--by", "channel")
    assert [row["channel"] for row in printed] == ["Email", ""]
    (missing,) = records(capsys, "metrics", "kpi.toml", *options, "--where", "channel=")
    assert missing["value"] == Decimal("5.00")
    assert "(none)" in kpi(capsys, "show", "metrics", "kpi.toml", *options, "--by", "channel").out


def test_a_dimension_named_twice_splits_once(capsys: Capture) -> None:
    once = records(capsys, "metrics", "kpi.toml", "--by", "channel", "--metric", "spend")
    assert records(capsys, "metrics", "kpi.toml", "--by", "channel", "--by", "channel", "--metric", "spend") == once


def test_the_table_shows_the_numbers_of_json(capsys: Capture) -> None:
    language = Language("en")
    header, *lines = kpi(capsys, "show", "metrics", "kpi.toml").out.splitlines()
    assert header.split() == ["Metric", "Jan", "2026", "Feb", "2026", "Mar", "2026"]
    table = {line.split()[0]: line.replace("EUR", "").replace("\u00a0%", "%").split()[1:] for line in lines}
    wanted: dict[str, list[str]] = {}
    for record in records(capsys, "metrics", "kpi.toml"):
        value = language.value(record["value"], record["unit"]).replace("\u00a0%", "%")
        wanted.setdefault(record["metric"], []).append(value + ("" if record["complete"] else "*"))
    assert table == wanted


def test_the_table_of_goals_shows_the_statuses_of_json(capsys: Capture) -> None:
    statuses = [record["status"] for record in records(capsys, "goals", "kpi.toml") if "goal" in record]
    _, *lines = kpi(capsys, "show", "goals", "kpi.toml").out.splitlines()
    assert [line.split()[2] for line in lines] == statuses


def test_what_is_wrong_goes_to_stderr_and_json_stays_whole(shop: Path, capsys: Capture) -> None:
    (shop / "orders.csv").write_text("date,channel,order_id,revenue\n2026-03-31,Email,1,many\n2026-03-31,Email,2,5\n")
    ran = kpi(capsys, "show", "metrics", "kpi.toml", "--metric", "revenue", "--format", "json")
    assert ran.code == 3
    assert ran.err.startswith("orders.csv:2: source 'orders': column 'revenue': 'many' is not a number")
    assert json.loads(ran.out, parse_float=Decimal)[-1]["value"] == 5


@pytest.mark.parametrize("what", ["metrics", "goals", "team"])
@pytest.mark.parametrize("format", ["json", "csv"])
def test_no_language_gets_into_what_scripts_read(
    what: str, format: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    english = kpi(capsys, "show", what, "kpi.toml", "--format", format)
    assert english.out == kpi(capsys, "show", what, "kpi.toml", "--format", format, "--language", "ru").out
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    assert english.out == kpi(capsys, "show", what, "kpi.toml", "--format", format).out
    assert kpi(capsys, "show", what, "kpi.toml").out != kpi(capsys, "show", what, "kpi.toml", "--language", "en").out


def test_what_scripts_read_is_utf_8_on_any_terminal(shop: Path) -> None:
    (shop / "orders.csv").write_text("date,channel,order_id,revenue\n2026-03-31,Почта,1,5.50\n", "utf-8")
    options = ["metrics", "kpi.toml", "--metric", "revenue", "--by", "channel", "--format", "csv"]
    ran = program("show", *options, LC_ALL="ru_RU.KOI8-R", PYTHONIOENCODING="koi8-r")
    assert ran.stdout.decode("utf-8").splitlines()[1:] == [
        "revenue,2026-03,2026-03-01,2026-03-31,false,Почта,5.50,money"
    ]
    assert b"\r" not in ran.stdout


def test_csv_has_its_header_where_it_has_no_rows(capsys: Capture) -> None:
    ran = kpi(capsys, "show", "metrics", "kpi.toml", "--to", "2020-01-01", "--by", "channel", "--format", "csv")
    assert ran.out == "metric,period,start,end,complete,channel,value,unit\n"
    assert kpi(capsys, "show", "metrics", "kpi.toml", "--to", "2020-01-01", "--format", "json").out == "[]\n"


def test_show_changes_nothing(shop: Path, capsys: Capture) -> None:
    before = {path.name: path.read_bytes() for path in shop.iterdir()}
    for what in ("metrics", "goals", "team"):
        assert kpi(capsys, "show", what, "kpi.toml").code == 0
    assert {path.name: path.read_bytes() for path in shop.iterdir()} == before


CHANGE = ["against", "change", "change_percent"]


def test_a_comparison_adds_its_fields_only_when_asked_for(capsys: Capture) -> None:
    found = records(capsys, "metrics", "kpi.toml", "--metric", "revenue", "--compare", "previous")
    assert {tuple(record) for record in found} == {(*METRIC, *CHANGE)}
    values = [record["value"] for record in found]
    assert [record["against"] for record in found] == [None, None, values[1]]  # of January two weeks are not known
    assert found[2]["change"] == found[2]["value"] - found[1]["value"]
    assert found[2]["change_percent"] == pytest.approx(found[2]["change"] / found[1]["value"])
    header, _ = rows(capsys, "metrics", "kpi.toml", "--metric", "revenue", "--compare", "2026-01")
    assert header == [*METRIC[:5], "value", "unit", *CHANGE]
    assert "(+" in kpi(capsys, "show", "metrics", "kpi.toml", "--compare", "elapsed").out


def test_the_top_of_a_split_with_the_rest_and_the_total(capsys: Capture) -> None:
    asked = ("metrics", "kpi.toml", "--metric", "revenue", "--grain", "all", "--by", "channel")
    every = records(capsys, *asked)
    found = records(capsys, *asked, "--top", "1")
    highest = max(every, key=lambda record: record["value"])
    assert [(record["by"]["channel"], record["part"]) for record in found] == [
        (highest["by"]["channel"], "slice"),
        ("(other)", "other"),
        ("(total)", "total"),
    ]
    assert found[0]["value"] + found[1]["value"] == found[2]["value"] == sum(record["value"] for record in every)
    ranked = records(capsys, *asked, "--rank", "revenue")
    assert [record["value"] for record in ranked] == sorted((r["value"] for r in every), reverse=True)
    header, _ = rows(capsys, *asked, "--top", "1", "--compare", "year")
    assert header == [*METRIC[:5], "channel", "value", "unit", *CHANGE, "part"]
    assert "(other)" in kpi(capsys, "show", *asked, "--top", "-1").out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--compare", "yaer"], "nothing can be compared with 'yaer': did you mean 'year'?"),
        (["--compare", "2025-13"], "write previous, year, elapsed or a period like 2025-Q4"),
        (["--top", "3"], "--top and --rank need a split: say by what: --by channel"),
        (["--by", "channel", "--rank", "revenu"], "metric 'revenu' does not exist: did you mean 'revenue'?"),
    ],
)
def test_what_cannot_be_compared_or_ranked_is_refused(capsys: Capture, options: list[str], said: str) -> None:
    ran = kpi(capsys, "show", "metrics", "kpi.toml", *options)
    assert ran.code == 2
    assert said in ran.err
    assert kpi(capsys, "show", "goals", "kpi.toml", "--compare", "year").code == 2
