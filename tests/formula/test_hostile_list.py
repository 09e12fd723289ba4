"""A list by hand of formulas that are wrong or hostile, each with the place and the sentence it is refused with."""

from __future__ import annotations

import pytest

from tests.formula.hostile_run import Refused, rows, tables, values

TOO_LARGE = " * 999999999999999999" * 4
REFUSED = (
    ("SUM(cost", 1, 5, "this cannot be read at 'cost'"),
    ("SUM cost)", 1, 9, "this cannot be read at ')'"),
    ("SUM(cost))", 1, 10, "this cannot be read at ')'"),
    ("(SUM(cost)", 1, 10, "this cannot be read at ')'"),
    ("SUM()", 1, 5, "this cannot be read at ')'"),
    ("SUM(,)", 1, 6, "this cannot be read at ')'"),
    ("SUM(cost, score)", 1, 16, "this cannot be read at ')'"),
    ("FLOOR(", 1, 1, "something is missing here"),
    ("FLOOR(SUM(cost)) - CEIL(", 1, 11, "something is missing here"),
    ("ABS()", 1, 5, "this cannot be read at ')'"),
    ("COALESCE()", 1, 10, "this cannot be read at ')'"),
    ("ROUND()", 1, 7, "this cannot be read at ')'"),
    ("COUNT(", 1, 6, "this cannot be read at '('"),
    ("CASE", 1, 1, "this cannot be read at 'CASE'"),
    ("CASE END", 1, 6, "this cannot be read at 'END'"),
    ("CASE WHEN", 1, 6, "this cannot be read at 'WHEN'"),
    ("CASE WHEN TRUE THEN 1", 1, 21, "this cannot be read at '1'"),
    ("SUM(cost) +", 1, 11, "this cannot be read at '+'"),
    ("* SUM(cost)", 1, 6, "this cannot be read at '('"),
    ("SUM(cost) SUM(score)", 1, 14, "this cannot be read at '('"),
    ("SUM(cost) score", 1, 11, "an operator is missing before 'score'"),
    ("/", 1, 1, "this cannot be read at '/'"),
    (")", 1, 1, "this cannot be read at ')'"),
    ("(", 1, 1, "this cannot be read at '('"),
    ("()", 1, 1, "'()' is not part of the formula language"),
    ("''", 1, 1, "a metric must be a number"),
    ("'", 1, 1, "this cannot be read as a formula"),
    ('"', 1, 1, "this cannot be read as a formula"),
    ('""', 1, 1, "unknown name ''"),
    ("`cost`", 1, 6, "this cannot be read at '`'"),
    ("SUM('cost')", 1, 5, "SUM needs a number"),
    ('SUM("cost)', 1, 1, "this cannot be read as a formula"),
    ("SUM(cost';--)", 1, 11, "a comment cannot stand in a formula"),
    ("SELECT 1", 1, 8, "SELECT is not part of the formula language"),
    ("SELECT * FROM sales", 1, 8, "SELECT is not part of the formula language"),
    ("SUM(cost) FROM sales", 1, 11, "this cannot be read at 'FROM'"),
    ("SUM(cost) WHERE cost > 0", 1, 11, "this cannot be read at 'WHERE'"),
    ("SUM(cost) UNION SELECT 1", 1, 1, "UNION is not part of the formula language"),
    ("SUM(cost); DROP TABLE sales", 1, 1, "';' is not part of the formula language"),
    ("DROP TABLE sales", 1, 12, "sales cannot be used like this in a formula"),
    ("COPY sales TO 'x'", 1, 6, "COPY is not part of the formula language"),
    ("ATTACH 'x.db'", 1, 8, "this cannot be read at ''x.db''"),
    ("PRAGMA x", 1, 8, "x cannot be used like this in a formula"),
    ("SET x = 1", 1, 5, "SET is not part of the formula language"),
    ("SUM((SELECT cost))", 1, 13, "SELECT is not part of the formula language"),
    ("EXISTS (SELECT 1)", 1, 16, "EXISTS is not part of the formula language"),
    ("SUM(cost) OVER (PARTITION BY channel)", 1, 1, "OVER is not part of the formula language"),
    ("SUM(cost) LIMIT 1", 1, 11, "this cannot be read at 'LIMIT'"),
    ("SUM(cost) ORDER BY 1", 1, 11, "this cannot be read at 'ORDER BY'"),
    ("read_csv('/etc/passwd')", 1, 1, "read_csv cannot be used like this in a formula"),
    ("pg_read_file('/etc/passwd')", 1, 1, "pg_read_file cannot be used like this in a formula"),
    ("getenv('HOME')", 1, 1, "getenv cannot be used like this in a formula"),
    ("system('id')", 1, 1, "system cannot be used like this in a formula"),
    ("__import__('os').system('id')", 1, 1, "'.' is not part of the formula language"),
    ("SUM(cost) + eval('1')", 1, 13, "eval cannot be used like this in a formula"),
    ("{{ 7 * 7 }}", 1, 4, "'{' is not part of the formula language"),
    ("${HOME}", 1, 3, "'{' is not part of the formula language"),
    ("%s", 1, 2, "this cannot be read at 's'"),
    ("SUM(cost::text)", 1, 5, "SUM needs a number"),
    ("SUM(cost) -- all of it", 1, 11, "a comment cannot stand in a formula"),
    ("SUM(cost) /* all */", 1, 11, "a comment cannot stand in a formula"),
    ("SUM(cost) # all", 1, 11, "this cannot be read at '#'"),
    ("SUM(cost) = SUM(score)", 1, 1, "a metric must be a number"),
    ("SUM(channel)", 1, 5, "SUM needs a number; column 'channel' is not one"),
    ("AVG(date)", 1, 5, "AVG needs a number; column 'date' is not one"),
    ("SUM(cost > 1)", 1, 5, "SUM needs a number"),
    ("SUM(cost) AND 1", 1, 1, "a condition is needed here"),
    ("NOT SUM(cost)", 1, 5, "a condition is needed here"),
    ("COUNT(*) FILTER (WHERE cost)", 1, 24, "this is not a condition"),
    ("COUNT(*) FILTER (WHERE channel > 1)", 1, 24, "these two cannot be compared"),
    ("COUNT(*) FILTER (WHERE date > 'soon')", 1, 31, "this is not a date"),
    ("COUNT(*) FILTER (WHERE COUNT(*) > 1)", 1, 24, "an aggregate cannot stand inside another: COUNT"),
    ("COUNT(*) FILTER WHERE is_first", 1, 17, "this cannot be read at 'WHERE'"),
    ("COUNT(*) FILTER ()", 1, 18, "this cannot be read at ')'"),
    ("SUM(cost) FILTER (WHERE is_first) FILTER (WHERE is_first)", 1, 42, "this cannot be read at '('"),
    ("SUM(CAST(cost AS DATE))", 1, 10, "this cannot be turned into such a value"),
    ("SUM(CAST(date AS INTEGER))", 1, 10, "this cannot be turned into such a value"),
    ("SUM(CAST(cost AS DECIMAL(9,2)))", 1, 10, "CAST AS DECIMAL is not supported"),
    ("CAST(SUM(cost) AS BLOB)", 1, 6, "CAST AS VARBINARY is not supported"),
    ("MIN(channel)", 1, 5, "MIN needs a number; column 'channel' is not one"),
    ("'a'", 1, 1, "a metric must be a number"),
    ("TRUE", 1, 1, "a metric must be a number"),
    ("DATE '2026-01-01'", 1, 1, "a metric must be a number"),
    ("1,5 * SUM(cost)", 1, 2, "this cannot be read at ','"),
    ("20% * SUM(cost)", 1, 10, "this cannot be read at '('"),
    ("1_000 * SUM(cost)", 1, 7, "this cannot be read at '*'"),
    ("0x1F", 1, 2, "an operator is missing before 'x1F'"),
    ("1e400", 1, 1, "'1e400' has more than 18 digits"),
    ("1.2.3", 1, 1, "'.' is not part of the formula language"),
    ("= SUM(cost)", 1, 1, "a formula has no '=' in front"),
    ("SUM(cost);", 1, 10, "a formula has no ';' at its end"),
    ("", 1, 1, "the formula is empty"),
    ("   ", 1, 1, "the formula is empty"),
    ("\u0421OUNT(*)", 1, 1, "\u0421OUNT cannot be used like this in a formula"),
    ("SUM(\u0441ost)", 1, 5, "unknown column '\u0441ost'"),
    ("SUM(cost) \u2212 1", 1, 13, "this cannot be read at '1'"),
    ("SUM(cost) \xd7 2", 1, 13, "this cannot be read at '2'"),
    ("SUM\uff08cost\uff09", 1, 1, "unknown name 'SUM\uff08cost\uff09'"),
    ("\u201ccost\u201d", 1, 1, "unknown name '\u201ccost\u201d'"),
    ("SUM(cost)\u200b", 1, 10, "a character that cannot be seen stands here: U+200B"),
    ("SUM(cost)\x00", 1, 10, "a character that cannot be seen stands here: U+0000"),
    ("SUM(\x00cost)", 1, 5, "a character that cannot be seen stands here: U+0000"),
    ("\u202eSUM(cost)", 1, 1, "a character that cannot be seen stands here: U+202E"),
    ("\ufeffSUM(cost)", 1, 1, "a character that cannot be seen stands here: U+FEFF"),
    ("SUM(cost)\x1b[31m", 1, 10, "a character that cannot be seen stands here: U+001B"),
    ("\ud800", 1, 1, "a character that cannot be seen stands here: U+D800"),
    ("SUM(co\u0301st)", 1, 5, "unknown column 'co\u0301st'"),
    ("\uff11 + SUM(cost)", 1, 1, "unknown name '\uff11'"),
    ("SUM(sales.cost)", 1, 5, "a dotted name is not part of the formula language"),
    ("sales", 1, 1, "unknown name 'sales'"),
    ("cost", 1, 1, "column cost must be inside an aggregate"),
    ("SUM(Cost)", 1, 5, "unknown column 'Cost'"),
    ("SUM(m0)", 1, 5, "unknown column 'm0'"),
    ("m0", 1, 1, "cycle: m0 -> m0"),
    ("SUM(AVG(cost))", 1, 5, "an aggregate cannot stand inside another: AVG"),
    ("COUNT(DISTINCT *)", 1, 16, "'*' is not part of the formula language"),
    ("COUNT(DISTINCT channel, region)", 1, 1, "COUNT(DISTINCT ...) takes one column"),
    ("QUANTILE(cost)", 1, 14, "this cannot be read at ')'"),
    ("QUANTILE(cost, 1.5)", 1, 1, "QUANTILE takes a column and a share"),
    ("ROUND(SUM(cost), 13)", 1, 1, "ROUND takes a number of digits from 0 to 12"),
    ("SUM(cost) IN ()", 1, 1, "IN takes a list of values"),
    ("SUM(cost) BETWEEN 1", 1, 19, "this cannot be read at '1'"),
    ("COUNT(*) FILTER (WHERE channel LIKE channel)", 1, 24, "LIKE takes a pattern in quotes"),
    ("MEDIAN(cost, 2)", 1, 15, "this cannot be read at ')'"),
    ("POWER(SUM(cost), 2)", 1, 1, "POWER cannot be used like this in a formula"),
    ("SUM(cost) ** 2", 1, 14, "this cannot be read at '2'"),
    ("SUM(cost) ^ 2", 1, 1, "'^' is not part of the formula language"),
    ("SUM(cost) || 'x'", 1, 1, "'||' is not part of the formula language"),
    ("SUM(cost) % 2", 1, 1, "'%' is not part of the formula language"),
    ("IF(SUM(cost) > 1, 1, 0)", 1, 4, "IF is not part of the formula language"),
)


@pytest.mark.parametrize(("source", "line", "column", "what"), REFUSED, ids=[ascii(each[0]) for each in REFUSED])
def test_refused_at_its_place(source: str, line: int, column: int, what: str) -> None:
    (found,) = values(tables(rows()), [source])
    assert isinstance(found, Refused)
    assert (*found.at, found.what) == (line, column, what)


@pytest.mark.parametrize("source", [f"SUM(cost){TOO_LARGE}", f"SUM(cost{TOO_LARGE})"])
def test_exact_numbers_that_get_too_large_leave_other_metrics_alone(source: str) -> None:
    assert values(tables(rows()), [source, "SUM(quantity)"]) == [None, rows()["quantity"].sum()]


def test_whole_numbers_that_get_too_large_are_undefined_and_do_not_begin_again_from_below() -> None:
    total = rows()["quantity"].sum()
    known = tables(rows())
    exact, too_large = values(known, ["SUM(quantity) * 100000000000000000", "SUM(quantity) * 999999999999999999 * 100"])
    assert exact == total * 10**17
    assert too_large is None
    assert values(known, ["SUM(quantity)" + " * 1" * 100]) == [total]


def test_many_numbers_that_fit_are_multiplied_exactly() -> None:
    assert values(tables(rows()), ["SUM(quantity) * 1234567 * 7654321"]) == [
        rows()["quantity"].sum() * 1234567 * 7654321
    ]
