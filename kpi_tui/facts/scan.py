"""Large sources are scanned in a process of its own: it can be killed at once, and what breaks in it breaks alone.

The parent writes jobs to the child's standard input and reads messages from its standard output; one child does the
files of a source one after the other, because to start one costs as long as some millions of rows. The child ends when
its input does, so it never outlives a parent that was killed.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from msgspec import Struct

from kpi_tui.errors import Text, text

if TYPE_CHECKING:
    from kpi_tui.facts.answering import Anything, Where
    from kpi_tui.facts.files import File
    from kpi_tui.facts.measures import Measure
    from kpi_tui.workspace.model import Source

Progress = Callable[[int, int, int], None]  # bytes behind, bytes in all, rows
_SIZE = 8
_NICE = 5  # the screen goes before the scan
_ATTEMPTS = 2


class FileJob(Struct, frozen=True):
    """Make the cube of one file."""

    source: Source
    file: File
    measures: tuple[Measure, ...]


class AskJob(Struct, frozen=True):
    """Answer what needs a look at the rows."""

    asked: tuple[Anything, ...]
    where: Mapping[str, Where]


class Stopped(Exception):
    """The scan was stopped by the user."""


class ScanFailed(Exception):
    """The scan cannot be made; `reason` says why."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(str(reason))

    def __reduce__(self) -> tuple[type[ScanFailed], tuple[Text]]:
        return ScanFailed, (self.reason,)  # it comes out of another process


class Stop:
    """Ends scans: those that run are killed, none begins after."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self.is_set = False

    def set(self) -> None:
        """Stop now; it takes as long as a kill."""
        with self._lock:
            self.is_set = True
            for process in self._running:
                process.kill()

    def enter(self, process: subprocess.Popen[bytes]) -> None:
        """A scan runs in this process."""
        with self._lock:
            self._running.add(process)
            if self.is_set:
                process.kill()

    def leave(self, process: subprocess.Popen[bytes]) -> None:
        """It ended."""
        with self._lock:
            self._running.discard(process)


class Child:
    """A process that does one job after the other; the first job starts it. `end` it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def ask(self, job: FileJob | AskJob, report: Callable[[int, int], None], stop: Stop) -> tuple[str, Any]:
        """What it says last of the job: `done` or `raised` and what; `ended` where it was killed meanwhile."""
        process = self._process = self._process or _started()
        assert process.stdin is not None
        assert process.stdout is not None
        idle = False
        stop.enter(process)
        try:
            with contextlib.suppress(BrokenPipeError, ValueError):
                _send(process.stdin, job)
            while (message := _receive(process.stdout)) is not None:
                kind, value = message
                if kind != "progress":
                    idle = True
                    return kind, value
                report(*value)
            return "ended", None
        finally:
            stop.leave(process)
            if not idle:
                self.end()

    def end(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def run(job: FileJob | AskJob, report: Callable[[int, int], None], stop: Stop, child: Child | None = None) -> Any:
    """What the job gives: a `FileCube`, or a list of frames. A child that was killed is started once more.

    Raises `Stopped`, `ScanFailed`, and what the job itself raises: `OSError`, `Unusable`, Polars' errors as `OSError`.
    """
    if child is None:
        with Child() as own:
            return run(job, report, stop, own)
    for _ in range(_ATTEMPTS):
        kind, value = child.ask(job, report, stop)
        if kind == "done":
            return value
        if kind == "raised":
            raise value
        if stop.is_set:
            raise Stopped
    raise ScanFailed(text("the process that reads it was ended by the system, twice; is there enough memory?"))


def _started() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).parent.parent.parent)
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    # The app's allocator is set for little memory; a scan's is left as it is, for speed.
    inherited = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    return subprocess.Popen(
        [sys.executable, "-c", "from kpi_tui.facts.scan import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # Polars' panics write there
        env={**inherited, "PYTHONPATH": path},
        start_new_session=True,
    )


def _send(stream: IO[bytes], message: object) -> None:
    data = pickle.dumps(message, protocol=5)
    stream.write(len(data).to_bytes(_SIZE, "big"))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    """The next message; None where the other side ended, in the middle of one too."""
    size = stream.read(_SIZE)
    if len(size) < _SIZE:
        return None
    length = int.from_bytes(size, "big")
    data = stream.read(length)
    return pickle.loads(data) if len(data) == length else None


def main() -> None:
    """The child: jobs from standard input, messages to standard output."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may come between messages
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_NICE)
    jobs: queue.SimpleQueue[FileJob | AskJob] = queue.SimpleQueue()
    threading.Thread(target=_take_jobs, args=(jobs,), daemon=True).start()
    while True:
        job = jobs.get()
        try:
            _send(out, ("done", done(job, lambda done, rows: _send(out, ("progress", (done, rows))))))
        except BaseException as error:  # a panic of Polars is no Exception
            _send(out, ("raised", _portable(error)))


def _take_jobs(jobs: queue.SimpleQueue[FileJob | AskJob]) -> None:
    """Hand on what the parent asks; end with it, in the middle of a job too."""
    while (job := _receive(sys.stdin.buffer)) is not None:
        jobs.put(job)
    os._exit(0)  # threads of Polars need not be waited for


def done(job: FileJob | AskJob, report: Callable[[int, int], None]) -> object:
    """What `run` gives, here and now."""
    if isinstance(job, FileJob):
        from kpi_tui.facts.counting import count_file

        return count_file(job.source, job.file, job.measures, report)
    from kpi_tui.facts.answering import count_asked

    return count_asked(job.asked, job.where, report)


def _portable(error: BaseException) -> Exception:
    """The error as the parent can have it: one of Polars is about a file that is not what it was."""
    from kpi_tui.errors import KpiError
    from kpi_tui.facts.batches import Unusable

    if isinstance(error, OSError):
        return OSError(error.errno or 0, error.strerror or str(error))
    if isinstance(error, Unusable):
        return error
    if isinstance(error, KpiError):
        return ScanFailed(error.what)
    return OSError(0, f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
