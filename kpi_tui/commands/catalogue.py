"""`kpi-tui catalogue`: the KPIs that come with the program, and of a workspace what its data allow."""

from __future__ import annotations

import csv
import io
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_tui.errors import Text, UsageError, text
from kpi_tui.language.language import Language
from kpi_tui.metrics.catalogue import Kpi, found

if TYPE_CHECKING:  # without a workspace no data are read
    from kpi_tui.metrics.proposing import Offer

_LABELS: Mapping[str, Text] = {
    "kpi": text("KPI"),
    "name": text("Name"),
    "unit": text("Unit"),
    "good": text("Good is"),
    "formula": text("Formula"),
    "definition": text("Definition"),
    "confused": text("Difference"),
    "origin": text("Defined by"),
    "serves": text("Serves"),
    "state": text("State"),
    "needs": text("Needs"),
}
_GOALS: Mapping[str, Text] = {
    "sales": text("sales"),
    "awareness": text("awareness"),
    "acquisition": text("acquisition"),
    "demand": text("demand"),
    "retention": text("retention of customers"),
    "reputation": text("reputation"),
    "engagement": text("engagement"),
    "efficiency": text("efficiency"),
}
_STATES: Mapping[str, Text] = {
    "present": text("there already"),
    "ready": text("can be added"),
    "asks": text("asks first"),
    "lacks": text("data are missing"),
}
FIELDS = ("kpi", "name", "unit", "good", "formula", "definition", "confused", "origin", "serves", "state", "needs")

Record = dict[str, str]


def catalogue(words: Sequence[str], format: str, language: Language) -> int:
    """Print the KPIs that answer to all words, both languages' names and synonyms; the last word may be a workspace."""
    file = Path(words[-1]) if words and words[-1].endswith(".toml") else None
    wanted = " ".join(words[:-1] if file is not None else words)
    kpis = found(wanted)
    if not kpis:
        raise UsageError(text("no KPI is called '{name}'", name=wanted), text("see all: kpi-tui catalogue"))
    offers = _offers(file, language) if file is not None else {}
    records = [_record(kpi, offers.get(kpi.id), language) for kpi in kpis]
    if format != "table" and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # the same bytes whatever the locale
    match format:
        case "json":
            import json

            print(json.dumps(records, ensure_ascii=False, indent=1))
        case "csv":
            writer = csv.DictWriter(sys.stdout, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(records)
        case _:
            said = [_said(record, kpi, language) for record, kpi in zip(records, kpis, strict=True)]
            _print(said, language, with_state=file is not None)
    return 0


def _offers(file: Path, language: Language) -> Mapping[str, Offer]:
    from kpi_tui.loaded import loaded
    from kpi_tui.loading import begin
    from kpi_tui.metrics.proposing import propose
    from kpi_tui.metrics.roles import columns_known

    ready = loaded(begin(file))
    sources = columns_known(ready.evaluator)
    return {offer.kpi.id: offer for offer in propose(sources, ready.workspace.metrics, None, language.code)}


def _record(kpi: Kpi, offer: Offer | None, language: Language) -> Record:
    code = language.code
    state, needs, formula = "", "", kpi.said
    if offer is not None:
        state = "present" if offer.present else "ready" if offer.ready else "asks" if offer.metrics else "lacks"
        said = offer.missing or tuple(question.what for question in offer.questions)
        needs = "; ".join(map(language.say, said))
        if offer.metrics:
            formula = offer.metrics[-1].formula or formula
    return {
        "kpi": kpi.id,
        "name": kpi.name(code),
        "unit": kpi.unit,
        "good": kpi.good,
        "formula": formula,
        "definition": kpi.means.said(code),
        "confused": kpi.confused.said(code),
        "origin": kpi.origin,
        "serves": " ".join(kpi.serves),
        "state": state,
        "needs": needs,
    }


def _said(record: Record, kpi: Kpi, language: Language) -> Record:
    """A record for a reader: the words of the catalogue's file, which scripts get, said in the language."""
    from kpi_tui.tui.word_names import word_name

    say = language.say
    made_of = kpi.made_of
    return {
        **record,
        "unit": say(word_name("unit", kpi.unit)),
        "good": say(word_name("good", kpi.good)),
        "formula": say(made_of) if isinstance(made_of, Text) and record["formula"] == kpi.said else record["formula"],
        "confused": say(kpi.confused_with(language.code)),
        "serves": ", ".join(say(_GOALS[goal]) for goal in kpi.serves),
        "state": say(_STATES[record["state"]]) if record["state"] else "",
    }


def _print(records: Sequence[Record], language: Language, *, with_state: bool) -> None:
    """A row a KPI; one alone is printed in full."""
    from textwrap import wrap

    from kpi_tui.report.table import TextTable, plain

    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else None
    labels = {field: language.say(label) for field, label in _LABELS.items()}
    if len(records) == 1:
        indent = max(map(len, labels.values())) + 2
        for field in FIELDS:
            shown = wrap(plain(records[0][field]), max(20, (width or 100) - indent)) if records[0][field] else []
            for index, line in enumerate(shown):
                print(f"{labels[field] if index == 0 else '':<{indent}}{line}")
        return
    names = ["kpi", "name", "formula", *(("state", "needs") if with_state else ())]
    rows = tuple(tuple(plain(record[name]) for name in names) for record in records)
    print("\n".join(TextTable(tuple(labels[name] for name in names), rows, left=len(names)).lines(width)))
