"""One line to type: a name, a path, a filter. Enter commits; a wrong input keeps it open with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.message import Message

from kpi_tui.language.language import Language
from kpi_tui.tui.widgets.drawn import Drawn, Line, line
from kpi_tui.tui.widgets.editor import Typing
from kpi_tui.tui.widgets.stage import Stage
from kpi_tui.tui.widgets.statusline import StatusLine

Check = Callable[[str], str | None]  # the reason why it cannot be, or None


class TextField(Drawn, can_focus=True):
    """One line of text with a caret."""

    DEFAULT_CSS = "TextField { width: 1fr; height: 1; }"

    class Changed(Message):
        """The text or the place of the caret is another."""

    def __init__(self, text: str, *, ascii: bool = False) -> None:
        super().__init__(ascii=ascii)
        self.typed = Typing.of(text)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return [line(self.typed.shown(width, self.ascii))]

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        pressed = self.typed.pressed(event.key, event.character) if event.key not in ("enter", "escape") else None
        if pressed is not None:
            event.stop()
            event.prevent_default()
            self.take(pressed)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.take(self.typed.pasted(event.text))

    def take(self, typed: Typing) -> None:
        """Show this instead."""
        self.typed = typed
        self.redraw()
        self.post_message(self.Changed())

    def cell_of(self, offset: int) -> int | None:
        """The cell of the character at `offset` of the text; None where it is not in view."""
        width = self.content_size.width
        cell = self.typed.caret(width, self.ascii) - len("".join(self.typed.before)) + offset
        return cell if 0 <= cell < width else None


class Ask(Stage):
    """Gives back the text, or None where it was left with Esc."""

    typing = True
    DEFAULT_CSS = "Ask #reason { height: 2; }"

    def __init__(
        self, question: str, language: Language, *, text: str = "", hint: str = "", check: Check | None = None
    ) -> None:
        super().__init__()
        self.question = question
        self.language = language
        self.text = text
        self.hint = hint
        self.check = check

    def compose(self) -> ComposeResult:
        ascii = self.language.numbers.ascii
        yield StatusLine([(self.question, "strong")], ascii=ascii)
        yield TextField(self.text, ascii=ascii)
        yield StatusLine([(self.hint, "muted")], id="reason", ascii=ascii)
        yield StatusLine([(self.language("Enter takes it, Esc leaves"), "muted")], ascii=ascii)

    def on_mount(self) -> None:
        self.query_one(TextField).focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            self.dismiss(None)
        elif event.key == "enter":
            typed = self.query_one(TextField).typed.text
            reason = self.check(typed) if self.check is not None else None
            if reason is None:
                self.dismiss(typed)
            else:
                self.query_one("#reason", StatusLine).show([(reason, "error")])
        else:
            return
        event.stop()
