"""The commands' one door to stderr: what they say beside their output.

Invariant: a message is one line, and nothing in it (a name, a cell of somebody's file) is obeyed by a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kpi_tui.errors import Finding
from kpi_tui.language.language import Language


def complain(message: str) -> None:
    """Print a message; each of its lines is one."""
    for line in message.split("\n"):
        print(_harmless(line), file=sys.stderr)


def report(findings: Sequence[Finding], language: Language) -> int:
    """Print findings; the exit code."""
    for sentence in sentences(findings, language):
        complain(sentence)
    return exit_code(findings)


def sentences(findings: Sequence[Finding], language: Language) -> list[str]:
    """What is said of findings: a line each. Hints are for who works at the file."""
    return [_harmless(language.finding(finding)) for finding in findings if finding.severity != "hint"]


def exit_code(findings: Sequence[Finding]) -> int:
    """3 where one of the findings is an error, else 0."""
    return 3 if any(finding.severity == "error" for finding in findings) else 0


def _harmless(line: str) -> str:
    if line.isprintable():
        return line
    from kpi_tui.report.table import plain  # it brings Polars, which a misspelt option should not wait for

    return plain(line)
