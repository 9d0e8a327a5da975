"""The attribute `query_budgets` of a view: what it may say, and what an error tells."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from django.views import View

from querybudget import InvalidDeclaration
from querybudget.budgets.budget import Level
from querybudget.capture.views import declared_on


class Base(View):
    query_budgets = MappingProxyType(
        {
            "get": {"queries": 4, "writes": 0, "reason": "page"},
            "*": {"n_plus_one": 0},
        }
    )

    def get(self, request):
        """Answer."""


class Child(Base):
    query_budgets = {"get": 6}


def test_the_nearest_class_comes_first_then_its_bases():
    assert [(each.where.function, each.nearness) for each in declared_on(Child, "get")] == [
        ("Child", (0, 0)),
        ("Base", (1, 0)),
        ("Base", (1, 1)),
    ]


def test_a_declaration_knows_its_level_reason_and_line():
    (own, *_) = declared_on(Child, "get")
    assert (own.level, own.where.source) == (Level.VIEW, 'query_budgets = {"get": 6}')
    base = declared_on(Base, "get")[0]
    assert (base.reason, base.where.source) == (
        "page",
        '"get": {"queries": 4, "writes": 0, "reason": "page"},',
    )


def test_another_action_gets_what_is_said_of_all():
    assert [each.limits[0].measure for each in declared_on(Child, "post")] == ["n_plus_one"]


@pytest.mark.parametrize("owner", [None, View, lambda request: None])
def test_a_view_without_the_attribute_declares_nothing(owner):
    assert declared_on(owner, "get") == ()


class Mixin:
    """Knows no action itself: its budgets are about the views that take it."""

    query_budgets = {"get": 1}


class Mixed(Mixin, View):
    def get(self, request):
        """Answer."""


def test_a_mixin_limits_the_actions_of_the_view_that_takes_it():
    (declaration,) = declared_on(Mixed, "get")
    assert (declaration.limits[0].limit.upper, declaration.where.function) == (1, "Mixin")


class Misspelled(Mixed):
    query_budgets = {"gte": 1}


def test_a_name_no_view_has_is_told_also_of_a_mixin():
    with pytest.raises(InvalidDeclaration, match="no such action"):
        declared_on(Misspelled, "get")


def told(budgets):
    view = type("Wrong", (Base,), {"query_budgets": budgets, "__module__": __name__})
    with pytest.raises(InvalidDeclaration) as error:
        declared_on(view, "get")
    return str(error.value)


@pytest.mark.parametrize(
    ("budgets", "message"),
    [
        (4, 'Wrong.query_budgets: 4 is no mapping. Expected {"list": 4}.'),
        ({"gte": 4}, "Wrong.query_budgets['gte']: no such action. Did you mean 'get'?"),
        ({4: 4}, "Wrong.query_budgets[4]: no such action."),
        ({"get": "4..2"}, "Wrong.query_budgets['get']: queries: 4 to 2 holds for no count."),
        ({"get": {"querys": 4}}, "Did you mean 'queries'?"),
        ({"get": {"action": "x", "queries": 4}}, "action means nothing here"),
        ({"get": {}}, "limits nothing here"),
        ({"get": 4, "post": -1}, "Wrong.query_budgets['post']: no such action."),
    ],
)
def test_a_mistake_names_class_action_and_what_was_expected(budgets, message):
    assert message in told(budgets)
