"""`explain` and `why`: the same figures as on the screen, as tables and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kpi_tui.cli import main
from tests.end_to_end.shop import write_shop


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LANG", "C.UTF-8")
    return str(write_shop(tmp_path))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_explain_as_lines_with_rows(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(
        capsys, "explain", file, "cpo", "--period", "2026-01", "--where", "channel=Email", "--rows", "3"
    )
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["Cost", "per", "order", "·", "Jan", "2026"]
    assert ["8", "=", "40", "/", "5"] in lines
    assert ["filter", "channel", "=", "Email"] in lines
    assert ["sales.csv:38", "2026-01-01", "Email", "Perm", "40"] in lines
    assert ["sales.csv:38", "2026-01-01", "Email", "Perm", "5"] in lines


def test_explain_every_slice_as_json(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain", file, "cpo", "--period", "2025-Q1", "--by", "channel", "--format", "json")
    found: list[dict[str, Any]] = json.loads(out)
    assert code == 0
    assert [(each["by"], each["value"], each["complete"]) for each in found] == [
        ({"channel": name}, 8.0, True) for name in ("Email", "Search", "Shop")
    ]
    parts = found[1]["parts"]
    assert parts[0]["arithmetic"] == [240, " / ", 30]
    assert [(part["label"], part["side"], part["rows"]) for part in parts[1:]] == [
        ("Spend = SUM(cost)", "numerator", None),
        ("SUM(cost)", None, 3),
        ("Orders = SUM(orders)", "denominator", None),
        ("SUM(orders)", None, 3),
    ]


def test_why_as_table_and_json(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("why", file, "revenue", "--from-period", "2025-06", "--to-period", "2026-06", "--by", "channel")
    code, out, err = run(capsys, *asked)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "Revenue: 615 → 651 (+36.00), Jun 2025 → Jun 2026"
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["channel", "Jun", "2025", "Jun", "2026", "Effect", "Share"],
        ["Email", "105", "117", "+12.00", "33.3", "%"],
        ["Search", "205", "217", "+12.00", "33.3", "%"],
        ["Shop", "305", "317", "+12.00", "33.3", "%"],
        ["Total", "615", "651", "+36.00", "100", "%"],
    ]
    _, out, _ = run(capsys, *asked, "--format", "json")
    found = json.loads(out)
    assert sum(each["contribution"] for each in found) == found[0]["change"] == 36
    assert (found[0]["from_end"], found[0]["rate"]) == ("2025-06-30", None)


def test_why_picks_a_dimension_and_the_period_before(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of two months of the shop one is Perm's and one Moscow's, so the city tells more than the channel."""
    code, out, _ = run(capsys, "why", file, "cpo", "--to-period", "2026-02")
    assert code == 0
    assert "Jan 2026 → Feb 2026" in out.splitlines()[0]
    assert out.splitlines()[1].split()[0] in ("channel", "city")
    assert out.splitlines()[-1].split()[0] == "Total"
    _, out, _ = run(capsys, "why", file, "revenue", "--to-period", "2026-02")
    assert out.splitlines()[1].split()[0] == "city"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explain", "profit"), "metric 'profit' does not exist"),
        (("explain", "cpo", "--period", "soon"), "'soon' is not a period"),
        (("explain", "cpo", "--period", "2031-01"), "there are no data in 2031-01"),
        (("why", "awareness"), "Awareness is entered by hand"),
        (("why", "revenue", "--to-period", "2025-01"), "there are no data in 2024-12"),
        (("why", "revenue", "--by", "colour"), "there is no dimension 'colour'"),
        (("why", "revenue", "--by", "channel", "--by", "city"), "--by takes one dimension here"),
        (("why", "revenue", "--from-period", "once"), "'once' is not a period"),
    ],
)
def test_what_is_wrong_is_said(
    file: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = run(capsys, arguments[0], file, *arguments[1:])
    assert (code, out) == (2, "")
    assert said in err


def test_why_heads_its_columns_as_the_app_names_months(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    header = run(capsys, "why", file, "revenue", "--to-period", "2026-02", "--language", "ru")[1].splitlines()[1]
    assert header.split()[1:5] == ["янв.", "2026", "февр.", "2026"]


def test_russian_numbers_are_whole(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "explain", file, "revenue", "--period", "all", "--language", "ru")
    assert "�" not in out
    assert "11\u00a0259" in out
