"""Data health: what became of every row of every source and all that looks wrong; one key merges spellings.

It is worked out on a thread when the screen opens and when the data were read again. Invariant: the findings shown
belong to the tables that the session has now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from kpi_tui.errors import Finding
from kpi_tui.facts.health.examine import examine
from kpi_tui.facts.health.spellings import merging
from kpi_tui.facts.health.values import Health, SourceHealth
from kpi_tui.facts.table import Account, Table
from kpi_tui.report.findings import listed
from kpi_tui.report.health import REASONS, counted, described, reason_names
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.messages import Edited
from kpi_tui.tui.screens.editing import Editing
from kpi_tui.tui.screens.reader import Reader
from kpi_tui.tui.widgets.foot import Foot
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row, Step
from kpi_tui.tui.widgets.statusline import StatusLine
from kpi_tui.workspace.naming import called
from kpi_tui.workspace.periods import Calendar

MOST_SOURCES = 12  # lines that the sources may take of the screen
WIDE = 100
LABEL = 18
LEFT_OUT = "left_out"


class HealthScreen(Editing):
    """A row per source above, the findings below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", show=False),
        Binding("tab,shift+tab", "other_grid", show=False),
        Binding("m", "merge", show=False),
        Binding("y", "copy", show=False),
    ]
    DEFAULT_CSS = """
    HealthScreen #grid { height: auto; }
    HealthScreen #findings { margin-top: 1; }
    """

    class Examined(Message):
        """The health of these tables is known."""

        def __init__(self, health: Health, tables: Mapping[str, Table]) -> None:
            super().__init__()
            self.health, self.tables = health, tables

    def __init__(self, desk: Desk) -> None:
        say = desk.language
        hints = say("Enter: all about it, Tab: findings, m merges spellings, u undo, Esc closes")
        super().__init__(say("Data health"), desk, hints=hints)
        self.health: Health | None = None
        self._tables: Mapping[str, Table] = {}  # those that were or are being looked at
        self._findings: Sequence[Finding] = ()

    def compose(self) -> ComposeResult:
        ascii = self.language.numbers.ascii
        yield StatusLine([(self.title_text, "strong")], id="title", ascii=ascii)
        yield Grid(id="grid", ascii=ascii)
        yield Grid(id="findings", ascii=ascii)
        yield Foot([(" " + self.hints, "muted")], ascii=ascii)

    @property
    def found(self) -> Grid:
        return self.query_one("#findings", Grid)

    def fill(self) -> None:
        tables = dict(self.desk.session.tables)
        same = len(tables) == len(self._tables) and all(self._tables.get(name) is t for name, t in tables.items())
        if not same:
            self._tables, self.health = tables, None
            examining = partial(self._examine, tables, Calendar.of(self.desk.workspace.settings))
            self.run_worker(examining, thread=True, group="health", exclusive=True, exit_on_error=False)
        self._show()

    def _examine(self, tables: Mapping[str, Table], calendar: Calendar) -> None:
        self.post_message(self.Examined(examine(tables, calendar), tables))

    def on_health_screen_examined(self, message: Examined) -> None:
        """Take it, unless the data were read again meanwhile."""
        if message.tables is self._tables:
            self.health = message.health
            self._show()

    def on_resize(self) -> None:
        if self.is_mounted:
            self._show()

    # Drawing

    def _show(self) -> None:
        say = self.language
        self.grid.empty = (say("No files yet."),)
        known = {source.source: source for source in (self.health.sources if self.health is not None else ())}
        rows = [
            self._source_row(known[source.id]) if source.id in known else Row(source.id, (Cell(source.id, "strong"),))
            for source in self.desk.workspace.sources  # the cursor stays where it is while one is read again
        ]
        self.grid.styles.height = min(MOST_SOURCES, max(1, len(rows)) + 1)
        self.grid.show(self._columns(), rows)
        found = tuple(self._all_findings())
        self._findings = listed(found)
        about = say("looking at the data")
        if self.health is not None:
            about = say.count("{n} finding", "{n} findings", len(found)) if found else ""
        self.found.empty = (say("Nothing looks wrong in the data."),) if self.health is not None else ()
        width = max(20, self.app.size.width - 4)
        self.found.show([Column("mark", "", 1), Column("text", about, None)], list(self._finding_rows(width)))

    def _columns(self) -> list[Column]:
        say = self.language
        names = {**reason_names(say), LEFT_OUT: say("Left out")}
        left_out = [Column(key, names[key], max(8, len(names[key])), "right") for key in self._reasons]
        return [
            Column("id", say("Source"), None, least=10),
            Column("files", say("Files"), 6, "right", priority=3),
            Column("rows", say("Rows"), 10, "right"),
            Column("used", say("Used"), 10, "right"),
            *left_out,
            Column("from", say("Data from"), 13, priority=4),
            Column("until", say("Complete until"), 14, priority=1),
            Column("findings", say("Findings"), max(8, len(say("Findings"))), "right"),
        ]

    @property
    def _reasons(self) -> list[str]:
        """The reasons for which a row was left out anywhere; all in one where there is no room for each."""
        reasons = [key for key, count in REASONS.items() if any(count(t.account) for t in self._tables.values())]
        return reasons if len(reasons) < 2 or self.app.size.width >= WIDE else [LEFT_OUT]

    def _source_row(self, source: SourceHealth) -> Row:
        number = self.language.numbers.plain
        assert self.health is not None
        found = counted(self.health, self._tables)[source.source]
        cells = (
            Cell(source.source, "strong"),
            Cell(number(len(source.files))),
            Cell(number(source.account.in_files)),
            Cell(number(source.account.used)),
            *(Cell(number(count) if (count := _left_out(source.account, key)) else "") for key in self._reasons),
            Cell(self.language.date(source.days.first)),
            Cell(self.language.date(source.complete_until)),
            Cell(number(found) if found else "", "risk"),
        )
        return Row(source.source, cells)

    def _all_findings(self) -> Iterator[Finding]:
        for table in self._tables.values():
            yield from table.findings
        if self.health is not None:
            yield from self.health.findings

    def _finding_rows(self, width: int) -> Iterator[Row]:
        for number, finding in enumerate(self._findings):
            parts = wrap(self.language.finding(finding), width, break_on_hyphens=False)
            for line, part in enumerate(parts):
                mark = "!" if finding.severity == "error" and line == 0 else ""
                yield Row(f"{number}.{line}", (Cell(mark, "off"), Cell(part)))

    # Keys

    @property
    def current(self) -> Grid:
        """The grid with the focus."""
        return self.found if self.found.has_focus else self.grid

    def action_move(self, step: Step) -> None:
        self.current.move(step)

    def action_other_grid(self) -> None:
        (self.grid if self.found.has_focus else self.found).focus()

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.action_open()

    def action_open(self) -> None:
        """All there is to say of the source under the cursor, or of the one that the finding is about."""
        source = self._source()
        if source is not None:
            entries = [(label, sentence, "") for label, sentence in described(source, self.language)]
            title = self.language("Data of '{source}'", source=source.source)
            self.app.push_screen(Reader(title, entries, self.language, label_width=LABEL))

    def _finding(self) -> Finding | None:
        key = self.found.key
        return self._findings[int(key.split(".")[0])] if self.found.has_focus and key is not None else None

    def _source(self) -> SourceHealth | None:
        sources = self.health.sources if self.health is not None else ()
        finding = self._finding()
        if finding is None:
            return next((source for source in sources if source.source == self.grid.key), None)
        subject = str(finding.subject)
        return next((source for source in sources if str(called("source", source.source)) == subject), None)

    def action_merge(self) -> None:
        """Merge the spellings of the source under the cursor; on a finding about a dimension those of that one."""
        health, finding = self._source(), self._finding()
        if health is None:
            return
        dimension = finding.what.values.get("dimension") if finding is not None else None
        groups = [group for group in health.variants if dimension in (None, group.dimension)]
        source = next((each for each in self.desk.workspace.sources if each.id == health.source), None)
        if not groups or source is None:
            self.say(self.language("'{source}' has no spellings to merge", source=health.source))
            return
        self.step(lambda: self.desk.apply(merging(source, groups)))

    def edited(self, sentence: str) -> None:
        """The health is worked out anew when the data were read again."""
        self.post_message(Edited(sentence))

    def action_copy(self) -> None:
        finding = self._finding()
        if finding is not None:
            self.app.copy_to_clipboard(self.language.finding(finding))
            self.say(self.language("copied"))


def _left_out(account: Account, key: str) -> int:
    return sum(count(account) for reason, count in REASONS.items() if key in (reason, LEFT_OUT))
