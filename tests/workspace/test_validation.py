"""The rules across keys and records, each broken once in an otherwise sound workspace."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from kpi_tui.workspace.goal_rules import idle_keys, relative_target
from kpi_tui.workspace.model import (
    Checkin,
    Entry,
    Goal,
    GoalKind,
    KpiLine,
    Member,
    Metric,
    Note,
    Objective,
    Read,
    Settings,
    Source,
    Step,
    Workspace,
)
from kpi_tui.workspace.places import Places
from kpi_tui.workspace.validation import check

GOAL = Goal(id="g", metric="spend", target=D(5), start=date(2026, 1, 1), due=date(2026, 12, 31))
GUARD = Goal(id="h", metric="spend", kind="between", low=D(1), high=D(2))
SOUND = Workspace(
    sources=(Source(id="ads", path="ads.csv"),),
    metrics=(Metric(id="spend", source="ads", formula="SUM(cost)"), Metric(id="brand")),
    objectives=(Objective(id="growth"), Objective(id="repeat", parent="growth")),
    goals=(GOAL, GUARD),
    members=(Member(id="vera"), Member(id="anna", reports_to="vera", kpis=(KpiLine(goal="g"),))),
    notes=(Note(date=date(2026, 1, 1), metric="spend", text="x"),),
)


def said(**records: Any) -> list[str]:
    workspace = replace(SOUND, **records)
    return [str(finding) for finding in check(workspace, Places("f", "", workspace))]


def of_goal(**keys: Any) -> list[str]:
    return said(goals=(replace(GOAL, **keys), GUARD))


def of_guard(**keys: Any) -> list[str]:
    return said(goals=(GOAL, replace(GUARD, **keys)))


def of_line(*lines: KpiLine) -> list[str]:
    return said(members=(Member(id="anna", kpis=lines),))


def of_read(**keys: Any) -> list[str]:
    return said(sources=(Source(id="ads", path="ads.csv", read=Read(**keys)),))


def of_metric(**keys: Any) -> list[str]:
    return said(metrics=(SOUND.metrics[0], Metric(id="brand", **keys)))


def test_a_sound_workspace_has_no_findings() -> None:
    assert said() == []


def test_what_refers_to_nothing_is_named_with_the_closest() -> None:
    assert of_goal(metric="spent") == ["f: goal 'g': metric 'spent' does not exist: did you mean 'spend'?"]
    assert "objective 'grow' does not exist" in of_goal(objective="grow")[0]
    assert "member 'ann' does not exist" in of_goal(owner="ann")[0]
    assert of_line(KpiLine(goal="x"))[0] == "f: member 'anna', kpi 'x': goal 'x' does not exist: known: g, h"
    assert "metric 'x' does not exist" in of_line(KpiLine(metric="x", plan=D(1)))[0]
    assert "source 'orders' does not exist" in said(metrics=(Metric(id="spend", source="orders", formula="1"),))[0]
    assert "objective 'x'" in said(objectives=(Objective(id="a", parent="x"),))[0]
    assert "member 'x'" in said(members=(Member(id="anna", reports_to="x"),), goals=())[0]
    assert "f: note '0': metric 'x'" in said(notes=(Note(date=date(2026, 1, 1), metric="x", text=""),))[0]
    assert "add it as [[source]]" in said(sources=())[0]


def test_circles_are_said_once() -> None:
    parents = tuple(Objective(id=a, parent=b) for a, b in (("a", "b"), ("b", "c"), ("c", "b"), ("d", "d")))
    assert said(objectives=parents) == [
        "f: objective 'b': the parents go in a circle: b -> c -> b: give one of them another parent or none",
        "f: objective 'd': the parents go in a circle: d -> d: give one of them another parent or none",
    ]
    circle = (Member(id="anna", reports_to="vera"), Member(id="vera", reports_to="anna"))
    assert "report to each other in a circle: anna -> vera -> anna" in said(members=circle)[0]


def test_an_id_is_used_once_in_its_kind() -> None:
    assert said(objectives=(Objective(id="a"), Objective(id="a"))) == [
        "f: objective 'a#2': the id 'a' is used twice: give one of them another id"
    ]
    assert said(objectives=(Objective(id="spend"),)) == []


@pytest.mark.parametrize("kind", ["increase", "decrease"])
def test_a_direction_needs_metric_target_start_and_due(kind: str) -> None:
    findings = of_goal(kind=kind, metric=None, target=None, start=None, due=None)
    assert [finding.split("needs ")[1].split(":")[0] for finding in findings] == [
        "'metric'",
        "'target'",
        "'start'",
        "'due'",
    ]


def test_guardrails_need_their_limits_and_no_dates() -> None:
    assert of_guard(kind="at_most", target=D(3), low=None, high=None) == []
    assert "kind 'at_least' needs 'target'" in of_guard(kind="at_least")[0]
    assert "kind 'between' needs 'high'" in of_guard(high=None)[0]
    assert "'low' must be below 'high'" in of_guard(low=D(2))[0]


def test_a_milestone_has_dates_and_no_metric() -> None:
    assert of_goal(kind="milestone", metric=None, target=None, done=D("0.4")) == []
    assert len(of_goal(kind="milestone")) == 2
    assert "kind 'milestone' needs 'due'" in of_goal(kind="milestone", metric=None, target=None, due=None)[0]
    assert "'done' must be from 0 to 1" in of_goal(kind="milestone", metric=None, target=None, done=D(40))[0]


def test_a_goal_starts_before_it_is_due() -> None:
    assert of_goal(due=date(2026, 1, 1)) == []
    assert "due on 2025-12-31, before it starts on 2026-01-01" in of_goal(due=date(2025, 12, 31))[0]


def test_relative_targets_parse_and_have_a_baseline() -> None:
    assert of_goal(target="+20%", baseline=D(1)) == []
    assert of_goal(target="-2.5 %", baseline_period="2025") == []
    assert "the target +5pp needs a baseline" in of_goal(target="+5pp")[0]
    assert "'20%' is not a target" in of_goal(target="20%", baseline=D(1))[0]
    assert relative_target("-2.5%") == (D("-2.5"), "percent")
    assert relative_target("+5pp") == (D(5), "points")
    assert relative_target("+\u0665pp") is None


def test_the_baseline_is_a_number_or_a_period() -> None:
    assert "exclude each other" in of_goal(baseline=D(1), baseline_period="2025")[0]
    assert "'last year' is not the name of a period" in of_goal(baseline_period="last year")[0]
    assert of_goal(baseline_period="2025-W46") == []


def test_targets_are_periods_inside_the_goal_that_do_not_overlap() -> None:
    assert of_goal(split="by_hand", targets={"2026-Q1": D(1), "2026-04": D(1), "2026-05-01": D(1)}) == []
    assert "'2026-Q5' is not the name of a period" in of_goal(targets={"2026-Q5": D(1)})[0]
    assert "2027-Q1 is not wholly between" in of_goal(targets={"2027-Q1": D(1)})[0]
    assert "2026-02 overlaps 2026-Q1" in of_goal(targets={"2026-Q1": D(1), "2026-02": D(1)})[0]
    assert "'by_hand' needs 'targets'" in of_goal(split="by_hand")[0]
    april = replace(SOUND, settings=Settings(fiscal_year_start=4), goals=(replace(GOAL, targets={"2026-Q4": D(1)}),))
    assert "2026-Q4 is not wholly" in str(check(april, Places("f", "", april))[0])


def test_numbers_stay_in_their_range() -> None:
    assert "'weight' cannot be negative" in of_goal(weight=D(-1))[0]
    assert "'weight' cannot be negative" in said(objectives=(Objective(id="a", weight=D(-1)),))[0]
    assert "'bonus' cannot be negative" in said(members=(Member(id="vera", bonus=D(-1)), Member(id="anna")))[0]
    assert "'confidence' must be from 0 to 10" in of_goal(checkins=(Checkin(date=date(2026, 1, 1), confidence=11),))[0]
    assert "'fiscal_year_start' must be from 1 to 12" in said(settings=Settings(fiscal_year_start=13))[0]
    assert "'eur' is not a currency code" in said(settings=Settings(currency="eur"))[0]
    assert "no value of 'channel' is asked for" in of_goal(where={"channel": ()})[0]


def test_a_metric_is_a_formula_or_entries() -> None:
    entry = Entry(date=date(2026, 1, 1), value=D(1))
    assert of_metric(entries=(entry, replace(entry, by={"segment": "a"})), at="sum") == []
    assert "either a formula or entries" in of_metric(entries=(entry,), formula="1")[0]
    assert "'sum' is for entries" in of_metric(formula="1", at="sum")[0]
    assert "'share_of_total' needs a formula" in of_metric(share_of_total=True)[0]
    assert "more than one entry for 2026-01-01" in of_metric(entries=(entry, entry))[0]
    assert "'n' must be 1 or more" in of_metric(entries=(replace(entry, n=0),))[0]


def test_kpi_lines_name_one_thing_once_and_their_plan() -> None:
    line = KpiLine(metric="spend", plan=D(5))
    assert of_line(line, replace(line, where={"channel": "Email"}), KpiLine(goal="g")) == []
    assert "either a goal or a metric" in of_line(KpiLine())[0]
    assert "either a goal or a metric" in of_line(KpiLine(goal="g", metric="spend"))[0]
    assert "needs a plan" in of_line(KpiLine(metric="spend"))[0]
    assert "'plan' is for a metric" in of_line(KpiLine(goal="g", plan=D(1)))[0]
    assert "'where' is for a metric" in of_line(KpiLine(goal="g", where={"a": "b"}))[0]
    assert "'metric:spend' is in the matrix twice" in of_line(line, line)[0]
    assert "'floor' is above 'cap'" in of_line(KpiLine(goal="g", floor=D(2), cap=D(1)))[0]


def test_the_steps_scale_has_steps_that_rise() -> None:
    low, high = Step(start=D(0), score=D(0)), Step(start=D(1), score=D(1))
    assert of_line(KpiLine(goal="g", scale="steps", steps=(low, high))) == []
    assert "needs steps" in of_line(KpiLine(goal="g", scale="steps"))[0]
    assert "must rise" in of_line(KpiLine(goal="g", scale="steps", steps=(high, low)))[0]
    assert "must rise" in of_line(KpiLine(goal="g", scale="steps", steps=(low, low)))[0]


def test_files_are_read_in_a_way_that_exists() -> None:
    assert of_read(encoding="cp1251", separator="\t", decimal=",", thousands=" ", date="%d.%m.%y") == []
    assert "the encoding 'cp12511' is not known" in of_read(encoding="cp12511")[0]
    assert "the encoding 'base64' is not known" in of_read(encoding="base64")[0]
    assert "'separator' must be one character" in of_read(separator=";;")[0]
    assert "'decimal' must be one character" in of_read(decimal="")[0]
    assert "the same character" in of_read(decimal=",", thousands=",")[0]
    assert "'dd.mm.yyyy' is not a date format" in of_read(date="dd.mm.yyyy")[0]
    assert "'skip_rows' cannot be negative" in of_read(skip_rows=-1)[0]


def test_columns_keep_names_of_their_own() -> None:
    twice = Source(id="ads", path="a.csv", rename={"a": "cost", "b": "cost"}, dimensions=("x", "x"))
    assert len(said(sources=(twice,))) == 3
    assert "'path' is empty" in said(sources=(Source(id="ads", path=" "),))[0]


def test_what_a_kind_of_goal_needs_is_never_idle_and_what_it_refuses_is() -> None:
    for kind in get_args(GoalKind):
        bare = Goal(id="g", kind=kind)
        needed = {
            key
            for key in ("metric", "target", "low", "high", "start", "due")
            if f"needs '{key}'" in str(said(goals=(bare,)))
        }
        assert not needed & idle_keys(kind), kind
    assert {"metric", "target"} <= idle_keys("milestone")
    assert not {"target", "low", "high"} & (idle_keys("at_least") | idle_keys("at_most") | idle_keys("between"))
