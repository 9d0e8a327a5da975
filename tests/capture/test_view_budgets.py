"""The attribute `query_budgets` of a view: what it may say, and what an error tells."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from django.contrib.admin import ModelAdmin
from django.urls import path
from django.views import View
from rest_framework.decorators import action
from rest_framework.viewsets import ModelViewSet

from querybudget import InvalidDeclaration
from querybudget.budgets.budget import Level
from querybudget.capture.view_budgets import declared_on


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
        ({"get": "4..2"}, "Wrong.query_budgets['get']: queries='4..2' holds for no count."),
        ({"get": {"querys": 4}}, "Did you mean 'queries'?"),
        ({"get": {"action": "x", "queries": 4}}, "action means nothing here"),
        ({"get": {}}, "limits nothing here"),
        ({"get": 4, "post": -1}, "Wrong.query_budgets['post']: no such action."),
    ],
)
def test_a_mistake_names_class_action_and_what_was_expected(budgets, message):
    assert message in told(budgets)


class Books(ModelViewSet):
    query_budgets = {}

    @action(detail=False)
    def sales(self, request):
        """Answer."""

    @sales.mapping.post
    def sell(self, request):
        """Answer."""

    def mapped(self, request):
        """Answer where a route says so."""

    def get_queryset(self):
        """Serve the actions."""


def accepts(view, key, monkeypatch):
    monkeypatch.setattr(view, "query_budgets", {key: 1}, raising=False)
    try:
        return len(declared_on(view, key)) == 1
    except InvalidDeclaration as error:
        return "no such action" not in str(error)


@pytest.mark.parametrize("key", ["list", "partial_update", "sales", "sell", "metadata", "mapped"])
def test_a_viewset_is_limited_by_the_names_of_its_actions(key, monkeypatch):
    assert accepts(Books, key, monkeypatch)


NO_ACTIONS = ["get_queryset", "dispatch", "as_view", "options", "perform_create", "http_method_not_allowed"]


@pytest.mark.parametrize("key", NO_ACTIONS)
def test_a_method_that_is_no_action_is_refused(key, monkeypatch):
    """Its budget would judge nothing, for ever."""
    assert not accepts(Books, key, monkeypatch)
    assert not accepts(ModelAdmin, key, monkeypatch)


@pytest.mark.parametrize("key", ["get", "head"])
def test_a_class_based_view_is_limited_by_the_methods_it_answers(key, monkeypatch):
    assert accepts(Base, key, monkeypatch) is (key == "get")


def test_where_routes_lead_to_a_view_they_say_which_of_its_methods_answer(settings, monkeypatch):
    settings.ROOT_URLCONF = (path("books/", Books.as_view({"get": "list"})),)
    assert not accepts(Books, "mapped", monkeypatch)
    settings.ROOT_URLCONF = (path("books/", Books.as_view({"get": "list", "put": "mapped"})),)
    assert accepts(Books, "mapped", monkeypatch)


@pytest.mark.parametrize("urlconf", [None, "no.such.module"])
def test_a_view_called_without_any_route_is_told_by_its_methods(urlconf, settings, monkeypatch):
    settings.ROOT_URLCONF = urlconf
    assert accepts(Books, "mapped", monkeypatch)
    assert not accepts(Books, "get_queryset", monkeypatch)


class Shared:
    query_budgets = {"list": 4, "destroy": 0}


class OnlyLists(Shared, View):
    def get(self, request):
        """Answer."""


def test_a_mixin_may_limit_what_only_other_views_answer():
    assert declared_on(OnlyLists, "get") == ()


def test_a_mixin_may_not_limit_what_no_view_answers(monkeypatch):
    monkeypatch.setattr(Shared, "query_budgets", {"lits": 4})
    with pytest.raises(InvalidDeclaration, match=r"Shared.query_budgets\['lits'\]: no such action"):
        declared_on(OnlyLists, "get")


def test_what_a_test_changes_is_read_anew(monkeypatch):
    monkeypatch.setitem(Child.query_budgets, "get", 7)
    assert declared_on(Child, "get")[0].limits[0].limit.upper == 7
    monkeypatch.undo()
    assert declared_on(Child, "get")[0].limits[0].limit.upper == 6


class Elsewhere(View):
    def get(self, request):
        """Answer "get"."""


Elsewhere.query_budgets = {"get": 5}


def test_an_attribute_set_outside_its_class_is_found_where_it_stands():
    (declaration,) = declared_on(Elsewhere, "get")
    assert declaration.where.source == 'Elsewhere.query_budgets = {"get": 5}'
