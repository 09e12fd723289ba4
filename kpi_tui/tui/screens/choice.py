"""A question with a few answers, each with its key: what to do about unsaved edits, a conflict, a recovery.

Keys are not translated from a Cyrillic layout here: on it `н`, for "no", sits on Y.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult

from kpi_tui.language.language import Language
from kpi_tui.tui.widgets.stage import Stage
from kpi_tui.tui.widgets.statusline import StatusLine

Answer = tuple[str, str]  # key, label


class Choice(Stage):
    """Gives back the key of the answer; Esc is None. Answers can also be walked with the arrows and taken with Enter."""

    literal_keys = True

    def __init__(self, question: str, lines: Sequence[str], answers: Sequence[Answer], language: Language) -> None:
        super().__init__()
        self.question = question
        self.body = tuple(lines)
        self.answers = tuple(answers)
        self.language = language
        self.selected = 0

    def compose(self) -> ComposeResult:
        ascii = self.language.numbers.ascii
        yield StatusLine([(self.question, "strong")], ascii=ascii)
        for text in self.body:
            yield StatusLine([(text, "")], ascii=ascii)
        yield StatusLine([], id="answers", ascii=ascii)

    def on_mount(self) -> None:
        self._show()

    def _show(self) -> None:
        spans = []
        for index, (key, label) in enumerate(self.answers):
            spans += [(f" {key} {label} ", "cursor" if index == self.selected else ""), ("  ", "")]
        spans.append((f"Esc {self.language('stay')}", "muted"))
        self.query_one("#answers", StatusLine).show(spans)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        keys = [key for key, _ in self.answers]
        if event.key == "escape":
            self.dismiss(None)
        elif event.key == "enter":
            self.dismiss(keys[self.selected])
        elif event.key in ("left", "up", "shift+tab", "right", "down", "tab"):
            step = -1 if event.key in ("left", "up", "shift+tab") else 1
            self.selected = (self.selected + step) % len(keys)
            self._show()
        elif event.key in keys:
            self.dismiss(event.key)
