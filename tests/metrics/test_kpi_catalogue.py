"""The catalogue is complete in both languages, its formulas hold together, its names are its own."""

from __future__ import annotations

from itertools import chain

import pytest

from kpi_tui.formula import parse
from kpi_tui.formula.tree import aggregates, column_names, metric_names
from kpi_tui.metrics.catalogue import Kpi, catalogue, found
from kpi_tui.metrics.roles import all_roles
from kpi_tui.workspace import durations

KPIS = list(catalogue().values())
# A capability of the product: these are asked for by name.
WANTED = {
    "visits", "ctr", "cpc", "cpm", "cpl", "cpa", "cpo", "cac", "cac_full", "visit_to_lead", "visit_to_order",
    "click_to_lead", "lead_to_order", "new_customers", "aov", "arpu", "arppu", "ltv", "ltv_cohort", "ltv_cac",
    "retention", "retention_year", "crr", "churn", "repeat_rate", "purchase_frequency", "roi", "romi",
    "romi_revenue", "roas", "drr", "payback", "market_share", "sov", "awareness", "consideration", "nps", "csat",
    "er", "err", "bounce_rate", "pages_per_visit", "leads", "mql", "sql", "mql_to_sql", "sql_to_deal", "win_rate",
    "units_sold", "revenue", "margin", "gross_profit", "discounts", "returns_rate", "cart_abandonment",
    "open_rate", "ctor", "unsubscribe_rate", "deliverability", "reach", "frequency", "impressions", "viewability",
    "vtr", "subscribers", "revenue_growth", "mer", "budget_use",
}  # fmt: skip


def test_what_is_asked_for_is_there() -> None:
    assert catalogue().keys() >= WANTED
    assert len(KPIS) >= 70


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.id)
def test_both_languages_are_complete(kpi: Kpi) -> None:
    for code, letters in (("en", "abcdefghijklmnopqrstuvwxyz"), ("ru", "абвгдежзийклмнопрстуфхцчшщыьэюя")):
        for said in (kpi.means.said(code), kpi.confused.said(code), *([kpi.basis.said(code)] if kpi.basis else [])):
            assert set(letters) & set(said.lower()), said
            assert said[-1] in ".%", said
        assert len(kpi.means.said(code).split(". ")) >= 2, "a definition has two sentences"
        assert kpi.names(code)
        assert len(kpi.name(code)) <= 44, "it stands in a column of the picker"
    assert not set("абвгдежз") & set("".join(kpi.en).lower())
    assert kpi.origin
    assert kpi.serves
    assert kpi.confused.with_
    assert set(kpi.confused.with_) <= catalogue().keys() - {kpi.id}


def test_a_name_leads_to_one_kpi() -> None:
    known: dict[str, str] = {}
    for kpi in KPIS:
        for name in {name.casefold() for name in (kpi.id, *kpi.en, *kpi.ru)}:
            assert known.setdefault(name, kpi.id) == kpi.id, f"{name}: {known[name]} and {kpi.id}"


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.id)
def test_formulas_are_over_known_roles_or_known_kpis(kpi: Kpi) -> None:
    kinds = (kpi.retention, kpi.acquisition, kpi.repeat, kpi.conversion)
    assert kpi.formulas or kpi.entries or any(kinds)
    for formula in (*kpi.formulas, *kpi.also):
        tree = parse.formula(formula)
        calls = list(aggregates(tree))
        names = {name.name for name in metric_names(tree)}
        assert bool(calls) != bool(names), "over columns or over KPIs, never both"
        assert names <= catalogue().keys()
        for call in calls:
            assert {name.name for name in column_names(call)} <= all_roles().role.keys()
    for text in (kpi.window, kpi.offset):
        assert text is None or durations.parse(text) is not None
    entities = chain(
        [kind.entity for kind in (kpi.retention, kpi.acquisition, kpi.repeat) if kind is not None],
        kpi.conversion.entity if kpi.conversion else (),
    )
    assert all(all_roles().role[entity].kind == "key" for entity in entities)


def test_no_kpi_is_made_of_itself() -> None:
    def below(kpi: str, path: tuple[str, ...]) -> None:
        assert kpi not in path, " -> ".join((*path, kpi))
        for formula in catalogue()[kpi].formulas:
            for name in metric_names(parse.formula(formula)):
                below(name.name, (*path, kpi))

    for kpi in catalogue():
        below(kpi, ())


@pytest.mark.parametrize(
    ("typed", "first"),
    [("cac", "cac"), ("CTR", "ctr"), ("дрр", "drr"), ("средний чек", "aov"), ("отток клиентов", "churn"),
     ("NPS", "nps"), ("цена  клика", "cpc"), ("вовлеченность", "er"), ("ltv/cac", "ltv_cac"), 
     ("mql->sql", "mql_to_sql")],
)  # fmt: skip
def test_a_name_a_synonym_or_the_id_finds_it(typed: str, first: str) -> None:
    assert found(typed)[0].id == first


def test_another_form_of_a_word_finds_it_after_those_that_have_the_word() -> None:
    kept = [kpi.id for kpi in found("удержание")]
    assert kept[0] == "retention"
    assert "crr" in kept
    assert found("лояльность")[0].id == "nps"
    assert found("лтв")[0].id == "ltv"
    assert "impressions" not in [kpi.id for kpi in found("показатель")]
    assert [kpi.id for kpi in found("коэффициента удержания")] == ["crr"]


def test_what_nobody_called_anything_is_not_found() -> None:
    assert found("zzz") == ()
    assert len(found("")) == len(KPIS)
