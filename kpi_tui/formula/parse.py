"""Formula text -> tree, through sqlglot's parser and a whitelist of its node classes *and* of all their arguments.

What is not on the list is refused by name with its place: sqlglot reads far more SQL than a formula may say
(sub-queries, statements, windows), and puts some of it into arguments of harmless nodes. sqlglot is imported at the
first formula that is not remembered, because its import costs as much as everything else here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from unicodedata import category

from kpi_tui.errors import FormulaError, text
from kpi_tui.formula.grammar import Reader
from kpi_tui.formula.placing import fail
from kpi_tui.formula.tree import Aggregate, Node, walk

LONGEST = 4_000
DEEPEST = 60

# formats, surrogates, private and unassigned characters, controls but for tab and line ends, separators of lines
_UNSEEN = ("Cf", "Cs", "Co", "Cn", "Cc", "Zl", "Zp")
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--|/\*|[(\[]|[)\]]|CASE\b|END\b|NOT\b|[-+]", re.IGNORECASE)


def formula(source: str) -> Node:
    """The tree of a metric's formula: arithmetic over aggregates and metrics.

    Raises `FormulaError` with the place of what is wrong.
    """
    tree = _parse(source)
    for node in walk(tree):
        if isinstance(node, Aggregate):
            for part in (node.argument, node.condition):
                nested = next((n for n in walk(part) if isinstance(n, Aggregate)), None) if part is not None else None
                if nested is not None:
                    fail(
                        source,
                        nested.at,
                        text("an aggregate cannot stand inside another: {name}", name=nested.function),
                        text("take the inner one out, or make it a metric of its own"),
                    )
    return tree


def condition(source: str) -> Node:
    """The tree of a row condition (`where`, `drop_rows`): columns only, no aggregates. Raises `FormulaError`."""
    tree = _parse(source)
    nested = next((node for node in walk(tree) if isinstance(node, Aggregate)), None)
    if nested is not None:
        what = text("a condition on rows cannot hold an aggregate: {name}", name=nested.function)
        fail(source, nested.at, what, text("compare columns, such as cost > 100"))
    return tree


def know(trees: Mapping[str, Node]) -> None:
    """Take over trees that `known` gave in another process of the same version."""
    _KNOWN.update(trees)


def known() -> Mapping[str, Node]:
    """The trees of all texts read so far, the newest last."""
    return dict(_KNOWN)


# What a text means never changes while the program runs, so every text is parsed once.
_KNOWN: dict[str, Node] = {}


def _parse(source: str) -> Node:
    if source not in _KNOWN:
        _KNOWN[source] = _parsed(source)
    return _KNOWN[source]


def _parsed(source: str) -> Node:
    _guard(source)
    import logging

    from sqlglot import parse_one
    from sqlglot.errors import SqlglotError

    logger = logging.getLogger("sqlglot")
    if not logger.handlers:  # it would write warnings about what it cannot read over the screen
        logger.addHandler(logging.NullHandler())
    try:
        return Reader(source).read(parse_one(source))
    except SqlglotError as error:
        raise _syntax_error(source, error) from None
    except RecursionError:  # a bracket costs sqlglot some 16 frames, and nobody knows how many the caller has used
        raise FormulaError(text("this is nested too deeply"), text("split it into several metrics")) from None


def _guard(source: str) -> None:
    """Refuse what could make the parser slow or deep before it sees it, and comments, which it would drop."""
    if not source.strip():
        raise FormulaError(text("the formula is empty"), text("write one, such as SUM(cost)"))
    if source.lstrip().startswith("="):
        fail(source, source.index("="), text("a formula has no '=' in front"), text("remove it"))
    if source.rstrip().endswith(";"):
        fail(source, source.rindex(";"), text("a formula has no ';' at its end"), text("remove it"))
    if len(source) > LONGEST:
        raise FormulaError(
            text("the formula has {length} characters, more than {most}", length=len(source), most=LONGEST),
            text("split it into several metrics"),
        )
    _refuse_unseen(source)
    depth = run = 0
    end = -1
    for found in _TOKEN.finditer(source):
        token = found.group().upper()
        if token in ("--", "/*"):
            fail(source, found.start(), text("a comment cannot stand in a formula"), text("use the metric's note"))
        run = run + 1 if token in ("NOT", "-", "+") and not source[end : found.start()].strip() else 0
        end = found.end()
        depth += token in ("(", "[", "CASE")
        depth -= token in (")", "]", "END")
        if depth + run > DEEPEST:
            fail(source, found.start(), text("more than {most} brackets inside each other", most=DEEPEST))


def _refuse_unseen(source: str) -> None:
    """Refuse characters outside quotes that cannot be seen, or that turn the order of others around."""
    if source.isascii() and source.isprintable():
        return
    quoted = [found.span() for found in _TOKEN.finditer(source) if found.group()[0] in "'\""]
    for at, character in enumerate(source):
        unseen = category(character) in _UNSEEN and character not in "\t\r\n"
        if unseen and not any(start <= at < end for start, end in quoted):
            code = f"U+{ord(character):04X}"
            what = text("a character that cannot be seen stands here: {code}", code=code)
            fail(source, at, what, text("delete it, or type the formula anew"))


def _syntax_error(source: str, error: Any) -> FormulaError:
    check = text("check brackets, commas and quotes")
    details = getattr(error, "errors", None)
    if not details:
        return FormulaError(text("this cannot be read as a formula"), check)
    first = details[0]
    column = max(1, int(first.get("col") or 1) - len(first.get("highlight") or "") + 1)
    highlight = str(first.get("highlight") or "").strip()
    what = (
        text("this cannot be read at '{token}'", token=highlight)
        if highlight
        else text("this cannot be read as a formula")
    )
    marks = {",": text("write numbers with a point, such as 1.2"), "%": text("write 20 % as 0.2")}
    return FormulaError(what, marks.get(highlight, check), line=int(first.get("line") or 1), column=column)
