"""Exports -> a workspace that reads them: one source a table, and the catalogue's metrics that their columns allow.

What was found out stands in the sources, so that later reads never guess; what only a person can decide is an
`Open` question, and nothing is written before it is answered. Invariant: an answer is one of the question's choices.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct, structs

from kpi_tui.errors import Finding, Place, Text, UsageError, did_you_mean, text
from kpi_tui.facts.detect import Choice as Reading
from kpi_tui.facts.detect import Description, answered, describe
from kpi_tui.facts.detect.repeated import without_repeated
from kpi_tui.facts.files import is_data
from kpi_tui.facts.table import Table
from kpi_tui.loading import load_tables
from kpi_tui.metrics.binding import has_aggregate, names_in
from kpi_tui.metrics.catalogue import catalogue
from kpi_tui.metrics.channel_columns import SPEND, spend_metrics, spent
from kpi_tui.metrics.proposing import Offer, Proposer, propose
from kpi_tui.metrics.returns import with_returns
from kpi_tui.metrics.roles import Choice, Columns, Question, Recognised, columns_of, recognise
from kpi_tui.workspace import durations
from kpi_tui.workspace.model import Conversion, Metric, Retention, Settings, Source, Workspace
from kpi_tui.workspace.naming import called
from kpi_tui.workspace.periods import add_months

ROW = "row"  # the question what a row of a source stands for

_DIGITS = re.compile(r"\d+")
_CURRENCIES = (("RUB", r"₽|руб"), ("EUR", r"€|\beur\b"), ("USD", r"\$|\busd\b"), ("GBP", r"£|\bgbp\b"))


class Open(Struct, frozen=True):
    """A question about a source; `id` is `source.question`, as a flag names it."""

    id: str
    source: str
    what: Text
    choices: tuple[Reading, ...]


class Founded(Struct, frozen=True):
    """What came of looking at exports. Nothing is to be written while `open` is not empty.

    `offers` are the catalogue's KPIs over these sources; `workspace` holds those that are ready.
    """

    workspace: Workspace
    descriptions: tuple[Description, ...]
    open: tuple[Open, ...]
    offers: tuple[Offer, ...]
    tables: Mapping[str, Table]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the files."""
        return tuple(finding for each in self.descriptions for finding in each.findings)


def found(
    data: Sequence[str], root: Path, *, answers: Mapping[str, int] | None = None, name: str = "", code: str = "en"
) -> Founded:
    """Look at files, globs and folders, whose paths are relative to `root`.

    `answers` gives the number of a choice (from 1) by a question's id, of an offer's question or an open one; `code` is
    the language of the metrics' names. Raises `UsageError` where there is nothing at a path, or an answer fits no
    question.
    """
    given = dict(answers or {})
    described = look(data, root)
    read = [each for each in described if each.usable and not each.repeats]
    asked = {each.source.id: questions(each) for each in read}
    usable = [_answered(each.source, asked[each.source.id], given) for each in read]
    settings = Settings(name=name, currency=_currency(described, code))
    tables = load_tables(Workspace(settings=settings, sources=tuple(usable)), root, {})
    metrics, offers, known = _answering(tables, given, code)
    _refuse_strangers({name: number for name, number in given.items() if name not in known}, asked.values(), offers)
    return Founded(
        Workspace(settings=settings, sources=tuple(usable), metrics=metrics),
        described,
        tuple(question for several in asked.values() for question in several if question.id not in given),
        offers,
        tables,
    )


def look(data: Sequence[str], root: Path, taken: Iterable[str] = ()) -> tuple[Description, ...]:
    """What the files, globs and folders hold, a description a table, each with an id that is not `taken`.

    Slow and without side effects: made for a thread. Raises `UsageError` where there is nothing at a path.
    """
    found = [with_returns(each) for path in patterns(data, root) for each in describe(path, root)]
    return _saying_currencies(_distinct(without_repeated(found), taken))


def _saying_currencies(described: Sequence[Description]) -> tuple[Description, ...]:
    """With a finding for a table whose amounts are in another currency than those of the first that names one."""
    named = [named_currency([each]) for each in described]
    first = next((at for at, currency in enumerate(named) if currency is not None), 0)
    result = []
    for each, currency in zip(described, named, strict=True):
        if currency is not None and currency != named[first]:
            what = text(
                "the amounts are in another currency ({currency}) than '{source}' ({other})",
                currency=currency,
                source=described[first].source.id,
                other=named[first],
            )
            cure = text("a workspace has one currency: export them in one, or make a workspace for each")
            finding = Finding(Place(each.source.path), what, cure, called("source", each.source.id), "warning")
            each = structs.replace(each, findings=(*each.findings, finding))
        result.append(each)
    return tuple(result)


def patterns(data: Sequence[str], root: Path) -> list[str]:
    """The paths to describe: a folder by its files, files whose names differ in numbers only as one glob."""
    files: dict[str, None] = {}
    globs: list[str] = []
    for path in data:
        if (root / path).is_dir():
            inside = sorted(f for f in (root / path).iterdir() if f.is_file() and is_data(f))
            if not inside:
                raise UsageError(
                    text("there are no data files in {folder}", folder=path), text("name a file or a glob")
                )
            files.update(dict.fromkeys((PurePosixPath(path) / f.name).as_posix() for f in inside))
        elif (root / path).exists():
            files[path] = None
        elif any(mark in path for mark in "*?["):
            globs.append(path)
        else:
            raise UsageError(text("{file} does not exist", file=path), text("name a file, a glob or a folder"))
    return [*globs, *_grouped(list(files), root)]


def _grouped(files: Sequence[str], root: Path) -> Iterator[str]:
    """Names that differ in their numbers only as a glob, where it finds these files and no other."""
    groups: dict[str, list[str]] = {}
    for file in files:
        path = PurePosixPath(file)
        groups.setdefault(str(path.with_name(_DIGITS.sub("*", path.name))), []).append(file)
    for pattern, members in groups.items():
        found = {str(match) for match in root.glob(pattern)} if not pattern.startswith("/") else set()
        if len(members) > 1 and found == {str(root / member) for member in members}:
            yield pattern
        else:
            yield from members


def _distinct(described: Sequence[Description], given: Iterable[str]) -> tuple[Description, ...]:
    """The descriptions with an id each of its own."""
    taken = set(given)
    result = []
    for each in described:
        made, number = each.source.id, 2
        while made in taken:
            made, number = f"{each.source.id}_{number}", number + 1
        taken.add(made)
        result.append(structs.replace(each, source=structs.replace(each.source, id=made)))
    return tuple(result)


def questions(each: Description) -> tuple[Open, ...]:
    """What only a person can decide about a table."""
    name = each.source.id
    return tuple(Open(f"{name}.{question.id}", name, question.what, question.choices) for question in each.questions)


def _answered(source: Source, questions: Sequence[Open], given: Mapping[str, int]) -> Source:
    for question in questions:
        if 1 <= given.get(question.id, 0) <= len(question.choices):
            source = answered(source, question.choices[given[question.id] - 1])
    return source


def _refuse_strangers(given: Mapping[str, int], asked: Iterable[Sequence[Open]], offers: Sequence[Offer]) -> None:
    choices = {question.id: len(question.choices) for questions in asked for question in questions}
    choices |= {question.id: len(question.choices) for offer in offers for question in offer.questions}
    for name, number in given.items():
        if name not in choices:
            listed = text("questions are: {names}", names=", ".join(choices)) if choices else None
            raise UsageError(
                text("there is no question '{name}'", name=name), did_you_mean(name, list(choices)) or listed
            )
        if not 1 <= number <= choices[name]:
            raise UsageError(text("'{name}' has choices 1 to {most}", name=name, most=choices[name]))


def _answering(
    tables: Mapping[str, Table], given: Mapping[str, int], code: str
) -> tuple[tuple[Metric, ...], tuple[Offer, ...], set[str]]:
    """What `proposed` gives, and the ids of the offers' questions that `given` answers."""
    columns = known(tables)
    asked = {question.id: question for offer in propose(columns, (), code=code) for question in offer.questions}
    asked |= {question.id: question for several in _asked_beside(columns, (), {}).values() for question in several}
    answers = {
        name: asked[name].choices[number - 1].id
        for name, number in given.items()
        if name in asked and 1 <= number <= len(asked[name].choices)
    }
    return *proposed(tables, (), answers, code), set(answers)


def known(tables: Mapping[str, Table]) -> list[Columns]:
    """The columns of every source, also of those whose rows are counted outside of memory."""
    return [columns_of(table, table.large.schema if table.large is not None else None) for table in tables.values()]


def proposed(
    tables: Mapping[str, Table], present: Sequence[Metric], answers: Mapping[str, str], code: str
) -> tuple[tuple[Metric, ...], tuple[Offer, ...]]:
    """The metrics of every KPI that the data allow and that is not `present`, bases before what they make, and all
    offers beside them. `answers` are choices by the ids of the offers' questions.

    What is typed by hand, and what looks farther back than the data reach, is left to whoever wants it.
    """
    columns = known(tables)
    asked = _asked_beside(columns, present, answers)
    columns = [structs.replace(each, rows=answers.get(f"{each.source}.{ROW}")) for each in columns]
    metrics = _of_channels(columns, present, answers, code)
    proposer = Proposer(columns, (*present, *metrics), code)
    for name in catalogue():
        offer = proposer.offer(name, answers)
        if offer.ready and all(_is_computed(metric) and _reaches(metric, tables) for metric in offer.metrics):
            metrics = (*metrics, *offer.metrics)
            proposer = Proposer(columns, (*present, *metrics), code)
    offers = proposer.offers(answers)
    return metrics, tuple(
        structs.replace(offer, questions=(*offer.questions, *asked.get(offer.kpi.id, ()))) for offer in offers
    )


def _asked_beside(
    columns: Sequence[Columns], present: Sequence[Metric], answers: Mapping[str, str]
) -> dict[str, tuple[Question, ...]]:
    """What is asked of whole sources, by the KPI that the answer is for first of all."""
    asked = {"orders": _row_questions(columns, answers)}
    found = spent(columns)
    if found is not None and found.question.id not in answers and all(metric.id != SPEND for metric in present):
        asked[SPEND] = (found.question,)
    return asked


def _of_channels(
    columns: Sequence[Columns], present: Sequence[Metric], answers: Mapping[str, str], code: str
) -> tuple[Metric, ...]:
    found = spent(columns)
    if found is None or answers.get(found.question.id) != SPEND:
        return ()
    return spend_metrics(found, present, code)


def _row_questions(columns: Sequence[Columns], answers: Mapping[str, str]) -> tuple[Question, ...]:
    """Whether a row is an order, of every source that may be one of orders: dated, without orders' numbers, but with
    customers and revenue, or under a name that hints at it.
    """
    return tuple(
        Question(
            f"{each.source}.{ROW}",
            text("what is one row of '{source}'?", source=each.source),
            (Choice("order", text("an order")), Choice("line", text("a part of one, or something else"))),
        )
        for each in columns
        if f"{each.source}.{ROW}" not in answers and _may_be_orders(recognise(each))
    )


def _may_be_orders(source: Recognised) -> bool:
    if source.rows is not None or source.time is None or source.of("order"):
        return False
    return source.hint == "order" or all(source.of(role) for role in ("customer", "revenue"))


def resting_on(metrics: Sequence[Metric], sources: Collection[str]) -> tuple[Metric, ...]:
    """Those metrics that one of the sources goes into, with all that they are made of, in the given order."""
    needs = {metric.id: made_of(metric, metrics) for metric in metrics}
    touching = {metric.id for metric in metrics if not sources_of(metric).isdisjoint(sources)}
    for metric in metrics:  # what a metric is made of stands before it
        if needs[metric.id] & touching:
            touching.add(metric.id)
    wanted = {name for metric in touching for name in (metric, *needs[metric])}
    return tuple(metric for metric in metrics if metric.id in wanted)


def made_of(metric: Metric, metrics: Sequence[Metric]) -> frozenset[str]:
    """The ids of those of the metrics that this one is made of, all the way down."""
    by_id = {each.id: each for each in metrics}
    found: set[str] = set()
    left = [metric]
    while left:
        formula = left.pop().formula
        for name in names_in(formula) if formula and not has_aggregate(formula) else ():
            if name in by_id and name not in found:
                found.add(name)
                left.append(by_id[name])
    return frozenset(found)


def sources_of(metric: Metric) -> frozenset[str]:
    """The sources that a metric itself reads."""
    events = metric.events
    if isinstance(events, Conversion):
        return frozenset((events.base.source, events.converted.source))
    named = events.source if events is not None else metric.source
    return frozenset((named,)) if named else frozenset()


def _is_computed(metric: Metric) -> bool:
    return bool(metric.formula) or metric.events is not None


def _reaches(metric: Metric, tables: Mapping[str, Table]) -> bool:
    """Whether some source goes back as far as a metric looks, and a month beyond, so that it has values to show."""
    looked = (metric.offset, metric.window, _ago(metric.retention))
    lengths = [length for said in looked if said and (length := durations.parse(said))]
    covered = [(table.first, table.complete_until) for table in tables.values()]
    return all(
        any(first is not None and last is not None and add_months(length.before(last), -1) >= first
            for first, last in covered)
        for length in lengths
    )  # fmt: skip


def _ago(retention: Retention | None) -> str:
    """How far back a retention looks, as a length."""
    return f"{retention.after} {retention.period}s" if retention is not None else ""


def _currency(described: Sequence[Description], code: str) -> str:
    return named_currency(described) or ("RUB" if code == "ru" else "USD")


def named_currency(described: Sequence[Description]) -> str | None:
    """The currency that a header or a cell's sign names."""
    seen = " ".join(
        part for each in described for part in (*each.source.rename, *each.header, *each.source.read.strip)
    ).casefold()
    return next((name for name, pattern in _CURRENCIES if re.search(pattern, seen)), None)
