"""Which KPIs of the catalogue a workspace's data allow, as metrics ready to be added, and what the others lack.

A KPI is made as a careful analyst would write it: every base figure a metric of its own over one source, ratios by
their names. Invariants: a metric that is there already is used, never made twice; ids are new; what headers leave open
(two columns, two sources) is a `Question`, and nothing is ready before it is answered.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from itertools import product
from typing import Literal, TypeVar

from msgspec import Struct, structs

from kpi_tui.errors import FormulaError, Text, text
from kpi_tui.formula import parse
from kpi_tui.formula.tree import render
from kpi_tui.metrics.binding import bound, counts_rows, fits, has_aggregate, has_any, lacking, names_in, renamed
from kpi_tui.metrics.catalogue import Kpi, catalogue
from kpi_tui.metrics.roles import Choice, Columns, Meaning, Question, Recognised, all_roles, recognise
from kpi_tui.workspace.model import Acquisition, Conversion, Events, Metric, Repeat, Retention

_Noted = TypeVar("_Noted")

TOGETHER = "+"  # the choice that adds up what several sources have

_ADDITIVE = re.compile(r"(?:SUM\([^()]*\)|COUNT\(\*\))\Z")


class Offer(Struct, frozen=True):
    """What adding a KPI would do.

    `metrics` are to be added in this order, the KPI itself last; `uses` are those of the workspace it builds on;
    `present` is the workspace's metric that is this KPI already. `questions` are open, `missing` says what the data
    lack, `assumed` what was concluded from headers that need not mean it. `typeable` are the KPIs which, typed by hand,
    would do instead of all that is missing; empty where something else is missing too.
    """

    kpi: Kpi
    metrics: tuple[Metric, ...] = ()
    uses: tuple[str, ...] = ()
    present: str | None = None
    questions: tuple[Question, ...] = ()
    missing: tuple[Text, ...] = ()
    assumed: tuple[Text, ...] = ()
    typeable: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it can be added without another question."""
        return bool(self.metrics) and not self.questions


class _Way(Struct, frozen=True):
    """One way of computing a base figure: the metric, still under the KPI's id, and the columns taken for roles."""

    metric: Metric
    sure: bool
    taken: tuple[Meaning, ...] = ()

    @property
    def key(self) -> str:
        sources = self.metric.source or (self.metric.events and _events_source(self.metric)) or ""
        return f"{sources}: {self.said}"

    @property
    def said(self) -> str:
        events = self.metric.events
        return self.metric.formula or (f"{type(events).__name__.lower()}({events.entity})" if events else "")


class _Made(Struct):
    """An offer in the making."""

    metrics: list[Metric]
    uses: list[str]
    questions: list[Question]
    missing: list[Text]
    assumed: list[Text]
    typeable: list[str]


def propose(
    sources: Sequence[Columns],
    present: Sequence[Metric] = (),
    answers: Mapping[str, str] | None = None,
    code: str = "en",
) -> tuple[Offer, ...]:
    """An offer for every KPI of the catalogue. `answers` are choices by the questions' ids, `code` the language of the
    new metrics' names.
    """
    return Proposer(sources, present, code).offers(answers)


class Proposer:
    """The columns of all sources, recognised once, and the metrics that are there.

    `typed` are KPIs that somebody will type by hand where no source has them.
    """

    def __init__(self, sources: Sequence[Columns], present: Sequence[Metric], code: str) -> None:
        self.typed: frozenset[str] = frozenset()
        self.sources = tuple(recognise(columns) for columns in sources)
        self.present = tuple(present)
        self.code = code
        self._known = {key: metric.id for metric in reversed(self.present) for key in _identities(metric, read=True)}

    def with_typed(self, kpis: Collection[str]) -> Proposer:
        """The same where these KPIs are typed by hand as well."""
        other = copy(self)
        other.typed = self.typed.union(kpis)
        return other

    def offers(self, answers: Mapping[str, str] | None = None) -> tuple[Offer, ...]:
        """The offers for all KPIs, in the catalogue's order."""
        return tuple(self.offer(kpi, answers) for kpi in catalogue())

    def offer(self, kpi: str, answers: Mapping[str, str] | None = None) -> Offer:
        """The offer for one KPI by its id."""
        wanted = catalogue()[kpi]
        made = _Made([], [], [], [], [], [])
        name = self._resolve(wanted, made, answers or {})
        if name is None:
            typeable = made.typeable if len(made.typeable) == len(made.missing) else ()
            return Offer(wanted, missing=tuple(made.missing), typeable=tuple(typeable))
        there = name if not made.metrics or made.metrics[-1].id != name else None
        if there is not None:
            return Offer(wanted, present=there)
        return Offer(
            wanted, tuple(made.metrics), tuple(made.uses), None, tuple(made.questions), (), tuple(made.assumed)
        )

    def _resolve(self, kpi: Kpi, made: _Made, answers: Mapping[str, str]) -> str | None:
        """The id of the metric that is the KPI, there or newly made; None where something is missing."""
        if (there := self._there(kpi, made)) is not None:
            return there
        ways = list(self._ways(kpi))
        spelt = (way for source in self.sources for formula in kpi.also for way in self._bound(kpi, formula, source))
        figures = (key for way in (*ways, *spelt) for key in _identities(way.metric))
        known = next((self._known[key] for key in figures if key in self._known), None)
        if known is not None:
            _note(made.uses, known)
            return known
        if any(way.sure for way in ways):
            ways = [way for way in ways if way.sure]
        if ways:
            return self._chosen(kpi, ways, made, answers)
        for formula in kpi.formulas:
            if not has_aggregate(formula):
                return self._over_others(kpi, formula, made, answers)
        at = typed_as(kpi)
        if kpi.entries is not None or (at is not None and kpi.id in self.typed):
            return self._add(self._metric(kpi, at=at), made)
        _note(made.missing, self._lack(kpi))
        if at is not None and self._mistyped(kpi) is None:  # a column that is there is declared, not typed again
            _note(made.typeable, kpi.id)
        return None

    def _there(self, kpi: Kpi, made: _Made) -> str | None:
        """The workspace's own metric of that id or name, in the KPI's unit; or one made on the way."""
        for metric in self.present:
            same = metric.id == kpi.id or metric.name.casefold() in map(str.casefold, (*kpi.en, *kpi.ru))
            if same and metric.unit == kpi.unit:
                _note(made.uses, metric.id)
                return metric.id
        return next((metric.id for metric in made.metrics if metric.id == kpi.id), None)

    def _chosen(self, kpi: Kpi, ways: list[_Way], made: _Made, answers: Mapping[str, str]) -> str:
        chosen = {way.key: way for way in ways}
        together = len(chosen) > 1 and not kpi.overlaps and all(_ADDITIVE.match(way.metric.formula) for way in ways)
        together = together and len({way.metric.source for way in chosen.values()}) == len(chosen)
        answer = answers.get(kpi.id)
        if len(chosen) > 1 and answer not in (*chosen, *([TOGETHER] * together)):
            choices = [Choice(key, key) for key in chosen]
            if together:
                choices.append(Choice(TOGETHER, text("all of them, added up")))
            what = text("what is '{name}' counted from?", name=kpi.name(self.code))
            made.questions.append(Question(kpi.id, what, tuple(choices)))
        if answer == TOGETHER and together:
            return self._together(kpi, list(chosen.values()), made)
        way = chosen.get(answer or "", ways[0])
        self._assume(way, made)
        return self._add(way.metric, made)

    def _together(self, kpi: Kpi, ways: Sequence[_Way], made: _Made) -> str:
        parts = []
        for way in ways:
            self._assume(way, made)
            source = way.metric.source or ""
            named = f"{kpi.name(self.code)} ({source})"
            parts.append(self._add(structs.replace(way.metric, id=f"{kpi.id}_{source}", name=named), made))
        return self._add(self._metric(kpi, formula=" + ".join(parts)), made)

    def _assume(self, way: _Way, made: _Made) -> None:
        for meaning in way.taken:
            if meaning.confidence == "likely":
                role = all_roles().role[meaning.role].said(self.code)
                _note(
                    made.assumed,
                    text("'{column}' is taken for a column with {role}", column=meaning.column.name, role=role),
                )

    def _over_others(self, kpi: Kpi, formula: str, made: _Made, answers: Mapping[str, str]) -> str | None:
        """A formula over other KPIs, each made first; everything that is missing is named, not the first alone."""
        names: dict[str, str] = {}
        lacking = False
        for name in names_in(formula):
            found = self._resolve(catalogue()[name], made, answers)
            lacking = lacking or found is None
            names[name] = found or name
        if lacking:
            return None
        metric = self._metric(kpi, formula=renamed(formula, names))
        known = next((self._known[key] for key in _identities(metric) if key in self._known), None)
        return known if known is not None else self._add(metric, made)

    def _metric(self, kpi: Kpi, **fields: object) -> Metric:
        metric = Metric(
            id=kpi.id,
            name=kpi.name(self.code),
            unit=kpi.unit,
            good=kpi.good,
            at=kpi.at,
            window=kpi.window,
            offset=kpi.offset,
            share_of_total=kpi.share_of_total,
        )
        return structs.replace(metric, **fields)

    def _add(self, metric: Metric, made: _Made) -> str:
        same = next((key for key in _identities(metric) if key in self._known), None)
        if same is not None:
            _note(made.uses, self._known[same])
            return self._known[same]
        taken = {m.id for m in (*self.present, *made.metrics)}
        number, name = 2, metric.id
        while name in taken:
            name, number = f"{metric.id}_{number}", number + 1
        made.metrics.append(structs.replace(metric, id=name))
        return name

    # Base figures: over the columns of one source

    def _ways(self, kpi: Kpi) -> Iterator[_Way]:
        """The best way of each source: its first formula that can be written, else its histories of entities."""
        for source in self.sources:
            for formula in filter(has_aggregate, kpi.formulas):
                bound = list(self._bound(kpi, formula, source))
                yield from bound
                if bound:
                    break
            else:
                yield from self._histories(kpi, source)
        yield from self._conversions(kpi)

    def _bound(self, kpi: Kpi, formula: str, source: Recognised) -> Iterator[_Way]:
        if counts_rows(kpi, formula) and source.rows != kpi.rows:
            return
        for written, taken in bound(formula, source):
            metric = self._metric(kpi, source=source.source, formula=written)
            yield _Way(metric, bool(taken) and all(meaning.confidence == "exact" for meaning in taken), taken)

    def _histories(self, kpi: Kpi, source: Recognised) -> Iterator[_Way]:
        role = next((kind.entity for kind in (kpi.retention, kpi.acquisition, kpi.repeat) if kind is not None), None)
        if role is None or source.time is None:
            return
        for meaning in source.of(role):
            entity = meaning.column.name
            if kpi.retention is not None:
                period, after = kpi.retention.period, kpi.retention.after
                made = Retention(source=source.source, entity=entity, period=period, after=after)
                metric = self._metric(kpi, retention=made)
            elif kpi.acquisition is not None:
                metric = self._metric(kpi, acquisition=Acquisition(source=source.source, entity=entity))
            else:
                orders = source.of(kpi.repeat.order) if kpi.repeat is not None else ()
                if not orders and source.rows != "order":
                    continue
                order = orders[0].column.name if orders else None
                metric = self._metric(kpi, repeat=Repeat(source=source.source, entity=entity, order=order))
            yield _Way(metric, meaning.confidence == "exact", (meaning,))

    def _conversions(self, kpi: Kpi) -> Iterator[_Way]:
        if kpi.conversion is None:
            return
        for role, base, after in product(kpi.conversion.entity, self.sources, self.sources):
            if base is after or base.time is None or after.time is None:
                continue
            if has_any(base, kpi.conversion.converted) or not has_any(after, kpi.conversion.converted):
                continue
            shared = {meaning.column.name for meaning in after.of(role)}
            for meaning in base.of(role):
                if meaning.column.name in shared:
                    made = Conversion(
                        entity=meaning.column.name,
                        base=Events(source=base.source),
                        converted=Events(source=after.source),
                    )
                    yield _Way(self._metric(kpi, conversion=made), meaning.confidence == "exact", (meaning,))

    # What is missing

    def _lack(self, kpi: Kpi) -> Text:
        """The columns whose presence in one source would do; for each way of computing it the fewest."""
        mistyped = self._mistyped(kpi)
        if mistyped is not None:
            return mistyped
        lacks = [
            min((lacking(roles, source) for source in self.sources), key=len, default=list(roles))
            for roles in self._roles_asked(kpi)
        ]
        fewest = min(map(len, lacks), default=0)
        needed: list[str] = []
        for roles in lacks:
            if len(roles) == fewest > 0:
                _note(needed, " + ".join(all_roles().role[role].said(self.code) for role in roles))
        name = kpi.name(self.code)
        if needed:
            return text("{name}: a column with {roles}", name=name, roles=" / ".join(needed))
        if kpi.conversion is not None:
            return text(
                "{name}: two dated sources, the events and what follows them, with one number in both", name=name
            )
        return text("{name}: a source with a time column whose rows say when", name=name)

    def _roles_asked(self, kpi: Kpi) -> list[tuple[str, ...]]:
        """The roles that each way of computing the KPI asks for, in one source."""
        rows = any(source.rows == kpi.rows for source in self.sources)
        asked = [
            tuple(names_in(formula))
            for formula in kpi.formulas
            if has_aggregate(formula) and names_in(formula) and (rows or not counts_rows(kpi, formula))
        ]
        asked += [(kind.entity,) for kind in (kpi.retention, kpi.acquisition) if kind is not None]
        if kpi.repeat is not None:
            asked.append((kpi.repeat.entity, kpi.repeat.order))
        if kpi.conversion is not None:
            asked += [(role,) for role in kpi.conversion.entity]
        return asked

    def _mistyped(self, kpi: Kpi) -> Text | None:
        """A column that would do, were it declared as a number."""
        for roles, source in product(self._roles_asked(kpi), self.sources):
            for role in roles:
                for meaning in source.of(role):
                    if not fits(meaning):
                        return text(
                            "{name}: column '{column}' of '{source}' is no number: declare it in [source.columns]",
                            name=kpi.name(self.code),
                            column=meaning.column.name,
                            source=source.source,
                        )
        return None


def typed_as(kpi: Kpi) -> Literal["last", "sum"] | None:
    """What becomes of several values of a KPI in a period when they are typed by hand; None for one that is computed:
    a ratio, or a count in which the same people would be counted twice.
    """
    if kpi.entries is not None:
        return kpi.entries
    return "sum" if not kpi.overlaps and any(map(_ADDITIVE.match, kpi.formulas)) else None


def _events_source(metric: Metric) -> str:
    events = metric.events
    return (
        f"{events.base.source} -> {events.converted.source}"
        if isinstance(events, Conversion)
        else (events.source if events is not None else "")
    )


def _identities(metric: Metric, *, read: bool = False) -> tuple[object, ...]:
    """What makes two metrics the same figure, whatever they are called; none for one that is typed by hand. With `read`
    the formula's meaning counts beside its spelling.
    """
    rest = (metric.where, metric.at, metric.window, metric.to_date, metric.offset, metric.share_of_total, metric.fill)
    if not metric.formula:
        return ((metric.events, *rest),) if metric.events is not None else ()
    source = metric.source if has_aggregate(metric.formula) else None
    texts = {_squeezed(metric.formula)}
    if read:
        with suppress(FormulaError):
            texts.add(_squeezed(render(parse.formula(metric.formula))))
    return tuple((written, source, *rest) for written in sorted(texts))


def _squeezed(formula: str) -> str:
    return "".join(formula.split())


def _note(noted: list[_Noted], what: _Noted) -> None:
    if what not in noted:
        noted.append(what)
