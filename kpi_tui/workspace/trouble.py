"""What the operating system refused, said with a cure: the one place that knows what an errno means to a person.

Every template is a whole sentence; none shows a number or a traceback.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Literal

from kpi_tui.errors import StoreError, Text, text

Doing = Literal["read", "save", "create", "state"]

# What the system says in `strerror` where no rule here says it better: marked for translation.
_SAID = (
    text("Permission denied"),
    text("No such file or directory"),
    text("Input/output error"),
    text("File name too long"),
    text("Read-only file system"),
    text("Is a directory"),
    text("Not a directory"),
    text("Invalid argument"),
    text("Stale file handle"),
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def trouble(error: OSError, path: Path, doing: Doing) -> StoreError:
    """The StoreError for `error`, met while reading, saving or creating `path` or writing the state folder `path`."""
    if doing == "read":
        return _reading(error, path)
    if doing == "state":
        return _state(error, path)
    return _writing(error, path, doing)


def _reading(error: OSError, path: Path) -> StoreError:
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return StoreError(
            text("{file} does not exist", file=path),
            text("check the name; `kpi-tui open NAME.toml` makes a new workspace"),
        )
    if error.errno in _FORBIDDEN:
        return StoreError(text("{file} may not be read", file=path), text("ask its owner for the right to read it"))
    if error.errno == errno.ELOOP:
        return StoreError(text("{file} is a link that leads to itself", file=path), text("name the file itself"))
    return StoreError(text("{file} cannot be read: {reason}", file=path, reason=reason(error)))


def _writing(error: OSError, path: Path, doing: Doing) -> StoreError:
    if error.errno == errno.EEXIST:
        return StoreError(text("{file} exists already", file=path), text("choose another name, or open it"))
    if error.errno in _FULL:
        return StoreError(
            text("{file} could not be saved: the disk is full; it is unchanged", file=path)
            if doing == "save"
            else text("{file} could not be written: the disk is full", file=path),
            text("make room and save again; your edits are kept"),
        )
    if error.errno in _FORBIDDEN:
        return StoreError(
            text("files in {folder} may not be written", folder=path.parent),
            text("get the right to write there, or save under a name in another folder"),
        )
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return StoreError(
            text("the folder {folder} does not exist", folder=path.parent), text("make it, or choose another folder")
        )
    if error.errno in {errno.EBUSY, errno.EXDEV}:
        return StoreError(
            text("{file} cannot be replaced: it is mounted by itself", file=path),
            text("mount the folder it is in instead of the file"),
        )
    return StoreError(
        text("{file} could not be written: {reason}", file=path, reason=reason(error)),
        text("save again, or save under a name in another folder"),
    )


def _state(error: OSError, folder: Path) -> StoreError:
    cure = text("make room or make it writable, or set XDG_STATE_HOME to another folder")
    if error.errno in _FULL:
        return StoreError(text("the state folder {folder} has no room left", folder=folder), cure)
    return StoreError(
        text("the state folder {folder} cannot be written: {reason}", folder=folder, reason=reason(error)), cure
    )


def reason(error: OSError) -> Text:
    """What the system says, in the user's language where it is one of the usual refusals."""
    return Text(error.strerror or str(error) or type(error).__name__)
