"""Reading a workspace file: everything wrong is said at once, with its line; nothing is ignored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kpi_tui.errors import NewerSchema, WorkspaceError
from kpi_tui.workspace.document import Document, read
from kpi_tui.workspace.model import Checkin, Entry, Goal, KpiLine, Member, Metric, Settings, Source, Step, Workspace
from kpi_tui.workspace.writing import write

SOUND = """\
schema = 1

[workspace]
name = "Aurora Shop"
strategy = \"\"\"
Grow repeat orders;
hold CAC.\"\"\"

[[source]]
id = "ads"
path = "data/ads-*.csv"
time = "date"
dimensions = ["channel", "region"]
[source.read]
encoding = "cp1251"
separator = ";"
[source.rename]
"Цена, ₽" = "cost"
[source.columns]
cost = "decimal"
[source.labels.channel]
youtube = "YouTube"

[[metric]]
id = "spend"
source = "ads"
formula = "SUM(cost)"
unit = "money"

[[metric]]
id = "awareness"
unit = "percent"
entries = [
    { date = 2026-06-30, value = 0.241, n = 800, note = "survey" },
    { date = 2026-06-30, value = 0.318, by = { segment = "target" } },
]

[[goal]]
id = "turnover"
weight = 40
metric = "spend"
where = { channel = ["Email", "Direct"] }
target = 126000000
start = 2026-01-01
due = 2026-12-31
targets = { 2026-Q1 = 24000000, 2026-Q2 = 29000000.5 }
owner = "anna"
[[goal.checkin]]
date = 2026-11-14
confidence = 6

[[member]]
id = "anna"
bonus = 60000
[[member.kpi]]
goal = "turnover"
floor = 0.7
scale = "steps"
steps = [
    { from = 0, score = 0 },
    { from = 0.9, score = 0.5 },
]
"""


def sound() -> Document:
    return read(SOUND, "kpi.toml")


def said(content: str) -> list[str]:
    """Every finding about the text, as the command line prints it."""
    with pytest.raises(WorkspaceError) as error:
        read(content, "kpi.toml")
    return [str(finding) for finding in error.value.findings]


def test_a_sound_file_becomes_its_workspace() -> None:
    workspace = sound().workspace
    assert workspace.settings == Settings(name="Aurora Shop", strategy="Grow repeat orders;\nhold CAC.")
    source = workspace.sources[0]
    assert isinstance(source, Source)
    assert source.rename == {"Цена, ₽": "cost"}
    assert source.labels == {"channel": {"youtube": "YouTube"}}
    assert workspace.metrics[1] == Metric(
        id="awareness",
        unit="percent",
        entries=(
            Entry(date=date(2026, 6, 30), value=Decimal("0.241"), n=800, note="survey"),
            Entry(date=date(2026, 6, 30), value=Decimal("0.318"), by={"segment": "target"}),
        ),
    )
    assert workspace.goals == (
        Goal(
            id="turnover",
            weight=Decimal(40),
            metric="spend",
            where={"channel": ("Email", "Direct")},
            target=Decimal(126000000),
            start=date(2026, 1, 1),
            due=date(2026, 12, 31),
            targets={"2026-Q1": Decimal(24000000), "2026-Q2": Decimal("29000000.5")},
            owner="anna",
            checkins=(Checkin(date=date(2026, 11, 14), confidence=6),),
        ),
    )
    steps = (Step(start=Decimal(0), score=Decimal(0)), Step(start=Decimal("0.9"), score=Decimal("0.5")))
    line = KpiLine(goal="turnover", floor=Decimal("0.7"), scale="steps", steps=steps)
    assert workspace.members == (Member(id="anna", bonus=Decimal(60000), kpis=(line,)),)


def test_the_canonical_layout_is_the_one_of_the_format() -> None:
    assert write(sound().workspace) == SOUND
    assert sound().canonical
    assert not read(SOUND.replace("weight = 40", "weight = 40.0 # important"), "kpi.toml").canonical
    assert not read("\ufeff" + SOUND, "kpi.toml").canonical
    assert not read(SOUND.replace("\n", "\r\n"), "kpi.toml").canonical


def test_line_ends_and_trailing_zeros_are_normalised() -> None:
    windows = SOUND.replace("0.241,", "0.24100,").replace("\n", "\r\n")
    assert write(read(windows, "kpi.toml").workspace) == SOUND


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("workspace", "strategy"), 5),
        (("source", "ads"), 9),
        (("source", "ads", "read", "separator"), 16),
        (("source", "ads", "read", "decimal"), 14),
        (("source", "ads", "labels", "channel", "youtube"), 22),
        (("metric", "awareness", "entries", "2026-06-30[segment=target]"), 35),
        (("goal", "turnover", "targets", "2026-Q2"), 46),
        (("goal", "turnover", "checkin", "2026-11-14", "confidence"), 50),
        (("goal", "turnover", "stretch"), 38),
        (("member", "anna", "kpi", "turnover", "floor"), 57),
        (("member", "anna", "kpi", "goal:turnover", "floor"), 57),
        (("member", "boris"), 52),
        ((), 0),
    ],
)
def test_places_are_those_of_the_file(path: tuple[str, ...], line: int) -> None:
    place = sound().places.place(path)
    assert (place.file, place.line) == ("kpi.toml", line)


def test_everything_wrong_is_said_at_once_in_the_order_of_lines() -> None:
    wrong = SOUND.replace('metric = "spend"', 'metric = "spent"').replace("bonus = 60000", 'bonus = "60000"')
    wrong = wrong.replace('name = "Aurora Shop"', 'nmae = "Aurora Shop"').replace("confidence = 6", "confidence = 11")
    assert said(wrong) == [
        "kpi.toml:4: unknown key 'nmae': did you mean 'name'?",
        "kpi.toml:41: goal 'turnover': metric 'spent' does not exist: did you mean 'spend'?",
        "kpi.toml:50: goal 'turnover', checkin '2026-11-14': 'confidence' must be from 0 to 10",
        "kpi.toml:54: member 'anna': 'bonus' expects a number, not text: write 60000 without quotes",
    ]


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("weight = 40", "weight = true", "'weight' expects a number, not true or false"),
        ("weight = 40", "weight = nan", "'weight' must be a finite number"),
        ("weight = 40", "weight = -inf", "'weight' must be a finite number"),
        ("weight = 40", "weight = 1e999999", "'weight' has more digits than can be calculated with"),
        ("weight = 40", f"weight = 0.{'1' * 40}", "'weight' has more digits than can be calculated with"),
        ("due = 2026-12-31", "due = 2026-12-31T10:00:00", "'due' expects a date such as 2026-12-31, not a date with"),
        ("confidence = 6", "confidence = 6.5", "'confidence' expects a whole number, not a number"),
        ('id = "turnover"', "id = 5", "'id' expects text, not a number"),
        ('id = "turnover"', 'id = "Turnover 1"', "'Turnover 1' cannot be an id"),
        ('unit = "money"', 'unit = "dollars"', "'unit' cannot be 'dollars': write one of: money, count, percent"),
        ('time = "date"', "time = 2026-01-01", "'time' expects text, not a date"),
        ('"channel", "region"]', '"channel", 5]', "'dimensions' expects text, not a number"),
        ('cost = "decimal"', 'cost = "money"', "'cost' cannot be 'money'"),
        ("[[goal]]", "[goal]", "'goal' expects a list of tables, not a table: write the header as [[goal]]"),
        ('path = "data/ads-*.csv"\n', "", "'path' is missing"),
        ('schema = 1', "schema = true", "'schema' expects a whole number, not true or false"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_a_finding(old: str, new: str, finding: str) -> None:
    content = SOUND.replace("[[goal.checkin]]\ndate = 2026-11-14\nconfidence = 6\n", "") if "[goal]" in new else SOUND
    assert any(finding in line for line in said(content.replace(old, new)))


@pytest.mark.parametrize(
    ("addition", "name"),
    [
        ("[[scenario]]\nid = 'x'", "scenario"),
        ("[status_rule]\nid = 'x'", "status_rule"),
        ("[[source]]\nid = 's'\npath = 'x.csv'\nurl = 'postgresql://x'", "url"),
        ("[[goal]]\nid = 'g'\nkind = 'milestone'\nstart = 2026-01-01\ndue = 2026-01-02\nrollover = false", "rollover"),
        (
            "[[goal]]\nid = 'g'\nkind = 'milestone'\nstart = 2026-01-01\ndue = 2026-01-02\nsplit = 'season'",
            "split = season",
        ),
    ],
)
def test_what_is_not_built_yet_is_refused_by_name(addition: str, name: str) -> None:
    findings = said(SOUND + "\n" + addition + "\n")
    assert len(findings) == 1
    assert f"'{name}' is not built in this version of kpi-tui: " in findings[0]


def test_one_broken_value_is_said_once() -> None:
    """A kind that cannot be read must not also be judged as the default kind; a broken id must not dangle."""
    assert len(said(SOUND.replace("target = 126000000", 'kind = "betwen"\nlow = 1'))) == 1
    assert len(said(SOUND.replace("target = 126000000", "target = [1]"))) == 1
    assert len(said(SOUND.replace('"anna"', '"Anna"'))) == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("schema = 1\nname = Aurora\n", 2),
        ("schema = 1\n[workspace]\n[workspace]\n", 3),
        ("schema = 1\nx = [1,\n", 3),
        ('schema = 1\nx = """\nabc', 3),
        (f"schema = 1\nx = {'9' * 5000}\n", 0),
        (f"schema = 1\nx = {'[' * 100_000}\n", 0),
    ],
)
def test_a_syntax_error_is_one_finding_with_its_line(content: str, line: int) -> None:
    with pytest.raises(WorkspaceError) as error:
        read(content, "kpi.toml")
    assert [finding.place.line for finding in error.value.findings] == [line]


def test_a_newer_schema_is_refused_before_anything_else() -> None:
    with pytest.raises(NewerSchema, match="schema 2") as error:
        read("# new\nschema = 2\n[whatever]\n", "kpi.toml")
    assert error.value.findings[0].place.line == 2
    assert "there is no schema 0" in said("schema = 0\n")[0]


def test_an_empty_file_is_an_empty_workspace() -> None:
    assert read("", "kpi.toml").workspace == Workspace()
    assert write(Workspace()) == "schema = 1\n\n[workspace]\n"
