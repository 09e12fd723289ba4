"""Edits: what they change, what they refuse and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from msgspec.structs import replace

from kpi_tui.errors import EditError, UsageError
from kpi_tui.workspace.assignment import parse_assignment
from kpi_tui.workspace.differences import differences
from kpi_tui.workspace.edits import Add, Batch, Delete, Set, apply, decode, encode
from kpi_tui.workspace.history import History
from kpi_tui.workspace.model import (
    Checkin,
    Entry,
    Goal,
    KpiLine,
    Member,
    Metric,
    Note,
    Objective,
    Source,
    Step,
    Workspace,
)
from kpi_tui.workspace.references import formula_renamed

SHOP = Workspace(
    sources=(Source(id="ads", path="ads.csv", columns={"cost": "decimal"}),),
    metrics=(
        Metric(id="spend", source="ads", formula="SUM(cost)"),
        Metric(id="cac", formula="spend / NULLIF(SUM(spend), 0)"),
        Metric(id="awareness", entries=(Entry(date=date(2026, 6, 30), value=D("0.2")),)),
    ),
    objectives=(Objective(id="growth"),),
    goals=(
        Goal(id="turnover", metric="spend", target=D(5), start=date(2026, 1, 1), due=date(2026, 12, 31), owner="anna"),
        Goal(id="spend", metric="cac", kind="at_most", target=D(900), objective="growth"),
    ),
    members=(
        Member(id="anna", kpis=(KpiLine(goal="turnover"), KpiLine(goal="spend"), KpiLine(metric="spend", plan=D(9)))),
    ),
    notes=(Note(date=date(2026, 1, 1), metric="spend", text="x"),),
)


def after(*assignments: str) -> Workspace:
    return apply(SHOP, Batch(tuple(parse_assignment(assignment) for assignment in assignments)))


def refusal(assignment: str) -> str:
    with pytest.raises(EditError) as error:
        apply(SHOP, parse_assignment(assignment))
    return str(error.value)


def test_every_kind_of_path_is_reached() -> None:
    shop = after(
        "workspace.currency=EUR",
        "goal.turnover.target=130_000_000",
        "goal.turnover.targets.2026-Q4=31000000",
        "goal.turnover.where.channel=Email",
        "goal.turnover.name=2026",
        "goal.turnover.due=2027-01-31",
        "member.anna.kpi.turnover.weight=50",
        "member.anna.kpi.goal:spend.weight=25",
        "member.anna.kpi.metric:spend.plan=10.50",
        "source.ads.read.separator=;",
        "source.ads.columns.clicks=integer",
        'source.ads.rename."Cost (RUB), gross.total"=cost',
        "source.ads.labels.channel.youtube=YouTube",
        'source.ads.dimensions=["channel"]',
        "metric.awareness.entries.2026-06-30=0.25",
        "metric.awareness.entries.2026-06-30[segment=target]=0.3",
        "metric.awareness.entries.2026-03-31={ value = 0.1, n = 800 }",
        "metric.awareness.entries.2026-09-30.value=1",
        "metric.spend.fill=previous",
        "note.0.text=y",
    )
    goal = shop.goals[0]
    assert shop.settings.currency == "EUR"
    assert (goal.target, goal.name, goal.due) == (D(130_000_000), "2026", date(2027, 1, 31))
    assert goal.targets == {"2026-Q4": D(31000000)}
    assert goal.where == {"channel": "Email"}
    assert [(line.weight, line.plan) for line in shop.members[0].kpis] == [
        (D(50), None),
        (D(25), None),
        (D(1), D("10.5")),
    ]
    source = shop.sources[0]
    assert (source.read.separator, source.columns["clicks"], source.dimensions) == (";", "integer", ("channel",))
    assert source.rename == {"Cost (RUB), gross.total": "cost"}
    assert source.labels == {"channel": {"youtube": "YouTube"}}
    assert shop.metrics[2].entries == (
        Entry(date=date(2026, 3, 31), value=D("0.1"), n=800),
        Entry(date=date(2026, 6, 30), value=D("0.25")),
        Entry(date=date(2026, 6, 30), value=D("0.3"), by={"segment": "target"}),
        Entry(date=date(2026, 9, 30), value=D(1)),
    )
    assert (shop.metrics[0].fill, shop.notes[0].text) == ("previous", "y")


def test_nothing_removes() -> None:
    assert after("goal.turnover.owner=").goals[0].owner is None
    assert after("metric.awareness.entries.2026-06-30=").metrics[2].entries == ()
    assert after("member.anna.kpi.goal:spend=").members[0].kpis == (SHOP.members[0].kpis[0], SHOP.members[0].kpis[2])
    assert "'due' cannot be removed" not in refusal("goal.turnover.due=")
    assert refusal("source.ads.path=") == "source 'ads': 'path' cannot be removed: set it to something else"
    assert refusal("source.ads.columns.clicks=") == "source 'ads': 'columns' has no 'clicks': known: cost"


@pytest.mark.parametrize(
    ("assignment", "reason"),
    [
        ("goal.turnovr.target=5", "goal 'turnovr' does not exist: did you mean 'turnover'?"),
        ("goal.turnover.traget=5", "goal 'turnover': unknown key 'traget': did you mean 'target'?"),
        ("gaol.turnover.target=5", "unknown key 'gaol': did you mean 'goal'?"),
        ("metric.spend.window=28", "metric 'spend': '28' is not a length of time: write a number and days, weeks, "),
        ("metric.spend.retention.source=ads", "metric 'spend': a metric is either 'retention' or 'formula', not both"),
        ("goal.turnover.start=soon", "goal 'turnover': 'start' expects a date such as 2026-12-31, not text"),
        ("goal.turnover.weight=25%", "goal 'turnover': 'weight' expects a number, not text"),
        ("goal.turnover.weight=true", "goal 'turnover': 'weight' expects a number, not true or false"),
        ("goal.turnover.kind=up", "goal 'turnover': 'kind' cannot be 'up': write one of: increase, "),
        ("goal.turnover.metric=spent", "goal 'turnover': metric 'spent' does not exist: did you mean 'spend'?"),
        ("goal.turnover.target=", "goal 'turnover': a goal of kind 'increase' needs 'target': add target = ..."),
        ("goal.turnover.target.x=1", "goal 'turnover': 'target' has no parts: set 'target' itself"),
        ("goal.turnover.id=Spend", "goal 'turnover': 'Spend' cannot be an id: "),
        ("goal.turnover.id=spend", "goal 'spend#2': the id 'spend' is used twice: "),
        ("goal.turnover.targets.2026-Q5=1", "goal 'turnover': '2026-Q5' is not the name of a period: "),
        (
            "goal.turnover.checkin.2026-11-14.note=x",
            "goal 'turnover': checkin '2026-11-14' does not exist: add it to the file as [[goal.checkin]]",
        ),
        (
            "metric.awareness.entries.June=1",
            "metric 'awareness': entry 'June' does not exist: an entry is named by its day",
        ),
        ("metric.awareness.entries.2026-09-30.note=x", "'value' is missing"),
        ("member.anna.kpi.spend.weight=1", "member 'anna': kpi 'spend' does not exist: "),
        ("note.1.text=y", "note '1' does not exist: "),
        ("schema=2", "'schema' is the version of the file"),
        ("workspace.name=\udcff", "'name' holds characters that no file can hold"),
    ],
)
def test_a_refusal_says_what_and_how_to_mend_it(assignment: str, reason: str) -> None:
    assert reason in refusal(assignment)


@pytest.mark.parametrize("assignment", ["goal.turnover.target", "=5", "goal..x=5", ""])
def test_what_is_no_assignment_is_misuse(assignment: str) -> None:
    with pytest.raises(UsageError, match="is not an assignment"):
        parse_assignment(assignment)


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("goal.x.target=5.50", D("5.50")),
        ("goal.x.target=+20%", "+20%"),
        ("goal.x.name=5", "5"),
        ("goal.x.name=true", "true"),
        ('goal.x.name="quoted"', '"quoted"'),
        ("goal.x.where.channel=5", "5"),
        ('goal.x.where.channel=["a", "b"]', ["a", "b"]),
        ("goal.x.where.channel=[brand]", "[brand]"),
        ("goal.x.due=2026-01-01", date(2026, 1, 1)),
        ("goal.x.weight=1\nschema = 2", "1\nschema = 2"),
        ("metric.x.share_of_total=true", True),
        ("metric.x.formula=a = b", "a = b"),
        ("goal.x.weight=", None),
    ],
)
def test_the_type_of_the_key_decides_how_a_value_is_read(assignment: str, value: object) -> None:
    found = parse_assignment(assignment).value
    assert (found, type(found)) == (value, type(value))


def test_a_rename_takes_every_reference_along() -> None:
    shop = after("metric.spend.id=outlay", "member.anna.id=ann", "source.ads.id=facebook")
    assert shop.metrics[1].formula == "outlay / NULLIF(SUM(spend), 0)"
    assert shop.metrics[0].source == "facebook"
    assert (shop.goals[0].metric, shop.goals[0].owner, shop.goals[1].id) == ("outlay", "ann", "spend")
    assert shop.members[0].kpis[1:] == (KpiLine(goal="spend"), KpiLine(metric="outlay", plan=D(9)))
    assert shop.notes[0].metric == "outlay"


@pytest.mark.parametrize(
    ("formula", "renamed"),
    [
        ("a + SUM(a)", "b + SUM(a)"),
        ("COALESCE(a, 0) * ROUND((a), 2)", "COALESCE(b, 0) * ROUND((b), 2)"),
        ("SUM(x) FILTER (WHERE a > 0) / a", "SUM(x) FILTER (WHERE a > 0) / b"),
        ("CASE WHEN a > 'a' THEN \"a\" ELSE aa END -- a", "CASE WHEN b > 'a' THEN b ELSE aa END -- a"),
        ("SUM(NULLIF(a, 0)) / a(a)", "SUM(NULLIF(a, 0)) / a(a)"),
    ],
)
def test_a_rename_leaves_columns_and_texts_alone(formula: str, renamed: str) -> None:
    assert formula_renamed(formula, "a", "b") == renamed


def test_what_is_referred_to_cannot_be_deleted() -> None:
    with pytest.raises(EditError) as error:
        apply(SHOP, Delete(("metric", "spend")))
    users = "goal 'turnover', member 'anna', kpi 'metric:spend', note '0', metric 'cac'"
    assert str(error.value) == f"metric 'spend' is used by {users}: change or delete what uses it first"
    with pytest.raises(EditError, match="objective 'growth' is used by goal 'spend'"):
        apply(SHOP, Set(("objective",), None))
    freed = apply(SHOP, Batch((Delete(("objective", "growth")), Set(("goal", "spend", "objective"), None))))
    assert freed.objectives == ()


def test_records_are_added_where_they_belong() -> None:
    shop = apply(SHOP, Add(("metric",), {"id": "reach", "unit": "count"}, 1))
    assert [metric.id for metric in shop.metrics] == ["spend", "reach", "cac", "awareness"]
    shop = apply(SHOP, Add(("goal", "turnover", "checkin"), {"date": date(2026, 11, 14), "confidence": 6}))
    assert shop.goals[0].checkins[0].confidence == 6
    shop = apply(SHOP, Add(("metric", "awareness", "entries"), {"date": date(2026, 1, 31), "value": 1}))
    assert [entry.date.month for entry in shop.metrics[2].entries] == [1, 6]
    with pytest.raises(EditError, match="'id' is missing"):
        apply(SHOP, Add(("objective",), {}))
    with pytest.raises(EditError, match="is not a list of records"):
        apply(SHOP, Add(("workspace",), {}))
    with pytest.raises(EditError, match="no place 9"):
        apply(SHOP, Add(("objective",), {"id": "x"}, 9))


def test_a_batch_is_checked_as_a_whole_and_done_as_a_whole() -> None:
    between = Batch((
        Set(("goal", "turnover", "kind"), "between"),
        Set(("goal", "turnover", "low"), 1),
        Set(("goal", "turnover", "high"), 2),
    ))  # fmt: skip
    assert apply(SHOP, between).goals[0].kind == "between"
    with pytest.raises(EditError, match="needs 'high'"):
        apply(SHOP, Batch(between.edits[:2]))


def test_an_old_problem_does_not_stop_other_edits() -> None:
    sick = Workspace(goals=(Goal(id="a", kind="at_least"), Goal(id="b", kind="milestone")))
    assert apply(sick, Set(("goal", "a", "name"), "A")).goals[0].name == "A"
    with pytest.raises(EditError, match="a milestone has no 'target'"):
        apply(sick, Set(("goal", "b", "target"), 5))


def test_steps_are_set_as_a_whole() -> None:
    steps = [{"from": 0, "score": D("0.50")}, {"from": 1, "score": 1}]
    shop = apply(SHOP, Set(("member", "anna", "kpi", "turnover", "steps"), steps))
    assert shop.members[0].kpis[0].steps == (Step(start=D(0), score=D("0.5")), Step(start=D(1), score=D(1)))
    edit = Set(
        ("member", "anna", "kpi", "goal:turnover", "steps"), [{"from": 0, "score": D("0.5")}, {"from": 1, "score": 1}]
    )
    assert differences(SHOP, shop) == [edit]


def test_undo_returns_the_very_workspace_and_doing_forgets_the_undone() -> None:
    history = History(SHOP).do(Set(("workspace", "name"), "A")).do(Delete(("note", "0")))
    assert history.undo().undo().present is SHOP
    assert history.undo().redo() == history
    assert history.undo().do(Set(("workspace", "name"), "B")).future == ()
    with pytest.raises(EditError, match="nothing to undo"):
        History(SHOP).undo()
    with pytest.raises(EditError, match="nothing to redo"):
        history.redo()


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b"null",
        b"{",
        b'{"set":[1],"value":null}',
        b'{"set":["a"],"value":{"x":1}}',
        b'{"set":["a"],"value":{"decimal":"1,5"}}',
        b'{"add":["a"],"record":5,"at":null}',
        b'{"add":["a"],"record":{"table":{}},"at":"x"}',
    ],
)
def test_a_spoilt_journal_line_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any reason will do
        decode(line)


def test_an_edit_cannot_hold_what_a_file_cannot() -> None:
    with pytest.raises(TypeError, match="float"):
        encode(Set(("goal", "x", "weight"), 0.5))


def test_differences_tell_records_with_one_name_apart() -> None:
    first, second, third = (Checkin(date=date(2026, 11, 14), note=note) for note in "abc")
    many = replace(SHOP, goals=(replace(SHOP.goals[0], checkins=(first, second, third)), SHOP.goals[1]))
    few = replace(SHOP, goals=(replace(SHOP.goals[0], checkins=(third,)), SHOP.goals[1]))
    for before, after in ((many, few), (few, many), (many, SHOP), (SHOP, many)):
        assert apply(before, Batch(tuple(differences(before, after)))) == after


def test_differences_keep_the_order_of_what_is_new() -> None:
    more = replace(SHOP, metrics=(Metric(id="new"), *SHOP.metrics[1:], Metric(id="spend", name="Spend", formula="1")))
    found = differences(SHOP, more)
    assert apply(SHOP, Batch(tuple(found))).metrics[0].id == "new"
    notes = tuple(Note(date=date(2026, 1, day), metric="spend", text="x") for day in (3, 1, 2))
    noted = replace(SHOP, notes=notes)
    assert differences(SHOP, noted) == [
        Add(("note",), {"date": date(2026, 1, 3), "metric": "spend", "text": "x"}, 0),
        Add(("note",), {"date": date(2026, 1, 2), "metric": "spend", "text": "x"}, 2),
    ]
