"""Which row the cursor is on and which rows are in view. Invariant: the cursor's row is in view.

When the cursor leaves the view, the view moves by half a page: a scroll redraws everything in view, a step two lines.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace


class Window(Struct, frozen=True):
    """Cursor on `row`, rows `top` to `top + height - 1` in view, of `count` rows. Rows count from 0."""

    row: int = 0
    top: int = 0
    height: int = 1
    count: int = 0

    def to(self, row: int) -> Window:
        """The cursor on the existing row nearest to `row`."""
        row = max(0, min(row, self.count - 1))
        half = max(1, self.height // 2)
        top = self.top
        if row < top:
            top = min(top - half, row)
        elif row >= top + self.height:
            top = max(top + half, row - self.height + 1)
        return replace(self, row=row, top=self._kept(top))

    def by(self, step: int) -> Window:
        """The cursor `step` rows down (negative: up)."""
        return self.to(self.row + step)

    def page(self, pages: float) -> Window:
        """Cursor and view together `pages` screens down; a whole page keeps one line of the old one."""
        step = max(1, int(abs(pages) * (self.height - 1)))
        step = step if pages > 0 else -step
        row = max(0, min(self.row + step, self.count - 1))
        return replace(self, row=row, top=self._kept(self.top + step))._in_view()

    def sized(self, height: int, count: int) -> Window:
        """The same cursor in a view of another height or over another number of rows."""
        resized = replace(self, height=max(1, height), count=count)
        row = max(0, min(self.row, count - 1))
        return replace(resized, row=row, top=resized._kept(self.top))._in_view()

    def _kept(self, top: int) -> int:
        """`top` such that the view is not past the rows."""
        return max(0, min(top, self.count - self.height))

    def _in_view(self) -> Window:
        return replace(self, top=self._kept(max(self.row - self.height + 1, min(self.top, self.row))))
