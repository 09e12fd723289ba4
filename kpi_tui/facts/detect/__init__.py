"""Any export is recognised: what a file holds and how it is written, found out once and written into the workspace.

The API::

    describe(path, root, identity="") -> tuple[Description, ...]     a file, a glob or a folder of like files
    Description(source, evidence, questions, findings, header, rows, usable)
    Question(id, what, choices)      id: encoding, marks, dates, time, totals; the first choice is in `source` already
    Choice(label, examples, sets)    sets: (("read.date", "%m/%d/%Y"), ...)
    answered(source, choice) -> Source

A file of several tables (sheets with other headers, tables of a database) gives several descriptions. Everything
that is decided is in `Description.source`: reading never guesses.
"""

from kpi_tui.facts.detect.describe import describe
from kpi_tui.facts.detect.description import Choice, Description, Evidence, Question, answered

__all__ = ["Choice", "Description", "Evidence", "Question", "answered", "describe"]
