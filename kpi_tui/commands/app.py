"""`kpi-tui`, `open` and `demo`: the terminal app. The only command that loads Textual."""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

from kpi_tui.crash import Crashed
from kpi_tui.errors import StoreError, UsageError, text
from kpi_tui.language.language import Language
from kpi_tui.tui.signals import Ending
from kpi_tui.tui.terminal import prepare, refusal, terminal

# Polars' allocator (jemalloc, which reads this when Polars is loaded) keeps one arena instead of eight and gives back
# what is free sooner: 10 MB less at the peak and a quicker start. An app stands open for hours beside others.
ALLOCATION = ("_RJEM_MALLOC_CONF", "narenas:1,dirty_decay_ms:100,muzzy_decay_ms:0")

SAMPLES = {"en": "kpi.toml", "ru": "kpi.ru.toml"}


def open_app(command: str | None, given: argparse.Namespace, language: Language, state: Path, cache: Path) -> int:
    """Open what was asked for; the exit code. Raises `KpiError`."""
    refused = refusal(os.environ, sys.stdin.isatty() and sys.stderr.isatty())
    if refused is not None:
        raise UsageError(refused)
    capabilities = terminal(
        os.environ,
        ascii=getattr(given, "ascii", False),
        no_color=getattr(given, "no_color", False),
        colors=getattr(given, "colors", None),
    )
    prepare(capabilities, os.environ)
    shown = Language(language.code, ascii=capabilities.ascii)
    read_only = looks = False
    match command:
        case "demo":
            path = copy_sample(given.folder, language)
        case "open":
            path, read_only = given.file, given.read_only
            _create_missing(path, read_only=read_only)
        case _:
            found, looks = _workspace_here(Path.cwd(), shown, mouse=capabilities.mouse)
            if found is None:
                return 0
            path = found
    os.environ.setdefault(*ALLOCATION)
    gc.disable()  # until the first picture stands: looking for garbage among imports took a tenth of the start
    from kpi_tui.tui.app import KpiApp

    ending = Ending()
    app = KpiApp(
        path, language=shown, terminal=capabilities, state=state, ending=ending, read_only=read_only, cache=cache,
        looks=looks,
    )  # fmt: skip
    app.run(mouse=capabilities.mouse)
    ending.close()
    if app.failure is not None and not ending.code:
        raise app.failure
    if app.crashed.written:
        raise Crashed(app.crashed.file)
    return ending.leave(app.return_value if app.return_value is not None else app.return_code or 0)


def copy_sample(folder: Path | None, language: Language) -> Path:
    """Copy the sample into `folder` (default: a new temporary one); the path of its workspace in the language."""
    sample = _sample()
    target = folder if folder is not None else Path(tempfile.mkdtemp(prefix="kpi-tui-demo-"))
    if target.exists() and any(target.iterdir()):
        existing = target / SAMPLES[language.code]
        if existing.exists():
            return existing
        raise UsageError(text("{folder} is not empty", folder=target), text("name a new folder"))
    shutil.copytree(sample, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target / SAMPLES[language.code]


def _sample() -> Path:
    package = Path(__file__).parent.parent
    inside = package / "sample_data"
    return inside if inside.exists() else package.parent / "sample_data"


def _create_missing(path: Path, *, read_only: bool) -> None:
    """A workspace that is not there yet is begun, empty and valid."""
    if path.exists() or path.is_symlink() or read_only:
        return
    if path.suffix != ".toml":
        raise StoreError(
            text("{file} does not exist", file=path), text("a new workspace needs a name that ends in .toml")
        )
    _begin(path)


def _begin(path: Path) -> Path:
    from kpi_tui.workspace import store
    from kpi_tui.workspace.model import Settings, Workspace
    from kpi_tui.workspace.writing import write

    store.create(path, write(Workspace(settings=Settings(name=path.stem))))
    return path


def _workspace_here(folder: Path, language: Language, *, mouse: bool) -> tuple[Path | None, bool]:
    """kpi.toml here, else the only workspace here, else what is picked on the first screen; and whether exports are to
    be looked at first.
    """
    if (folder / "kpi.toml").exists():
        return folder / "kpi.toml", False
    found = [file for file in sorted(folder.glob("*.toml")) if _is_workspace(file)]
    if len(found) == 1:
        return found[0], False
    from kpi_tui.tui.start import ask_what_to_open

    picked = ask_what_to_open(found, language, mouse=mouse)
    match picked:
        case None:
            return None, False
        case "demo":
            return copy_sample(None, language), False
        case "new" | "data":
            return _begin(folder / "kpi.toml"), picked == "data"
        case name:
            return folder / name, False


def _is_workspace(file: Path) -> bool:
    """Known by `schema` and `[workspace]`."""
    import tomllib

    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return "schema" in tables and isinstance(tables.get("workspace"), dict)
