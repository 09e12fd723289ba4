"""One language of the faces: says sentences, numbers and dates, and reads what is typed.

Invariant: an English template is its own key, so a missing translation shows English, never a key or an error. Making a
`Language` reads one small catalogue and imports neither babel nor anything of the program but its errors.
"""

from __future__ import annotations

import datetime
import gettext
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_tui.errors import Finding, KpiError, Text, WorkspaceError
from kpi_tui.language.dates import Dates, DateStyle
from kpi_tui.language.numbers import Number, Numbers

if TYPE_CHECKING:
    from kpi_tui.workspace.model import Unit

LANGUAGES = ("en", "ru")
DOMAIN = "kpi_tui"
FOLDER = Path(__file__).parent / "locale"
# A terminal that is asked for ASCII may still show Cyrillic letters; these marks are what its font lacks.
_ASCII_MARKS = str.maketrans({"«": '"', "»": '"', "—": "-", "…": "...", "·": "|", "→": "->", "×": "x", "№": "No."})


def choose(flag: str | None, config: str | None, env: Mapping[str, str]) -> str:
    """`en` or `ru`: from `--language`, else the config file, else LC_ALL, LC_MESSAGES, LANG; anything else is `en`."""
    named = flag or config or next((env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    code = named.replace("-", "_").split("_")[0].split(".")[0].lower()
    return code if code in LANGUAGES else "en"


class Language:
    """A language in use. With `ascii` its numbers and sentences keep to ASCII marks (`-`, `"`, ordinary spaces)."""

    def __init__(self, code: str, *, ascii: bool = False) -> None:
        """The language with that code, `en` where there is none."""
        self.code = code if code in LANGUAGES else "en"
        self.catalogue = _catalogue(self.code)
        self.numbers = Numbers(self.code, ascii=ascii, translate=self.catalogue.gettext)
        self.dates = Dates(self.code, translate=self.catalogue.gettext)

    def __call__(self, template: str, /, **values: object) -> str:
        """A sentence of the faces themselves: `language("Goals")`, `language("saved {file}", file=...)`."""
        return self._fill(self.catalogue.gettext(template) if template else "", template, values)

    def say(self, sentence: Text) -> str:
        """A `Text` in this language; values that are texts are said too, decimals and floats get its marks."""
        n = sentence.values.get("n")
        if sentence.other and isinstance(n, int):
            values = {name: value for name, value in sentence.values.items() if name != "n"}
            return self.count(sentence.template, sentence.other, n, **values)
        return self(sentence.template, **sentence.values)

    def count(self, one: str, other: str, n: int, /, **values: object) -> str:
        """A sentence about a number of things: `count("{n} goal", "{n} goals", 3)`; Russian has three forms."""
        template = one if n == 1 else other
        shown = {name: self._counted(value) for name, value in {"n": n, **values}.items()}
        return self._fill(self.catalogue.ngettext(one, other, n), template, shown)

    def finding(self, finding: Finding) -> str:
        """`file:line: subject: what: cure`, as `check` prints it."""
        cure = self.say(finding.cure) if finding.cure else ""
        subject = self.say(finding.subject) if isinstance(finding.subject, Text) else finding.subject
        parts = [str(finding.place), subject, self.say(finding.what), cure]
        return ": ".join(part for part in parts if part)

    def error(self, error: KpiError) -> str:
        """What is wrong and how to mend it; a line a finding for a workspace."""
        if isinstance(error, WorkspaceError):
            return "\n".join(map(self.finding, error.findings))
        return ": ".join([self.say(error.what), *([self.say(error.cure)] if error.cure else [])])

    def value(self, value: Number | None, unit: Unit, currency: str = "", *, compact: bool = False) -> str:
        """A value in its unit (`Numbers.value`); with a `currency`, money bears its sign."""
        if currency and unit == "money":
            return self.numbers.money(value, currency, compact=compact)
        return self.numbers.value(value, unit, compact=compact)

    def money(self, value: Number | None, currency: str, *, exact: bool = False) -> str:
        """A sum with its currency sign; `exact` to the minor unit (`Numbers.money`)."""
        return self.numbers.money(value, currency, exact=exact)

    def signed_change(self, change: Number | None, *, points: bool = False) -> str:
        """`+5 %`, or `+1.2 pp` in `points` (`Numbers.signed_change`)."""
        return self.numbers.signed_change(change, points=points)

    def date(self, day: datetime.date | None, style: DateStyle = "medium") -> str:
        """`14 Nov 2026` (`Dates.date`)."""
        return self.dates.date(day, style)

    def period(self, name: str, *, short: bool = False) -> str:
        """`Nov 2026` for `2026-11` (`Dates.period`)."""
        return self.dates.period(name, short=short)

    def parse_number(self, text: str, unit: Unit) -> Decimal:
        """What somebody typed as a number (`typed.parse_number`). Raises EditError."""
        from kpi_tui.language import typed

        return typed.parse_number(text, unit, decimal=self.numbers.locale.decimal)

    def editable(self, value: Decimal | None, unit: Unit) -> str:
        """The exact text to edit (`typed.editable`)."""
        from kpi_tui.language import typed

        return typed.editable(value, unit, decimal=self.numbers.locale.decimal)

    def parse_date(self, text: str, *, today: datetime.date | None = None) -> datetime.date:
        """What somebody typed as a day (`typed.parse_date`). Raises EditError."""
        from kpi_tui.language import typed

        return typed.parse_date(text, today=today)

    def _fill(self, template: str, english: str, values: Mapping[str, object]) -> str:
        if self.numbers.ascii and not template.isascii():
            template = template.translate(_ASCII_MARKS)
        if not values:
            return template
        said = {name: self._said(value) for name, value in values.items()}
        try:
            return template.format_map(said)
        except (KeyError, IndexError, ValueError):  # a translation with a wrong place must not hide the sentence
            return english.format_map(said)

    def _counted(self, value: object) -> object:
        """A number beside a counted thing is one as well: grouped from 1,000 on."""
        return self.numbers.plain(value) if isinstance(value, int) and abs(value) >= 1000 else value

    def _said(self, value: object) -> object:
        """What goes into a place of a sentence: a text is said, a number with a part after the mark gets the mark."""
        if isinstance(value, Text):
            return self.say(value)
        return self.numbers.all_digits(value) if isinstance(value, Decimal | float) else value


def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.NullTranslations() if code == "en" else gettext.translation(DOMAIN, FOLDER, [code], fallback=True)
