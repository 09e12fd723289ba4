"""Labels of a dimension that differ only by case, blanks (no-break ones too) or ё and е, and the edit that merges them.

Invariant: the edit leaves no label of a group but the one kept, whatever `[source.labels]` said before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import polars as pl

from kpi_tui.errors import Finding, text
from kpi_tui.facts.health.values import Variants, few, warned
from kpi_tui.facts.table import Table
from kpi_tui.workspace.edits import Batch, Set
from kpi_tui.workspace.model import Source

_BLANKS = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]+")


def folded(label: str) -> str:
    """What is left of a label without case, blanks, and the dots of ё."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", label)).casefold().replace("ё", "е")


def variants_of(table: Table) -> tuple[Variants, ...]:
    """The groups of spellings in each dimension, in the order of dimensions and labels."""
    found = []
    for name in table.source.dimensions:
        if table.frame is not None and name in table.frame.columns and table.frame[name].dtype == pl.String:
            found += [Variants(name, group) for group in _groups(table.frame[name])]
    return tuple(found)


def spelling_findings(table: Table, variants: Sequence[Variants]) -> Iterator[Finding]:
    """One for each group, at the first row with a spelling that a merge would replace."""
    assert table.frame is not None
    for group in variants:
        others = [label for label, _ in group.spellings[1:]]
        row = table.frame[group.dimension].is_in(others).fill_null(False).arg_true()[0]
        yield warned(
            table,
            table.place(row),
            text(
                "one label of '{dimension}' is written in {n} ways: {labels}",
                dimension=group.dimension,
                n=len(group.spellings),
                labels=few([f"'{shown(label)}' {rows}" for label, rows in group.spellings]),
            ),
            text(
                "merge them with m in Data health, or name them in [source.labels.{dimension}]",
                dimension=group.dimension,
            ),
        )


def merging(source: Source, variants: Sequence[Variants]) -> Batch:
    """The edit after which every group has one spelling, its most frequent one."""
    labels = {dimension: dict(known) for dimension, known in source.labels.items()}
    for group in variants:
        known = labels.setdefault(group.dimension, {})
        others = {label for label, _ in group.spellings[1:]}
        for spelling, label in known.items():
            if label in others:
                known[spelling] = group.kept
        known.update(dict.fromkeys(sorted(others), group.kept))
        known.pop(group.kept, None)
    dimensions = dict.fromkeys(group.dimension for group in variants)
    return Batch(tuple(Set(("source", source.id, "labels", name), labels[name]) for name in dimensions))


def shown(label: str) -> str:
    """A label with its no-break and invisible blanks made visible."""
    return "".join("\u2423" if c != " " and _BLANKS.fullmatch(c) else c for c in label)


def _groups(column: pl.Series) -> Iterator[tuple[tuple[str, int], ...]]:
    counts = column.drop_nulls().value_counts(name="__rows")
    same: dict[str, list[tuple[str, int]]] = {}
    for label, rows in counts.iter_rows():
        same.setdefault(folded(label), []).append((label, rows))
    for _, group in sorted(same.items()):
        if len(group) > 1:
            yield tuple(sorted(group, key=lambda each: (-each[1], each[0])))
