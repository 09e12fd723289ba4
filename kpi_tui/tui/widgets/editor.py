"""One line being typed: a value that keys turn into the next value, drawn by whoever hosts it.

Why not Textual's `Input`: mounting one over the grid sends the whole grid again (4 KB to open, 7 KB to close). Drawn as
part of its host's lines a keystroke costs some 90 bytes. Invariant: the caret stands between characters, never in one.
"""

from __future__ import annotations

from msgspec import Struct

from kpi_tui.tui.safe import BREAKS, safe
from kpi_tui.tui.widgets.drawn import Line, Span, line
from kpi_tui.tui.widgets.fitting import clusters


class Typing(Struct, frozen=True):
    """The characters before and after the caret."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Typing:
        """`text` with the caret at its end."""
        return cls(tuple(piece for piece, _ in clusters(text)))

    @property
    def text(self) -> str:
        """What stands in the line."""
        return "".join(self.before + self.after)

    def pasted(self, text: str) -> Typing:
        """With the first line of `text` at the caret; what cannot be printed is left out."""
        first = next((part for part in _lines(text) if part.strip()), "")
        kept = "".join([character for character in first if character.isprintable()])
        inserted = "".join(self.before) + kept
        return Typing(tuple(piece for piece, _ in clusters(inserted)), self.after)

    def pressed(self, key: str, character: str | None) -> Typing | None:
        """After a key (Textual's name and what it types), or None where the key means nothing here."""
        before, after = self.before, self.after
        match key:
            case "left":
                return Typing(before[:-1], before[-1:] + after)
            case "right":
                return Typing(before + after[:1], after[1:])
            case "home" | "ctrl+a":
                return Typing((), before + after)
            case "end" | "ctrl+e":
                return Typing(before + after)
            case "backspace":
                return Typing(before[:-1], after)
            case "delete" | "ctrl+d":
                return Typing(before, after[1:])
            case "ctrl+u":
                return Typing((), after)
            case "ctrl+k":
                return Typing(before)
            case "ctrl+w" | "ctrl+backspace" | "alt+backspace":
                return Typing(before[: _word_start(before)], after)
            case "ctrl+left" | "alt+b":
                start = _word_start(before)
                return Typing(before[:start], before[start:] + after)
            case "ctrl+right" | "alt+f":
                length = len(after) - _word_start(after[::-1])
                return Typing(before + after[:length], after[length:])
        if character is None or not character.isprintable():
            return None
        return self.pasted(character) if character.strip() else Typing((*before, character), after)

    def shown(self, width: int, ascii: bool = False) -> Line:
        """The line in exactly `width` cells, scrolled so that the caret is in view. Styles: `field`, `caret`."""
        spans, _ = self._scrolled(width, ascii)
        return spans

    def caret(self, width: int, ascii: bool = False) -> int:
        """The cell of the caret in what `shown` gives."""
        _, cell = self._scrolled(width, ascii)
        return cell

    def _scrolled(self, width: int, ascii: bool) -> tuple[Line, int]:
        under = _measured(self.after[0], ascii) if self.after else (" ", 1)
        room = width - under[1]
        left: list[Span] = []
        for piece in reversed(self.before):
            shown, cells = _measured(piece, ascii)
            if cells > room:
                break
            left.insert(0, (shown, "field"))
            room -= cells
        caret = width - under[1] - room
        right: list[Span] = []
        for piece in self.after[1:]:
            shown, cells = _measured(piece, ascii)
            if cells > room:
                break
            right.append((shown, "field"))
            room -= cells
        return line([*left, (under[0], "caret"), *right, (" " * room, "field")]), caret


def _measured(piece: str, ascii: bool) -> tuple[str, int]:
    """How a character is shown, and its cells; one that shows nothing is a blank, so that the caret can stand on it."""
    shown = safe(piece, ascii)
    cells = sum(width for _, width in clusters(shown))
    return (shown, cells) if cells else (" ", 1)


def _lines(text: str) -> list[str]:
    for character in BREAKS[1:]:
        text = text.replace(character, "\n")
    return text.split("\n")


def _word_start(pieces: tuple[str, ...]) -> int:
    """Where the last word of `pieces` begins."""
    start = len(pieces)
    while start and not pieces[start - 1].isalnum():
        start -= 1
    while start and pieces[start - 1].isalnum():
        start -= 1
    return start
