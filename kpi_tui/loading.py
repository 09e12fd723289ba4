"""Reading a workspace's data on threads, so that the caller can go on meanwhile: draw, import, be typed at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from kpi_tui.workspace import document, store
from kpi_tui.workspace.document import Document
from kpi_tui.workspace.model import Source, Workspace
from kpi_tui.workspace.periods import Calendar
from kpi_tui.workspace.store import Snapshot

if TYPE_CHECKING:
    from kpi_tui.facts.scan import Stop
    from kpi_tui.facts.table import Table

Progress = Callable[[int, int, int], None]  # bytes read, bytes in all, rows of large sources


class Loading(Struct, frozen=True):
    """A workspace that was read and whose data are being read; `tables()` waits for them."""

    snapshot: Snapshot
    document: Document
    _tables: Future[dict[str, Table]]

    def tables(self) -> dict[str, Table]:
        """The table of every source, by its id."""
        return self._tables.result()


def begin(
    path: Path,
    progress: Progress | None = None,
    *,
    at_once: int = 2,
    cache: Path | None = None,
    stop: Stop | None = None,
) -> Loading:
    """Read the workspace at `path` and begin to read its data. Raises `KpiError` where the file cannot be used.

    `at_once` sources are read at the same time: more is sooner there, less takes less memory. `cache` is the user's
    cache folder, where counts of large sources are kept; `stop` ends their scans.
    """
    snapshot = store.read(path)
    read = document.read(snapshot.text, str(path))
    import_module("kpi_tui.facts.reading")  # two threads that import wait for each other all the time
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="loading")
    tables = pool.submit(
        load_tables, read.workspace, snapshot.target.parent, {}, progress, at_once=at_once, cache=cache, stop=stop
    )
    pool.shutdown(wait=False)
    return Loading(snapshot, read, tables)


def load_tables(
    workspace: Workspace,
    root: Path,
    known: Mapping[str, Table],
    progress: Progress | None = None,
    *,
    at_once: int = 2,
    cache: Path | None = None,
    stop: Stop | None = None,
) -> dict[str, Table]:
    """The tables of all sources; those in `known` that were read by the same description are taken over.

    Slow and without side effects: made for a thread. `progress` is called with bytes done and in all, over all sources.
    """
    from kpi_tui.facts.files import may_be_large
    from kpi_tui.facts.reading import load

    calendar = Calendar.of(workspace.settings)
    wanted = [source for source in workspace.sources if source.id not in known or known[source.id].source != source]
    done = dict.fromkeys((source.id for source in wanted), (0, 0, 0))

    def one(source: Source) -> Table:
        def report(read: int, total: int, rows: int = 0) -> None:
            done[source.id] = (read, total, rows)
            if progress is not None:
                progress(*map(sum, zip(*done.values(), strict=True)))

        if may_be_large(source, root):
            from kpi_tui.facts import large  # few sources are

            files = large.large_files(source, root)
            if files is not None:
                measures = large.wanted_measures(workspace, source)
                return large.load_large(source, files, measures, calendar, cache, report, stop)
        return load(source, root, calendar, report)

    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="load") as pool:
        fresh = {table.source.id: table for table in pool.map(one, wanted)}
    return {source.id: fresh.get(source.id) or known[source.id] for source in workspace.sources}
