"""The catalogue of KPIs to take one from: what the data allow first, what they lack below, each explained.

Typing narrows by name, synonym or id in both languages; Enter takes the row.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult

from kpi_tui.errors import Text
from kpi_tui.language.language import Language
from kpi_tui.metrics.proposing import Offer
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.widgets.drawn import Drawn, Line
from kpi_tui.tui.widgets.editor import Typing
from kpi_tui.tui.widgets.fitting import wrapped
from kpi_tui.tui.widgets.foot import Foot
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row
from kpi_tui.tui.widgets.statusline import StatusLine, status_line

Part = tuple[str, str]  # a sentence, its style


class Described(Drawn):
    """Sentences, each wrapped on lines of its own, as many as there is room for."""

    DEFAULT_CSS = "Described { width: 1fr; height: 9; }"

    def __init__(self, *, ascii: bool) -> None:
        super().__init__(id="described", ascii=ascii)
        self._parts: tuple[Part, ...] = ()

    def show(self, parts: Sequence[Part]) -> None:
        """Show these sentences."""
        self._parts = tuple(parts)
        self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        parts = [
            (line, style)
            for sentence, style in self._parts
            for line in wrapped(sentence, max(8, width - 2), self.ascii)
        ]
        shown = [*parts, *[("", "")] * height][:height]
        return [status_line([(" " + line, style)], (), width, self.ascii) for line, style in shown]


class CatalogueScreen(Framed):
    """Gives back the id of the KPI taken, or None. One that lacks data is not taken, but for what can be typed by hand:
    the reason is said.
    """

    typing = True  # letters narrow the list: they are no hotkeys

    def __init__(self, offers: Sequence[Offer], language: Language) -> None:
        hints = language("type to narrow, Enter takes, Esc leaves")
        super().__init__(language("KPI from the catalogue"), language, hints=hints)
        self.offers = {offer.kpi.id: offer for offer in offers}
        self.typed = Typing()

    def compose(self) -> ComposeResult:
        ascii = self.language.numbers.ascii
        yield StatusLine([(self.title_text, "strong")], id="title", ascii=ascii)
        yield Grid(id="grid", ascii=ascii)
        yield Described(ascii=ascii)
        yield Foot([(" " + self.hints, "muted")], ascii=ascii)

    def fill(self) -> None:
        wanted = self.typed.text
        shown = sorted(
            (offer for offer in self.offers.values() if offer.kpi.matches(wanted)),
            key=lambda offer: (
                bool(wanted.strip()) and offer.kpi.rank(wanted) > 0,
                _order(offer),
                offer.kpi.rank(wanted),
            ),
        )
        width = min(44, max(20, self.app.size.width // 2))
        columns = [
            Column("name", self.language("KPI"), width),
            Column("state", self.language("Formula"), None, reachable=False),
        ]
        self.grid.empty = (self.language("nothing with that name"),)
        self.grid.show(columns, [self._row(offer) for offer in shown])
        typed = [(self.title_text + "  ", "strong"), (self.typed.text, "mark")]
        self.query_one("#title", StatusLine).show(typed)
        self._describe()

    def _row(self, offer: Offer) -> Row:
        say = self.language
        if offer.present is not None:
            state, style = say("there already: {id}", id=offer.present), "muted"
        elif offer.missing:
            state, style = say("needs {what}", what=offer.missing[0]), "muted"
        else:
            state = say("entered by hand") if _by_hand(offer) else offer.metrics[-1].formula or self._made_of(offer)
            style = ""
        return Row(offer.kpi.id, (Cell(offer.kpi.name(say.code), style), Cell(state, "muted")))

    def _made_of(self, offer: Offer) -> str:
        made_of = offer.kpi.made_of
        return self.language.say(made_of) if isinstance(made_of, Text) else made_of

    def _describe(self) -> None:
        offer = self.offers.get(self.grid.key or "")
        self.query_one(Described).show(description(offer, self.language) if offer is not None else ())

    def on_grid_moved(self, event: Grid.Moved) -> None:
        self._describe()
        self.say("")

    def on_key(self, event: events.Key) -> None:
        """Letters before bindings see them."""
        if event.key in ("up", "down", "pageup", "pagedown", "escape", "home", "end"):
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            self._take()
            return
        pressed = self.typed.pressed(event.key, event.character)
        if pressed is not None:
            self.typed = pressed
            self.say("")
            self.fill()
            self.grid.move("top")

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.typed = self.typed.pasted(event.text)
        self.fill()

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self._take()

    def _take(self) -> None:
        offer = self.offers.get(self.grid.key or "")
        if offer is None:
            return
        if offer.missing and not offer.typeable:
            needed = "; ".join(self.language.say(what) for what in offer.missing)
            self.say(self.language("needs {what}", what=needed), "error")
            return
        self.dismiss(offer.kpi.id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "close" or not self.typed.text or super().check_action(action, parameters)


def description(offer: Offer, language: Language) -> list[Part]:
    """What the KPI is, what it would add, what it is mistaken for and whose definition it is."""
    kpi, code = offer.kpi, language.code
    named = f"{', '.join(dict.fromkeys((*kpi.names(code), kpi.id)))}"
    parts: list[Part] = [(named, "strong"), (kpi.means.said(code), "")]
    if offer.missing:
        needed = "; ".join(language.say(what) for what in offer.missing)
        parts.append((language("Needs {what}", what=needed), "risk"))
        if offer.typeable:
            parts.append((language("Or typed by hand: Enter asks"), ""))
    if offer.metrics:
        adds = ", ".join(metric.id for metric in offer.metrics)
        uses = ", ".join(offer.uses)
        parts.append(
            (
                language("Adds {adds}; uses {uses}", adds=adds, uses=uses)
                if uses
                else language("Adds {adds}", adds=adds),
                "",
            )
        )
    parts += [
        (language.say(what), "risk") for what in (*offer.assumed, *(question.what for question in offer.questions))
    ]
    parts.append((language.say(kpi.confused_with(code)), ""))
    if kpi.basis is not None:
        parts.append((kpi.basis.said(code), ""))
    if " / " in (offer.metrics[-1].formula if offer.metrics else kpi.said):
        parts.append((language("Undefined where it would be divided by 0"), "muted"))
    parts.append((language("Source: {origin}", origin=kpi.origin), "muted"))
    return parts


def _order(offer: Offer) -> int:
    if offer.metrics:
        return 1 if _by_hand(offer) else 0
    return 2 if offer.present is not None else 3


def _by_hand(offer: Offer) -> bool:
    """Whether the KPI itself is typed by hand."""
    metric = offer.metrics[-1]
    return metric.is_typed
