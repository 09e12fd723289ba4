"""Every kind of metric, and kinds of kinds, against the row-by-row oracle over random tables."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_tui.errors import Place
from kpi_tui.loaded import evaluator_of
from kpi_tui.metrics.answer import Answer, Question
from kpi_tui.metrics.evaluate import LeafTables
from kpi_tui.workspace import model
from tests.metrics.kinds_by_row import (
    Acquisition,
    Conversion,
    Derived,
    Kinds,
    Length,
    Metric,
    Offset,
    Repeat,
    Retention,
    Share,
    ToDate,
    Window,
    slices_seen,
)
from tests.metrics.row_by_row import CONDITIONS, Asked, Oracle, Simple, Stretch
from tests.metrics.test_evaluate_oracle import (
    BEGIN,
    DAY,
    DIMENSIONS,
    EXAMPLES,
    SELDOM,
    WEEKDAYS,
    agree,
    facts,
    filters,
    simple,
    table,
)

PERIODS = st.sampled_from(["day", "week", "month", "quarter", "year"])
LENGTHS = st.builds(Length, st.sampled_from([1, 1, 2, 3, 7, 28]), PERIODS).filter(
    lambda length: length.n * {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}[length.unit] <= 800
)
WHERE = st.one_of(st.just(""), st.just(""), st.sampled_from(sorted(CONDITIONS)))
SOURCES = st.sampled_from(sorted(DIMENSIONS))


@st.composite
def leaves(draw: st.DrawFn) -> Metric:
    kind = draw(st.sampled_from(["simple", "acquisition", "retention", "repeat", "conversion", "conversion"]))
    source, where = draw(SOURCES), draw(WHERE)
    match kind:
        case "simple":
            plain = draw(simple())
            return Simple(plain.source, plain.function, plain.argument, plain.condition, plain.where, plain.at)
        case "acquisition":
            return Acquisition(source, where)
        case "retention":
            return Retention(source, draw(PERIODS), draw(st.sampled_from([1, 1, 2, 5])), where)
        case "repeat":
            return Repeat(source, draw(st.sampled_from([None, "quantity", "date"])), where)
        case _:
            within = draw(st.one_of(st.none(), LENGTHS, LENGTHS))
            return Conversion(source, draw(SOURCES), within, where, draw(WHERE))


@st.composite
def questions(draw: st.DrawFn) -> tuple[Kinds, list[str]]:
    metrics: dict[str, Metric] = {f"m{index}": draw(leaves()) for index in range(draw(st.integers(1, 2)))}
    for index in range(draw(st.integers(0, 3))):
        inner = draw(st.sampled_from(sorted(metrics)))
        metrics[f"over{index}"] = draw(
            st.one_of(
                st.builds(Window, st.just(inner), LENGTHS),
                st.builds(ToDate, st.just(inner), st.sampled_from(["week", "month", "quarter", "year"])),
                st.builds(Offset, st.just(inner), LENGTHS),
                st.builds(Derived, st.just(inner), st.sampled_from(["/", "-"]), st.sampled_from(sorted(metrics))),
                st.just(Share(inner)),
            )
        )
    start, end, as_of = (BEGIN + draw(st.integers(least, most)) * DAY for least, most in ((0, 20), (2, 70), (2, 70)))
    asked = Asked(
        draw(st.sampled_from(["day", "week", "month", "month", "quarter", "year", "all"])),
        start if draw(SELDOM) and start <= end else None,
        end if draw(SELDOM) else None,
        tuple(draw(st.sampled_from([(), ("channel",), ("channel",), ("region", "channel")]))),
        draw(filters()) if draw(SELDOM) else (),
        draw(filters()) if draw(SELDOM) else (),
    )
    plain = Oracle(
        {name: draw(facts(dimensions)) for name, dimensions in DIMENSIONS.items()},
        {},
        draw(st.sampled_from([1, 1, 4, 12])),
        draw(st.integers(0, 6)),
        as_of if draw(SELDOM) else None,
        asked,
    )
    return Kinds(plain, metrics), draw(st.lists(st.sampled_from(sorted(metrics)), min_size=1, unique=True))


def metric_of(name: str, metric: Metric) -> model.Metric:
    match metric:
        case Simple():
            return model.Metric(id=name, source=metric.source, formula=metric.formula, where=metric.where, at=metric.at)
        case Derived(left, operator, right):
            return model.Metric(id=name, formula=f"{left} {operator} {right}")
        case Share(whole):
            return model.Metric(id=name, formula=whole, share_of_total=True)
        case Window(inner, length):
            return model.Metric(id=name, formula=inner, window=str(length))
        case ToDate(inner, unit):
            return model.Metric(id=name, formula=inner, to_date=unit)
        case Offset(inner, length):
            return model.Metric(id=name, formula=inner, offset=str(length))
        case Acquisition(source, where):
            return model.Metric(id=name, where=where, acquisition=model.Acquisition(source=source, entity="customer"))
        case Retention(source, period, after, where):
            retention = model.Retention(source=source, entity="customer", period=period, after=after)
            return model.Metric(id=name, where=where, retention=retention)
        case Repeat(source, order, where):
            repeat = model.Repeat(source=source, entity="customer", order=order)
            return model.Metric(id=name, where=where, repeat=repeat)
        case Conversion(source, converted, within, where, converted_where):
            conversion = model.Conversion(
                entity="customer",
                base=model.Events(source=source, where=where),
                converted=model.Events(source=converted, where=converted_where),
                within=str(within) if within else None,
            )
            return model.Metric(id=name, conversion=conversion)


def answer(kinds: Kinds, names: list[str]) -> Answer:
    plain = kinds.plain
    sources = tuple(
        model.Source(id=name, path="-", time="date", dimensions=found, every=plain.facts[name].every)
        for name, found in DIMENSIONS.items()
    )
    calendar = model.Settings(
        fiscal_year_start=plain.fiscal_start, week_start=WEEKDAYS[plain.week_start], as_of=plain.as_of
    )
    metrics = tuple(metric_of(name, metric) for name, metric in kinds.metrics.items())
    workspace = model.Workspace(settings=calendar, sources=sources, metrics=metrics)
    tables = {source.id: table(source, plain.facts[source.id]) for source in sources}
    evaluator = evaluator_of(workspace, LeafTables(tables), lambda path: Place("kpi.toml"))
    assert evaluator.plan.findings == ()
    asked = plain.asked
    return evaluator.ask(
        Question(tuple(names), asked.grain, asked.start, asked.end, asked.by, asked.where, asked.scope)
    )


@given(questions())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_kind_says_what_the_rows_say(drawn: tuple[Kinds, list[str]]) -> None:
    kinds, names = drawn
    found = answer(kinds, names)
    for name in names:
        assert (name in found.reasons) == kinds.lacks(name), name
    known = [name for name in names if not kinds.lacks(name)]
    used = {source for name in names for source in kinds.sources(name)}
    if not known or any(kinds.plain.facts[source].first is None for source in used):
        assert {value for name in names if name not in known for value in found.values[name]} <= {None}
        return
    periods = _periods(kinds, names)
    assert [(p.name, p.start, p.end) for p in found.periods] == [(p.name, p.start, p.end) for p in periods]
    if not periods:
        return
    assert slices_seen(kinds, names, periods) <= set(found.slices)
    assert len(set(found.slices)) == len(found.slices)
    for name in known:
        assert list(found.complete[name]) == [kinds.complete(name, period) for period in periods], name
        for index, part in enumerate(found.slices):
            _check(found, kinds, name, periods, index, dict(zip(kinds.plain.asked.by, part, strict=True)))


def _periods(kinds: Kinds, names: list[str]) -> list[Stretch]:
    """Every period of the sources whose rows are counted."""
    more = {f"{name} {source}": Simple(source, "COUNT(", "*") for name in names for source in kinds.sources(name)}
    plain = Oracle(
        kinds.plain.facts, more, kinds.plain.fiscal_start, kinds.plain.week_start, kinds.plain.as_of,
        kinds.plain.asked,
    )  # fmt: skip
    return plain.periods(list(more))


def _check(
    found: Answer, kinds: Kinds, name: str, periods: list[Stretch], index: int, part: Mapping[str, str | None]
) -> None:
    asked = kinds.plain.asked
    kept = (*asked.where, *asked.scope, *((dimension, (value,)) for dimension, value in part.items()))
    expected = [kinds.value(name, kinds.span(period), kept) for period in periods]
    pairs = zip(found.periods, found.series(name, index), expected, strict=True)
    wrong = [(p.name, said, right) for p, said, right in pairs if not _agree(said, right)]
    assert wrong == [], (name, kinds.metrics[name], part)


def _agree(said: object, right: object) -> bool:
    if isinstance(right, float) and isinstance(said, int):
        return False
    return agree(said, float(right) if isinstance(said, float) and right is not None else right)  # type: ignore[arg-type]
