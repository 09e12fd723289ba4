"""Why a number moved: how much of the change between two stretches of time each slice of a dimension makes.

For R = N/D with share w = d/D and rate r = n/d of a slice: *rate* effect mean(w) x change of r, *mix* effect
change of w x (mean(r) - mean(R)); mean is that of the two sides. This is the midpoint form of the Bennet
decomposition (Bennet 1920; Diewert 2005), which leaves no residual. A slice without a denominator on one side takes its
other rate. A numerator without a denominator (spend of a channel that brought no order) has no rate: its effect is the
change of n/D, called *baseless*. For a sum the effect is the change itself.

Invariant: the effects add up exactly to the change, whatever the data; all arithmetic is in fractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import isclose
from typing import Literal, TypeAlias

import polars as pl
from msgspec import Struct

from kpi_tui.errors import KpiError, text
from kpi_tui.facts.query import Filter, Grouping, HistoryLeaf, Leaf, Rows
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.metrics.shape import AnyLeaf, NotAdditive, Ratio, Shape, Sum, Terms, shape_of
from kpi_tui.review.comparison import counterpart, known_span, matching
from kpi_tui.review.exact import exact
from kpi_tui.workspace.periods import Period

Pair: TypeAlias = tuple[Fraction, Fraction]  # numerator and denominator
NOTHING: Pair = (Fraction(0), Fraction(0))
STANDING_OUT = 3  # slices by which dimensions are ranked


class NoBridge(KpiError):
    """The change cannot be told apart by slices; `what` says why."""


class Effect(Struct, frozen=True):
    """One slice (None is the missing one): its value before and after, and what it contributes to the change.

    `share` is its mean share of the base: of the denominator, or of a sum. `rate`, `mix` and `baseless` are None for a
    sum.
    """

    slice: str | None
    before: Fraction | None
    after: Fraction | None
    total: Fraction
    share: Fraction
    rate: Fraction | None = None
    mix: Fraction | None = None
    baseless: Fraction | None = None


class Bridge(Struct, frozen=True):
    """The change of `metric` from `before` to `after` by `dimension`; `effects` stand largest first."""

    metric: str
    dimension: str
    start: Period
    end: Period
    kind: Literal["sum", "ratio"]
    before: Fraction
    after: Fraction
    effects: tuple[Effect, ...]

    @property
    def change(self) -> Fraction:
        return self.after - self.before

    @property
    def has_baseless(self) -> bool:
        """Whether a slice has a numerator without a denominator."""
        return any(effect.baseless for effect in self.effects)

    @property
    def unevenness(self) -> Fraction:
        """How far the slices that stand out are from an even share of the change: what ranks dimensions.

        An even change moves every slice by its share of the base; then no slice tells why.
        """
        off = sorted((abs(effect.total - effect.share * self.change) for effect in self.effects), reverse=True)
        return sum(off[:STANDING_OUT], Fraction(0))


def ratio_effects(before: Mapping[str | None, Pair], after: Mapping[str | None, Pair]) -> list[Effect] | None:
    """The effects of slices, each a (numerator, denominator) on either side; None where a whole is undefined."""
    base, later = _whole(before), _whole(after)
    if not base[1] or not later[1]:
        return None
    mean = (base[0] / base[1] + later[0] / later[1]) / 2
    effects = []
    for name in dict.fromkeys([*before, *after]):
        (n0, d0), (n1, d1) = before.get(name, NOTHING), after.get(name, NOTHING)
        r0, r1 = _rate(n0, d0), _rate(n1, d1)
        w0, w1 = d0 / base[1], d1 / later[1]
        rate0 = r0 if r0 is not None else r1 if r1 is not None else Fraction(0)
        rate1 = r1 if r1 is not None else rate0
        rate = (w0 + w1) / 2 * (rate1 - rate0)
        mix = (w1 - w0) * ((rate0 + rate1) / 2 - mean)
        baseless = (n1 / later[1] if not d1 else Fraction(0)) - (n0 / base[1] if not d0 else Fraction(0))
        effects.append(Effect(name, r0, r1, rate + mix + baseless, (w0 + w1) / 2, rate, mix, baseless))
    return effects


def sum_effects(before: Mapping[str | None, Fraction], after: Mapping[str | None, Fraction]) -> list[Effect]:
    """The effects of slices that add up."""
    whole = sum(before.values(), Fraction(0)) + sum(after.values(), Fraction(0))
    effects = []
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, Fraction(0)), after.get(name, Fraction(0))
        share = (was + now) / whole if whole else Fraction(0)
        effects.append(Effect(name, was, now, now - was, share))
    return effects


def bridge(evaluator: Evaluator, metric: str, dimension: str, start: Period, end: Period, where: Filter = ()) -> Bridge:
    """Why `metric` moved from `start` to `end`, by `dimension`. Raises `NoBridge` where nothing honest can be said."""
    shape, leaves = _shape(evaluator, metric)
    if dimension not in evaluator.dimensions(metric):
        raise NoBridge(text("the metric has no dimension '{name}'", name=dimension))
    values = [_whole_value(evaluator, metric, period, where) for period in (start, end)]
    sides = [_by_slice(evaluator, leaves, shape, dimension, period, where) for period in (start, end)]
    if isinstance(shape, Ratio):
        effects = ratio_effects(*sides)
        if effects is None:
            raise NoBridge(text("its denominator is 0"))
        wholes = [above / below for above, below in map(_whole, sides)]
    else:
        sums = [{name: above for name, (above, _) in side.items()} for side in sides]
        effects = sum_effects(*sums)
        wholes = [sum(side.values(), Fraction(0)) for side in sums]
    before, after = (whole + shape.constant for whole in wholes)
    for value, period, found in zip(values, (start, end), (before, after), strict=True):
        if not isclose(value, float(found), rel_tol=1e-9, abs_tol=1e-12):
            raise NoBridge(text("its slices do not add up to its value in {period}", period=period.name))
    if isinstance(shape, Ratio) and shape.constant:
        effects = [_lifted(effect, shape.constant) for effect in effects]
    ordered = sorted(effects, key=lambda effect: (-abs(effect.total), effect.slice is None, effect.slice or ""))
    kind: Literal["sum", "ratio"] = "ratio" if isinstance(shape, Ratio) else "sum"
    return Bridge(metric, dimension, start, end, kind, before, after, tuple(ordered))


def bridges(
    evaluator: Evaluator, metric: str, start: Period, end: Period, where: Filter = (), but: Sequence[str] = ()
) -> list[Bridge]:
    """The bridges by every dimension the metric has, those first whose slices stand out most.

    Raises `NoBridge` where there is none.
    """
    _shape(evaluator, metric)  # that it has no slices to tell apart says more than that it has no dimension
    names = sorted(evaluator.dimensions(metric) - set(but))
    if not names:
        raise NoBridge(text("the metric has no dimension to look by"))
    found = [bridge(evaluator, metric, name, start, end, where) for name in names]
    return sorted(found, key=lambda each: (-each.unevenness, each.dimension))


def _shape(evaluator: Evaluator, metric: str) -> tuple[Shape, Mapping[str, AnyLeaf]]:
    try:
        return shape_of(evaluator.plan, metric)
    except NotAdditive as error:
        raise NoBridge(error.what, text("explain shows what it is made of")) from None


def compared_periods(
    evaluator: Evaluator, question: Question, metric: str, period: Period, comparison: str
) -> tuple[Period, Period]:
    """The days that `period` is compared with, and those of it that count: of one that is not over the same elapsed
    part of both. `comparison` is that of the view.

    Raises `NoBridge` where there is nothing to compare with.
    """
    span = known_span(evaluator, question, metric, period)
    if span is None:
        raise NoBridge(text("there are no data in this period"))
    other = counterpart(evaluator.calendar, period, question.grain, comparison)
    if other is None:
        raise NoBridge(text("'{name}' is not a period", name=comparison))
    days = matching(evaluator.calendar, span, period, other, question.grain, comparison)
    first, judged = evaluator.first(metric), evaluator.judged(metric)
    if first is None or judged is None or days.start < first or judged < days.end:
        raise NoBridge(text("there are no data in {period}", period=other.name))
    return days, span


def _until(period: Period, end: date) -> Period:
    return Period(period.start, end, period.name)


def is_whole(period: Period, evaluator: Evaluator) -> bool:
    """Whether the stretch is all of the period whose name it bears."""
    named = evaluator.calendar.parse(period.name)
    return named is None or named == period


def _rate(above: Fraction, below: Fraction) -> Fraction | None:
    return above / below if below else None


def _whole(side: Mapping[str | None, Pair]) -> Pair:
    return sum((n for n, _ in side.values()), Fraction(0)), sum((d for _, d in side.values()), Fraction(0))


def _lifted(effect: Effect, constant: Fraction) -> Effect:
    """With the slice's own values as the metric has them: the constant is in them, never in an effect."""
    before = None if effect.before is None else effect.before + constant
    after = None if effect.after is None else effect.after + constant
    return Effect(effect.slice, before, after, effect.total, effect.share, effect.rate, effect.mix, effect.baseless)


def _whole_value(evaluator: Evaluator, metric: str, period: Period, where: Filter) -> float:
    answer = evaluator.ask(Question((metric,), "all", period.start, period.end, where=where))
    if metric in answer.reasons:
        raise NoBridge(answer.reasons[metric])
    value = answer.value(metric) if answer.periods and answer.slices else None
    if value is None:
        raise NoBridge(text("it has no value in {period}", period=period.name))
    return float(value)


def _by_slice(
    evaluator: Evaluator,
    leaves: Mapping[str, AnyLeaf],
    shape: Shape,
    dimension: str,
    period: Period,
    where: Filter,
) -> dict[str | None, Pair]:
    """Numerator and denominator (0 for a sum) of every slice that has rows in the period."""
    values = _leaf_values(evaluator, leaves, dimension, period, where)
    above, below = (shape.terms, {}) if isinstance(shape, Sum) else (shape.above, shape.below)
    return {name: (_summed(above, found), _summed(below, found)) for name, found in values.items()}


def _summed(terms: Terms, values: Mapping[str, Fraction]) -> Fraction:
    return sum((factor * values.get(column, Fraction(0)) for column, factor in terms.items()), Fraction(0))


def _leaf_values(
    evaluator: Evaluator, leaves: Mapping[str, AnyLeaf], dimension: str, period: Period, where: Filter
) -> dict[str | None, dict[str, Fraction]]:
    """Every leaf's value by slice; missing cells count nothing, as in the whole."""
    as_of = evaluator.workspace.settings.as_of
    known = _until(period, min(period.end, as_of or period.end))
    grouping = Grouping((known,), (dimension,), where)
    found: dict[str | None, dict[str, Fraction]] = {}
    for frame, columns in _asked(evaluator, leaves, grouping):
        for row in frame.iter_rows(named=True):
            values = found.setdefault(row[dimension], {})
            for column in columns:
                values[column] = exact(row[column]) or Fraction(0)
    return found


def _asked(
    evaluator: Evaluator, leaves: Mapping[str, AnyLeaf], grouping: Grouping
) -> Iterator[tuple[pl.DataFrame, list[str]]]:
    """The engines' answers with the columns of the leaves in them."""
    wanted: dict[Rows, list[Leaf]] = {}
    for leaf in leaves.values():
        if leaf.source not in evaluator.coverage:
            raise NoBridge(text("source '{source}' has no time column: only its whole is known", source=leaf.source))
        if isinstance(leaf, HistoryLeaf):
            yield evaluator.leaf_tables.ask_history(leaf.history, grouping), [leaf.column]
        else:
            wanted.setdefault(leaf.rows, []).append(leaf)
    for rows, asked in wanted.items():
        yield evaluator.leaf_tables.ask(rows, grouping, asked), [leaf.column for leaf in asked]
