"""A formula over roles written over a source's columns: one way for every choice of columns the headers leave.

Invariants: an aggregate only ever gets a column whose type serves it, and what is put together (a product of columns, a
status that means "won") stands in brackets where its neighbours would tear it apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from msgspec import Struct

from kpi_tui.formula.tree import Name, render
from kpi_tui.metrics.catalogue import Kpi
from kpi_tui.metrics.roles import ADDED, Column, Derived, Meaning, Recognised, all_roles, matching_values

_NAME = re.compile(r"\b[a-z][a-z0-9_]*\b")  # the catalogue writes SQL's own words in capitals
_AGGREGATE = re.compile(r"\b(?:SUM|COUNT|AVG)\(")
_ALONE = re.compile(r"(?:\(|DISTINCT |WHERE )\Z")


def has_aggregate(formula: str) -> bool:
    """Whether a formula is over columns, not over other metrics."""
    return _AGGREGATE.search(formula.upper()) is not None


def names_in(formula: str) -> list[str]:
    """The roles or KPIs that a formula of the catalogue names, each once."""
    return list(dict.fromkeys(_NAME.findall(formula)))


def bound(formula: str, source: Recognised) -> Iterator[tuple[str, tuple[Meaning, ...]]]:
    """Every way to write a formula over a source's columns, with the columns taken; none where a role lacks one."""
    roles = names_in(formula)
    for expressions in product(*(list(_expressions(role, source)) for role in roles)):
        given = dict(zip(roles, expressions, strict=True))

        def written(match: re.Match[str], given: Mapping[str, _Expression] = given) -> str:
            expression = given[match.group()]
            alone = _ALONE.search(formula[: match.start()]) and formula[match.end() : match.end() + 1] == ")"
            return expression.written if alone or expression.plain else f"({expression.written})"

        yield _NAME.sub(written, formula), tuple(meaning for e in expressions for meaning in e.taken)


def lacking(roles: Sequence[str], source: Recognised) -> list[str]:
    """Those roles that no column of the source can be written for."""
    return [role for role in roles if next(_expressions(role, source), None) is None]


class _Expression(Struct, frozen=True):
    """A role written over a source's columns; `plain` needs no brackets."""

    written: str
    taken: tuple[Meaning, ...]
    plain: bool = True


def _expressions(role: str, source: Recognised) -> Iterator[_Expression]:
    """Every way to write a role over the columns of a source; derived ones only where no column has the role."""
    found = [meaning for meaning in source.of(role) if fits(meaning)]
    for meaning in found:
        yield (
            _flag(meaning)
            if all_roles().role[role].kind == "flag"
            else _Expression(_quoted(meaning.column), (meaning,))
        )
    if found:
        return
    for derived in all_roles().derived:
        if derived.role == role:
            made = list(_derived(derived, source))
            yield from made
            if made:
                return


def _derived(derived: Derived, source: Recognised) -> Iterator[_Expression]:
    if derived.one_of:
        for meaning in source.of(derived.formula):
            values = matching_values(meaning.column, derived.one_of)
            listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
            if values:
                condition = f"= {listed}" if len(values) == 1 else f"IN ({listed})"
                yield _Expression(f"{_quoted(meaning.column)} {condition}", (meaning,), plain=False)
        return
    roles = names_in(derived.formula)
    for meanings in product(*([m for m in source.of(role) if fits(m)] for role in roles)):
        columns = {role: _quoted(meaning.column) for role, meaning in zip(roles, meanings, strict=True)}
        yield _Expression(renamed(derived.formula, columns), meanings, plain=False)


def _flag(meaning: Meaning) -> _Expression:
    """A flag as a condition; exports also write it as 1 and 0."""
    column = _quoted(meaning.column)
    if meaning.column.type == "boolean":
        return _Expression(column, (meaning,))
    return _Expression(f"{column} = 1", (meaning,), plain=False)


def fits(meaning: Meaning) -> bool:
    """Whether the column's type serves its role."""
    kind = all_roles().role[meaning.role].kind
    if kind in ADDED:
        return meaning.column.type in ("integer", "decimal")
    return kind != "flag" or meaning.column.type in ("boolean", "integer", "decimal")


def _quoted(column: Column) -> str:
    return render(Name(column.name))


def counts_rows(kpi: Kpi, formula: str) -> bool:
    """Whether a formula counts rows that must stand for the KPI's things."""
    return kpi.rows is not None and formula.startswith("COUNT(*)")


def has_any(source: Recognised, roles: Sequence[str]) -> bool:
    """Whether a column of the source may have one of the roles."""
    return any(source.of(role) for role in roles)


def renamed(formula: str, names: Mapping[str, str]) -> str:
    """A formula of the catalogue with other names."""
    return _NAME.sub(lambda match: names[match.group()], formula)
