"""What can go wrong, as values: a message to translate, the place it is about, and how to mend it.

The tree of exceptions::

    KpiError                what a person did or has can be mended by them; never a traceback
    ├── UsageError          the command line was misused                              exit 2
    ├── WorkspaceError      the workspace file or the data it names is wrong          exit 3
    │   └── NewerSchema     written by a newer kpi-tui; left untouched
    ├── EditError           an edit whose value is wrong: refused, the old value stays
    ├── FormulaError        a formula that does not parse or names what does not exist
    └── StoreError          the file could not be read, locked or written
        └── Conflict        the file changed on disk since it was read

The core raises these and returns `Finding`s; only the command line and the screen show them. A `Text` holds its English
template, which is also its key in the catalogues of translations, so a face can say it in the user's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

# Named tuples and no structs: every start of the program pays for what this file imports, `--help` too.


class Text(NamedTuple):
    """A sentence to be translated: an English template with `{named}` places and the values that go into them.

    A value may itself be a `Text`. `str()` gives the English sentence. A sentence about a number of things
    (`count_text`) has a second template, `other`, for where the number, `values["n"]`, is not one.
    """

    template: str
    values: Mapping[str, object] = {}
    other: str = ""

    def __str__(self) -> str:
        template = self.other if self.other and self.values["n"] != 1 else self.template
        return template.format_map(self.values) if self.values else template


def text(template: str, /, **values: object) -> Text:
    """Mark `template` for translation (the extractor of catalogues looks for this name)."""
    return Text(template, values)


def count_text(one: str, other: str, n: int, /, **values: object) -> Text:
    """A sentence about `n` things, in its two English forms: `count_text("{n} row", "{n} rows", 3)`."""
    return Text(one, {"n": n, **values}, other)


class Place(NamedTuple):
    """Where something stands: a file as the user named it, a line (1-based, 0 = the whole file)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


Severity = Literal["error", "warning", "hint"]


class Finding(NamedTuple):
    """One thing that is wrong with the workspace or its data.

    `subject` is the record it is about, such as ``goal 'turnover'``, or empty. An *error* makes `check` fail and
    whatever depends on it undefined; a *warning* is only said; a *hint* is said where somebody looks for advice.
    """

    place: Place
    what: Text
    cure: Text | None = None
    subject: Text | str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        parts = [str(self.place), str(self.subject), str(self.what), str(self.cure) if self.cure else ""]
        return ": ".join(part for part in parts if part)


class KpiError(Exception):
    """Something the user can mend. `what` says what is wrong, `cure` how to mend it."""

    def __init__(self, what: Text, cure: Text | None = None) -> None:
        self.what = what
        self.cure = cure
        super().__init__(f"{what}: {cure}" if cure else str(what))


class UsageError(KpiError):
    """The command line was misused."""


class WorkspaceError(KpiError):
    """The workspace file cannot be used; `findings` says everything that is wrong with it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(self.findings[0].what, self.findings[0].cure)

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings)


class NewerSchema(WorkspaceError):
    """The file was written by a newer kpi-tui and is left untouched."""


class EditError(KpiError):
    """An edit was refused; the workspace is as it was."""


class FormulaError(KpiError):
    """A formula is wrong. `line` and `column` (1-based) are the place in its text."""

    def __init__(self, what: Text, cure: Text | None = None, *, line: int = 1, column: int = 1) -> None:
        super().__init__(what, cure)
        self.line = max(1, line)
        self.column = max(1, column)


class StoreError(KpiError):
    """The workspace file could not be read, locked or written."""


class Conflict(StoreError):
    """The file on disk is not the one that was read."""


def did_you_mean(name: str, known: Sequence[str]) -> Text | None:
    """A cure for a misspelt name: the closest known one, or None where nothing is close."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return text("did you mean '{name}'?", name=close[0]) if close else None
