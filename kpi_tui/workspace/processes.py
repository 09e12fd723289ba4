"""Which process owns a journal, and whether it still lives.

A process is told from a later one with the same number by its start time and by the boot it belongs to. The lock it
holds on its journal is the second witness: it also speaks for processes in another container or on another machine.
Only where both say so is a process dead.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl

from msgspec import Struct


class Process(Struct, frozen=True):
    """A process: `start` in clock ticks since `boot` (an identifier); 0 and "" where the system does not tell."""

    pid: int
    start: int
    boot: str


def this_process() -> Process:
    """The process this runs in."""
    pid = os.getpid()
    return Process(pid, _start(pid), _boot())


def is_running(process: Process) -> bool:
    """Whether `process` lives on this machine. Where start times are unknown: False, the lock has to tell."""
    return process.start != 0 and process.boot == _boot() and process.start == _start(process.pid)


def lock_for_life(descriptor: int) -> None:
    """Lock an open file until this process ends. A file system without locks leaves only the start time as witness."""
    if sys.platform != "win32":
        _flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_locked(descriptor: int) -> bool:
    """Whether another process holds `lock_for_life` on the file open as `descriptor`."""
    if sys.platform == "win32":
        return True  # there is no witness at all, so nothing may be taken for dead
    return not _flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)


def _flock(descriptor: int, operation: int) -> bool:
    """False only where somebody else holds the lock."""
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, operation)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return True


def _start(pid: int) -> int:
    """The start time of a process that can still do something: 0 for one that is gone, a zombie, or unknown."""
    try:
        line = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return 0
    # The second field, the name in parentheses, may hold blanks and parentheses itself; start time is field 22.
    fields = line.rpartition(b")")[2].split()
    return 0 if fields[0] in (b"Z", b"X") else int(fields[19])


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
