"""`kpi-tui init`: looks at exports and writes a workspace that reads them, with the metrics that they allow.

What the data cannot decide is asked: at a terminal right away, elsewhere by `--answer`, and then nothing is written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from kpi_tui.commands.said import complain, report
from kpi_tui.errors import StoreError, Text, UsageError, text
from kpi_tui.facts.detect import Evidence
from kpi_tui.language.language import Language
from kpi_tui.metrics.founding import Founded, Open, found
from kpi_tui.metrics.roles import Choice
from kpi_tui.report.founding import holds
from kpi_tui.report.table import plain
from kpi_tui.workspace import store
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.writing import write

Ask = Callable[[Open], int | None]  # the number of the choice, from 1; None where nobody answers


def init(data: Sequence[str], out: Path, answers: Sequence[str], language: Language) -> int:
    """Write the workspace `out` for these files, globs and folders; the exit code: 2 where a question is open.

    Raises `UsageError` and `StoreError`: nothing is written.
    """
    _refuse_existing(out)
    root = out.parent
    paths = [_from(root, path) for path in data]
    founded = _found(paths, root, _answers(answers), out.stem, language)
    errors = [finding for finding in founded.findings if finding.severity == "error"]
    report(founded.findings, language)
    if founded.open:
        for question in founded.open:
            _say_open(question, language)
        return 2
    if not founded.workspace.sources:
        complain(language("nothing could be read; no workspace is written"))
        return 3
    store.create(out, write(founded.workspace))
    _say_founded(founded, out, language)
    return 3 if errors else 0


def _refuse_existing(out: Path) -> None:
    if out.suffix != ".toml":
        raise UsageError(text("{file} is no name for a workspace", file=out), text("let it end in .toml"))
    if out.exists() or out.is_symlink():
        raise StoreError(text("{file} exists already", file=out), text("name another one with -o"))
    if not out.parent.is_dir():
        raise StoreError(text("there is no folder {folder}", folder=out.parent), text("make it first"))


def _from(root: Path, path: str) -> str:
    """The path as the workspace file in `root` will name it."""
    return Path(os.path.relpath(path, root)).as_posix()


def _answers(given: Sequence[str]) -> dict[str, int]:
    answers = {}
    for answer in given:
        name, mark, number = answer.rpartition("=")
        if not mark or not number.strip().isdigit():
            raise UsageError(
                text("'{answer}' is no answer", answer=answer),
                text("write the question and the number: orders.dates=1"),
            )
        answers[name.strip()] = int(number)
    return answers


def _found(paths: Sequence[str], root: Path, answers: Mapping[str, int], name: str, language: Language) -> Founded:
    """What is found, after every question that somebody at a terminal answers."""
    given = dict(answers)
    founded = found(paths, root, answers=given, name=name, code=language.code)
    if founded.open and sys.stdin.isatty() and sys.stderr.isatty():
        for question in founded.open:
            number = _asked(question, language)
            if number is None:
                return founded
            given[question.id] = number
        founded = found(paths, root, answers=given, name=name, code=language.code)
    return founded


def _asked(question: Open, language: Language) -> int | None:
    """The number that is typed; asked again until it is one of the choices. None at the end of input."""
    _say_choices(question, language)
    while True:
        print(language("number: "), end="", file=sys.stderr, flush=True)
        typed = sys.stdin.readline()
        if not typed:
            return None
        if typed.strip().isdigit() and 1 <= int(typed) <= len(question.choices):
            return int(typed)
        said = typed.strip()
        complain(
            language(
                "'{said}' is none of the choices: type a number from 1 to {most}", said=said, most=len(question.choices)
            )
            if said
            else language("type a number from 1 to {most}", most=len(question.choices))
        )


def _say_choices(question: Open, language: Language) -> None:
    complain(f"{question.source}: {language.say(question.what)}")
    for number, choice in enumerate(question.choices, 1):
        examples = ", ".join(choice.examples)
        complain(f"  {number}  {language.say(choice.label)}" + (f": {examples}" if examples else ""))


def _say_open(question: Open, language: Language) -> None:
    _say_choices(question, language)
    complain("  " + language("answer with --answer {name}=1", name=question.id))


def _say_founded(founded: Founded, out: Path, language: Language) -> None:
    """What was written, and what stays open."""
    for source in founded.workspace.sources:
        print(plain(_source_line(founded, source, language)))
    for source in founded.workspace.sources:
        for evidence in next(each for each in founded.descriptions if each.source.id == source.id).evidence:
            for key, value in _decided(source, evidence):
                print(plain(f"  {source.id}.{key} = {value}  ({language.say(evidence.why)})"))
    metrics = founded.workspace.metrics
    names = ", ".join(metric.name for metric in metrics)
    said = language.count("{n} metric", "{n} metrics", len(metrics))
    waiting = {offer.kpi.id for offer in founded.offers if offer.questions}
    print(plain(f"{said}: {names}" if metrics else _say_none(len(waiting), language)))
    for question in {q.id: q for offer in founded.offers for q in offer.questions}.values():
        choices = ", ".join(f"{number} {_label(choice, language)}" for number, choice in enumerate(question.choices, 1))
        said = language("waits for an answer: {what}", what=language.say(question.what))
        print(plain(f"{said} {choices} (--answer {question.id}=1)"))
    print(language("written: {file}; kpi-tui open {file} shows it", file=out))


def _say_none(waiting: int, language: Language) -> str:
    """That there is no metric: because of open questions, or because nothing is known by its columns."""
    if not waiting:
        return language("no metric of the catalogue is known by these columns")
    return language.count(
        "no metric yet: {n} KPI of the catalogue waits for an answer",
        "no metric yet: {n} KPIs of the catalogue wait for an answer",
        waiting,
    )


def _decided(source: Source, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """The keys that were decided, and how; the marks of numbers are two keys that are found out at once."""
    if evidence.key != "read.decimal":
        yield evidence.key, evidence.value
        return
    yield evidence.key, source.read.decimal
    if source.read.thousands:
        yield (
            "read.thousands",
            f'"{source.read.thousands}"' if source.read.thousands.isspace() else source.read.thousands,
        )


def _label(choice: Choice, language: Language) -> str:
    return language.say(choice.label) if isinstance(choice.label, Text) else choice.label


def _source_line(founded: Founded, source: Source, language: Language) -> str:
    return f"{source.id}: {source.path}: {holds(founded.tables[source.id], language)}"
