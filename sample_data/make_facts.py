"""Make the facts of the sample workspace: Aurora Shop, an online shop that does not exist.

Every number is synthetic, drawn from a seeded generator: the same script always writes the same files. The shop grows
by about a fifth a year, lives by the week and sells most in November and December. One problem is planted: from
PRICE_RISE on the auction of Yandex Direct is dearer: the channel buys fewer clicks for more money and the acquisition
cost leaves its limit. The exports also carry what real exports carry: two spellings of one channel, a test campaign.

Run `python make_facts.py [FOLDER]`; it writes ads-*.csv, orders-*.csv, visits.csv and subscribers.csv (about 3 MB).
"""

from __future__ import annotations

import csv
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

START, END = date(2024, 11, 1), date(2026, 11, 14)
WARM_UP = date(2023, 9, 1)  # customers won before START come back after it, so repeat orders do not begin at nought
PRICE_RISE = date(2026, 9, 12)
NEW_CHECKOUT = date(2026, 3, 2)
SEED = 20261114

Row = Sequence[object]


@dataclass(frozen=True)
class Campaign:
    """One line of the media plan: `clicks` a day in late 2024; `cpc` in roubles; shares of the click."""

    channel: str
    name: str
    clicks: float
    ctr: float
    cpc: float
    leads_per_click: float
    orders_per_lead: float


CAMPAIGNS = (
    Campaign("Yandex Direct", "Search", 225, 0.061, 37.0, 0.079, 0.300),
    Campaign("Yandex Direct", "Brand", 95, 0.172, 14.0, 0.098, 0.335),
    Campaign("Yandex Direct", "Retargeting", 130, 0.0092, 25.0, 0.060, 0.285),
    Campaign("VK Ads", "Prospecting", 190, 0.0078, 24.0, 0.058, 0.275),
    Campaign("VK Ads", "Retargeting", 95, 0.0110, 21.0, 0.064, 0.285),
    Campaign("Telegram Ads", "Channels", 115, 0.0064, 46.0, 0.092, 0.290),
    Campaign("Marketplaces", "Product cards", 215, 0.021, 22.0, 0.061, 0.305),
    Campaign("SEO", "Content", 390, 0.041, 5.2, 0.036, 0.290),
    Campaign("Email", "Newsletter", 215, 0.031, 1.6, 0.010, 0.280),
)


class Shown(NamedTuple):
    """What one campaign did in one region on one day; `cost` in roubles."""

    day: date
    channel: str
    campaign: str
    region: str
    impressions: int
    clicks: int
    cost: float
    leads: int


class Order(NamedTuple):
    """One purchase; `is_first` where it made the customer a customer."""

    day: date
    customer: int
    channel: str
    region: str
    is_first: bool


REGIONS = {"Moscow": 0.46, "Saint Petersburg": 0.21, "Other regions": 0.33}
REPEAT_CHANNELS = {
    "Email": 0.42,
    "SEO": 0.18,
    "Yandex Direct": 0.14,
    "Marketplaces": 0.12,
    "VK Ads": 0.08,
    "Telegram Ads": 0.06,
}
SUBSCRIBERS = {"new": 6_200, "regular": 21_500, "sleeping": 13_800}

MONTHS = (0.86, 0.89, 1.00, 0.97, 0.93, 0.90, 0.88, 0.93, 1.00, 1.06, 1.22, 1.34)
WEEKDAYS = (1.06, 1.04, 1.02, 1.02, 1.03, 0.88, 0.95)


def days(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def years_since_start(day: date) -> float:
    return (day - START).days / 365.25


def demand(day: date) -> float:
    """How much the town shops that day against an ordinary one: month, weekday, feasts and sales."""
    middle = (day.day - 15) / 30
    month, neighbour = MONTHS[day.month - 1], MONTHS[(day.month - 1 + (1 if middle > 0 else -1)) % 12]
    level = month + (neighbour - month) * abs(middle)
    if day.month == 1 and day.day <= 8:
        level *= 0.66
    if day.month == 11 and day.day >= 24:
        level *= 1.32
    if day.month == 11 and day.day == 11:
        level *= 1.25
    if day.month == 12 and day.day >= 29:
        level *= 0.74
    if day.month == 3 and day.day <= 7:
        level *= 1.18
    return level * WEEKDAYS[day.weekday()]


def price_of_click(channel: str, day: date) -> float:
    """The price level of the channel's auction: slow inflation, and the planted rise in Yandex Direct."""
    level: float = 1.05 ** years_since_start(day)
    if channel == "Yandex Direct" and day >= PRICE_RISE:
        level *= 1 + 0.95 * min(1.0, (day - PRICE_RISE).days / 12)
    return level


def reach(channel: str, day: date) -> float:
    """How many clicks the budget still buys: the dearer auction loses some of them."""
    level: float = 1.105 ** years_since_start(day)
    if channel == "Yandex Direct" and day >= PRICE_RISE:
        level *= 1 - 0.24 * min(1.0, (day - PRICE_RISE).days / 12)
    return level


def shop(day: date) -> float:
    """How well the shop turns a visit into an order: it learns slowly, and the new checkout helped."""
    level: float = 1.015 ** years_since_start(day)
    if day >= NEW_CHECKOUT:
        level *= 1 + 0.095 * min(1.0, (day - NEW_CHECKOUT).days / 45)
    return level


def around(rng: random.Random, spread: float) -> float:
    """A factor around 1."""
    return math.exp(rng.gauss(0.0, spread))


def events(rng: random.Random, mean: float) -> int:
    """A number of events with that mean (Poisson; by the normal curve where there are many)."""
    if mean <= 0:
        return 0
    if mean > 40:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def ads(rng: random.Random) -> list[Shown]:
    """Every campaign, region and day from WARM_UP on."""
    rows: list[Shown] = []
    for day in days(WARM_UP, END):
        level = demand(day) * around(rng, 0.03)
        for campaign in CAMPAIGNS:
            mood = level * reach(campaign.channel, day) * around(rng, 0.05)
            for region, share in REGIONS.items():
                clicks = events(rng, campaign.clicks * share * mood)
                impressions = round(clicks / (campaign.ctr * around(rng, 0.06)))
                cpc = campaign.cpc * price_of_click(campaign.channel, day) * around(rng, 0.05)
                leads = events(rng, clicks * campaign.leads_per_click)
                rows.append(
                    Shown(day, campaign.channel, campaign.name, region, impressions, clicks, clicks * cpc, leads)
                )
    return rows


def first_orders(rng: random.Random, rows: Iterable[Shown]) -> Iterator[Order]:
    """The first order of every customer the leads became."""
    conversion = {(c.channel, c.name): c.orders_per_lead for c in CAMPAIGNS}
    customer = 10_000
    for row in rows:
        for _ in range(events(rng, row.leads * conversion[row.channel, row.campaign] * shop(row.day))):
            customer += 1
            yield Order(row.day, customer, row.channel, row.region, True)


def with_repeats(rng: random.Random, won: Iterable[Order]) -> list[Order]:
    """First orders and those of customers who come back, in order of date."""
    bought: list[Order] = []
    channels, shares = tuple(REPEAT_CHANNELS), tuple(REPEAT_CHANNELS.values())
    for first in won:
        bought.append(first)
        day = first.day
        while rng.random() < 0.40 * shop(day):
            day += timedelta(days=6 + round(rng.expovariate(1 / 70)))
            while rng.random() > demand(day) / 1.5 and day <= END:
                day += timedelta(days=1 + int(rng.random() * 9))
            if day > END:
                break
            bought.append(Order(day, first.customer, rng.choices(channels, shares)[0], first.region, False))
    bought.sort(key=lambda order: order.day)
    return bought


def basket(rng: random.Random, order: Order) -> tuple[int, int]:
    """What an order brings and what its goods cost, in roubles."""
    size = 5_150 * 1.035 ** years_since_start(order.day) * around(rng, 0.55)
    size *= 1.0 if order.is_first else 1.12
    size *= 0.82 if order.channel == "Marketplaces" else 1.0
    revenue = max(390, round(size / 10) * 10)
    share = 0.655
    share += 0.07 if order.channel == "Marketplaces" else 0.0
    share += 0.04 if order.day.month == 11 and order.day.day >= 24 else 0.0
    return revenue, round(revenue * min(0.97, share * around(rng, 0.05)))


def visits(rng: random.Random, rows: Iterable[Shown]) -> Iterator[Row]:
    """Rows date, channel, visits: the clicks that arrived, and those who typed the name after an ad or a letter."""
    clicks: dict[tuple[date, str], int] = defaultdict(int)
    for row in rows:
        if row.day >= START:
            clicks[row.day, row.channel] += row.clicks
    arrived = {"SEO": 1.24, "Email": 1.10, "Yandex Direct": 1.02}
    for (day, channel), count in clicks.items():
        yield day, channel, round(count * arrived.get(channel, 0.94) * around(rng, 0.02))


def subscribers(rng: random.Random) -> Iterator[Row]:
    """Rows date, segment, active: how many subscribers the list held at the day's end."""
    held = {segment: float(count) for segment, count in SUBSCRIBERS.items()}
    growth = {"new": 0.00035, "regular": 0.00052, "sleeping": 0.00021}
    for day in days(START, END):
        for segment, count in held.items():
            held[segment] = count * (1 + growth[segment] * demand(day) + rng.gauss(0, 0.0008))
            yield day, segment, round(held[segment])


def spelt(row: Shown) -> str:
    """The channel as the export spelt it: the agency of spring 2025 wrote VK its own way."""
    agency = date(2025, 2, 10) <= row.day <= date(2025, 4, 6)
    return "vk ads" if row.channel == "VK Ads" and agency else row.channel


def tests_of_ads(rng: random.Random) -> Iterator[Shown]:
    """A test campaign, which the workspace leaves out by its `where`."""
    for day in days(date(2025, 6, 2), date(2025, 6, 13)):
        yield Shown(day, "Telegram Ads", "test", "Moscow", 1_000, events(rng, 9), 150.0, 0)


def write(path: Path, header: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_ads(folder: Path, shown: Iterable[Shown], year: int) -> None:
    header = ("date", "channel", "campaign", "region", "impressions", "clicks", "cost_rub", "leads")
    rows = (
        (row.day, spelt(row), row.campaign, row.region, row.impressions, row.clicks, f"{row.cost:.2f}", row.leads)
        for row in shown
        if row.day.year == year
    )
    write(folder / f"ads-{year}.csv", header, rows)


def write_orders(folder: Path, sold: Iterable[tuple[Order, tuple[int, int]]], year: int) -> None:
    header = ("date", "customer_id", "channel", "region", "is_first", "revenue", "goods_cost")
    rows = (
        (order.day, order.customer, order.channel, order.region, str(order.is_first).lower(), *money)
        for order, money in sold
        if order.day.year == year
    )
    write(folder / f"orders-{year}.csv", header, rows)


def make(folder: Path) -> None:
    """Write all facts into `folder`, which must exist."""
    rng = random.Random(SEED)
    shown = ads(rng)
    bought = with_repeats(rng, first_orders(rng, shown))
    sold = [(order, basket(rng, order)) for order in bought if order.day >= START]
    shown = [*(row for row in shown if row.day >= START), *tests_of_ads(rng)]
    shown.sort(key=lambda row: row.day)
    for year in range(START.year, END.year + 1):
        write_ads(folder, shown, year)
        write_orders(folder, sold, year)
    write(folder / "visits.csv", ("date", "channel", "visits"), visits(rng, shown))
    write(folder / "subscribers.csv", ("date", "segment", "active"), subscribers(rng))


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data")
