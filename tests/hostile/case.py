"""One hostile file and what is right to make of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct, field


class Case(Struct, frozen=True):
    """A file by name and bytes; `read` are the keys of `[source.read]` that differ from the defaults, whole.

    `rows` are the first typed rows, `asks` the ids of the questions, `says` parts of findings, in any order. None: not
    compared. `refused`: there is no table.
    """

    name: str
    file: str
    data: bytes
    read: Mapping[str, Any] | None = None
    rows: list[tuple[Any, ...]] | None = None
    time: str | None = "date"
    every: str = "day"
    columns: Mapping[str, str] | None = None
    dimensions: tuple[str, ...] | None = None
    asks: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    refused: bool = False
    height: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def csv(name: str, content: str, encoding: str = "utf-8", file: str = "a.csv", **expected: Any) -> Case:
    return Case(name, file, content.encode(encoding), **expected)


def d(number: str) -> Decimal:
    return Decimal(number)


def day(text: str) -> date:
    return date.fromisoformat(text)


JAN1, JAN2, FEB13 = day("2026-01-01"), day("2026-01-02"), day("2026-02-13")
ADS = "Дата;Канал;Расход\n01.01.2026;Яндекс;10,5\n13.02.2026;Прямой заход;2,25\n"
ADS_ROWS = [(JAN1, "Яндекс", d("10.50")), (FEB13, "Прямой заход", d("2.25"))]
ADS_READ = {"separator": ";", "decimal": ",", "date": "%d.%m.%Y"}
PLAIN = "date,channel,cost\n2026-01-01,A,1.5\n2026-01-02,B,2.5\n"
PLAIN_ROWS = [(JAN1, "A", d("1.5")), (JAN2, "B", d("2.5"))]
