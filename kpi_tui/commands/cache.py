"""`kpi-tui cache`: what is kept of large sources, first screens and answers, and a way to clear it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from kpi_tui.facts.cache import Cache
from kpi_tui.language.language import Language


def cache(folder: Path, file: Path | None, language: Language, *, clear: bool) -> int:
    """Print a line per entry (those of the workspace `file`, or all), or remove them. Raises `KpiError`."""
    kept = Cache(folder)
    files = None if file is None else _files_of(file)
    if clear:
        from kpi_tui.commands import answers
        from kpi_tui.tui import remembered  # imports what draws: only to clear

        removed = kept.clear(files) + remembered.shelf(folder).clear(file) + answers.shelf(folder).clear(file)
        print(language.count("{n} entry removed", "{n} entries removed", removed))
        return 0
    entries = [entry for entry in kept.entries() if files is None or entry.file in files]
    if not entries:
        print(language("nothing is kept: only large sources are"))
        return 0
    for entry in entries:
        size = language.numbers.plain(round(entry.bytes / 1024))
        when = f"{datetime.fromtimestamp(entry.when):%Y-%m-%d %H:%M}"
        cells = language.numbers.plain(entry.cells)
        said = language("{size} KB, {cells} cells, {when}", size=size, cells=cells, when=when)
        print(f"{entry.source}  {entry.file}: {said}")
    return 0


def _files_of(file: Path) -> frozenset[str]:
    """The files of the workspace's sources as the cache names them."""
    from kpi_tui.facts.files import find
    from kpi_tui.facts.table import Findings
    from kpi_tui.workspace import document, store

    snapshot = store.read(file)
    workspace = document.read(snapshot.text, str(file)).workspace
    root = snapshot.target.parent
    found = (each for source in workspace.sources for each in find(source, root, Findings(source.id)))
    return frozenset(str(each.path.resolve()) for each in found)
