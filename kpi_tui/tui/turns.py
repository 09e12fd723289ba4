"""Keys one after the other: a key is handled when all that the one before did is done.

Textual hands a key to the focused widget and runs a binding only when the key has bubbled up to the app; meanwhile the
next key is already with the widget. On a slow line many keys arrive at once, so `e12000` would open an editor *after*
its digits had been taken for hotkeys. Invariant: keys and pastes are handled in the order in which they were typed,
each on the screen and in the field that the ones before it led to.

How: behind each key a `Passed` message takes the same way through the same queues. When it has come up to the app from
the widget that has the focus by then, the next key may go.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from textual import events
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.timer import Timer

LOST = 0.5  # seconds after which a marker is taken for lost, as where its widget was removed on the way

Typed = events.Key | events.Paste


class Passed(Message):
    """Bubbles behind a key: whoever hands it on has handled the key."""

    def __init__(self, number: int, start: MessagePump) -> None:
        super().__init__()
        self.number, self.start = number, start


class Turns:
    """Whose turn it is: the app asks `waits` of a new key, calls `follow` after it and `passed` with each marker."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: deque[Typed] = deque()
        self._number = 0
        self._busy = False
        self._held = False
        self._start: MessagePump = app
        self._timer: Timer | None = None

    @property
    def idle(self) -> bool:
        """Whether every key that came has been handled."""
        return not self._busy and not self._waiting

    def waits(self, event: Typed) -> bool:
        """Whether the key has to wait; `passed` gives it back in its turn."""
        if self._busy:
            self._waiting.append(event)
        return self._busy

    def follow(self) -> None:
        """To be called when a key was handed on: sends the marker after it."""
        self._busy = True
        self._number += 1
        self._start = self._target
        self._send()

    def _send(self) -> None:
        """A marker behind the key. One that is taken for lost may only be late: its successor takes the same way."""
        if not self._start.post_message(Passed(self._number, self._start)):
            self._start = self._app
            self._app.post_message(Passed(self._number, self._app))
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(LOST, self._send)

    def passed(self, marker: Passed) -> Typed | None:
        """The next key where one waits and the marker is that of the last one."""
        if marker.number != self._number or self._held or not self._app.screen_stack:
            return None  # an old one, one behind a key that waits for something else, or the app is ending
        if marker.start is not self._target:  # the key led to another screen or field: that is to be ready too
            self.follow()
            return None
        if self._timer is not None:
            self._timer.stop()
        self._busy = False
        return self._waiting.popleft() if self._waiting else None

    @property
    def holding(self) -> bool:
        """Whether a key waits for something else than the keys before it."""
        return self._held

    def hold(self, event: Typed) -> None:
        """Keep a key whose turn it was, and all that come after it, until `release`."""
        self._waiting.appendleft(event)
        self._busy = self._held = True

    def release(self) -> Typed | None:
        """The key that was held: its turn is now."""
        if not self._held:
            return None
        self._busy = self._held = False
        return self._waiting.popleft() if self._waiting else None

    def forget(self) -> None:
        """Drop the keys that are held."""
        if self._held:
            self._waiting.clear()
            self._busy = self._held = False

    @property
    def _target(self) -> MessagePump:
        return self._app.focused or self._app.screen
