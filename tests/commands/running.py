"""The command line as a test calls it: in this process, or as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kpi_tui.cli import main

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def kpi(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    """Run `kpi-tui ARGUMENTS` in this process."""
    capsys.readouterr()
    try:
        code = main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    return Ran(code, captured.out, captured.err)


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run `kpi-tui ARGUMENTS` as a program of its own, with bytes."""
    return subprocess.run(
        [sys.executable, "-m", "kpi_tui", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )
