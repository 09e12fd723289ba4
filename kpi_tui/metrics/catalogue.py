"""The marketing KPIs that come with the program: names, formulas over roles, definitions, what they are confused with.

They are data (`catalogue.toml`); `proposing.py` turns them into metrics of a workspace. Invariant, held by a test: both
languages are complete, every formula parses and names only roles (inside an aggregate) or other KPIs (outside).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct, field

from kpi_tui.errors import Text, count_text, text
from kpi_tui.workspace.model import Grain, Unit

Goal = Literal["sales", "awareness", "acquisition", "demand", "retention", "reputation", "engagement", "efficiency"]
SAME_WORD, OTHER_END = 5, 4  # letters that two forms of a word share at least, and differ in at most at their ends
_WORD = re.compile(r"\w+")


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    en: str
    ru: str

    def said(self, code: str) -> str:
        """The text in a language."""
        return self.ru if code == "ru" else self.en


class Confused(Words, frozen=True):
    """What a KPI is mistaken for: `with_` are the others' ids, the words say the difference."""

    with_: tuple[str, ...] = field(default=(), name="with")


class Cohort(Struct, frozen=True, forbid_unknown_fields=True):
    """Retention in roles: see `model.Retention`."""

    entity: str
    period: Grain
    after: int


class FirstRow(Struct, frozen=True, forbid_unknown_fields=True):
    """Acquisition in roles: see `model.Acquisition`."""

    entity: str


class Again(Struct, frozen=True, forbid_unknown_fields=True):
    """Repeat in roles: see `model.Repeat`."""

    entity: str
    order: str


class Followed(Struct, frozen=True, forbid_unknown_fields=True):
    """Conversion in roles: two sources share a column in one of the `entity` roles, of which the later one also has one
    of the `converted` roles.
    """

    entity: tuple[str, ...]
    converted: tuple[str, ...]


class Kpi(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One KPI; the fields are explained at the head of `catalogue.toml`."""

    id: str
    en: tuple[str, ...]
    ru: tuple[str, ...]
    formulas: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    rows: str | None = None
    entries: Literal["last", "sum"] | None = None
    at: Literal["first", "last", "average"] | None = None
    window: str | None = None
    offset: str | None = None
    share_of_total: bool = False
    overlaps: bool = False
    unit: Unit
    good: Literal["up", "down", "none"] = "none"
    means: Words
    confused: Confused
    basis: Words | None = None
    origin: str
    serves: tuple[Goal, ...]
    retention: Cohort | None = None
    acquisition: FirstRow | None = None
    repeat: Again | None = None
    conversion: Followed | None = None

    def name(self, code: str) -> str:
        """What it is called in a language."""
        return self.names(code)[0]

    def names(self, code: str) -> tuple[str, ...]:
        """The name and its synonyms in a language."""
        return self.ru if code == "ru" else self.en

    @property
    def said(self) -> str:
        """What it is computed from, as the catalogue lists it: the first formula, or its kind."""
        if self.formulas:
            first = f"share of total: {self.formulas[0]}" if self.share_of_total else self.formulas[0]
            return " ".join(
                part for part in (first, f"[{self.window or self.offset}]" * bool(self.window or self.offset)) if part
            )
        for kind in ("retention", "acquisition", "repeat", "conversion"):
            described = getattr(self, kind)
            if described is not None:
                values = msgspec.structs.asdict(described).values()
                return f"{kind}({', '.join('|'.join(v) if isinstance(v, tuple) else str(v) for v in values)})"
        return f"entries({self.entries})"

    @property
    def made_of(self) -> Text | str:
        """What it is computed from, for a reader: a formula as it is, a kind in words."""
        if self.formulas:
            return text("share of the whole: {formula}", formula=self.formulas[0]) if self.share_of_total else self.said
        for kind, words in _KINDS.items():
            if getattr(self, kind) is not None:
                return words
        return text("entered by hand")

    def confused_with(self, code: str) -> Text:
        """The KPIs it is mistaken for by name, and what sets them apart."""
        marks = "«»" if code == "ru" else "''"
        others = [f"{marks[0]}{catalogue()[other].name(code)}{marks[1]}" for other in self.confused.with_]
        return count_text(
            "Not to be confused with {names}. {difference}",
            "Not to be confused with {names}. {difference}",
            len(others),
            names=", ".join(others),
            difference=self.confused.said(code),
        )

    def matches(self, wanted: str) -> bool:
        """Whether every word typed is in a name, a synonym (either language) or the id, or a form of a word there."""
        known = _plain("\n".join((self.id, self.id.replace("_", " "), *self.en, *self.ru)))
        return all(
            word in known or any(_are_forms(word, other) for other in _WORD.findall(known))
            for word in _plain(wanted).split()
        )

    def rank(self, wanted: str) -> int:
        """How well it answers what was typed, 0 is best: its id or a name, its beginning, a part, another form."""
        typed = _plain(wanted).strip()
        names = [_plain(name) for name in (self.id, *self.en, *self.ru)]
        if not typed or typed in names:
            return 0
        if any(name.startswith(typed) for name in names):
            return 1
        return 2 if all(any(word in name for name in names) for word in typed.split()) else 3


_KINDS: Mapping[str, Text] = {
    "retention": text("customers who came back"),
    "acquisition": text("first rows of customers"),
    "repeat": text("customers with a second order"),
    "conversion": text("what followed, by cohort"),
}


def _plain(name: str) -> str:
    return name.casefold().replace("ё", "е")


def _are_forms(one: str, other: str) -> bool:
    """Whether two words differ in their ends only, as case and number change them: `удержание`, `удержания`."""
    same = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )
    return same >= SAME_WORD and max(len(one), len(other)) - same <= OTHER_END


@cache
def catalogue() -> Mapping[str, Kpi]:
    """All KPIs by id, in the file's order."""
    raw = tomllib.loads(files("kpi_tui.metrics").joinpath("catalogue.toml").read_text("utf-8"))
    return {kpi.id: kpi for kpi in msgspec.convert(raw["kpi"], tuple[Kpi, ...])}


def found(wanted: str) -> tuple[Kpi, ...]:
    """The KPIs that answer what was typed, the best first."""
    matching = [kpi for kpi in catalogue().values() if kpi.matches(wanted)]
    return tuple(sorted(matching, key=lambda kpi: kpi.rank(wanted)))
