"""Cubes kept in the user's cache folder, so that a large file is counted once.

An entry belongs to one file as it is on the disk (path, size, time of change, inode), to how the source reads it and
to its measures. Invariant: an entry is whole or it is not taken; the folder can be removed at any time. Small sources
are not kept: they are read sooner than looked up.
"""

from __future__ import annotations

import io
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from msgspec import Struct

from kpi_tui.errors import Finding, Place, Text
from kpi_tui.facts.files import File
from kpi_tui.workspace import atomic
from kpi_tui.workspace.model import Source

FOLDER = "cubes"
MOST_BYTES = 2 << 30
_MAGIC = b"kpi-tui cube 1\n"
_SUFFIX = ".cube"


class Entry(Struct, frozen=True):
    """What `kpi-tui cache` tells of one entry; `when` is in seconds since 1970."""

    source: str
    file: str
    cells: int
    bytes: int
    when: float
    path: Path


class Damaged(Exception):
    """An entry is not what was written."""


class Cache:
    """Entries in `folder`; None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = None if folder is None else folder / FOLDER

    def get(self, key: str) -> tuple[dict[str, Any], list[pl.DataFrame]] | None:
        """What was put under `key`; None where nothing was. Raises `Damaged`, once: the entry is removed."""
        if self.folder is None:
            return None
        path = self.folder / (key + _SUFFIX)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        try:
            found = _unpacked(data)
        except (ValueError, KeyError, zlib.error, msgspec.MsgspecError, pl.exceptions.PolarsError, OSError) as error:
            path.unlink(missing_ok=True)
            raise Damaged from error
        with suppress(OSError):
            os.utime(path)  # the oldest goes first, and this one was needed
        return found

    def named(self, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The keys that begin so, with what their entries say of themselves; damaged ones are left out."""
        if self.folder is None:
            return
        for path in sorted(self.folder.glob(f"{prefix}*{_SUFFIX}")):
            with suppress(OSError, ValueError, KeyError, msgspec.MsgspecError):
                with path.open("rb") as stream:
                    facts = _facts(stream.read(1 << 20))
                yield path.name.removesuffix(_SUFFIX), facts

    def put(self, key: str, facts: Mapping[str, Any], frames: list[pl.DataFrame]) -> None:
        """Keep it; the oldest entries go where there is no room. Raises OSError."""
        if self.folder is None:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic.replace(self.folder / (key + _SUFFIX), _packed(facts, frames), 0o600)
        self._make_room(MOST_BYTES)

    def _make_room(self, most: int) -> None:
        assert self.folder is not None  # something was just put there
        found = []
        for path in self.folder.glob(f"*{_SUFFIX}"):
            with suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found)[:-1]:
            if total <= most:
                return
            path.unlink(missing_ok=True)
            total -= size

    def entries(self) -> Iterator[Entry]:
        """What is kept, the newest first."""
        if self.folder is None or not self.folder.is_dir():
            return
        found = []
        for path in self.folder.glob(f"*{_SUFFIX}"):
            with suppress(OSError, ValueError, KeyError, msgspec.MsgspecError):
                with path.open("rb") as stream:
                    facts = _facts(stream.read(1 << 16))
                status = path.stat()
                about = facts.get("about", {})
                found.append(
                    Entry(about.get("source", ""), about.get("file", ""), int(about.get("cells", 0)), status.st_size,
                          float(about.get("when", status.st_mtime)), path)
                )  # fmt: skip
        yield from sorted(found, key=lambda entry: -entry.when)

    def clear(self, files: frozenset[str] | None = None) -> int:
        """Remove the entries of these files (None: all); how many. Raises OSError."""
        removed = 0
        for entry in list(self.entries()):
            if files is None or entry.file in files:
                entry.path.unlink(missing_ok=True)
                removed += 1
        if files is None and self.folder is not None and self.folder.is_dir():
            for path in (*self.folder.glob(f"*{_SUFFIX}"), *self.folder.glob(".*.tmp")):
                path.unlink(missing_ok=True)
                removed += path.suffix == _SUFFIX
        return removed


def key_of(*parts: object) -> str:
    """The name of an entry that belongs to these values."""
    return sha256(msgspec.json.encode([_plain(part) for part in parts])).hexdigest()[:40]


def definition(source: Source) -> object:
    """What of a source decides what its rows are; its name and where it lies do not."""
    fields = {name: getattr(source, name) for name in source.__struct_fields__}
    for name in ("id", "path", "every", "complete_until"):
        fields.pop(name, None)
    return fields


def about(source: Source, file: File, cells: int) -> dict[str, Any]:
    """What an entry says of itself."""
    return {"source": source.id, "file": str(file.path.resolve()), "cells": cells, "when": time.time()}


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    return msgspec.to_builtins(value)


def _packed(facts: Mapping[str, Any], frames: list[pl.DataFrame]) -> bytes:
    bodies = []
    for frame in frames:
        stream = io.BytesIO()
        frame.write_ipc(stream, compression="lz4")
        bodies.append(stream.getvalue())
    sizes = [(len(body), zlib.crc32(body)) for body in bodies]
    head = msgspec.json.encode({**facts, "bodies": sizes})
    return b"".join([_MAGIC, len(head).to_bytes(8, "big"), zlib.crc32(head).to_bytes(4, "big"), head, *bodies])


def _facts(data: bytes) -> dict[str, Any]:
    at = len(_MAGIC)
    if not data.startswith(_MAGIC):
        raise ValueError("no entry")
    length = int.from_bytes(data[at : at + 8], "big")
    head = data[at + 12 : at + 12 + length]
    if zlib.crc32(head) != int.from_bytes(data[at + 8 : at + 12], "big"):
        raise ValueError("damaged")
    return msgspec.json.decode(head, type=dict[str, Any])


def _unpacked(data: bytes) -> tuple[dict[str, Any], list[pl.DataFrame]]:
    facts = _facts(data)
    at = len(_MAGIC) + 12 + int.from_bytes(data[len(_MAGIC) : len(_MAGIC) + 8], "big")
    frames = []
    for size, checksum in facts["bodies"]:
        body = data[at : at + size]
        if len(body) != size or zlib.crc32(body) != checksum:
            raise ValueError("damaged")
        frames.append(pl.read_ipc(io.BytesIO(body)))
        at += size
    return facts, frames


def finding_to_plain(finding: Finding) -> dict[str, Any]:
    """A finding as JSON can hold it."""
    return {
        "file": finding.place.file,
        "line": finding.place.line,
        "what": _text_to_plain(finding.what),
        "cure": _text_to_plain(finding.cure),
        "subject": _text_to_plain(finding.subject),
        "severity": finding.severity,
    }


def finding_of(plain: Mapping[str, Any]) -> Finding:
    """The finding that was made plain."""
    what = _text_of(plain["what"])
    assert isinstance(what, Text)
    cure = _text_of(plain["cure"])
    subject = _text_of(plain["subject"]) or ""
    return Finding(
        Place(plain["file"], plain["line"]), what, cure if isinstance(cure, Text) else None, subject, plain["severity"]
    )


def _text_to_plain(value: object) -> Any:
    if isinstance(value, Text):
        values = {name: _text_to_plain(inner) for name, inner in value.values.items()}
        return {"template": value.template, "values": values, "other": value.other}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _text_of(plain: Any) -> Any:
    if isinstance(plain, dict):
        values = {name: _text_of(inner) for name, inner in plain["values"].items()}
        return Text(plain["template"], values, plain["other"])
    return plain
