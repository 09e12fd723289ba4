"""Keeps the catalogues of translations: gathers every sentence of the code, merges, reports what is missing, compiles.

    python -m kpi_tui.language.catalogue [--check]

Invariant: a sentence is found by the syntax tree, not by a pattern: the literal first argument of `text(...)`,
`_(...)`, `language(...)`, `say(...)`, `translate(...)` and the first two of `.count(one, other, n)` and
`count_text(one, other, n, ...)`. A sentence in a constant is marked by `text(...)`; one that is nothing but places and
marks, such as `{subject}: {what}`, needs no translation. `--check` writes nothing and exits with 1 where a translation
is missing, uncertain or has other places than its sentence.
"""

from __future__ import annotations

import ast
import io
import re
import string
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from kpi_tui.language.language import DOMAIN, FOLDER, LANGUAGES

_PERCENT = re.compile(r"%(?:\(\w+\))?[rs]")
PACKAGE = Path(__file__).parents[1]
CALLS = frozenset({"text", "_", "language", "say", "translate", "_translate"})
COUNTS = frozenset({"count", "count_text"})

Key = str | tuple[str, str]  # a sentence, or its two English forms


@dataclass(frozen=True, slots=True)
class State:
    """What is not right with one language's catalogue."""

    missing: tuple[str, ...]
    fuzzy: tuple[str, ...]
    misplaced: tuple[str, ...]  # the places of the translation are not those of the sentence
    unused: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return not (self.missing or self.fuzzy or self.misplaced)


def sentences(source: str) -> Iterator[Key]:
    """Every sentence to translate in a module's source, in order of the tree."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from _of_call(node)


def template(package: Path = PACKAGE) -> Catalog:
    """All sentences of the package's modules with the files they stand in."""
    catalog = _empty()
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package.parent).as_posix()
        for key in sentences(path.read_text(encoding="utf-8")):
            catalog.add(key, locations=[(place, 0)])
    return catalog


def load(code: str) -> Catalog:
    """The catalogue of one language, empty where there is none yet."""
    path = _folder(code) / f"{DOMAIN}.po"
    if not path.exists():
        return _empty(code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def state(catalog: Catalog) -> State:
    """What is missing, uncertain, wrong or left over in a merged catalogue."""
    spoken = [message for message in catalog if message.id]
    return State(
        missing=tuple(_name(m) for m in spoken if not all(_forms(m))),
        fuzzy=tuple(_name(m) for m in spoken if m.fuzzy),
        misplaced=tuple(_name(m) for m in spoken if all(_forms(m)) and not _same_places(m)),
        unused=tuple(_name(m) for m in catalog.obsolete.values()),
    )


def places(sentence: str) -> frozenset[str]:
    """The places of a template: the names of its `{name}`, and argparse's `%(name)s` and `%r` as they are."""
    named = (name for _, name, _, _ in string.Formatter().parse(sentence) if name)
    return frozenset((*named, *_PERCENT.findall(sentence)))


def main(arguments: Sequence[str]) -> int:
    """Bring every catalogue up to date, or with `--check` only say what is not. 1 where something is missing."""
    found = template()
    complete = True
    for code in LANGUAGES[1:]:
        catalog = load(code)
        catalog.update(found, no_fuzzy_matching=True, update_creation_date=False)
        report = state(catalog)
        complete = complete and report.complete
        _print(code, catalog, report)
        if "--check" not in arguments:
            _write(code, catalog)
    return 0 if complete else 1


def _of_call(call: ast.Call) -> Iterator[Key]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in COUNTS and len(call.args) == 3:
        one, other = _literal(call.args[0]), _literal(call.args[1])
        if one and other and _has_words(one):
            yield one, other
    elif name in CALLS and call.args:
        first = call.args[0]
        choices = (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)
        yield from (key for key in map(_literal, choices) if key and _has_words(key))


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _has_words(sentence: str) -> bool:
    return any(letter.isalpha() for part, _, _, _ in string.Formatter().parse(sentence) for letter in part)


def _empty(code: str | None = None) -> Catalog:
    catalog = Catalog(
        locale=code, project="kpi-tui", version="1", fuzzy=False, charset="utf-8", last_translator="kpi-tui"
    )
    catalog.language_team, catalog.msgid_bugs_address = "kpi-tui", ""
    catalog.header_comment = "# The words of kpi-tui. Kept by `python -m kpi_tui.language.catalogue`."
    return catalog


def _write(code: str, catalog: Catalog) -> None:
    folder = _folder(code)
    folder.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, catalog, width=120, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    binary = io.BytesIO()
    write_mo(binary, catalog)
    for suffix, content in (("po", text.getvalue()), ("mo", binary.getvalue())):
        path = folder / f"{DOMAIN}.{suffix}"
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def _print(code: str, catalog: Catalog, report: State) -> None:
    print(f"{code}: {len(catalog)} sentences")
    for title in ("missing", "fuzzy", "misplaced", "unused"):
        for sentence in getattr(report, title):
            print(f"  {title}: {sentence!r}")


def _folder(code: str) -> Path:
    return FOLDER / code / "LC_MESSAGES"


def _forms(message: Message) -> tuple[str, ...]:
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return tuple(form or "" for form in strings)


def _name(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _same_places(message: Message) -> bool:
    ids: Iterable[str] = (message.id,) if isinstance(message.id, str) else message.id
    expected = frozenset().union(*map(places, ids))
    return all(places(form) == expected for form in _forms(message))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
