"""Formulas that went wrong: those people write, with tokens deleted, doubled, swapped, and hostile ones put in.

Invariant: the same seed gives the same texts.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

WRITTEN = (
    "SUM(cost)",
    "SUM(quantity)",
    "SUM(cost * quantity)",
    "SUM(cost) / COUNT(*)",
    "COUNT(*) FILTER (WHERE is_first)",
    "COUNT(DISTINCT customer)",
    "(SUM(cost) - SUM(score)) / SUM(score)",
    "1000 * SUM(cost) / SUM(quantity)",
    "MEDIAN(cost)",
    "AVG(score) + MIN(score) - MAX(quantity)",
    "STDDEV(score)",
    "QUANTILE(cost, 0.9)",
    "SUM(cost) FILTER (WHERE channel = 'a' AND region IS NOT NULL)",
    "SUM(cost) FILTER (WHERE channel IN ('a', 'b') OR quantity > 1)",
    "SUM(CASE WHEN quantity > 0 THEN cost ELSE 0 END)",
    "COUNT(*) FILTER (WHERE date >= '2026-01-01')",
    "COUNT(*) FILTER (WHERE date BETWEEN DATE '2026-01-01' AND DATE '2026-01-10')",
    "COUNT(*) FILTER (WHERE customer LIKE 'c%' AND NOT is_first)",
    "COALESCE(SUM(score), 0) / NULLIF(COUNT(score), 0)",
    "GREATEST(SUM(quantity), 1) + LEAST(SUM(quantity), 10)",
    "ROUND(SUM(cost) / 3, 2)",
    "ABS(SUM(score)) + SQRT(COUNT(*)) + LN(COUNT(*)) - EXP(AVG(score) / 100)",
    "FLOOR(SUM(cost)) - CEIL(SUM(score))",
    "CASE WHEN COUNT(*) > 10 THEN SUM(cost) ELSE SUM(score) END",
    "CAST(SUM(quantity) AS DOUBLE) / 7",
    "-SUM(cost) + 0.5 * SUM(cost)",
    "SUM(COALESCE(score, 0) + quantity)",
    "SUM(ABS(score)) / COUNT(DISTINCT channel)",
)

_PIECES = (
    *("SELECT", "FROM", "WHERE", "UNION", "DROP TABLE sales", "; DROP TABLE sales", "(SELECT 1)", "INSERT INTO x"),
    *("ATTACH 'x.db'", "COPY sales TO 'x'", "read_csv('/etc/passwd')", "pg_read_file('/etc/passwd')", "LOAD httpfs"),
    *("read_parquet('http://localhost/x')", "getenv('HOME')", "system('id')", "__import__('os')", "OVER ()", "LIMIT 1"),
    *(
        "EXISTS (SELECT 1)",
        "CURRENT_DATE",
        "INTERVAL '1 day'",
        "::text",
        "||",
        "%",
        "^",
        "~",
        "@",
        "$1",
        "?",
        ":x",
        "#",
    ),
    *(
        "'",
        '"',
        "`",
        "''",
        '""',
        "''''",
        "$$",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        ";",
        ";;",
        "\\",
        "--",
        "/*",
        "*/",
    ),
    *("/* x */", "-- x\n", "*", "**", "//", "<>", "!=", "==", "=", ":=", "=>", "->", "->>", "IS", "NOT", "NULL", "AND"),
    *("OR", "IN", "LIKE", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "END", "DISTINCT", "FILTER", "AS", "TRUE", "ALL"),
    *("ANY", "CAST(", "COALESCE()", "COUNT()", "ROUND(1, 99)", "QUANTILE(cost, 2)", "NULLIF(1, 1)", "LN(-1)", "1 / 0"),
    *("9" * 18, "9" * 19, "9" * 400, "1e18", "1e308", "1e400", "1e-400", "0x1F", "1_000", "1.2.3", "NaN", "Infinity"),
    *("-0", "00012", ".", "1.", ".5", "0.1", "2", "3.75", "sales.cost", '"cost"', "Cost", "COST", "cost", "score"),
    *("quantity", "channel", "is_first", "date", "unknown", "'a'", "'2026-01-05'", "DATE '2026-13-01'", "1 = 1"),
    # look-alikes, what cannot be seen, what turns a line around
    *(
        "СOUNT(*)",
        "SUМ(cost)",
        "сost",
        "１",
        "²",
        "½",
        "٣",
        "−",
        "–",
        "×",
        "÷",
        "⁄",
        "≤",
        "≠",
        "，",
        "；",
        "（",
        "）",
        "＝",
    ),
    *("‘", "’", "“", "”", "′", "«", "\0", "\x01", "\x1b[31m", "\x7f", "\x85", "\xa0", "\xad", "\u200b", "\u200d"),
    *(
        "\u202e",
        "\u200f",
        "\u2066",
        "\u2028",
        "\ufeff",
        "\ufffd",
        "\U0001f600",
        "e\u0301",
        "\ud800",
        "\t",
        "\r",
        "\n",
        "\r\n",
    ),
)
_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|\w+|\s+|<=|>=|<>|.", re.DOTALL)
_DEPTHS = (2, 5, 20, 59, 60, 61, 200, 1_000)

_Tokens = list[str]


def mutations(seed: int, count: int) -> Iterator[str]:
    """`count` texts, each one to four steps from a formula that is right."""
    chance = random.Random(seed)
    for _ in range(count):
        tokens = _TOKEN.findall(chance.choice(WRITTEN))
        for _ in range(chance.choice((1, 1, 2, 2, 3, 4))):
            chance.choice(_STEPS)(chance, tokens)
        yield "".join(tokens)


def _place(chance: random.Random, tokens: _Tokens) -> int:
    return chance.randrange(len(tokens)) if tokens else 0


def _delete(chance: random.Random, tokens: _Tokens) -> None:
    at = _place(chance, tokens)
    del tokens[at : at + chance.choice((1, 1, 2, 4))]


def _double(chance: random.Random, tokens: _Tokens) -> None:
    at = _place(chance, tokens)
    tokens[at:at] = tokens[at : at + chance.choice((1, 1, 2, 5))]


def _swap(chance: random.Random, tokens: _Tokens) -> None:
    if tokens:
        left, right = _place(chance, tokens), _place(chance, tokens)
        tokens[left], tokens[right] = tokens[right], tokens[left]


def _insert(chance: random.Random, tokens: _Tokens) -> None:
    tokens.insert(_place(chance, tokens), chance.choice(("", " ")) + chance.choice(_PIECES) + chance.choice(("", " ")))


def _replace(chance: random.Random, tokens: _Tokens) -> None:
    words = [at for at, token in enumerate(tokens) if token.strip()]
    if words:
        tokens[chance.choice(words)] = chance.choice(_PIECES)


def _borrow(chance: random.Random, tokens: _Tokens) -> None:
    """A token of another formula: often still a formula, but not the one that was meant."""
    words = [at for at, token in enumerate(tokens) if token.strip()]
    if words:
        tokens[chance.choice(words)] = chance.choice([t for t in _TOKEN.findall(chance.choice(WRITTEN)) if t.strip()])


def _join(chance: random.Random, tokens: _Tokens) -> None:
    tokens += [chance.choice((" + ", " - ", " * ", " / ", " = ", " AND ", " ", "")), chance.choice(WRITTEN)]


def _nest(chance: random.Random, tokens: _Tokens) -> None:
    left, right = chance.choice((("(", ")"), ("ABS(", ")"), ("- ", ""), ("NOT ", ""), ("CASE WHEN TRUE THEN ", " END")))
    depth = chance.choice(_DEPTHS)
    tokens[:] = [left * depth, *tokens, right * chance.choice((depth, depth, depth - 1))]


def _chain(chance: random.Random, tokens: _Tokens) -> None:
    sign = chance.choice((" + ", " * ", " - ", " / ", ", ", " OR "))
    tokens.append((sign + chance.choice(("1", "SUM(cost)", "2.5", "COUNT(*)"))) * chance.choice(_DEPTHS))


def _cut(chance: random.Random, tokens: _Tokens) -> None:
    del tokens[_place(chance, tokens) + 1 :]


_STEPS: tuple[Callable[[random.Random, _Tokens], None], ...] = (
    *(_delete, _double, _swap, _insert, _replace, _borrow, _borrow, _borrow, _join, _join, _nest, _chain, _cut),
)
