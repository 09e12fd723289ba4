"""A goal's status: the first rule that holds, and the sentence that says which one it was.

Rules and thresholds are those of `status` in the product's semantics: under 0.80 of what should be there is `off`,
under 0.95 is `risk`. Colours come from here and never from the direction of a trend.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from kpi_tui.errors import Text, text

Status = Literal["no_data", "met", "missed", "early", "off", "risk", "ok"]
ATTENTION: tuple[Status, ...] = ("missed", "off", "risk", "no_data", "early", "ok", "met")  # worst first

OFF = Fraction(80, 100)
RISK = Fraction(95, 100)
NEAR_LIMIT = Fraction(5, 100)
EARLY_SHARE = Fraction(10, 100)
FEWEST_DATES = 3


class Verdict(Struct, frozen=True):
    """A status and the rule that decided it."""

    status: Status
    rule: Text


class Timing(Struct, frozen=True):
    """Where a goal stands in time: `elapsed` is the share of its window that is over, `dates` the dates with data
    (None: entries).
    """

    due_passed: bool = False
    started: bool = True
    elapsed: Fraction = Fraction(1)
    dates: int | None = None


def no_data(why: Text) -> Verdict:
    return Verdict("no_data", why)


def of_increasing_flow(actual: Fraction, target: Fraction, planned: Fraction, timing: Timing) -> Verdict:
    """A sum that should reach `target`; `planned` is what should be there by now."""
    if actual >= target:
        return Verdict("met", text("the target is reached"))
    return _over(timing) or _early(timing, planned) or _share(actual / planned, text("of plan to date"))


def of_ceiling(actual: Fraction, target: Fraction, planned: Fraction, timing: Timing) -> Verdict:
    """A sum that must stay under `target`."""
    if timing.due_passed:
        return _missed() if actual > target else Verdict("met", text("it stayed under the ceiling to the end"))
    if actual > target:
        return Verdict("off", text("the ceiling is passed"))
    early = _early(timing, planned)
    if early or actual <= 0:
        return early or Verdict("ok", text("nothing was used"))
    return _share(planned / actual, text("of what may be used to date"))


def of_level(progress: Fraction, expected: Fraction, reached: bool, timing: Timing) -> Verdict:
    """A level on its way from the baseline to the target; `progress` and `expected` are shares of that way."""
    at_due = of_level_at_due(reached, timing)
    return at_due or _early(timing, expected) or _share(progress / expected, text("of the way that should be done"))


def of_level_at_due(reached: bool, timing: Timing) -> Verdict | None:
    """A level whose due date has passed; None before."""
    if not timing.due_passed:
        return None
    return Verdict("met", text("the target is reached")) if reached else _missed()


def of_guardrail(inside: bool, margin: Fraction | None, timing: Timing | None) -> Verdict:
    """A limit; `margin` is the distance to it relative to it (or to the band's width), `timing` None without dates."""
    if timing is not None and timing.due_passed:
        return Verdict("met", text("it held to the end")) if inside else _missed()
    if not inside:
        return Verdict("off", text("the limit is broken"))
    if margin is not None and margin < NEAR_LIMIT:
        return Verdict("risk", text("within 5 % of the limit"))
    return Verdict("ok", text("inside the limit"))


def of_milestone(done: Fraction, expected: Fraction, timing: Timing) -> Verdict:
    """A share of work done, typed by hand."""
    if done >= 1:
        return Verdict("met", text("it is done"))
    return _over(timing) or _early(timing, expected) or _share(done / expected, text("of the way that should be done"))


def _missed() -> Verdict:
    return Verdict("missed", text("the due date has passed"))


def _over(timing: Timing) -> Verdict | None:
    return _missed() if timing.due_passed else None


def _early(timing: Timing, planned: Fraction) -> Verdict | None:
    if not timing.started or timing.elapsed == 0:
        return Verdict("early", text("it has not started"))
    if planned == 0:
        return Verdict("early", text("nothing is planned to date"))
    if timing.elapsed < EARLY_SHARE:
        return Verdict("early", text("under 10 % of the time has passed"))
    if timing.dates is not None and timing.dates < FEWEST_DATES:
        return Verdict("early", text("fewer than 3 dates with data"))
    return None


def _share(share: Fraction, of: Text) -> Verdict:
    """The verdict on a share of what should be there."""
    values = {"share": Decimal(f"{float(share):.2f}"), "of": of}
    if share < OFF:
        return Verdict("off", text("{share} {of}, under 0.80", **values))
    if share < RISK:
        return Verdict("risk", text("{share} {of}, under 0.95", **values))
    return Verdict("ok", text("{share} {of}", **values))
