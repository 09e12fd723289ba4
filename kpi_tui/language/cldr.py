"""What the CLDR says of the program's languages: marks, short names of millions, months, currency signs.

Invariant: `cldr.json` holds what Babel says, and a test compares the two. Babel itself reads everything that it knows
of a language, which took longer than computing the sample's metrics; the program needs forty names of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("cldr.json")


@dataclass(frozen=True, slots=True)
class Locale:
    """One language. Months are twelve names from January on; `powers` are short names of 10³, 10⁶, 10⁹, 10¹²."""

    decimal: str
    group: str
    powers: Sequence[str]
    sign_first: bool  # the currency sign stands before the number
    signs: Mapping[str, str]  # of currencies that have another sign than their code
    months: Mapping[str, Sequence[str]]  # wide and abbreviated inside a date, alone where no day stands beside it


@cache
def locale(code: str) -> Locale:
    """The language with that code. Raises KeyError where there is none."""
    import json  # at the first number, not at start

    return Locale(**json.loads(FILE.read_text("utf-8"))[code])
