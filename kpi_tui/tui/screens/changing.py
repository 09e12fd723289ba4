"""The keys of the main screen that change the workspace: each makes an edit or opens what makes one.

Screens are imported when they are opened: what few look at should not slow the start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kpi_tui.errors import KpiError, Text
from kpi_tui.tui import viewing
from kpi_tui.tui.messages import Edited
from kpi_tui.tui.screens.looking import Looking
from kpi_tui.tui.widgets.grid import Grid

if TYPE_CHECKING:
    from kpi_tui.tui.screens.adding import Adding


class Changing(Looking):
    """Every change goes through `desk.apply`."""

    def action_open(self) -> None:
        from kpi_tui.tui.screens.record import RecordScreen

        path = record_path(self.grid.key)
        if path is not None:
            self.app.push_screen(RecordScreen(self.desk, path), lambda _: self.show_all())

    def on_grid_chosen(self) -> None:
        """A double click; keys that open come as an action, and wait for the session."""
        if self.is_live:
            self.action_open()

    def _may_change(self) -> bool:
        """Whether edits are taken; where not, that is said before anything is typed."""
        if self.desk.session.read_only:
            self.say(self.language("the workspace is open for reading only"), "error")
        return not self.desk.session.read_only

    def action_edit(self) -> None:
        from kpi_tui.tui.cells import editable_field
        from kpi_tui.tui.fields import text_of

        if not self._may_change():
            return
        if self.active == "detail":  # the cell may be hidden
            self.action_open()
            return
        field = editable_field(self.desk, self.grid.key, self.grid.column)
        if field is None:
            self.say(self.language("this is computed; Enter shows all that can be edited"))
        elif field.reference is not None or not self.grid.edit(text_of(field, self.language)):
            self.action_open()

    def on_grid_submitted(self, event: Grid.Submitted) -> None:
        from kpi_tui.tui.cells import editable_field
        from kpi_tui.tui.fields import parse, text_of
        from kpi_tui.workspace.edits import Set

        field = editable_field(self.desk, event.key, event.column)
        if field is None or event.value == text_of(field, self.language):
            event.grid.close_editor()
            return
        try:
            sentence = self.desk.apply(Set(field.path, parse(field, event.value, self.language)))
        except KpiError as error:
            event.grid.refuse(self.language.error(error))
            return
        event.grid.close_editor()
        self.post_message(Edited(sentence))

    def action_add(self) -> None:
        if self._may_change():
            self._adding().begin(self.pane, self.grid.key)

    def action_catalogue(self) -> None:
        if self._may_change():
            self._adding().from_catalogue()

    def _adding(self) -> Adding:
        from kpi_tui.tui.screens.adding import Adding

        return Adding(self.desk, self.app, self.attempt, self._open_added, self._select)

    def _open_added(self, path: tuple[str, ...], field: str | None) -> None:
        """The form of a new record, `field` being edited; when it is closed the cursor is on the record's row."""
        from kpi_tui.tui.screens.record import RecordScreen

        self.app.push_screen(RecordScreen(self.desk, path, field), lambda _: self._select(path))

    def _select(self, path: tuple[str, ...]) -> None:
        self._go({"metric": "metrics", "member": "team"}.get(path[0], "goals"))
        self.grid.move_to(".".join(path[:2]))

    def action_delete(self) -> None:
        from kpi_tui.workspace.edits import Delete

        path = record_path(self.grid.key)
        if path is not None and not (self.grid.key or "").startswith(("slice.", "other.")):
            self.attempt(lambda: self.desk.apply(Delete(path)))

    def action_adjust(self) -> None:
        from kpi_tui.tui.screens.correction import CorrectionScreen, started

        if not self._may_change():
            return
        metric, scope = viewing.seen_under(self.desk, self.grid.key)
        if metric is None:
            self.say(self.language("there is no number to correct here"))
            return
        found = started(self.desk, metric, scope, viewing.last_day_of(self.desk, self.grid.key))
        if isinstance(found, Text):
            self.say(self.language.say(found))
        else:
            self.app.push_screen(CorrectionScreen(self.desk, *found), lambda _: self.show_all())

    def action_corrections(self) -> None:
        from kpi_tui.tui.screens.corrections import CorrectionsScreen

        self.app.push_screen(CorrectionsScreen(self.desk), lambda _: self.show_all())

    def action_entries(self) -> None:
        from kpi_tui.tui.screens.entries import EntriesScreen

        metric, _ = viewing.seen_under(self.desk, self.grid.key)
        typed = [each.id for each in self.desk.workspace.metrics if each.is_typed]
        if not typed:
            self.say(self.language("no metric is entered by hand yet: a adds one"))
        elif metric is not None and metric not in typed:
            self.say(self.language("this metric is computed: A corrects it"))
        else:
            self.app.push_screen(EntriesScreen(self.desk, metric or typed[0]), lambda _: self.show_all())

    def action_undo(self) -> None:
        self.attempt(self.desk.undo)

    def action_redo(self) -> None:
        self.attempt(self.desk.redo)

    def attempt(self, step: Callable[[], str]) -> bool:
        """Do something that answers with a sentence or fails with a reason; whether it went well."""
        try:
            sentence = step()
        except KpiError as error:
            self.say(self.language.error(error), "error")
            return False
        self.post_message(Edited(sentence))
        return True

    def action_sources(self) -> None:
        from kpi_tui.tui.screens.sources import SourcesScreen

        self.app.push_screen(SourcesScreen(self.desk), lambda _: self.show_all())

    def action_exports(self) -> None:
        from kpi_tui.tui.exports import ask_for_exports

        ask_for_exports(self.desk, self.app, lambda added: self._go("metrics"))

    def action_settings(self) -> None:
        from kpi_tui.tui.screens.record import RecordScreen

        self.app.push_screen(RecordScreen(self.desk, ("workspace",)), lambda _: self.show_all())


def record_path(key: str | None) -> tuple[str, ...] | None:
    """The path of the record a row stands for."""
    kind, _, rest = (key or "").partition(".")
    match kind:
        case "goal" | "objective" | "metric" | "member":
            return kind, rest
        case "slice":
            return "metric", rest.rpartition(".")[0]
        case "other":
            return "metric", rest
        case "kpi":
            member, _, line = rest.partition(".")
            return "member", member, "kpi", line
        case _:
            return None
