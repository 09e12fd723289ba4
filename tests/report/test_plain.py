"""Text of users in a terminal: nothing in it is obeyed, and what is harmless stays."""

from __future__ import annotations

import pytest

from kpi_tui.report.table import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("102\u00a0636\u202f₽", "102\u00a0636\u202f₽"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\tb\nc\rd", "a b c d"),
        ("\u202eevil\u202c", "evil"),
        ("\x07", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_text_is_harmless(text: str, shown: str) -> None:
    assert plain(text) == shown
