# ruff: noqa: E501  a file a line shows the defect best
"""Cells and lines of a table: numbers, dates, headers, totals, missing marks."""

from __future__ import annotations

from tests.hostile.case import FEB13, JAN1, JAN2, Case, csv, d, day


def numbers(
    name: str, first: str, second: str, *values: object, read: dict[str, object] | None = None, **more: object
) -> Case:
    """Two rows with the texts of one column, `;` between the cells."""
    rows = [(JAN1, values[0]), (JAN2, values[1])] if values else None
    wanted = None if read is None else {"separator": ";", **read}
    more.setdefault("file", "a.csv")
    return csv(name, f"date;x\n2026-01-01;{first}\n2026-01-02;{second}\n", rows=rows, read=wanted, **more)  # type: ignore[arg-type]  # keywords of a case


def dated(name: str, first: str, second: str, form: object, *days: str, header: str = "date", **more: object) -> Case:
    rows = [(day(days[0]), 1), (day(days[1]), 2)] if days else None
    more.setdefault("file", "a.csv")
    read = None if form is None else {"separator": ";"} | ({} if form == "%Y-%m-%d" else {"date": form})
    return csv(name, f"{header};x\n{first};1\n{second};2\n", rows=rows, read=read, time=header, **more)  # type: ignore[arg-type]  # keywords of a case


NUMBERS = [
    numbers("spaces between thousands", "1 234,5", "12 345 678,25", d("1234.50"), d("12345678.25"), read={"decimal": ",", "thousands": " "}),
    numbers("no-break spaces", "1\u00a0234,5", "2\u00a0345,25", d("1234.50"), d("2345.25"), read={"decimal": ",", "thousands": " "}),
    numbers("narrow no-break spaces", "1\u202f234,5", "2\u202f345,25", d("1234.50"), d("2345.25"), read={"decimal": ",", "thousands": " "}),
    numbers("apostrophes", "1'234.5", "2’345.25", d("1234.50"), d("2345.25"), read={"thousands": "'"}),
    numbers("English thousands", "1,234.5", "2,345,678.25", d("1234.50"), d("2345678.25"), read={"thousands": ","}),
    numbers("German thousands", "1.234,5", "2.345.678,25", d("1234.50"), d("2345678.25"), read={"decimal": ",", "thousands": "."}),
    numbers("thousands or a fraction", "1,234", "5,678", asks=("marks",)),
    numbers("thousands or a fraction with a point", "1.234", "5.678", asks=("marks",)),
    numbers("three digits that can only be a fraction", "0.244", "3.195", d("0.244"), d("3.195"), read={}),
    numbers("two groups can only be thousands", "1,234", "5,678,901", 1234, 5678901, read={"thousands": ","}),
    numbers("rouble signs", "1 234,50 ₽", "2,25 ₽", d("1234.50"), d("2.25"), read={"decimal": ",", "thousands": " ", "strip": ("₽",)}),
    numbers("roubles in words", "10,5 руб.", "7 руб.", d("10.5"), d("7.0"), read={"decimal": ",", "strip": ("руб.",)}),
    numbers("dollars before", "$1,234.50", "-$2.25", d("1234.50"), d("-2.25"), read={"thousands": ",", "strip": ("$",)}),
    numbers("two currencies", "€44.50", "$55.50", "€44.50", "$55.50", read={}, columns={}, dimensions=(), says=("several currencies ($, €)",)),
    numbers("one currency under two signs", "44.50 руб.", "55.50 ₽", d("44.50"), d("55.50"), columns={"x": "decimal"}),
    csv("a currency for each column", "date,cost,sales\n2026-01-01,$1.5,€2.5\n2026-01-02,$1.5,€2.5\n", columns={"cost": "decimal", "sales": "decimal"},
        says=("different currencies: cost $, sales €",)),
    numbers("per cents", "12,5%", "3 %", d("0.125"), d("0.030"), read={"decimal": ","}, columns={"x": "percent"}),
    numbers("accountants' negatives", "(1.50)", "2.25", d("-1.50"), d("2.25"), read={}),
    numbers("a minus behind", "1.50-", "2.25", d("-1.50"), d("2.25"), read={}),
    numbers("a typographic minus", "−1.50", "2.25", d("-1.50"), d("2.25"), read={}),
    numbers("exponents", "1.5E-3", "2.25", d("0.0015"), d("2.2500"), read={}),
    numbers("zeros in front", "00012", "00340", "00012", "00340", read={}),
    numbers("ids of 20 digits", "18446744073709551617", "18446744073709551618", "18446744073709551617", "18446744073709551618", read={}),
    numbers("ids ruined by a spreadsheet", "1.03E+19", "1.04E+19", "1.03E+19", "1.04E+19", read={}, says=("has lost its digits",)),
    numbers("a dash for missing", "-", "2.25", None, d("2.25"), read={"nulls": ("", "-")}),
    numbers("a long dash for missing", "—", "2", None, 2, read={"nulls": ("", "—")}),
    numbers("n/a for missing", "n/a", "2", None, 2, read={"nulls": ("", "n/a")}),
    numbers("NULL for missing", "NULL", "2", None, 2, read={"nulls": ("", "NULL")}),
    numbers("нет данных for missing", "нет данных", "2", None, 2, read={"nulls": ("", "нет данных")}),
    numbers("an error of Excel for missing", "#DIV/0!", "2", None, 2, read={"nulls": ("", "#DIV/0!")}),
    numbers("truth in English", "TRUE", "false", True, False, read={}, columns={"x": "boolean"}),
    numbers("truth in Russian", "да", "нет", True, False, read={}, columns={"x": "boolean"}),
    numbers("a column with nothing", "", "", None, None, read=None, says=("column 'x' holds nothing",)),
]  # fmt: skip

DATES = [
    dated("day first with dots", "01.01.2026", "13.02.2026", "%d.%m.%Y", "2026-01-01", "2026-02-13"),
    dated("dots leave no doubt", "01.02.2026", "03.04.2026", "%d.%m.%Y", "2026-02-01", "2026-04-03"),
    dated("day first proven by one value", "01/02/2026", "13/02/2026", "%d/%m/%Y", "2026-02-01", "2026-02-13"),
    dated("month first proven by one value", "01/02/2026", "02/13/2026", "%m/%d/%Y", "2026-01-02", "2026-02-13"),
    dated("day or month first", "01/02/2026", "03/04/2026", None, asks=("dates",)),
    dated("day or month first with dashes", "01-02-2026", "03-04-2026", None, asks=("dates",)),
    dated("two-digit years", "01.01.26", "13.02.26", "%d.%m.%y", "2026-01-01", "2026-02-13"),
    dated("one-digit days", "1/7/20", "31/7/20", "%d/%m/%y", "2020-07-01", "2020-07-31"),
    dated("years first with slashes", "2026/01/01", "2026/02/13", "%Y/%m/%d", "2026-01-01", "2026-02-13"),
    dated("eight digits", "20260101", "20260213", "%Y%m%d", "2026-01-01", "2026-02-13"),
    dated("month names", "1 January 2026", "13 Feb 2026", "%d %b %Y", "2026-01-01", "2026-02-13"),
    dated("month names first", "January 1, 2026", "February 13, 2026", "%b %d, %Y", "2026-01-01", "2026-02-13"),
    dated("Russian month names", "1 января 2026", "13 февраля 2026", "%d %b %Y", "2026-01-01", "2026-02-13", header="Дата"),
    dated("Russian month names and a tail", "1 января 2026 г.", "13 февраля 2026 г.", "%d %b %Y г.", "2026-01-01", "2026-02-13"),
    dated("short month and year", "Jan-26", "Feb-26", "%b-%y", "2026-01-01", "2026-02-01", every="month"),
    dated("Russian month and year", "Январь 2026", "Февраль 2026", "%b %Y", "2026-01-01", "2026-02-01", header="Месяц", every="month"),
    dated("year and month", "2026-01", "2026-02", "%Y-%m", "2026-01-01", "2026-02-01", header="month", every="month"),
    dated("month and year with a dot", "01.2026", "02.2026", "%m.%Y", "2026-01-01", "2026-02-01", header="Период", every="month"),
    dated("quarters", "2026-Q1", "2026-Q2", "%Y-Q%q", "2026-01-01", "2026-04-01", header="quarter", every="quarter"),
    dated("Russian quarters", "1 кв. 2026", "2 кв. 2026", "%q кв. %Y", "2026-01-01", "2026-04-01", header="Период", every="quarter"),
    dated("ISO weeks", "2026-W01", "2026-W02", "%G-W%V", "2025-12-29", "2026-01-05", header="week", every="week"),
    dated("ISO moments with an offset", "2026-01-01T10:00:00+03:00", "2026-02-13T23:59:59Z", "%Y-%m-%d", "2026-01-01", "2026-02-13"),
    dated("a clock behind the date", "01.01.2026 9:30", "13.02.2026 23:59", "%d.%m.%Y %H:%M", "2026-01-01", "2026-02-13"),
    dated("an American clock", "1/1/2026 9:30 AM", "2/13/2026 11:59 PM", "%m/%d/%Y %I:%M %p", "2026-01-01", "2026-02-13"),
    dated("a spreadsheet's day numbers", "46023", "46066", "excel", "2026-01-01", "2026-02-13"),
    dated("seconds since 1970", "1767225600", "1770940800", "%s", "2026-01-01", "2026-02-13", header="timestamp"),
    dated("two ways in one column", "01.01.2026", "2026-02-13", "%d.%m.%Y", "2026-01-01", "2026-02-13"),
    csv("a date in parts", "year,month,day,x\n2026,1,1,5\n2026,2,13,6\n", rows=[(2026, 1, 1, 5, JAN1), (2026, 2, 13, 6, FEB13)],
        read={"date_columns": ("year", "month", "day")}),
    csv("a date in parts with month names", "Год;Месяц;x\n2026;январь;5\n2026;февраль;6\n", time="date", every="month",
        read={"separator": ";", "date": "%Y-%b", "date_columns": ("Год", "Месяц")}),
    csv("years alone", "Год;x\n2024;5\n2025;6\n2026;6\n", time="Год", every="year"),
    csv("two columns of dates", "created,paid,x\n2026-01-01,2026-01-05,1\n2026-01-02,2026-01-09,2\n", time="created", asks=("time",)),
    csv("another column proves the order", "a date;b date;x\n01/02/2026;13/02/2026;1\n03/04/2026;14/04/2026;2\n", time="a date", asks=("time",),
        rows=[(day("2026-02-01"), FEB13, 1), (day("2026-04-03"), day("2026-04-14"), 2)]),
    csv("no dates", "channel,x\nA,1\nB,2\n", time=None, says=("no column holds dates",)),
    csv("weekly dates", "date,x\n2026-01-05,1\n2026-01-12,2\n2026-01-19,3\n2026-01-26,4\n", every="week"),
    csv("monthly dates", "date,x\n2026-01-01,1\n2026-02-01,2\n2026-03-01,3\n", every="month"),
]  # fmt: skip

LAYOUTS = [
    csv("lines above the header", "Отчёт по рекламе\nПериод: январь\n\ndate;channel;x\n2026-01-01;A;1\n2026-01-02;B;2\n",
        rows=[(JAN1, "A", 1), (JAN2, "B", 2)], read={"separator": ";", "skip_rows": 3}),
    csv("lines above the header, padded", "Отчёт;;\nПериод;январь;\ndate;channel;x\n2026-01-01;A;1\n2026-01-02;B;2\n",
        rows=[(JAN1, "A", 1), (JAN2, "B", 2)], read={"separator": ";", "skip_rows": 2}),
    csv("two header lines", ";План;;Факт;\ndate;rub;pcs;rub;pcs\n2026-01-01;1;2;3;4\n2026-01-02;5;6;7;8\n",
        columns={"План rub": "integer", "План pcs": "integer", "Факт rub": "integer", "Факт pcs": "integer"},
        read={"separator": ";", "header_rows": 2}),
    csv("two full header lines", "date;cost;cost\ndate;plan;fact\n2026-01-01;1;2\n2026-01-02;5;6\n",
        columns={"cost plan": "integer", "cost fact": "integer"}, read={"separator": ";", "header_rows": 2}),
    csv("no header", "2026-01-01,A,1.5\n2026-01-02,B,2.5\n2026-01-03,A,2.5\n", time="column_1", read={"header_rows": 0}, height=3),
    csv("a total line at the end", "date;x\n2026-01-01;1\n2026-01-02;2\nИтого;3\n", rows=[(JAN1, 1), (JAN2, 2)],
        read={"separator": ";", "drop_rows": "date = 'Итого'"}),
    csv("a total line with words", "date;x\n2026-01-01;1\n2026-01-02;2\nИтого за период:;3\n", rows=[(JAN1, 1), (JAN2, 2)]),
    csv("total lines with and without tax", "date;x\n2026-01-01;1\n2026-01-02;2\nВсего за период;3\nИтого с НДС;4\nИтого, без НДС;3\n",
        rows=[(JAN1, 1), (JAN2, 2)], read={"separator": ";", "drop_rows": "date IN ('Всего за период', 'Итого с НДС', 'Итого, без НДС')"}),
    csv("a total with tax in English", "date,x\n2026-01-01,1\n2026-01-02,2\nTotal incl. VAT,3\n", rows=[(JAN1, 1), (JAN2, 2)]),
    csv("Grand total in another column", "date,channel,x\n2026-01-01,A,1\n2026-01-02,B,2\n,Grand total,3\n",
        rows=[(JAN1, "A", 1), (JAN2, "B", 2)], read={"drop_rows": "channel = 'Grand total'"}),
    csv("subtotals", "date,channel,x\n2026-01-01,A,1\nTotal,,1\n2026-01-02,B,2\nTotal,,2\nGrand total,,3\n", height=2),
    csv("a full line that may be a total", "date,channel,x\n2026-01-01,A,1\n2026-01-02,B,2\n2026-01-03,B,2\n2026-01-03,Total,3\n", asks=("totals",)),
    csv("a header twice", "date,x,x\n2026-01-01,1,2\n2026-01-02,3,4\n", says=("stands twice in the header",)),
    csv("an index without a name", ",date,x\n0,2026-01-01,5\n1,2026-01-02,6\n", rows=[(JAN1, 5), (JAN2, 6)], says=("has no name",)),
    csv("a name with a line break", 'date,"Расход\n(руб.)"\n2026-01-01,1\n2026-01-02,2\n', columns={"Расход (руб.)": "integer"}),
    csv("spaces around names and cells", " date , x \n 2026-01-01 , 1 \n 2026-01-02 , 2 \n", rows=[(JAN1, 1), (JAN2, 2)], columns={"x": "integer"}),
    csv("300 columns", "date," + ",".join(f"c{n}" for n in range(299)) + "\n" + "".join(f"2026-01-0{day}," + ",".join(["1"] * 299) + "\n" for day in (1, 2, 3)),
        height=3),
    csv("periods as columns", "product;2026-01;2026-02;2026-03;2026-04;2026-05;2026-06\nA;1;2;3;4;5;6\nB;1;2;3;4;5;6\n", time=None,
        says=("6 columns are periods", "no column holds dates")),
    csv("an id is no dimension and no number", "date,order_id,channel,x\n" + "".join(f"2026-01-0{n},{n}00,{'AB'[n % 2]},1\n" for n in range(1, 6)),
        dimensions=("channel",), columns={"x": "integer"}),
    csv("names that all differ are no dimension", "date,buyer,x\n" + "".join(f"2026-01-{n:02},buyer {chr(64 + n)},1\n" for n in range(1, 25)),
        dimensions=()),
    csv("a broken cell among good ones", "date,x\n" + "".join(f"2026-01-{n:02},{n}\n" for n in range(1, 30)) + "2026-01-30,oops\n",
        columns={"x": "integer"}, says=("'oops' is not a whole number",)),
    csv("a broken cell among few values that repeat", "date,channel,leads\n" + "".join(f"2026-01-{n % 28 + 1:02},{'AB'[n % 2]},{n % 10}\n" for n in range(400)) + "2026-01-01,A,oops\n",
        columns={"leads": "integer"}, dimensions=("channel",), says=("a.csv:402", "'oops' is not a whole number")),
    csv("a broken cell in a column of one value", "date;cost\n" + "".join(f"2026-01-{n % 28 + 1:02};10,50\n" for n in range(400)) + "2026-01-01;abc\n",
        columns={"cost": "decimal"}, read={"separator": ";", "decimal": ","}, says=("a.csv:402", "'abc' is not a number")),
    csv("one number written with another mark", "date;cost\n" + "".join(f"2026-01-{n % 28 + 1:02};10,50\n" for n in range(400)) + "2026-01-01;10.50\n",
        columns={"cost": "decimal"}, read={"separator": ";", "decimal": ","}, says=("a.csv:402", "'10.50' is not a number")),
    csv("a broken date among good ones", "date,x\n" + "".join(f"2026-01-{n:02},{n}\n" for n in range(1, 31)) + "oops,3\n",
        columns={"x": "integer"}, says=("a.csv:32", "'oops' is not a date")),
    csv("a broken date among few that repeat", "date;x\n" + "".join(f"{n % 2 + 12}.01.2026;{n}\n" for n in range(100)) + "oops;3\n",
        columns={"x": "integer"}, says=("a.csv:102", "'oops' is not a date")),
    csv("numbers of invoices, some with a letter", "date,InvoiceNo,x\n" + "".join(f"2026-01-{n % 28 + 1:02},{'C' if n % 60 == 7 else ''}{536365 + n // 10},1\n" for n in range(600)),
        columns={"x": "integer"}),
    csv("sizes, some with a letter", "date,size,x\n" + "".join(f"2026-01-{n % 28 + 1:02},{'46M' if n % 50 == 7 else 40 + n % 5},1\n" for n in range(600)),
        columns={"x": "integer"}, dimensions=("size",)),
    csv("what was paid is no id", "date,Paid,order_id\n2026-01-01,100,1\n2026-01-02,200,2\n", columns={"Paid": "integer"}),
    csv("a reserved word as a name", "order,date,x\nИтого,,3\nA,2026-01-01,1\nB,2026-01-02,2\nC,2026-01-02,2\n", height=3),
]  # fmt: skip

CASES = [*NUMBERS, *DATES, *LAYOUTS]
