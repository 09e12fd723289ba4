"""The tables that were found as rows of a grid: each with its questions and decisions below it, and where it goes on.

A row's key says what it stands for: `go`, `2` (a table), `2?dates` (its question), `2.read.date` (its decision).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from kpi_tui.errors import Text
from kpi_tui.facts.detect import Choice, Question
from kpi_tui.facts.table import Table
from kpi_tui.language.language import Language
from kpi_tui.report.founding import holds
from kpi_tui.tui import proposal
from kpi_tui.tui.field_names import field_name
from kpi_tui.tui.fields import choices, shown_of, text_of
from kpi_tui.tui.preview import first_rows, laid_out
from kpi_tui.tui.proposal import Candidate, Decision
from kpi_tui.tui.widgets.grid import Cell, Column, Row
from kpi_tui.workspace.model import Workspace

GO_ON = "go"
_ABOUT = {  # the key that a question decides
    "encoding": ("read", "encoding"), "marks": ("read", "decimal"), "dates": ("read", "date"), "time": ("time",),
    "totals": ("read", "drop_rows"),
}  # fmt: skip


def columns(width: int) -> list[Column]:
    """The columns in so many cells."""
    return [
        Column("mark", "", 3, reachable=False),
        Column("name", "", 20, reachable=False),
        Column("value", "", None, editable=True),
        Column("why", "", max(24, width // 3), priority=1, reachable=False),
    ]


def telling(question: Question, choice: Choice) -> str:
    """The example that tells a choice from the others: one that is the same under two of them says nothing."""
    others = {example for other in question.choices if other is not choice for example in other.examples}
    return next((example for example in choice.examples if example not in others), "".join(choice.examples[:1]))


class Shown(Struct, frozen=True):
    """What there is to show: `tables` are the sources as far as they were read."""

    workspace: Workspace
    found: Sequence[Candidate]
    tables: Mapping[str, Table]
    language: Language

    def rows(self, proposed: int | None) -> Iterator[Row]:
        """All rows; `proposed` is the number of metrics, None while it is not known."""
        if self.found:
            yield self._go_on(proposed)
        for index in range(len(self.found)):
            yield from self._rows(index)

    def table(self, each: Candidate) -> Table | None:
        """The table as it was read by what is decided now."""
        table = self.tables.get(each.source.id)
        return table if table is not None and table.source == each.source else None

    def preview(self, each: Candidate, rows: int, width: int) -> tuple[list[Column], list[Row]]:
        """The first rows: as read by what is decided now, or as found where nothing was changed."""
        table = self.table(each)
        if table is not None and table.sample is not None:
            return first_rows(table.sample, rows, width, self.language)
        if each.source == each.described.source and each.described.rows:
            return laid_out(each.described.header, each.described.rows[:rows], width)
        return [Column("x", "", None)], []

    def findings(self, each: Candidate, most: int) -> list[str]:
        """What is wrong with a table, errors first, in so many sentences."""
        table = self.table(each)
        changed = each.source != each.described.source and table is not None
        known = table.findings if changed and table is not None else each.described.findings
        found = sorted(known, key=lambda finding: finding.severity != "error")
        said = [self.language.finding(finding) for finding in found]
        if len(said) > most:
            rest = len(said) - most + 1
            said = [*said[: most - 1], self.language.count("{n} finding more", "{n} findings more", rest)]
        return said

    def _go_on(self, proposed: int | None) -> Row:
        say, taken = self.language, proposal.taken(self.found)
        questions = sum(len(each.open) for each in taken)
        if not taken:
            said = Cell(say("no table is taken"), "muted")
        elif questions:
            said = Cell(say.count("{n} question is open", "{n} questions are open", questions), "risk")
        elif proposed is None:
            said = Cell(say("reading data"), "muted")
        else:
            said = Cell(say.count("{n} metric is proposed", "{n} metrics are proposed", proposed))
        mark = ">>" if say.numbers.ascii else "▸▸"
        return Row(GO_ON, (Cell(mark), Cell(say("Go on"), "strong"), said, Cell("")))

    def _rows(self, index: int) -> Iterator[Row]:
        each = self.found[index]
        usable = each.described.usable
        mark = "[x]" if each.taken else "[ ]" if usable else " ! "
        held = Cell(self._holds(each), "muted")
        yield Row(f"{index}", (Cell(mark, "strong"), Cell(each.source.id, "strong"), Cell(each.source.path), held))
        if not usable or not each.taken:
            return
        for question in each.described.questions:
            yield self._question(index, each, question)
        for decision in proposal.decisions(self.workspace, each):
            yield self._decision(index, decision)

    def _holds(self, each: Candidate) -> str:
        if not each.described.usable:
            return self.language("cannot be read")
        if each.present and not each.taken:
            return self.language("there already: {id}", id=each.present)
        table = self.table(each)
        return holds(table, self.language) if table is not None else ""

    def _question(self, index: int, each: Candidate, question: Question) -> Row:
        say = self.language.say
        number = each.answers.get(question.id)
        if number is None:
            mark, value = Cell(" ? ", "risk"), Cell(say(question.what), "risk")
            why = Cell(self.language("Enter answers"), "muted")
        else:
            choice = question.choices[number - 1]
            mark, value = Cell(" ? ", "muted"), Cell(f"{say(choice.label)}  {telling(question, choice)}".rstrip())
            why = Cell(say(question.what), "muted")
        path = ("source", "", *_ABOUT.get(question.id, (question.id,)))
        return Row(f"{index}?{question.id}", (mark, Cell(say(field_name(path[:-1], path[-1])), "muted"), value, why))

    def _decision(self, index: int, decision: Decision) -> Row:
        field, say = decision.field, self.language
        shown = text_of(field, say)
        draft = proposal.draft(self.workspace, self.found)
        called = next((said for value, said in choices(field, draft) or () if value == shown), shown_of(field, say))
        value = say.say(called) if isinstance(called, Text) else called
        label = say.say(field_name(field.path[:-1], field.key.name))
        why = say.say(decision.why) if decision.why is not None else ""
        key = f"{index}.{'.'.join(field.path[2:])}"
        return Row(key, (Cell(""), Cell("  " + label, "muted"), Cell(value), Cell(why, "muted")))
