"""On a real terminal: what was shown last time is there at once when the workspace is opened again."""

from __future__ import annotations

import json
from pathlib import Path

from .program import Shop, opened, press


def kept(shop: Shop) -> list[Path]:
    return sorted((shop.home / "cache" / "kpi-tui" / "screens").glob("*.screen"))


def test_second_open_draws_what_was_kept_and_then_what_is(shop: Shop) -> None:
    first = opened(shop.start())
    press(first, "q")
    assert first.wait_exit() == 0
    (entry,) = kept(shop)
    told = entry.read_bytes()[21:]
    assert json.loads(told)["panes"]["goals"]["rows"][1]["cells"][2][0].strip() == "3,861"

    second = shop.start(columns=120, rows=40)
    second.wait_until(
        lambda: "as of last time" in second.text and "3,861" in second.text,  # a picture may arrive in several pieces
        what="the numbers of last time",
    )
    second.wait_until(lambda: "as of last time" not in second.text, what="the numbers of now")
    assert "3,861" in opened(second).text
    press(second, "q")
    assert second.wait_exit() == 0

    cleared = shop.run("cache", "--clear")
    assert (cleared.returncode, kept(shop)) == (0, []), cleared.stderr
