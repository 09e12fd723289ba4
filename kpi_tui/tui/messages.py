"""What threads and screens tell the app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.message import Message

from kpi_tui.errors import KpiError

if TYPE_CHECKING:
    from kpi_tui.facts.table import Table
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

    def __init__(self, done: int, total: int) -> None:
        super().__init__()
        self.done, self.total = done, total

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Progressed)


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
