"""`show` answers the same question about the same files from what it printed before, and only then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kpi_tui import cli
from kpi_tui.commands import answers
from tests.commands.running import Ran, kpi

Capture = pytest.CaptureFixture[str]


class Asking:
    """Asks `show` and knows whether it computed."""

    def __init__(self, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self.computed = 0
        compute = cli._computed

        def counted(*given: object) -> int:
            self.computed += 1
            return compute(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(cli, "_computed", counted)

    def __call__(self, *options: str, fresh: bool) -> Ran:
        before = self.computed
        ran = kpi(self._capsys, "show", "metrics", "kpi.toml", "--metric", "revenue", "--grain", "all", *options)
        assert (self.computed > before) == fresh, ran
        return ran


@pytest.fixture
def ask(shop: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """`show` in the shop, whose files count as settled although they were just written."""
    monkeypatch.setattr(answers, "SETTLED", -(10**18))
    return Asking(capsys, monkeypatch)


def test_the_same_question_is_answered_from_what_was_printed(ask: Asking) -> None:
    first = ask("--format", "json", fresh=True)
    assert first.out.startswith("[")
    assert ask("--format", "json", fresh=False) == first
    assert ask("--format", "csv", fresh=True).out != first.out
    assert ask("--format", "json", "--language", "ru", fresh=True) == first
    table = ask("--language", "ru", fresh=True)
    assert ask("--language", "en", fresh=True).out != table.out
    assert ask("--language", "ru", fresh=False) == table


def test_what_was_said_beside_it_is_said_again(ask: Asking) -> None:
    first = ask("--where", "channel=Nowhere", fresh=True)
    assert "Nowhere" in first.err
    assert ask("--where", "channel=Nowhere", fresh=False) == first


def test_a_changed_file_is_read_again(ask: Asking, shop: Path) -> None:
    before = ask(fresh=True)
    data = shop / "orders.csv"
    lines = data.read_text("utf-8").splitlines()
    data.write_text("\n".join([*lines, lines[-1]]) + "\n", "utf-8")
    after = ask(fresh=True)
    assert after.out != before.out
    assert ask(fresh=False) == after


def test_a_file_of_the_same_size_and_time_but_another_is_read_again(ask: Asking, shop: Path) -> None:
    ask(fresh=True)
    data, status = shop / "orders.csv", (shop / "orders.csv").stat()
    other = shop / "other"
    other.write_bytes(data.read_bytes())
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(data)
    ask(fresh=True)


def test_a_new_file_under_a_glob_is_read(ask: Asking, shop: Path) -> None:
    workspace = shop / "kpi.toml"
    workspace.write_text(workspace.read_text("utf-8").replace('"orders.csv"', '"orders*.csv"'), "utf-8")
    before = ask(fresh=True)
    (shop / "orders-2.csv").write_bytes((shop / "orders.csv").read_bytes())
    assert ask(fresh=True).out != before.out
    (shop / "orders-2.csv").unlink()
    assert ask(fresh=True).out == before.out


def test_an_edit_of_the_workspace_asks_anew(ask: Asking, shop: Path) -> None:
    ask(fresh=True)
    workspace = shop / "kpi.toml"
    content = workspace.read_text("utf-8")
    workspace.write_text(content.replace("SUM(revenue)", "SUM(revenue) * 2"), "utf-8")
    ask(fresh=True)
    workspace.write_text(content, "utf-8")
    ask(fresh=True)  # there is one entry a question: that of the workspace as it was is gone
    workspace.unlink()
    assert ask(fresh=True).code == 3


def test_nothing_is_kept_of_files_that_changed_a_moment_ago(
    ask: Asking, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    ask = Asking(ask._capsys, monkeypatch)
    monkeypatch.chdir(shop)
    ask(fresh=True)
    ask(fresh=True)


def test_wrong_data_are_looked_at_each_time(ask: Asking, shop: Path) -> None:
    (shop / "orders.csv").unlink()
    assert ask(fresh=True).code == 3
    assert ask(fresh=True).code == 3


def test_a_damaged_entry_is_none(ask: Asking, tmp_path_factory: pytest.TempPathFactory) -> None:
    first = ask(fresh=True)
    (entry,) = (cli.cache_folder() / "answers").glob("*.answer")
    entry.write_bytes(entry.read_bytes()[:-5])
    assert ask(fresh=True) == first
    entry.write_bytes(b"kpi-tui answer 1\n")
    assert ask(fresh=True) == first
    assert ask(fresh=False) == first


def test_clearing_the_cache_clears_answers(ask: Asking, capsys: Capture) -> None:
    ask(fresh=True)
    assert kpi(capsys, "cache", "kpi.toml", "--clear").out == "1 entry removed\n"
    ask(fresh=True)
