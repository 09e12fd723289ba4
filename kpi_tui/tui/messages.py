"""What threads and screens tell the app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.message import Message

from kpi_tui.errors import KpiError

if TYPE_CHECKING:
    from kpi_tui.facts.table import Table
    from kpi_tui.metrics.evaluate import LeafTables
    from kpi_tui.session import Session


class Opened(Message):
    """A session was opened on a thread; its data are not loaded yet."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session


class NotOpened(Message):
    """The workspace cannot be used."""

    def __init__(self, error: KpiError) -> None:
        super().__init__()
        self.error = error


class Progressed(Message):
    """So many bytes of the data are read; only the latest counts."""

    def __init__(self, done: int, total: int, rows: int = 0) -> None:
        super().__init__()
        self.done, self.total, self.rows = done, total, rows

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Progressed)


class CaughtUp(Message):
    """What these leaf tables lacked was counted, or somebody stopped it."""

    def __init__(self, tables: LeafTables) -> None:
        super().__init__()
        self.tables = tables


class SourcesChanged(Message):
    """What the sources' files are; `first`: when they were read."""

    def __init__(self, marks: dict[str, tuple[tuple[str, int, int, int], ...]], *, first: bool) -> None:
        super().__init__()
        self.marks, self.first = marks, first


class DataLoaded(Message):
    """Sources were read. `generation` tells whether somebody asked again meanwhile."""

    def __init__(self, tables: Mapping[str, Table], generation: int) -> None:
        super().__init__()
        self.tables, self.generation = tables, generation


class Edited(Message):
    """The workspace changed on some screen; `sentence` says what moved."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence
