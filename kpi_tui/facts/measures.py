"""What of a leaf can be added up: leaves that need no second look at the rows, as partial sums, and back.

A *measure* is a number of a cell of a cube (a day and a value of each dimension) from which the same number of any
group of cells follows: sums and counts by adding, extremes by taking the extreme, a mean and the squares around it by
the rule for joining them (Chan, Golub, LeVeque 1979: sums of squares would lose all digits). COUNT(DISTINCT), MEDIAN
and QUANTILE have no measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import polars as pl
from msgspec import Struct

from kpi_tui.errors import FormulaError
from kpi_tui.facts.query import Leaf
from kpi_tui.formula.columns import Compiler, Typed, as_float
from kpi_tui.formula.tree import Aggregate, Node, render

Fold = Literal["rows", "count", "sum", "min", "max", "mean", "squares"]

_FOLDS: Mapping[str, tuple[Fold, ...]] = {
    "COUNT": ("count",),
    "SUM": ("sum", "count", "rows"),
    "AVG": ("sum", "count"),
    "MIN": ("min",),
    "MAX": ("max",),
    "STDDEV": ("mean", "squares", "count"),
}


class Measure(Struct, frozen=True):
    """One number a cell; `where` and `condition` say of which of its rows, `argument` of what in them."""

    fold: Fold
    argument: Node | None = None
    condition: Node | None = None
    where: Node | None = None

    @property
    def column(self) -> str:
        """Its name in a cube; measures that mean the same have the same name."""
        parts = ("" if node is None else render(node) for node in (self.where, self.condition, self.argument))
        return f"__{self.fold}:" + ":".join(parts)

    def sibling(self, fold: Fold) -> Measure:
        """Another number of the same cells of the same rows."""
        return Measure(fold, None if fold == "rows" else self.argument, self.condition, self.where)


def is_additive(leaf: Leaf) -> bool:
    """Whether the leaf follows from measures."""
    call = getattr(leaf, "aggregate", None)
    return isinstance(call, Aggregate) and call.function in _FOLDS and not call.distinct


def measures(leaf: Leaf) -> tuple[Measure, ...]:
    """The measures that an additive leaf follows from, the number of its rows first."""
    call = leaf.aggregate
    of_rows = Measure("rows", where=leaf.where)
    if call.argument is None:
        return of_rows, Measure("rows", None, call.condition, leaf.where)
    first = Measure("count", call.argument, call.condition, leaf.where)
    return of_rows, *(first.sibling(fold) for fold in _FOLDS[call.function])


def measures_of(leaves: Iterable[Leaf]) -> tuple[Measure, ...]:
    """The measures of all these leaves, each once."""
    return tuple({one.column: one for leaf in leaves for one in measures(leaf)}.values())


class Folding:
    """Measures as expressions over rows of `schema`: inputs row by row first, then one aggregate each."""

    def __init__(self, schema: Mapping[str, pl.DataType], wanted: Iterable[Measure]) -> None:
        self._compiler = Compiler(schema)
        self.inputs: dict[str, pl.Expr] = {}
        self.is_float = False
        self.outputs = [self._output(one).alias(one.column) for one in wanted]

    def _output(self, one: Measure) -> pl.Expr:
        kept = self._rows(one)
        if one.argument is None:
            return pl.len().cast(pl.Int64) if kept is None else kept.sum().cast(pl.Int64)
        values = self._values(one)
        cells = values.expression
        match one.fold:
            case "count":
                return cells.count().cast(pl.Int64)
            case "sum":
                self.is_float |= values.kind == "float"
                return cells.sum()
            case "min":
                return cells.min()
            case "max":
                return cells.max()
            case "mean":
                self.is_float = True
                return as_float(values).mean()
            case _:
                self.is_float = True
                return as_float(values).var(ddof=0) * cells.count()

    def _rows(self, one: Measure) -> pl.Expr | None:
        """The mark of the rows that the measure is taken of; None for all."""
        wanted = [node for node in (one.where, one.condition) if node is not None]
        if not wanted:
            return None
        name = f"__if:{':'.join(map(render, wanted))}"
        if name not in self.inputs:
            marks = [self._compiler.condition(node).fill_null(False) for node in wanted]
            self.inputs[name] = pl.all_horizontal(marks).alias(name)
        return pl.col(name)

    def _values(self, one: Measure) -> Typed:
        assert one.argument is not None  # the caller saw to it
        compiled = self._compiler.compile(one.argument)
        kept = self._rows(one)
        name = f"__in:{render(one.argument)}" + (f":{kept.meta.output_name()}" if kept is not None else "")
        if name not in self.inputs:
            value = compiled.expression
            if kept is not None:
                value = pl.when(self.inputs[kept.meta.output_name()]).then(value)
            self.inputs[name] = value.alias(name)
        return Typed(pl.col(name), compiled.kind, compiled.scale)


def joined(one: Measure) -> pl.Expr:
    """The measure of a group of cells from those of its cells."""
    cells = pl.col(one.column)
    match one.fold:
        case "rows" | "count" | "sum":
            return cells.sum()
        case "min":
            return cells.min()
        case "max":
            return cells.max()
        case "mean":
            counts = pl.col(one.sibling("count").column)
            return ((cells * counts).sum() / counts.sum()).fill_nan(None)  # a mean of no values is none
        case _:
            counts, means = pl.col(one.sibling("count").column), pl.col(one.sibling("mean").column)
            middle = (means * counts).sum() / counts.sum()
            return (cells.fill_null(0) + counts * (means - middle).pow(2).fill_null(0)).sum()


def value(leaf: Leaf) -> pl.Expr:
    """The leaf from the measures of its group, which stand under their names. Undefined where the contract says so."""
    call = leaf.aggregate
    if call.argument is None:
        return pl.col(Measure("rows", None, call.condition, leaf.where).column)
    base = Measure("count", call.argument, call.condition, leaf.where)
    count = pl.col(base.column)
    match call.function:
        case "COUNT":
            return count
        case "SUM":
            rows = pl.col(base.sibling("rows").column)
            return pl.when((count > 0) | (rows == 0)).then(pl.col(base.sibling("sum").column))
        case "AVG":
            return pl.when(count > 0).then(pl.col(base.sibling("sum").column).cast(pl.Float64) / count)
        case "MIN" | "MAX":
            return pl.col(base.sibling("min" if call.function == "MIN" else "max").column)
        case _:
            squares = pl.col(base.sibling("squares").column)
            return pl.when(count > 1).then((squares / (count - 1)).clip(lower_bound=0).sqrt())


def tried(wanted: Iterable[Measure], schema: Mapping[str, pl.DataType]) -> tuple[Measure, ...]:
    """Those that can be taken of columns of these types; the others are said where their formula is checked."""
    return tuple(one for one in wanted if _goes(one, schema))


def _goes(one: Measure, schema: Mapping[str, pl.DataType]) -> bool:
    try:
        Folding(schema, [one])
    except FormulaError:
        return False
    return True
