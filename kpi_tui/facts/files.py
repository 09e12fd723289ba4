"""The files a source names, found and unpacked: from a path or glob to bytes of UTF-8.

Invariant: a name in a finding is the path as the workspace would write it, relative to its folder. Whatever the disk,
the packing or the encoding does wrong becomes a finding; nothing here raises for it.
"""

from __future__ import annotations

import glob
import gzip
import io
import os
import zlib
from pathlib import Path, PurePath
from typing import Literal

import polars as pl
from msgspec import Struct

from kpi_tui.errors import Place, Text, count_text, text
from kpi_tui.facts.table import Findings
from kpi_tui.workspace.disk import named
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.trouble import reason

Kind = Literal["delimited", "ndjson", "parquet", "workbook", "database"]

_KINDS: dict[str, Kind] = {
    ".csv": "delimited",
    ".tsv": "delimited",
    ".txt": "delimited",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".ods": "workbook",
    ".db": "database",
    ".sqlite": "database",
    ".sqlite3": "database",
}
_TEXTS = ("delimited", "ndjson")
_PACKINGS = (".gz", ".zst")
_PAPERS = frozenset(("LICENSE", "LICENCE", "README", "NOTICE", "CHANGELOG", "COPYING"))
_MAY_BE_LARGE = 64 << 20  # bytes: the lowest threshold of `large`
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8 = ("utf-8", "utf8", "utf_8", "utf-8-sig", "utf_8_sig", "ascii", "us-ascii")
_DISGUISES: tuple[tuple[tuple[bytes, ...], Text, Text], ...] = (
    (
        (b"PK\x03\x04", b"PK\x05\x06"),
        text("this is a ZIP archive or an Excel workbook, not text"),
        text("give it the ending .xlsx if it is a workbook, else unpack it"),
    ),
    ((b"%PDF",), text("this is a PDF document, not a table"), text("export the table as CSV or .xlsx")),
    (
        (b"\xd0\xcf\x11\xe0",),
        text("this is a workbook of old Excel (.xls), not text"),
        text("save it as .xlsx or .csv"),
    ),
    ((b"PAR1",), text("this is a Parquet file, not text"), text("give it the ending .parquet")),
    ((b"SQLite format 3\x00",), text("this is a SQLite database, not text"), text("give it the ending .sqlite")),
    ((b"\x1f\x8b",), text("this is packed by gzip"), text("give it the ending .gz after its own, such as .csv.gz")),
    (
        (b"\x28\xb5\x2f\xfd",),
        text("this is packed by zstd"),
        text("give it the ending .zst after its own, such as .csv.zst"),
    ),
)
_REPLACEMENT = "\ufffd"


class File(Struct, frozen=True):
    """One file of a source; `size` in bytes as it lies on the disk."""

    name: str
    path: Path
    kind: Kind
    suffix: str
    packing: str
    size: int


def is_data(path: Path) -> bool:
    """Whether a file's name says that it is a table that can be read; the papers that lie beside tables are not."""
    return path.stem.upper() not in _PAPERS and kind_of(path) is not None


def kind_of(path: PurePath) -> Kind | None:
    """What a file or glob holds by its ending; None for what cannot be read."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packing = suffixes.pop() if suffixes and suffixes[-1] in _PACKINGS else ""
    kind = _KINDS.get(suffixes[-1] if suffixes else "")
    return kind if not packing or kind in _TEXTS else None


def find(source: Source, root: Path, findings: Findings) -> tuple[File, ...]:
    """The files that `source.path` names, sorted by name."""
    names = named(source.path, root)
    files = [file for name in names if (file := _file(PurePath(name).as_posix(), root, findings)) is not None]
    if not names:
        cure = text("correct `path`; it is relative to the workspace file")
        if glob.has_magic(source.path):
            findings.add(Place(source.path), text("no file matches"), cure)
        else:
            findings.add(Place(source.path), text("there is no such file"), cure)
    return tuple(files)


def _file(name: str, root: Path, findings: Findings) -> File | None:
    path = root / name
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packing = suffixes.pop() if suffixes and suffixes[-1] in _PACKINGS else ""
    suffix = suffixes[-1] if suffixes else ""
    kind = _KINDS.get(suffix)
    if kind is None or (packing and kind not in _TEXTS):
        findings.add(
            Place(name),
            text("files of this kind cannot be read"),
            text("save it as .xlsx or .csv")
            if suffix in (".xls", ".xlsb")
            else text(
                "these can: .csv, .tsv, .txt, .ndjson, also packed as .gz or .zst, .parquet, .xlsx, .ods, .sqlite"
            ),
        )
        return None
    try:
        if path.is_dir():
            findings.add(
                Place(name),
                text("this is a folder, not a file"),
                text("name the files in it, such as {name}/*.csv", name=name),
            )
            return None
        return File(name, path, kind, suffix, packing, path.stat().st_size)
    except OSError as error:
        unreadable(name, error, findings)
        return None


def may_be_large(source: Source, root: Path) -> bool:
    """Whether the source's files are worth a closer look at their size: a look that most sources are spared."""
    if "KPI_TUI_LARGE" in os.environ:
        return True
    paths = [root / source.path] if not glob.has_magic(source.path) else root.glob(source.path)
    total = 0
    try:
        for path in paths:
            total += path.stat().st_size
    except (OSError, ValueError, NotImplementedError):
        return True
    return total >= _MAY_BE_LARGE


def unreadable(name: str, error: OSError, findings: Findings) -> None:
    """Say that the system did not let a file be read."""
    findings.add(Place(name), text("the file cannot be read: {reason}", reason=reason(error)))


def contents(file: File, findings: Findings) -> bytes | None:
    """The bytes of a text file, unpacked; None where that failed."""
    broken = text("unpack it and pack it again, or fetch it again")
    try:
        packed = file.path.read_bytes()
        if file.packing == ".gz":
            data = gzip.decompress(packed)
        else:
            data = _zstandard(packed) if file.packing == ".zst" else packed
        disguise = disguised(data)
        if disguise is None:
            return data
        findings.add(Place(file.name), *disguise)
        return None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        findings.add(Place(file.name), text("the packed file is broken or cut off"), broken)
    except pl.exceptions.PolarsError:
        findings.add(Place(file.name), text("the packed file is broken, cut off, or does not hold UTF-8 text"), broken)
    except OSError as error:
        if error.errno is None:  # not the system's refusal but Polars' word for a packed file that ends too early
            findings.add(Place(file.name), text("the packed file is broken or cut off"), broken)
        else:
            unreadable(file.name, error, findings)
    return None


def disguised(data: bytes) -> tuple[Text, Text] | None:
    """What the bytes of a file that bears a text file's name really are, and the cure; None for text."""
    for marks, what, cure in _DISGUISES:
        if data.startswith(marks):
            return what, cure
    begin = data[:1024].removeprefix(_BOM).lstrip().lower()
    if begin.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<?xml")):
        return (
            text("this is a web page or XML, not a table of text"),
            text("an export that asks to sign in, or Excel's HTML under another name: export it again as CSV or .xlsx"),
        )
    return None


def _zstandard(packed: bytes) -> bytes:
    # The standard library unpacks zst only from Python 3.14 on; Polars does, but hands out lines of UTF-8 only.
    lines = pl.read_lines(io.BytesIO(packed)).to_series()
    return ("\n".join(lines) + "\n").encode() if lines.len() else b""


def decoded(data: bytes, encoding: str, name: str, findings: Findings) -> bytes | None:
    """`data` as UTF-8 without a byte order mark and without bare-CR line ends; None for an unknown encoding.

    UTF-8 is taken on trust here, because its reader checks it anyway: `repaired` is for when that one complains.
    """
    if encoding.lower() in _UTF8:
        if data.startswith(_UTF16):
            return decoded(data, "utf-16", name, findings)
        data = data.removeprefix(_BOM)
    else:
        try:
            data = data.decode(encoding).removeprefix("\ufeff").encode()
        except UnicodeDecodeError:
            data = repaired(data, encoding, name, findings)
        except LookupError:
            findings.add(
                Place(name),
                text("there is no encoding '{encoding}'", encoding=encoding),
                text("set `encoding` in [source.read], for example 'utf-8', 'cp1251' or 'utf-16'"),
            )
            return None
    if b"\r" in data and b"\n" not in data:
        return data.replace(b"\r", b"\n")
    return data


def repaired(data: bytes, encoding: str, name: str, findings: Findings) -> bytes:
    """`data` as UTF-8 with U+FFFD for what cannot be decoded; the first line with one and their number are said."""
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, errors="replace")
    whole = data.decode(encoding, errors="replace")
    places = whole.count(_REPLACEMENT)
    findings.add(
        Place(name, before.count("\n") + 1),
        count_text(
            "{n} character cannot be read as {encoding}",
            "{n} characters cannot be read as {encoding}; this is the first line with one",
            places,
            encoding=encoding,
        ),
        text("set `encoding` in [source.read] to what the file is written in, for example 'cp1251'"),
    )
    return whole.removeprefix("\ufeff").encode()
