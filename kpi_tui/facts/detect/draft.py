"""A proposal while it is being made: each step adds a decision with its evidence, a question or a finding."""

from __future__ import annotations

from msgspec import Struct, structs

from kpi_tui.errors import Text
from kpi_tui.facts.detect.description import Evidence, Question
from kpi_tui.facts.table import Findings
from kpi_tui.workspace.model import Source


class Draft(Struct):
    """A proposal that grows from step to step."""

    source: Source
    evidence: list[Evidence]
    questions: list[Question]
    findings: Findings

    def decide(self, key: str, value: object, why: Text) -> None:
        self.evidence.append(Evidence(key, str(value), why))

    def read(self, **keys: object) -> None:
        self.source = structs.replace(self.source, read=structs.replace(self.source.read, **keys))
