"""`set`: all edits of one call or none, exactly their lines of the file, and a sentence about what moved."""

from __future__ import annotations

from difflib import ndiff
from pathlib import Path

import pytest

from tests.commands.running import kpi, program

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(shop: Path) -> Path:
    return shop / "kpi.toml"


def difference(before: str, after: str) -> list[str]:
    lines = ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line.startswith(("- ", "+ "))]


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        ("goal.turnover.target=1500", ["- target = 1200", "+ target = 1500"]),
        ("goal.turnover.target=1500.25", ["- target = 1200", "+ target = 1500.25"]),
        ("goal.turnover.name=2026", ["+ name = \"2026\""]),
        ("goal.turnover.owner=", ['- owner = "anna"']),
        ("goal.turnover.due=2026-11-30", ["- due = 2026-12-31", "+ due = 2026-11-30"]),
        ("goal.turnover.targets.2026-Q4=400", ["+ targets = { 2026-Q4 = 400 }"]),
        ("goal.turnover.where.channel=Email", ['+ where = { channel = "Email" }']),
        ('goal.turnover.where={ channel = ["Email", "Search"] }', ['+ where = { channel = ["Email", "Search"] }']),
        ("workspace.currency=USD", ['- currency = "EUR"', '+ currency = "USD"']),
        ("member.anna.kpi.turnover.weight=50", ["- weight = 60", "+ weight = 50"]),
        ("member.anna.kpi.metric:roas.plan=4", ["- plan = 3", "+ plan = 4"]),
        ("metric.awareness.entries.2026-02-28=0.22", ["+     { date = 2026-02-28, value = 0.22 },"]),
        (
            "metric.awareness.entries.2026-03-31=0.25",
            [
                "-     { date = 2026-03-31, value = 0.24, n = 400 },",
                "+     { date = 2026-03-31, value = 0.25, n = 400 },",
            ],
        ),
        ("metric.awareness.entries.2026-03-31=", ["-     { date = 2026-03-31, value = 0.24, n = 400 },"]),
        (
            "metric.roas.formula=revenue / (spend + 1)",
            ['- formula = "revenue / spend"', '+ formula = "revenue / (spend + 1)"'],
        ),
    ],
)  # fmt: skip
def test_an_edit_changes_its_line_and_no_other(edit: str, lines: list[str], file: Path, capsys: Capture) -> None:
    before = file.read_text("utf-8")
    ran = kpi(capsys, "set", "kpi.toml", edit)
    assert ran.code == 0, ran.err
    assert difference(before, file.read_text("utf-8")) == lines


def test_it_prints_what_the_edits_moved(file: Path, capsys: Capture) -> None:
    ran = kpi(capsys, "set", "kpi.toml", "goal.turnover.target=2400")
    assert ran.out == "1 goal changed; turnover ok → off; anna €1,542 → €1,011\n"
    assert ran.err == ""
    assert kpi(capsys, "set", "kpi.toml", "goal.turnover.name=Sales").out == "saved; no figure moved\n"


def test_several_edits_are_one_step(file: Path, capsys: Capture) -> None:
    before = file.read_text("utf-8")
    ran = kpi(capsys, "set", "kpi.toml", "goal.turnover.start=2027-01-01", "goal.turnover.due=2027-12-31")
    assert ran.code == 0, ran.err
    assert difference(before, file.read_text("utf-8")) == [
        "- start = 2026-01-01",
        "+ start = 2027-01-01",
        "- due = 2026-12-31",
        "+ due = 2027-12-31",
    ]


def test_one_wrong_edit_spoils_them_all(shop: Path, file: Path, capsys: Capture) -> None:
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    ran = kpi(capsys, "set", "kpi.toml", "goal.turnover.target=1500", "goal.turnover.owner=boris")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "goal 'turnover': member 'boris' does not exist: known: anna\n"
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert sorted(path.name for path in shop.iterdir()) == ["ads.csv", "kpi.toml", "orders.csv"]


def test_a_value_that_is_there_already_touches_nothing(shop: Path, file: Path, capsys: Capture) -> None:
    file.write_text(file.read_text("utf-8") + "# not canonical\n", "utf-8")
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    ran = kpi(capsys, "set", "kpi.toml", "goal.turnover.target=1200.00")
    assert (ran.code, ran.out, ran.err) == (0, "it is so already; the file is as it was\n", "")
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert sorted(path.name for path in shop.iterdir()) == ["ads.csv", "kpi.toml", "orders.csv"]


def test_a_file_in_a_layout_of_its_own_is_kept_and_that_is_said(shop: Path, file: Path, capsys: Capture) -> None:
    own = "# ours\n" + file.read_text("utf-8")
    file.write_text(own, "utf-8")
    ran = kpi(capsys, "set", "kpi.toml", "goal.turnover.target=1500")
    assert (ran.code, ran.err) == (0, "the file as it was is kept in kpi.toml.orig\n")
    assert (shop / "kpi.toml.orig").read_text("utf-8") == own
    ran = kpi(capsys, "set", "kpi.toml", "goal.turnover.target=1600")
    assert (ran.code, ran.err) == (0, "")
    assert sorted(path.name for path in shop.iterdir()) == ["ads.csv", "kpi.toml", "kpi.toml.orig", "orders.csv"]


def test_what_an_edit_breaks_elsewhere_is_said(file: Path, capsys: Capture) -> None:
    ran = kpi(capsys, "set", "kpi.toml", "goal.known.baseline=")
    assert ran.code == 0
    assert ran.err == "kpi.toml:65: goal 'known': a level needs a baseline: set baseline or baseline_period\n"
    assert kpi(capsys, "set", "kpi.toml", "goal.turnover.target=1500").err == ""


def test_a_source_is_read_as_the_edit_describes_it(shop: Path, file: Path, capsys: Capture) -> None:
    (shop / "orders.csv").rename(shop / "sales.csv")
    ran = kpi(capsys, "set", "kpi.toml", "source.orders.path=sales.csv")
    assert (ran.code, ran.err) == (0, "")
    ran = kpi(capsys, "set", "kpi.toml", "source.orders.path=orders.csv")
    assert (ran.code, ran.err.split(": ")[:2]) == (0, ["orders.csv", "source 'orders'"])


def test_a_record_renamed_is_renamed_where_it_is_named(file: Path, capsys: Capture) -> None:
    ran = kpi(capsys, "set", "kpi.toml", "metric.revenue.id=sales")
    assert ran.code == 0, ran.err
    content = file.read_text("utf-8")
    assert 'metric = "sales"' in content
    assert 'formula = "sales / spend"' in content
    assert kpi(capsys, "check", "kpi.toml").code == 0


def test_a_read_only_file_stays_as_it_is(file: Path, capsys: Capture) -> None:
    before = file.read_bytes()
    file.chmod(0o444)
    ran = kpi(capsys, "set", "kpi.toml", "goal.turnover.target=1500")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("kpi.toml is read-only: ")
    assert file.read_bytes() == before


def test_a_state_folder_that_cannot_be_written_is_said(file: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "XDG_STATE_HOME").write_text("a file where a folder should be")
    before = file.read_bytes()
    ran = kpi(capsys, "set", "kpi.toml", "goal.turnover.target=1500")
    assert ran.code == 3
    assert "XDG_STATE_HOME" in ran.err
    assert file.read_bytes() == before


def test_the_file_is_the_same_in_every_language(file: Path, capsys: Capture) -> None:
    before = file.read_text("utf-8")
    english = kpi(capsys, "set", "kpi.toml", "goal.turnover.target=1500.5")
    after = file.read_text("utf-8")
    file.write_text(before, "utf-8")
    russian = kpi(capsys, "set", "kpi.toml", "goal.turnover.target=1500.5", "--language", "ru")
    assert file.read_text("utf-8") == after
    assert english.out != russian.out


def test_edits_of_two_programs_at_once_are_both_there(file: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    edits = ["goal.turnover.target=1500", "goal.known.target=0.35"]
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda edit: program("set", "kpi.toml", edit), edits))
    assert [each.returncode for each in ran] == [0, 0]
    content = file.read_text("utf-8")
    assert "target = 1500\n" in content
    assert "target = 0.35\n" in content
