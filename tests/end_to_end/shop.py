"""A small shop as a workspace: few rows, round figures, one record of every kind."""

from __future__ import annotations

from pathlib import Path

from kpi_tui.workspace import document
from kpi_tui.workspace.writing import write

SHOP = """
schema = 1

[workspace]
name = "Corner shop"

[[source]]
id = "sales"
path = "sales.csv"
time = "date"
dimensions = ["channel", "city"]
[source.columns]
date = "date"
revenue = "decimal"
cost = "decimal"
orders = "integer"

[[metric]]
id = "revenue"
name = "Revenue"
source = "sales"
formula = "SUM(revenue)"
unit = "money"
good = "up"

[[metric]]
id = "spend"
name = "Spend"
source = "sales"
formula = "SUM(cost)"
unit = "money"

[[metric]]
id = "cpo"
name = "Cost per order"
formula = "spend / orders"
unit = "money"
good = "down"

[[metric]]
id = "orders"
name = "Orders"
source = "sales"
formula = "SUM(orders)"
good = "up"

[[metric]]
id = "awareness"
name = "Awareness"
unit = "percent"
good = "up"
entries = [
    { date = 2026-03-31, value = 0.24, note = "survey" },
]

[[objective]]
id = "growth"
name = "Growth"

[[goal]]
id = "turnover"
name = "Turnover"
objective = "growth"
metric = "revenue"
baseline = 4000
target = 6000
start = 2026-01-01
due = 2026-12-31
owner = "anna"

[[goal]]
id = "cheap"
name = "Cheap orders"
metric = "cpo"
kind = "at_most"
target = 30
start = 2026-01-01
due = 2026-12-31

[[goal]]
id = "site"
name = "New site"
kind = "milestone"
done = 0.4
start = 2026-01-01
due = 2026-12-31

[[member]]
id = "anna"
name = "Anna"
capacity = 40
bonus = 50000
[[member.kpi]]
goal = "turnover"
weight = 60
[[member.kpi]]
metric = "orders"
plan = 40
weight = 40

[[member]]
id = "boris"
name = "Boris"
"""

CHANNELS = ("Email", "Search", "Shop")


def sales() -> str:
    """A row per channel on the first of every month from 2025-01 to 2026-06: revenue 100, 200, 300 and so on."""
    lines = ["date,channel,city,revenue,cost,orders"]
    for month in range(18):
        day = f"{2025 + month // 12}-{month % 12 + 1:02}-01"
        for index, channel in enumerate(CHANNELS, 1):
            city = "Moscow" if month % 2 else "Perm"
            lines.append(f"{day},{channel},{city},{index * 100 + month},{index * 40},{index * 5}")
    lines.append("2026-06-30,Email,Perm,0,0,0")
    return "\n".join(lines) + "\n"


def write_shop(folder: Path, text: str = SHOP) -> Path:
    """The workspace file, canonical, with its data beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sales.csv").write_text(sales(), "utf-8")
    file = folder / "kpi.toml"
    file.write_text(write(document.read(text, "shop").workspace), "utf-8")
    return file
