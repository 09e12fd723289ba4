"""Pages of wrong input and what the program says to it; a page is read like a letter, so it is the specification.

A case begins with `== title`, changes the workspace of `base/`, runs one command, and ends with all that it says on
stderr and its exit code::

    == A misspelt key
    - target = 1200
    + traget = 1200
    $ kpi-tui check kpi.toml
    kpi.toml:60: goal 'turnover': unknown key 'traget': did you mean 'target'?
    exit 3

`-` and `+` replace lines of `kpi.toml` (the first place where the `-` lines stand together); `+` alone adds at its end.
`orders.csv:` gives that file the lines after it that begin with `|`; `orders.csv cp1251:` writes them in that encoding,
and `\\x00` in them is that byte; `orders.csv: missing` and `orders.csv: folder` speak for themselves.

`python -m tests.bad_input.page` writes into the pages what the program says now: read the difference before keeping it.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from kpi_tui.cli import main

HERE = Path(__file__).parent
_FILE = re.compile(r"(?P<name>[\w.-]+\.\w+)(?: (?P<encoding>[\w-]+))?:(?: (?P<state>missing|folder))?\Z")
_BYTE = re.compile(r"\\x([0-9a-f]{2})")


@dataclass(frozen=True)
class Case:
    """One case of a page. `setup` are its lines up to the command, `said` the expected lines of stderr."""

    page: str
    title: str
    setup: tuple[str, ...]
    command: str
    said: tuple[str, ...]
    code: int

    def __str__(self) -> str:
        return "\n".join([f"== {self.title}", *self.setup, f"$ {self.command}", *self.said, f"exit {self.code}"])


@dataclass(frozen=True)
class Outcome:
    """What a command did: the lines of stderr, the exit code, stdout, and the files that are not as they were."""

    said: tuple[str, ...]
    code: int
    printed: str
    changed: frozenset[str]


def pages() -> list[Path]:
    return sorted(HERE.glob("*.txt"))


def cases(page: Path) -> Iterator[Case]:
    """The cases of a page. Raises ValueError for one that has not the form above."""
    _, *blocks = re.split(r"^== ", page.read_text("utf-8"), flags=re.MULTILINE)
    for block in blocks:
        title, *lines = block.rstrip("\n").split("\n")
        command = next((index for index, line in enumerate(lines) if line.startswith("$ ")), None)
        if command is None or not re.fullmatch(r"exit \d+", lines[-1]):
            raise ValueError(f"{page.name}: '{title}' has no command or no exit code")
        code = int(lines[-1].removeprefix("exit "))
        said = tuple(lines[command + 1 : -1])
        yield Case(page.name, title, tuple(lines[:command]), lines[command].removeprefix("$ "), said, code)


def lay_out(case: Case, folder: Path) -> None:
    """Write the case's files into an empty folder."""
    shutil.copytree(HERE / "base", folder, dirs_exist_ok=True)
    lines = list(case.setup)
    while lines:
        if found := _FILE.match(lines[0]):
            del lines[0]
            content = _taken(lines, "|")
            _write(folder / found["name"], found["encoding"] or "utf-8", found["state"], content)
        else:
            _edit(folder / "kpi.toml", _taken(lines, "-"), _taken(lines, "+"), lines)


def run(case: Case, folder: Path) -> Outcome:
    """Run the case's command in `folder`."""
    program, *arguments = (_bytes(argument) for argument in shlex.split(case.command))
    assert program == "kpi-tui", case.command
    before = _contents(folder)
    out, err = StringIO(), StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    after = _contents(folder)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return Outcome(tuple(err.getvalue().splitlines()), code, out.getvalue(), frozenset(changed))


def _taken(lines: list[str], mark: str) -> list[str]:
    taken = []
    while lines and (lines[0] == mark or lines[0].startswith(f"{mark} ")):
        taken.append(lines.pop(0)[2:])
    return taken


def _edit(file: Path, old: list[str], new: list[str], rest: list[str]) -> None:
    if not old and not new:
        raise ValueError(f"this line of a case is not understood: {rest[0]}")
    content = file.read_text("utf-8")
    wanted = "".join(f"{line}\n" for line in old)
    if not old:
        content += "".join(f"{line}\n" for line in new)
    elif content.startswith(wanted) or f"\n{wanted}" in content:
        before, _, after = f"\n{content}".partition(f"\n{wanted}")
        content = f"{before}\n".removeprefix("\n") + "".join(f"{line}\n" for line in new) + after
    else:
        raise ValueError(f"the workspace has not these lines: {wanted}")
    file.write_text(content, "utf-8")


def _write(file: Path, encoding: str, state: str | None, lines: list[str]) -> None:
    file.unlink(missing_ok=True)
    if state == "folder":
        file.mkdir()
    elif state != "missing":
        content = "".join(f"{line}\n" for line in lines).encode(encoding)
        file.write_bytes(_bytes(content.decode("latin-1")).encode("latin-1"))


def _bytes(written: str) -> str:
    return _BYTE.sub(lambda found: chr(int(found[1], 16)), written)


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _accept(execute: Callable[[Case, Path], Outcome] = run) -> None:
    for page in pages():
        head = re.split(r"^== ", page.read_text("utf-8"), maxsplit=1, flags=re.MULTILINE)[0]
        now = []
        for case in cases(page):
            with TemporaryDirectory() as folder:
                lay_out(case, Path(folder))
                try:
                    outcome = execute(case, Path(folder))
                except Exception as error:
                    outcome = Outcome((f"TRACEBACK {error!r}"[:200].replace("\n", " "),), 99, "", frozenset())
            now.append(str(replace(case, said=outcome.said, code=outcome.code)))
        page.write_text(head + "\n\n".join(now) + "\n", "utf-8")


if __name__ == "__main__":
    _accept()
