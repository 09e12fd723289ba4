"""What was done and can be undone, without limit. Every step keeps the workspaces before and after: undo is exact."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.errors import EditError, text
from kpi_tui.workspace.edits import Edit, apply
from kpi_tui.workspace.model import Workspace


class Step(Struct, frozen=True):
    """One edit, with the workspace before and after it."""

    edit: Edit
    before: Workspace
    after: Workspace


class History(Struct, frozen=True):
    """The workspace as it is, the steps that led to it and those that were undone (the last undone first)."""

    present: Workspace
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()

    def do(self, edit: Edit) -> History:
        """Apply an edit; what was undone is forgotten. Raises EditError."""
        after = apply(self.present, edit)
        return History(after, (*self.past, Step(edit, self.present, after)))

    def undo(self) -> History:
        """Take the last step back. Raises EditError when there is none."""
        if not self.past:
            raise EditError(text("there is nothing to undo"))
        step = self.past[-1]
        return replace(self, present=step.before, past=self.past[:-1], future=(step, *self.future))

    def redo(self) -> History:
        """Do again what was undone last. Raises EditError when there is nothing."""
        if not self.future:
            raise EditError(text("there is nothing to redo"))
        step = self.future[0]
        return replace(self, present=step.after, past=(*self.past, step), future=self.future[1:])
