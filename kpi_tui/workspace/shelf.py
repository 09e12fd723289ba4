"""A folder of the user's cache: small entries that were worked out once and can be worked out again.

Invariant: an entry is whole or it is none, whatever was killed while it was written; the oldest ones go; the folder can
be removed at any time.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path

from kpi_tui.workspace.disk import bytes_of, key


class Shelf:
    """Entries of one kind in `folder`: names end with `suffix`, contents begin with `magic`."""

    def __init__(self, folder: Path, suffix: str, magic: bytes, *, most_bytes: int, most_entries: int) -> None:
        self.folder = folder
        self.suffix = suffix
        self.magic = magic
        self.most_bytes = most_bytes
        self.most_entries = most_entries

    def get(self, name: str) -> bytes | None:
        """What was put there under `name`; None where nothing was, or where it is damaged."""
        try:
            data = bytes_of(self.folder / (name + self.suffix), self.most_bytes + len(self.magic) + 4)
        except (OSError, ValueError):
            return None
        at = len(self.magic)
        body = data[at + 4 :]
        whole = data.startswith(self.magic) and zlib.crc32(body) == int.from_bytes(data[at : at + 4], "big")
        return body if whole else None

    def put(self, name: str, body: bytes) -> None:
        """Keep it. What is too large or cannot be written is left: it only costs time."""
        from kpi_tui.workspace import atomic  # not where entries are only read, at the start

        if len(body) > self.most_bytes:
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            head = self.magic + zlib.crc32(body).to_bytes(4, "big")
            atomic.replace(self.folder / (name + self.suffix), head + body, 0o600)
            for entry in self._oldest_first()[: -self.most_entries]:
                entry.unlink(missing_ok=True)

    def clear(self, path: Path | None = None) -> int:
        """Remove the entries whose names begin with the `disk.key` of the workspace at `path` (None: all); how many.

        Raises OSError.
        """
        begin = "" if path is None else key(path)
        found = list(self.folder.glob(f"{begin}*{self.suffix}")) if self.folder.is_dir() else []
        for entry in found:
            entry.unlink(missing_ok=True)
        return len(found)

    def _oldest_first(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{self.suffix}"), key=lambda entry: entry.stat().st_mtime_ns)
