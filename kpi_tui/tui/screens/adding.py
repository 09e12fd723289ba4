"""What `a` adds: asks what, a name, and what it is about, then makes one edit and opens the new record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from textual.app import App

from kpi_tui.errors import Text
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.new import identity, new_entry, new_goal, new_line, new_metric
from kpi_tui.tui.screens.ask import Ask
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.workspace.edits import Add, Batch
from kpi_tui.workspace.writing import plain

if TYPE_CHECKING:  # what few use should not slow the start
    from kpi_tui.metrics.proposing import Proposer
    from kpi_tui.metrics.roles import Choice

Attempt = Callable[[Callable[[], str]], bool]
Opener = Callable[[tuple[str, ...], str | None], None]  # the record, and the field to begin with
Selector = Callable[[tuple[str, ...]], None]


class Adding:
    """One use of the key: a few questions, one edit. `attempt` makes it, `opened` shows the record made, `selected` its
    row."""

    def __init__(self, desk: Desk, app: App[Any], attempt: Attempt, opened: Opener, selected: Selector) -> None:
        self.desk = desk
        self.app = app
        self.attempt = attempt
        self.opened = opened
        self.selected = selected
        self.say = desk.language

    def begin(self, pane: str, key: str | None) -> None:
        """Ask what to add; `key` is the row the cursor is on."""
        options = self._options(pane, key)
        self.app.push_screen(Picker(self.say("Add"), options, self.say), lambda what: self._chosen(what, key))

    def _options(self, pane: str, key: str | None) -> list[Option]:
        say = self.say
        options = {
            "goals": [
                Option("goal", say("Goal for a metric"), say("a metric, a target and a date")),
                Option("milestone", say("Milestone"), say("work that is done or not")),
                Option("objective", say("Objective"), say("a direction that goals hang below")),
            ],
            "metrics": [
                Option("catalogue", say("KPI from the catalogue"), say("CTR, CAC, ROMI, retention and 140 others")),
                Option("formula", say("Metric with a formula"), say("over a source's columns or other metrics")),
                Option("entered", say("Metric entered by hand"), say("survey, market research, offline")),
            ],
            "team": [Option("member", say("Member"), say("a person with a KPI matrix"))],
        }
        look = Option("exports", say("Look at exports"), say("find the metrics in files"))
        options["metrics"].insert(len(options["metrics"]) if self.desk.workspace.sources else 0, look)
        kind, _, rest = (key or "").partition(".")
        if kind == "metric" and self.desk.context().metric(rest).is_typed:
            options["metrics"].insert(
                0, Option("entry", say("Value of {name}", name=self._name(rest)), say("entered by hand"))
            )
        if kind in ("member", "kpi"):
            options["team"].insert(
                0, Option("line", say("KPI line of {name}", name=rest.split(".")[0]), say("a goal with a weight"))
            )
        order = {
            "goals": ("goals", "metrics", "team"),
            "metrics": ("metrics", "goals", "team"),
            "team": ("team", "goals", "metrics"),
        }
        return [option for name in order[pane] for option in options[name]]

    def _name(self, metric: str) -> str:
        return self.desk.context().metric(metric).name or metric

    def _chosen(self, what: str | None, key: str | None) -> None:
        rest = (key or "").partition(".")[2]
        match what:
            case "goal":
                metrics = [Option(m.id, m.name or m.id, m.formula) for m in self.desk.workspace.metrics]
                if not metrics:
                    self.attempt(self._no_metrics)
                    return
                picker = Picker(self.say("Which metric?"), metrics, self.say)
                self.app.push_screen(picker, lambda metric: self._ask_name("goal", key, metric) if metric else None)
            case "entry":
                self._make(("metric", rest, "entries"), new_entry(self.desk.context(), rest), ("metric", rest))
            case "catalogue":
                self.from_catalogue()
            case "exports":
                from kpi_tui.tui.exports import ask_for_exports

                ask_for_exports(self.desk, self.app, lambda added: self.selected(("metric", "")))
            case "line":
                path = ("member", rest.split(".")[0], "kpi")
                ask_for_line(self.desk, self.app, path[1], lambda made: self._make(path, made, path[:2]))
            case str():
                self._ask_name(what, key, None)

    def from_catalogue(self) -> None:
        """Ask which KPI of the catalogue, and what its columns leave open, then add it with all it is made of."""
        if self.desk.loading:
            self.attempt(lambda: self.say("the data are still being read"))
            return
        from kpi_tui.metrics.proposing import Proposer
        from kpi_tui.metrics.roles import columns_known
        from kpi_tui.tui.screens.catalogue import CatalogueScreen

        sources = columns_known(self.desk.session.evaluator)
        proposer = Proposer(sources, self.desk.workspace.metrics, self.say.code)
        screen = CatalogueScreen(proposer.offers(), self.say)
        self.app.push_screen(screen, lambda kpi: self._propose(proposer, kpi, {}) if kpi else None)

    def _propose(self, proposer: Proposer, kpi: str, answers: dict[str, str]) -> None:
        offer = proposer.offer(kpi, answers)
        if offer.typeable:
            self._ask_to_type(proposer, kpi, offer.typeable)
            return
        if offer.questions:
            question = offer.questions[0]
            options = [Option(choice.id, self._label(choice)) for choice in question.choices]
            self.app.push_screen(
                Picker(self.say.say(question.what), options, self.say),
                lambda picked: self._propose(proposer, kpi, {**answers, question.id: picked}) if picked else None,
            )
            return
        if offer.present is not None:
            self.selected(("metric", offer.present))
            return
        names = ", ".join(metric.id for metric in offer.metrics)
        edit = Batch(tuple(Add(("metric",), cast("dict[str, object]", plain(metric))) for metric in offer.metrics))
        if self.attempt(lambda: self._done(edit, names)):
            self.selected(("metric", offer.metrics[-1].id))
            typed = next((metric.id for metric in offer.metrics if metric.id in proposer.typed), None)
            if typed is not None:
                self._type_values(typed, offer.metrics[-1].id)

    def _ask_to_type(self, proposer: Proposer, kpi: str, typeable: Sequence[str]) -> None:
        """Base figures that no source has: whether somebody types them, a value a period."""
        from kpi_tui.metrics.catalogue import catalogue

        names = ", ".join(catalogue()[each].name(self.say.code) for each in typeable)
        title = self.say("No source has: {names}", names=names)
        options = [
            Option("type", self.say("type it by hand"), self.say("a table of periods opens; paste works too")),
            Option("leave", self.say("leave it"), self.say("nothing is added")),
        ]
        by_hand = proposer.with_typed(typeable)
        self.app.push_screen(
            Picker(title, options, self.say),
            lambda picked: self._propose(by_hand, kpi, {}) if picked == "type" else None,
        )

    def _type_values(self, metric: str, made: str) -> None:
        from kpi_tui.tui.screens.entries import EntriesScreen

        self.app.push_screen(EntriesScreen(self.desk, metric), lambda _: self.selected(("metric", made)))

    def _done(self, edit: Batch, names: str) -> str:
        self.desk.apply(edit)
        return self.say("added: {names}", names=names)

    def _label(self, choice: Choice) -> str:
        return self.say.say(choice.label) if isinstance(choice.label, Text) else choice.label

    def _no_metrics(self) -> str:
        return self.say("there is no metric yet: add one first")

    def _ask_name(self, what: str, key: str | None, metric: str | None) -> None:
        def check(typed: str) -> str | None:
            return None if typed.strip() else self.say("a name is needed")

        proposed = self._name(metric) if metric else ""
        title = self.say("Full name") if what == "member" else self.say("Name")
        ask = Ask(title, self.say, text=proposed, check=check)
        self.app.push_screen(ask, lambda name: self._named(what, key, metric, name.strip()) if name else None)

    def _named(self, what: str, key: str | None, metric: str | None, name: str) -> None:
        workspace, context = self.desk.workspace, self.desk.context()
        kind, _, rest = (key or "").partition(".")
        table = {"milestone": "goal", "formula": "metric", "entered": "metric"}.get(what, what)
        made = identity(name, [record.id for record in getattr(workspace, f"{table}s")], table)
        above = (
            rest
            if kind == "objective"
            else next((g.objective for g in workspace.goals if g.id == rest and kind == "goal"), None)
        )
        match what:
            case "goal" | "milestone":
                record = new_goal(context, made, name, context.metric(metric) if metric else None, above)
            case "objective":
                record = {"id": made, "name": name, **({"parent": above} if above else {})}
            case "formula":
                source = workspace.sources[0].id if workspace.sources else None
                if source is None:
                    self.attempt(lambda: self.say("a formula counts rows of a source: s adds one first"))
                    return
                self._make((table,), new_metric(made, name, source), (table, made), "formula")
                return
            case "entered":
                record = new_metric(made, name, None)
            case _:
                record = {"id": made, "name": name}
        self._make((table,), record, (table, made))

    def _make(
        self, path: tuple[str, ...], record: dict[str, object], opened: tuple[str, ...], field: str | None = None
    ) -> None:
        if self.attempt(lambda: self.desk.apply(Add(path, record))):
            self.opened(opened, field)


def ask_for_line(desk: Desk, app: App[Any], member: str, made: Callable[[dict[str, object]], None]) -> None:
    """Ask which goal, or which metric with a plan of its own, a person's new KPI line is about."""
    say, workspace = desk.language, desk.workspace
    person = next(each for each in workspace.members if each.id == member)
    used = {("goal", line.goal) for line in person.kpis} | {("metric", line.metric) for line in person.kpis}
    known = [("goal", goal.id, goal.name, say("goal")) for goal in workspace.goals]
    known += [("metric", metric.id, metric.name, say("metric with a plan")) for metric in workspace.metrics]
    options = [Option(f"{kind}.{id}", name or id, hint) for kind, id, name, hint in known if (kind, id) not in used]

    def picked(choice: str | None) -> None:
        if choice is not None:
            kind, _, identity = choice.partition(".")
            made(new_line(desk.context(), kind, identity))

    app.push_screen(Picker(say("A line on which goal?"), options, say), picked)
