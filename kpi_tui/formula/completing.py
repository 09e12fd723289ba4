"""What may stand at the caret of a formula being typed: columns inside an aggregate, metrics and functions outside.

Works on text that does not parse yet, so it looks at brackets and quotes only. A candidate always fits the letters
typed so far; those that begin with them come before those that merely hold them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from kpi_tui.formula.grammar import AGGREGATES, SCALARS
from kpi_tui.formula.tree import Name, String, render

_TOKEN = re.compile(r"'(?:[^']|'')*'?|\"(?:[^\"]|\"\")*\"?|[^\W\d]\w*|[()]|<>|[^\s]", re.UNICODE)
_WORD = re.compile(r"[^\W\d]\w*$", re.UNICODE)
_COMPARED = frozenset(("=", "<>", "IN", "LIKE", ",", "("))

Kind = Literal["column", "metric", "function", "value"]
Values = Callable[[str], Sequence[str]]


class Candidate(Struct, frozen=True):
    """`text` is what is written, `name` what is shown and matched, `note` what it is."""

    text: str
    name: str
    kind: Kind
    note: str = ""


class Completion(Struct, frozen=True):
    """`candidates` replace what stands between offset `start` and the caret."""

    start: int
    candidates: tuple[Candidate, ...] = ()


def complete(
    typed: str, columns: Mapping[str, str], metrics: Mapping[str, str], values: Values | None = None
) -> Completion:
    """Candidates for the end of `typed`, the formula up to the caret.

    `columns` and `metrics` map names to notes about them; `values` gives what a column holds, for comparisons.
    """
    tokens = [(found.group(), found.start()) for found in _TOKEN.finditer(typed)]
    last, at = tokens[-1] if tokens else ("", len(typed))
    if last.startswith("'") and not _is_closed(last):
        return Completion(at, _values(tokens, last[1:], values))
    word = last.startswith('"') and not _is_closed(last)
    begun = last[1:] if word else (found.group() if (found := _WORD.search(typed)) else "")
    start = at if word else len(typed) - len(begun)
    before = [token for token, where in tokens if where < start]
    if _inside_aggregate(before):
        offered = [_named(name, "column", note) for name, note in columns.items()]
        offered += [Candidate(f"{name}(", name, "function") for name in SCALARS if name != "CASE"]
    else:
        offered = [_named(name, "metric", note) for name, note in metrics.items()]
        offered += [Candidate(f"{name}(", name, "function") for name in (*AGGREGATES, *SCALARS) if name != "CASE"]
    return Completion(start, tuple(_fitting(offered, begun)))


def _is_closed(quoted: str) -> bool:
    mark = quoted[0]
    return len(quoted) > 1 and (len(quoted) - len(quoted.rstrip(mark)) - (quoted.strip(mark) == "")) % 2 == 1


def _inside_aggregate(tokens: Iterable[str]) -> bool:
    """Whether a bracket of an aggregate or of its FILTER is still open."""
    open_: list[bool] = []
    previous = ""
    for token in tokens:
        if token == "(":
            open_.append(previous.upper() in (*AGGREGATES, "FILTER") or (bool(open_) and open_[-1]))
        elif token == ")" and open_:
            open_.pop()
        previous = token
    return bool(open_) and open_[-1]


def _values(tokens: Sequence[tuple[str, int]], begun: str, values: Values | None) -> tuple[Candidate, ...]:
    """Texts that the column compared holds."""
    column = next(
        (token for token, _ in reversed(tokens[:-1]) if token.upper() not in _COMPARED and token[0] != "'"), ""
    )
    if values is None or not column:
        return ()
    held = values(column.strip('"'))
    offered = [Candidate(render(String(value)), value, "value") for value in held]
    return tuple(_fitting(offered, begun))


def _named(name: str, kind: Kind, note: str) -> Candidate:
    return Candidate(render(Name(name)), name, kind, note)


def _fitting(offered: Iterable[Candidate], begun: str) -> list[Candidate]:
    wanted = begun.casefold()
    fitting = [each for each in offered if wanted in each.name.casefold() or wanted in each.note.casefold()]
    return sorted(fitting, key=lambda each: (not each.name.casefold().startswith(wanted), each.kind == "function"))
