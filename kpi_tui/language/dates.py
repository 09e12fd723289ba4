"""Days and periods as people read them: `14 Nov 2026`, `14 нояб. 2026`, `IV кв. 2026`, `W46 2026`.

Invariant: a period is read from its name (`2026-Q4`), so what is shown is what scripts see. Month names come from the
CLDR.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from kpi_tui.errors import text

if TYPE_CHECKING:
    from kpi_tui.language.cldr import Locale

DateStyle = Literal["medium", "short", "long", "numeric"]

_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})(?:-(?P<day>\d{2}))?|Q(?P<quarter>[1-4])|W(?P<week>\d{2})))?\Z"
)
_QUARTERS = (text("Q1 {year}"), text("Q2 {year}"), text("Q3 {year}"), text("Q4 {year}"))
_SHORT_QUARTERS = (text("Q1"), text("Q2"), text("Q3"), text("Q4"))


class Dates:
    """Formats days and periods for one language. `translate` says a template in that language."""

    def __init__(self, code: str, *, translate: Callable[[str], str]) -> None:
        self.code = code
        self._translate = translate

    def date(self, day: datetime.date | None, style: DateStyle = "medium") -> str:
        """A day, empty where there is none.

        medium `14 Nov 2026`, short `14 Nov`, long `14 November 2026`, numeric `2026-11-14` (Russian `14.11.2026`).
        """
        if day is None:
            return ""
        if style == "numeric":
            return f"{day:%d.%m.}{day.year:04}" if self.code == "ru" else day.isoformat()
        width = "wide" if style == "long" else "abbreviated"
        shown = f"{day.day} {self._locale.months[width][day.month - 1]}"
        return shown if style == "short" else f"{shown} {day.year}"

    def period(self, name: str, *, short: bool = False) -> str:
        """A period by its name: `Nov 2026`, `Q4 2026`, `W46 2026`, `14 Nov 2026`, `2026`; `short` leaves the year out.

        A name that is no period is given back as it is.
        """
        if name == "all":
            return self._translate("all time")
        found = _PERIOD.match(name)
        if found is None:
            return name
        year = int(found["year"])
        if found["day"]:
            return self.date(datetime.date.fromisoformat(name), "short" if short else "medium")
        if found["month"]:
            month = self._locale.months["alone"][int(found["month"]) - 1]
            return month if short else f"{month} {year}"
        if found["quarter"]:
            names = _SHORT_QUARTERS if short else _QUARTERS
            return self._translate(names[int(found["quarter"]) - 1].template).format(year=year)
        if found["week"]:
            template = self._translate("W{week}") if short else self._translate("W{week} {year}")
            return template.format(week=int(found["week"]), year=year)
        return str(year)

    @cached_property
    def _locale(self) -> Locale:
        from kpi_tui.language.cldr import locale  # at the first month's name, not at start

        return locale(self.code)
