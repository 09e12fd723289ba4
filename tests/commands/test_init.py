"""`init` on files as people drop them: what is written reads back, what is open is asked, nothing is overwritten."""

from __future__ import annotations

import io
import json
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from kpi_tui.cli import main
from kpi_tui.workspace import document
from kpi_tui.workspace.model import Workspace

ADS = "Дата;Кампания;Показы;Клики;Расход (руб.)\n" + "".join(
    f"{day:02}.09.2026;{name};1 000;{day};{day},50\n" for day in range(1, 31) for name in ("Поиск", "Сети")
)
ADS += "Итого;;60 000;930;960,00\n"
ORDERS = "date,order_id,customer_id,revenue\n" + "".join(
    f"2026-09-{day:02},{day},c{day % 7},100\n" for day in range(1, 31)
)
EITHER = "date,clicks\n" + "".join(f"{day:02}/{day + 1:02}/2026,{day}\n" for day in range(1, 10))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(file: Path) -> Workspace:
    return document.read(file.read_text("utf-8"), str(file)).workspace


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["show", "metrics", *arguments, "--grain", "all", "--format", "json"]) == 0
    return {record["metric"]: record["value"] for record in json.loads(capsys.readouterr().out)}


def test_a_cabinets_export_and_orders_become_one_workspace(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ads.csv").write_bytes(ADS.encode("cp1251"))
    (folder / "orders.csv").write_text(ORDERS)
    assert main(["init", "ads.csv", "orders.csv"]) == 0
    made = read(folder / "kpi.toml")
    ads = made.sources[0]
    assert (ads.id, ads.time, ads.dimensions) == ("ads", "Дата", ("Кампания",))
    assert (ads.read.encoding, ads.read.separator, ads.read.decimal) == ("cp1251", ";", ",")
    assert "Итого" in ads.read.drop_rows
    assert made.settings.currency == "RUB", "the header says it"
    values = shown(capsys, "kpi.toml")
    assert values["spend"] == 960  # 2 x (1.5 + 2.5 + ... + 30.5), the total line aside
    assert values["clicks"] == 930
    assert values["orders"] == 30
    assert values["revenue"] == 3000
    assert values["drr"] == pytest.approx(0.32)  # over both sources


def test_what_is_written_is_canonical_and_reads_without_a_finding(folder: Path) -> None:
    (folder / "orders.csv").write_text(ORDERS)
    assert main(["init", "orders.csv", "-o", "shop.toml"]) == 0
    text = (folder / "shop.toml").read_text("utf-8")
    assert document.read(text, "shop.toml").canonical
    assert main(["check", "shop.toml"]) == 0


def test_dates_that_fit_both_ways_are_asked_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ads.csv").write_text(EITHER)
    assert main(["init", "ads.csv"]) == 2
    said = capsys.readouterr().err
    assert "--answer ads.dates=1" in said
    assert not (folder / "kpi.toml").exists()
    assert main(["init", "ads.csv", "--answer", "ads.dates=2"]) == 0
    first, second = "%d/%m/%Y", "%m/%d/%Y"
    assert read(folder / "kpi.toml").sources[0].read.date in (first, second)


@pytest.mark.parametrize("number", ["1", "2"])
def test_an_answer_decides(folder: Path, number: str) -> None:
    (folder / "ads.csv").write_text(EITHER)
    (folder / "2").mkdir()
    assert main(["init", "ads.csv", "--answer", f"ads.dates={number}"]) == 0
    date = read(folder / "kpi.toml").sources[0].read.date
    assert date == {"1": "%d/%m/%Y", "2": "%m/%d/%Y"}[number]


def test_files_that_differ_in_numbers_only_are_one_source(folder: Path) -> None:
    (folder / "data").mkdir()
    for year in (2025, 2026):
        (folder / "data" / f"orders-{year}.csv").write_text(ORDERS.replace("2026-", f"{year}-"))
    (folder / "data" / "LICENSE.txt").write_text("MIT License\n\nPermission is granted\n")
    assert main(["init", "data"]) == 0
    assert [source.path for source in read(folder / "kpi.toml").sources] == ["data/orders-*.csv"]


def test_rows_that_may_be_orders_are_asked_about(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"2026-09-{day:02},c{day % 7},100\n" for day in range(1, 31))
    (folder / "shop.csv").write_text("date,customer_id,revenue\n" + rows)
    assert main(["init", "shop.csv"]) == 0
    assert "what is one row of 'shop'? 1 an order, 2 a part of one, or something else (--answer shop.row=1)" in (
        capsys.readouterr().out
    )
    assert "orders" not in {metric.id for metric in read(folder / "kpi.toml").metrics}
    assert main(["init", "shop.csv", "-o", "parts.toml", "--answer", "shop.row=2"]) == 0
    assert "orders" not in {metric.id for metric in read(folder / "parts.toml").metrics}
    assert main(["init", "shop.csv", "-o", "orders.toml", "--answer", "shop.row=1"]) == 0
    assert "--answer" not in capsys.readouterr().out
    values = shown(capsys, "orders.toml")
    assert (values["orders"], values["aov"], values["repeat_rate"]) == (30, 100, 1)


@pytest.mark.parametrize(
    ("header", "line"),
    [("date,id", "2026-09-{day:02},{day}"), ("_id,id,date,cds_bought,spent", "{day},{day},2026-09-{day:02},2,9.5")],
)
def test_transactions_are_orders_only_where_somebody_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str], header: str, line: str
) -> None:
    rows = "".join(line.format(day=day) + "\n" for day in range(1, 31))
    (folder / "shop_transactions.csv").write_text(f"{header}\n{rows}")
    assert main(["init", "shop_transactions.csv"]) == 0
    assert "what is one row of 'shop_transactions'? 1 an order" in capsys.readouterr().out
    made = {metric.id: metric.formula for metric in read(folder / "kpi.toml").metrics}
    assert "orders" not in made
    assert (made.get("revenue") == "SUM(spent)") == ("spent" in header)
    assert main(["init", "shop_transactions.csv", "-o", "x.toml", "--answer", "shop_transactions.row=1"]) == 0
    assert "COUNT(*)" in {metric.formula for metric in read(folder / "x.toml").metrics}


def test_costs_in_several_columns_are_spend_only_where_somebody_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"2026-09-{day:02},{day},2,3,100\n" for day in range(1, 31))
    (folder / "shop.csv").write_text("date,cost TV,Facebook cost,cost per click,revenue\n" + rows)
    assert main(["init", "shop.csv"]) == 0
    said = capsys.readouterr().out
    assert "what stands in cost TV, Facebook cost of 'shop'? 1 ad spend, a column a channel, 2 something else" in said
    assert "spend" not in {metric.id for metric in read(folder / "kpi.toml").metrics}
    assert main(["init", "shop.csv", "-o", "no.toml", "--answer", "shop.spend=2"]) == 0
    assert "--answer" not in capsys.readouterr().out
    assert "spend" not in {metric.id for metric in read(folder / "no.toml").metrics}
    assert main(["init", "shop.csv", "-o", "yes.toml", "--answer", "shop.spend=1"]) == 0
    values = shown(capsys, "yes.toml")
    assert (values["spend_tv"], values["spend_facebook"], values["spend"]) == (465, 60, 525)
    assert values["roas"] == pytest.approx(3000 / 525)


def test_what_looks_farther_back_than_the_data_reach_is_not_proposed(folder: Path) -> None:
    months = "".join(f"2026-{month:02}-{day:02},{month}{day},c{day},5\n" for month in (7, 8, 9) for day in (1, 30))
    (folder / "orders.csv").write_text(ORDERS.splitlines()[0] + "\n" + months)
    assert main(["init", "orders.csv"]) == 0
    made = {metric.id for metric in read(folder / "kpi.toml").metrics}
    assert {"retention", "churn"} <= made, "three months have two changes of month"
    assert not made & {"crr", "retention_year", "revenue_year_ago", "customers_year"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["gone.csv"], 2, "gone.csv does not exist: name a file, a glob or a folder"),
        (["empty"], 2, "there are no data files in empty: name a file or a glob"),
        (["orders.csv", "-o", "there.toml"], 3, "there.toml exists already: name another one with -o"),
        (["orders.csv", "-o", "kpi.txt"], 2, "kpi.txt is no name for a workspace: let it end in .toml"),
        (["orders.csv", "-o", "no/kpi.toml"], 3, "there is no folder no: make it first"),
        (
            ["orders.csv", "--answer", "dates"],
            2,
            "'dates' is no answer: write the question and the number: orders.dates=1",
        ),
        (["orders.csv", "--answer", "x.dates=1"], 2, "there is no question 'x.dates'"),
        (["page.csv"], 3, "nothing could be read; no workspace is written"),
    ],
)
def test_wrong_input_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    (folder / "orders.csv").write_text(ORDERS)
    (folder / "page.csv").write_text("<!DOCTYPE html><html><body>Log in</body></html>")
    (folder / "there.toml").write_text("mine")
    (folder / "empty").mkdir()
    assert main(["init", *arguments]) == code
    assert said in capsys.readouterr().err
    assert not (folder / "kpi.toml").exists()
    assert (folder / "there.toml").read_text() == "mine"


def test_a_file_with_a_header_only_gives_one_finding_and_no_workspace(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ads.csv").write_text("date,channel,cost\n")
    assert main(["init", "ads.csv"]) == 3
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "there are no rows below the header" in said[0]
    assert said[1] == "nothing could be read; no workspace is written"
    assert not (folder / "kpi.toml").exists()


def test_amounts_in_several_currencies_become_no_metric(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"2026-09-{day:02},{day},{'€44.50' if day % 2 else '$55.50'}\n" for day in range(1, 31))
    (folder / "orders.csv").write_text("date,order_id,revenue\n" + rows)
    assert main(["init", "orders.csv"]) == 3
    assert "column 'revenue' holds amounts in several currencies ($, €)" in capsys.readouterr().err
    assert [metric.id for metric in read(folder / "kpi.toml").metrics] == ["orders"]


def test_sources_in_different_currencies_are_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = range(1, 31)
    (folder / "ads.csv").write_text("date,cost\n" + "".join(f"2026-09-{day:02},$1.5\n" for day in days))
    (folder / "orders.csv").write_text("date,revenue\n" + "".join(f"2026-09-{day:02},€1.5\n" for day in days))
    assert main(["init", "ads.csv", "orders.csv"]) == 0
    assert "in another currency (EUR) than 'ads' (USD)" in capsys.readouterr().err


def test_kpis_that_wait_for_an_answer_are_not_called_unknown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, times in (("ads", 1), ("search", 2)):
        rows = "".join(f"2026-09-{day:02},c{day % 7},{day * times}\n" for day in range(1, 31))
        (folder / f"{name}.csv").write_text("date,ad_id,clicks\n" + rows)
    assert main(["init", "ads.csv", "search.csv"]) == 0
    said = capsys.readouterr().out
    assert "no metric yet: 1 KPI of the catalogue waits for an answer" in said
    assert "waits for an answer: what is 'Clicks' counted from? 1 ads: SUM(clicks)" in said
    assert "no metric of the catalogue is known" not in said


def test_the_same_table_in_another_encoding_or_format_is_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "all").mkdir()
    rows = [(date(2026, 9, n), f"Канал {n % 3}", n, n / 4) for n in range(1, 31)]
    text = "Дата;Канал;Клики;Расход\n" + "".join(
        f"{a:%d.%m.%Y};{b};{c};{str(d).replace('.', ',')}\n" for a, b, c, d in rows
    )
    (folder / "all" / "a.csv").write_bytes(text.encode("cp1251"))
    (folder / "all" / "a.utf8.csv").write_text(text, "utf-8")
    pl.DataFrame(rows, ["Дата", "Канал", "Клики", "Расход"], orient="row").write_parquet(folder / "all" / "b.parquet")
    (folder / "all" / "c.csv").write_text(text + "01.10.2026;Канал 1;1;2,5\n", "utf-8")
    assert main(["init", "all"]) == 0
    said = capsys.readouterr().err
    for copy in ("a.utf8.csv", "b.parquet"):
        assert f"all/{copy}: 30 rows, the same as in all/a.csv: this table is left out: name it alone" in said
    assert [source.path for source in read(folder / "kpi.toml").sources] == ["all/a.csv", "all/c.csv"]


def test_a_wrong_answer_at_a_terminal_is_told_why(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    (folder / "ads.csv").write_text(EITHER)
    monkeypatch.setattr(sys, "stdin", Terminal("abc\n7\n\n2\n"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["init", "ads.csv"]) == 0
    said = capsys.readouterr().err
    assert "'abc' is none of the choices: type a number from 1 to 2" in said
    assert "'7' is none of the choices: type a number from 1 to 2" in said
    assert said.count("type a number from 1 to 2") == 3
    assert read(folder / "kpi.toml").sources[0].read.date == "%m/%d/%Y"


def test_returns_among_sales_are_asked_about(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["InvoiceNo,InvoiceDate,CustomerID,Quantity,UnitPrice"]
    lines += [f"{n},2026-09-{n:02},c{n % 3},2,10.5" for n in range(1, 11)] + ["C11,2026-09-11,c1,-3,10.5"]
    (folder / "sales.csv").write_text("\n".join(lines) + "\n")
    assert main(["init", "sales.csv"]) == 2
    assert "1 row takes something back" in capsys.readouterr().err
    for number, revenue in (("1", 178.5), ("2", 210)):  # (20 - 3) x 10.5, 20 x 10.5
        assert main(["init", "sales.csv", "--answer", f"sales.returns={number}", "-o", f"{number}.toml"]) == 0
        assert shown(capsys, f"{number}.toml")["revenue"] == revenue
