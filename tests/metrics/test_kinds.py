"""What the kinds of metrics mean, by figures worked out by hand: each by itself, and one over another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpi_tui.errors import Place
from kpi_tui.facts.table import Table
from kpi_tui.loaded import evaluator_of
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.cohorts import cohorts
from kpi_tui.metrics.evaluate import Evaluator, LeafTables
from kpi_tui.metrics.funnel import funnel
from kpi_tui.review.goals import judge
from kpi_tui.workspace.model import (
    Acquisition,
    Conversion,
    Entry,
    Events,
    Funnel,
    Goal,
    Metric,
    Repeat,
    Retention,
    Settings,
    Source,
    Workspace,
)

Cells = Mapping[str, Any]
SCHEMA = {"date": pl.Date(), "channel": pl.String(), "customer": pl.String(), "amount": pl.Int64()}
REVENUE = Metric(id="revenue", source="orders", formula="SUM(amount)")
BUYERS = Metric(id="buyers", source="orders", formula="COUNT(DISTINCT customer)")
NEW = Metric(id="new", acquisition=Acquisition(source="orders", entity="customer"))


def order(day: str, amount: int, customer: str | None = None, channel: str | None = None) -> Cells:
    return {"date": date.fromisoformat(day), "channel": channel, "customer": customer, "amount": amount}


def evaluator(
    *metrics: Metric,
    orders: Sequence[Cells],
    deals: Sequence[Cells] = (),
    until: str | None = None,
    deals_until: str | None = None,
    first: str | None = None,
    as_of: date | None = None,
) -> Evaluator:
    tables = {}
    for name, rows, last in (("orders", orders, until), ("deals", deals, deals_until)):
        source = Source(id=name, path="-", time="date", dimensions=("channel",))
        days = [row["date"] for row in rows]
        begin = date.fromisoformat(first) if first and days else min(days, default=None)
        end = date.fromisoformat(last) if last else max(days, default=None)
        tables[name] = Table(source, pl.DataFrame(list(rows), schema=SCHEMA), begin, end, len(rows), 0, ())
    sources = tuple(table.source for table in tables.values())
    workspace = Workspace(settings=Settings(as_of=as_of), sources=sources, metrics=metrics)
    made = evaluator_of(workspace, LeafTables(tables), lambda path: Place("kpi.toml"))
    assert made.plan.findings == ()
    return made


def test_a_window_counts_a_customer_of_two_months_once() -> None:
    orders = [order("2026-01-20", 1, "ann"), order("2026-02-10", 1, "ann"), order("2026-02-11", 1, "bob")]
    window = Metric(id="w", formula="buyers", window="28 days")
    found = evaluator(BUYERS, window, orders=orders, until="2026-02-28", first="2026-01-01").ask(
        Question(("buyers", "w"), "month")
    )
    assert found.series("buyers") == (1, 2)
    assert found.series("w") == (1, 2)
    assert found.complete["w"] == (True, True)


def test_a_window_ends_with_the_data_where_the_period_does_not() -> None:
    orders = [order("2026-01-01", 1), order("2026-01-31", 10), order("2026-02-03", 100)]
    window = Metric(id="w", formula="revenue", window="7 days")
    found = evaluator(REVENUE, window, orders=orders, until="2026-02-03").ask(Question(("w",), "month"))
    assert found.series("w") == (10, 110)  # 25..31 January; 28 January..3 February
    assert found.complete["w"] == (True, False)


def test_a_window_that_begins_before_the_data_is_not_complete() -> None:
    orders = [order("2026-01-01", 1), order("2026-02-28", 2)]
    window = Metric(id="w", formula="revenue", window="2 months")
    found = evaluator(REVENUE, window, orders=orders).ask(Question(("w",), "month"))
    assert found.series("w") == (1, 3)
    assert found.complete["w"] == (False, True)


def test_a_window_of_a_month_begins_after_the_same_day() -> None:
    orders = [order("2026-02-28", 1), order("2026-03-01", 10), order("2026-03-31", 100)]
    window = Metric(id="w", formula="revenue", window="1 month")
    found = evaluator(REVENUE, window, orders=orders, first="2026-01-01").ask(Question(("w",), "month"))
    assert found.series("w") == (0, 1, 110)  # whole months, as long as each is
    days = evaluator(REVENUE, window, orders=orders, first="2026-01-01").ask(
        Question(("w",), "day", date(2026, 3, 28), date(2026, 3, 30))
    )
    assert days.series("w") == (10, 10, 10)  # a month before is 28 February each time


def test_a_window_of_a_ratio_is_a_ratio_of_sums() -> None:
    orders = [order("2026-01-05", 10, "ann"), order("2026-02-05", 50, "bob"), order("2026-02-06", 30, "ann")]
    per_buyer = Metric(id="per_buyer", formula="revenue / buyers")
    window = Metric(id="w", formula="per_buyer", window="2 months")
    found = evaluator(REVENUE, BUYERS, per_buyer, window, orders=orders).ask(Question(("per_buyer", "w"), "month"))
    assert found.series("per_buyer") == (10.0, 40.0)
    assert found.value("w", 1) == 45.0  # 90 over two customers, not the mean of 10 and 40


def test_to_date_of_a_finer_grain_and_of_a_coarser_one() -> None:
    orders = [order("2025-12-31", 1), order("2026-01-31", 10), order("2026-02-02", 100), order("2026-03-31", 1000)]
    year = Metric(id="y", formula="revenue", to_date="year")
    month = Metric(id="m", formula="revenue", to_date="month")
    made = evaluator(REVENUE, year, month, orders=orders)
    assert made.ask(Question(("y",), "month")).series("y") == (1, 10, 110, 1110)
    assert made.ask(Question(("m",), "quarter")).series("m") == (1, 1000)


def test_the_same_period_last_year_of_a_cumulative() -> None:
    orders = [order("2025-01-10", 1), order("2025-02-10", 2), order("2026-01-10", 10), order("2026-02-10", 20)]
    to_date = Metric(id="ytd", formula="revenue", to_date="year")
    before = Metric(id="before", formula="ytd", offset="1 year")
    growth = Metric(id="growth", formula="ytd / before - 1", unit="percent")
    made = evaluator(REVENUE, to_date, before, growth, orders=orders, until="2026-02-28", first="2025-01-01")
    found = made.ask(Question(("before", "growth"), "month", start=date(2026, 1, 1)))
    assert found.series("before") == (1, 3)
    assert found.series("growth") == (9.0, 9.0)


def test_an_offset_of_an_unfinished_period_takes_the_same_days() -> None:
    orders = [order("2026-01-10", 1), order("2026-01-20", 10), order("2026-02-15", 100)]
    before = Metric(id="before", formula="revenue", offset="1 month")
    made = evaluator(REVENUE, before, orders=orders, until="2026-02-15", first="2026-01-01")
    found = made.ask(Question(("before",), "month"))
    assert found.series("before") == (None, 1)
    assert found.complete["before"] == (False, False)


def test_last_months_spend_over_this_months_new_customers() -> None:
    orders = [order("2026-01-05", 30, "ann"), order("2026-02-07", 5, "bob"), order("2026-02-08", 5, "cat")]
    before = Metric(id="before", formula="revenue", offset="1 month")
    lagged = Metric(id="lagged", formula="before / new", unit="money")
    made = evaluator(REVENUE, before, NEW, lagged, orders=orders, until="2026-02-28", first="2026-01-01")
    assert made.ask(Question(("lagged",), "month")).series("lagged") == (None, 15.0)


def test_a_month_shifts_to_a_whole_month_and_a_day_to_its_date() -> None:
    orders = [order("2026-02-28", 1), order("2026-03-28", 10), order("2026-03-31", 100), order("2026-04-30", 5)]
    before = Metric(id="before", formula="revenue", offset="1 month")
    made = evaluator(REVENUE, before, orders=orders, first="2026-02-01")
    assert made.ask(Question(("before",), "month")).series("before") == (None, 1, 110)
    days = made.ask(Question(("before",), "day", date(2026, 3, 28), date(2026, 3, 31)))
    assert days.series("before") == (1, 1, 1, 1)  # February has no 29th, 30th and 31st
    assert made.ask(Question(("before",), "day", date(2026, 4, 30))).value("before") == 0  # 30 March, not the 31st


def test_a_week_shifts_by_weeks_so_that_weekdays_meet() -> None:
    orders = [order("2025-03-03", 1), order("2026-03-02", 10), order("2026-03-08", 1)]
    before = Metric(id="before", formula="revenue", offset="1 year")
    made = evaluator(REVENUE, before, orders=orders)
    assert made.ask(Question(("before",), "week", date(2026, 3, 2))).series("before") == (1,)


def test_a_first_row_carries_its_channel_and_filters() -> None:
    orders = [order("2026-01-05", 1, "ann", "ads"), order("2026-02-05", 1, "ann", "mail")]
    orders += [order("2026-02-06", 1, "bob", "mail"), order("2026-02-07", 1, None, "mail")]
    made = evaluator(NEW, orders=orders, until="2026-02-28", first="2026-01-01")
    split = made.ask(Question(("new",), "month", by=("channel",)))
    assert (split.slices, split.values["new"]) == ((("ads",), ("mail",)), (1, 0, 0, 1))
    mail = made.ask(Question(("new",), "month", where=(("channel", ("mail",)),)))
    assert mail.series("new") == (0, 1)
    february = made.ask(Question(("new",), "month", start=date(2026, 2, 1)))
    assert february.series("new") == (1,)  # ann is not new in the range shown


def test_the_first_periods_of_an_export_are_marked() -> None:
    orders = [order("2026-01-10", 1, "ann"), order("2026-03-31", 1, "bob")]
    found = evaluator(NEW, orders=orders).ask(Question(("new",), "month"))
    # February begins 22 days after the data do
    assert found.complete["new"] == (False, False, True)
    assert found.immature["new"] == (True, True, False)


def test_retention_compares_two_months_and_adds_up_their_counts_over_a_quarter() -> None:
    orders = [order(day, 1, who) for day, who in (
        ("2026-01-05", "ann"), ("2026-01-06", "bob"), ("2026-02-07", "ann"), ("2026-03-01", "ann"),
        ("2026-03-02", "bob"), ("2025-12-30", "bob"),
    )]  # fmt: skip
    stay = Metric(id="stay", retention=Retention(source="orders", entity="customer"))
    two = Metric(id="two", retention=Retention(source="orders", entity="customer", after=2))
    made = evaluator(stay, two, orders=orders, until="2026-03-31", first="2025-12-01")
    months = made.ask(Question(("stay", "two"), "month"))
    assert months.series("stay") == (None, 1.0, 0.5, 1.0)
    assert months.series("two") == (None, None, 0.0, 1.0)
    assert months.complete["stay"] == (False, True, True, True)
    assert made.ask(Question(("stay",), "quarter")).series("stay") == (None, 3 / 4)


def test_orders_of_a_repeat_are_looked_for_in_the_whole_source() -> None:
    orders = [order("2026-01-05", 7, "ann", "ads"), order("2026-02-05", 7, "ann", "mail")]
    orders += [order("2026-02-06", 8, "bob", "mail"), order("2026-02-07", 8, "bob", "mail")]
    rows = Metric(id="rows", repeat=Repeat(source="orders", entity="customer"))
    distinct = Metric(id="distinct", repeat=Repeat(source="orders", entity="customer", order="amount"))
    made = evaluator(rows, distinct, orders=orders)
    mail = made.ask(Question(("rows", "distinct"), "month", where=(("channel", ("mail",)),)))
    assert mail.series("rows") == (None, 1.0)  # one of ann's two orders came by another channel
    assert mail.series("distinct") == (None, 0.0)  # 7 twice and 8 twice are one order each


CONVERSION = Metric(
    id="rate",
    conversion=Conversion(
        entity="customer", base=Events(source="orders"), converted=Events(source="deals"), within="10 days"
    ),
)


def test_a_conversion_belongs_to_the_nearest_event_before_it() -> None:
    leads = [order("2026-01-01", 1, "ann", "ads"), order("2026-01-20", 1, "ann", "mail"), order("2026-01-25", 1, "bob")]
    deals = [order("2026-01-29", 1, "ann"), order("2026-02-04", 1, "bob")]
    made = evaluator(CONVERSION, orders=leads, deals=deals, until="2026-01-31", deals_until="2026-03-31")
    found = made.ask(Question(("rate",), "month", by=("channel",)))
    # the ninth day counts for ann, the tenth for bob does not: 4 February is 10 days after 25 January
    assert dict(zip(found.slices, found.values["rate"], strict=True)) == {
        ("ads",): 0.0,
        ("mail",): 1.0,
        (None,): 1.0 * 0,
    }
    assert made.ask(Question(("rate",), "month")).value("rate") == pytest.approx(1 / 3)


def test_a_cohort_is_immature_until_the_time_to_convert_has_passed() -> None:
    leads = [order("2026-01-01", 1, "ann"), order("2026-02-27", 1, "bob")]
    deals = [order("2026-01-01", 1, "ann")]
    for deals_until, mature in (("2026-03-08", False), ("2026-03-09", True)):
        made = evaluator(CONVERSION, orders=leads, deals=deals, until="2026-02-28", deals_until=deals_until)
        found = made.ask(Question(("rate",), "month"))
        assert found.complete["rate"] == (True, mature)  # 28 February and 9 days more


def test_a_deal_after_as_of_is_not_known_yet() -> None:
    leads, deals = [order("2026-01-01", 1, "ann")], [order("2026-01-05", 1, "ann")]
    made = evaluator(CONVERSION, orders=leads, deals=deals, as_of=date(2026, 1, 4))
    assert made.ask(Question(("rate",), "all")).value("rate") == 0.0


def test_a_conversion_over_a_stock() -> None:
    leads = [order("2026-01-01", 4, "ann"), order("2026-01-02", 5, "bob")]
    stock = Metric(id="stock", source="orders", formula="SUM(amount)", at="last")
    ratio = Metric(id="ratio", formula="rate * stock")
    made = evaluator(CONVERSION, stock, ratio, orders=leads, deals=[order("2026-01-03", 1, "ann")])
    assert made.ask(Question(("ratio",), "month")).value("ratio") == 2.5


def test_a_funnel_loses_step_by_step() -> None:
    entered = (("seen", 1000), ("clicked", 100), ("bought", 0))
    day = date(2026, 1, 5)
    steps = [Metric(id=name, at="sum", entries=(Entry(date=day, value=Decimal(n)),)) for name, n in entered]
    path = Metric(id="path", unit="percent", funnel=Funnel(steps=("seen", "clicked", "bought")))
    made = evaluator(*steps, path, orders=[])
    question = Question(("path",), "month")
    found = funnel(made, "path", question)
    assert [(step.step, step.value, step.of_first, step.of_previous, step.lost) for step in found] == [
        ("seen", 1000, 1.0, None, None),
        ("clicked", 100, 0.1, 0.1, 900),
        ("bought", 0, 0.0, 0.0, 100),
    ]
    assert made.ask(question).value("path") == 0.0
    assert funnel(made, "seen", question) == ()


def test_a_cohort_table_by_hand() -> None:
    orders = [order("2026-01-05", 1, "ann", "ads"), order("2026-01-06", 1, "bob", "mail")]
    orders += [order("2026-02-05", 1, "ann", "mail"), order("2026-02-06", 1, "cat", "mail")]
    made = evaluator(NEW, orders=orders, until="2026-02-10", first="2026-01-01")
    table = cohorts(made, "new")
    assert [(row.cohort.name, row.age, row.size, row.active, row.share, row.mature) for row in table] == [
        ("2026-01", 0, 2, 2, 1.0, True),
        ("2026-01", 1, 2, 1, 0.5, False),  # February is not over
        ("2026-02", 0, 1, 1, 1.0, False),
    ]
    ads = cohorts(made, "new", question=Question(("new",), where=(("channel", ("ads",)),)))
    assert [(row.cohort.name, row.age, row.size, row.active) for row in ads] == [
        ("2026-01", 0, 1, 1),
        ("2026-01", 1, 1, 1),
    ]
    assert cohorts(evaluator(REVENUE, orders=orders), "revenue") == ()


def test_what_is_a_flow() -> None:
    shifted = Metric(id="shifted", formula="revenue", offset="1 month")
    window = Metric(id="window", formula="revenue", window="7 days")
    later = Metric(id="later", formula="window", offset="1 month")
    share = Metric(id="share", formula="new", share_of_total=True)
    plan = evaluator(REVENUE, NEW, BUYERS, shifted, window, later, share, orders=[order("2026-01-01", 1, "a")]).plan
    flows = {name for name, each in plan.metrics.items() if each.is_flow and " " not in name}
    assert flows == {"revenue", "new", "buyers", "shifted"}


def test_a_goal_on_a_window_takes_its_last_value() -> None:
    orders = [order("2026-01-10", 100), order("2026-02-05", 7), order("2026-02-10", 1)]
    window = Metric(id="w", formula="revenue", window="7 days")
    goal = Goal(
        id="g", metric="w", baseline=Decimal(0), target=Decimal(16), start=date(2026, 1, 1), due=date(2026, 3, 1)
    )
    result = judge(evaluator(REVENUE, window, orders=orders, first="2026-01-01"), goal)
    assert (result.is_flow, result.actual, result.progress) == (False, Decimal(8), Decimal("0.5"))


def test_a_conversion_is_unknown_where_the_other_source_does_not_reach() -> None:
    leads = [order(f"2026-0{month}-10", 1, "ann") for month in (1, 2, 3, 4)]
    deals = [order("2026-03-05", 1, "bob"), order("2026-03-12", 1, "ann")]
    made = evaluator(CONVERSION, orders=leads, deals=deals, until="2026-04-30")
    found = made.ask(Question(("rate",), "month"))
    # deals are known from 5 to 12 March: those of a lead in February could still be there, those of January not
    assert found.series("rate") == (None, 0.0, 1.0, None)
    assert found.complete["rate"] == (False, False, False, False)


def test_what_stood_before_the_range_asked_fills_its_first_periods() -> None:
    stock = Metric(id="stock", source="orders", formula="SUM(amount)", at="last", fill="previous")
    orders = [order("2026-01-31", 12), order("2026-03-20", 7), order("2026-03-20", 1, channel="ads")]
    made = evaluator(stock, orders=orders, until="2026-04-30", first="2026-01-01")
    assert made.ask(Question(("stock",), "month")).series("stock") == (12, 12, 8, 8)
    later = made.ask(Question(("stock",), "month", start=date(2026, 2, 1)))
    assert later.series("stock") == (12, 8, 8)
    whole = made.ask(Question(("stock",), "month", date(2026, 2, 10), date(2026, 3, 20), by=("channel",)))
    assert dict(zip(whole.slices, [whole.series("stock", at) for at in range(2)], strict=True)) == {
        ("ads",): (None, 1),
        (None,): (12, 7),
    }


def test_a_whole_number_fills_a_count_with_a_count() -> None:
    filled = Metric(id="filled", source="orders", formula="MAX(amount)", fill=Decimal(0))
    found = evaluator(filled, orders=[order("2026-01-31", 12)], first="2026-01-01", until="2026-02-28").ask(
        Question(("filled",), "month")
    )
    assert found.series("filled") == (12, 0)
    assert type(found.value("filled", 1)) is int


def test_an_entry_after_the_data_is_there_and_not_complete() -> None:
    late = Entry(date=date(2026, 4, 5), value=Decimal(9))
    typed = Metric(id="typed", entries=(Entry(date=date(2026, 1, 10), value=Decimal(3)), late))
    orders = [order("2026-01-01", 1), order("2026-02-28", 1)]
    found = evaluator(typed, orders=orders).ask(Question(("typed",), "month"))
    assert [period.name for period in found.periods][-1] == "2026-04"
    assert found.series("typed") == (3, 3, 3, late.value)
    assert found.complete["typed"][-2:] == (False, False)
    until = evaluator(typed, orders=orders, as_of=date(2026, 2, 28)).ask(Question(("typed",), "month"))
    assert until.series("typed") == (3, 3), "an explicit as_of leaves later entries out"


def test_the_whole_of_a_source_without_dates_is_known_beside_others() -> None:
    made = evaluator(Metric(id="size", source="people", formula="COUNT(*)"), REVENUE, orders=[order("2026-01-31", 12)])
    people = Source(id="people", path="-")
    table = Table(people, pl.DataFrame({"name": ["a", "b"]}), None, None, 2, 0, ())
    tables = {**made.leaf_tables.tables, "people": table}
    known = evaluator_of(made.workspace, LeafTables(tables), lambda path: Place("kpi.toml"))
    found = known.ask(Question(("size", "revenue"), "all"))
    assert (found.value("size"), found.complete["size"]) == (2, (True,))


def test_a_share_of_what_stood_before_the_range_is_of_a_total_that_stood_as_well() -> None:
    rate = Metric(id="rate", source="orders", formula="AVG(amount)", fill="previous")
    share = Metric(id="share", formula="rate", share_of_total=True)
    made = evaluator(rate, share, orders=[order("2026-01-31", 12)], first="2026-01-01", until="2026-03-31")
    found = made.ask(Question(("rate", "share"), "month", start=date(2026, 2, 1)))
    assert (found.series("rate"), found.series("share")) == ((12.0, 12.0), (1.0, 1.0))
