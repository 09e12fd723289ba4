"""What a formula's number is measured in: units are carried through its arithmetic, as in physics.

A quantity is a product of powers of money, things counted, days and points of a score; percents and ratios have none.
Where nobody said what a column holds its quantity is unknown (None), and nothing is concluded from it. The idea is
dimensional analysis (Fourier, Theorie analytique de la chaleur, 1822): only what is measured alike can be added.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kpi_tui.formula.tree import Aggregate, Call, Case, Name, Node, Null, Number
from kpi_tui.metrics.plan import Plan
from kpi_tui.workspace.model import Unit


class Quantity(Struct, frozen=True):
    """Powers of what a number is measured in: money per count is `Quantity(money=1, count=-1)`."""

    money: int = 0
    count: int = 0
    days: int = 0
    score: int = 0

    def times(self, other: Quantity, power: int = 1) -> Quantity:
        """The quantity of a product; of a quotient where `power` is -1."""
        return Quantity(
            self.money + power * other.money,
            self.count + power * other.count,
            self.days + power * other.days,
            self.score + power * other.score,
        )

    @property
    def is_bare(self) -> bool:
        """Whether it is a mere number: a percent, a ratio."""
        return self == Quantity()


class Mixed(Struct, frozen=True):
    """Two operands that cannot be added: `at` is the offset of the operation in the formula."""

    left: Quantity
    right: Quantity
    at: int


BARE = Quantity()
OF_UNIT: Mapping[Unit, Quantity] = {
    "money": Quantity(money=1),
    "count": Quantity(count=1),
    "percent": BARE,
    "ratio": BARE,
    "days": Quantity(days=1),
    "score": Quantity(score=1),
}
_KEPT = frozenset(("ABS", "ROUND", "FLOOR", "CEIL", "NEGATE", "NULLIF"))
_ALIKE = frozenset(("+", "-", "COALESCE", "GREATEST", "LEAST"))


def addable(left: Quantity, right: Quantity) -> bool:
    """Whether a sum of both means something. Money per what it is counted is not asked: a mean of prices is money."""
    if left.money or right.money:
        return (left.money, left.days, left.score) == (right.money, right.days, right.score)
    return left == right


def fits(quantity: Quantity, unit: Unit) -> bool:
    """Whether a number of this quantity can be shown in a unit: money per customer is money."""
    match unit:
        case "money":
            return quantity.money == 1
        case "percent":
            return quantity.is_bare
        case "days":
            return quantity.days == 1 and not quantity.money
        case "count":
            return quantity.money == 0 and not quantity.is_bare
        case _:
            return quantity.money != 1


def natural(quantity: Quantity) -> Unit | None:
    """The unit that a number of this quantity is most often shown in; None where there is none."""
    if quantity.is_bare:
        return "percent"
    return next((unit for unit in ("money", "count", "days", "score") if fits(quantity, unit)), None)


class Units:
    """The quantities of a plan's metrics: from their formulas where these say it, else from the declared unit."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._columns = _column_quantities(plan)
        self._known: dict[str, Quantity | None] = {}
        self._mixed: dict[str, Mixed] = {}

    def of(self, metric: str) -> Quantity | None:
        """What a metric is measured in as its formula says; its unit's where that says nothing."""
        if metric not in self._known:
            each = self._plan.metrics[metric]
            self._known[metric] = OF_UNIT[each.metric.unit]
            derived = self.derived(metric)
            self._known[metric] = derived if derived is not None else OF_UNIT[each.metric.unit]
        return self._known[metric]

    def derived(self, metric: str) -> Quantity | None:
        """What the formula alone says; None where it says nothing."""
        each = self._plan.metrics[metric]
        if each.metric.share_of_total:
            return BARE
        return None if each.tree is None or each.error is not None else self._node(metric, each.tree)

    def mixed(self, metric: str) -> Mixed | None:
        """The first sum in a metric's formula whose operands are not measured alike."""
        self.derived(metric)
        return self._mixed.get(metric)

    def _node(self, metric: str, node: Node) -> Quantity | None:
        match node:
            case Name(name):
                return self._leaf(metric, name) if name not in self._plan.metrics else self.of(name)
            case Call("*" | "/", (left, right)):
                return self._product(metric, left, right, 1 if node.function == "*" else -1)
            case Call(function, arguments, at) if function in _ALIKE:
                return self._alike(metric, arguments, at)
            case Call(function, arguments) if function in _KEPT or function.startswith("CAST "):
                return self._node(metric, arguments[0])
            case Case(branches, otherwise, at):
                return self._alike(metric, (*(value for _, value in branches), otherwise), at)
            case _:
                return None

    def _product(self, metric: str, left: Node, right: Node, power: int) -> Quantity | None:
        over = BARE if isinstance(left, Number) else self._node(metric, left)
        under = BARE if isinstance(right, Number) else self._node(metric, right)
        return None if over is None or under is None else over.times(under, power)

    def _alike(self, metric: str, parts: tuple[Node, ...], at: int) -> Quantity | None:
        """The quantity of operands that must be alike; a number written out is alike to everything."""
        first: Quantity | None = None
        for part in parts:
            if isinstance(part, Number | Null):
                continue
            found = self._node(metric, part)
            if first is not None and found is not None and not addable(first, found):
                self._mixed.setdefault(metric, Mixed(first, found, at))
            first = first if first is not None else found
        return first

    def _leaf(self, metric: str, column: str) -> Quantity | None:
        each = self._plan.metrics[metric]
        leaf = next((leaf for leaf in each.leaves if leaf.column == column), None)
        return None if leaf is None else _aggregated(leaf.source, leaf.aggregate, self._columns)


def _aggregated(
    source: str, aggregate: Aggregate | None, columns: Mapping[tuple[str, str], Quantity | None]
) -> Quantity | None:
    if aggregate is None:
        return None
    if aggregate.function == "COUNT":
        return Quantity(count=1)
    return columns.get((source, aggregate.argument.name)) if isinstance(aggregate.argument, Name) else None


def _column_quantities(plan: Plan) -> Mapping[tuple[str, str], Quantity | None]:
    """What columns hold, told by the metrics that are nothing but one aggregate of one; None where these disagree."""
    found: dict[tuple[str, str], Quantity | None] = {}
    for each in plan.metrics.values():
        if len(each.leaves) != 1 or not isinstance(each.tree, Name) or each.tree.name != each.leaves[0].column:
            continue
        leaf = each.leaves[0]
        argument = leaf.aggregate.argument if leaf.aggregate.function not in ("COUNT", "STDDEV") else None
        if isinstance(argument, Name):
            quantity = OF_UNIT[each.metric.unit]
            key = (leaf.source, argument.name)
            found[key] = quantity if found.get(key, quantity) == quantity else None
    return found
