"""What a pattern names, and which of two that name a request speaks."""

from __future__ import annotations

import pytest

from querybudget.budgets.patterns import is_exact, names, nearness, short_names, split_method
from tests.builders import identity

LIST = "app.views.PackageViewSet.list"
ROUTE = "/api/packages/<pk>/"


@pytest.mark.parametrize(
    "pattern",
    [
        "PackageViewSet.list",
        LIST,
        "PackageViewSet.*",
        "views.PackageViewSet.list",
        "*.list",
        "*",
        "GET PackageViewSet.list",
        "* PackageViewSet.list",
        "GET /api/packages/<pk>/",
        "* /api/*",
        "/api/packages/<pk>/",
    ],
)
def test_a_pattern_names_a_request_by_key_route_and_method(pattern):
    assert names(pattern, identity(LIST, route=ROUTE))


@pytest.mark.parametrize(
    "pattern",
    [
        "ViewSet.list",
        "packageviewset.list",
        "PackageViewSet",
        "PackageViewSet.retrieve",
        "POST PackageViewSet.list",
        "HEAD /api/packages/<pk>/",
        "GET /packages/<pk>/",
        "GET /api/packages/",
        "api/packages/<pk>/",
    ],
)
def test_part_of_a_word_and_another_method_name_nothing(pattern):
    assert not names(pattern, identity(LIST, route=ROUTE))


def test_head_goes_with_its_get_and_not_the_other_way_round():
    head = identity(LIST, method="HEAD")
    assert names("GET PackageViewSet.list", head)
    assert names("HEAD PackageViewSet.list", head)
    assert not names("HEAD PackageViewSet.list", identity(LIST))


def test_brackets_in_a_name_are_themselves():
    assert names("ModelAdmin[app.Store].add_view", identity("x.admin.ModelAdmin[app.Store].add_view"))
    assert not names("ModelAdmin[as]", identity("x.ModelAdmina"))
    assert names("ModelAdmin[app.*].add_view", identity("x.admin.ModelAdmin[app.Store].add_view"))


def test_what_ran_no_view_is_named_as_it_is_shown():
    assert names("GET (no route)", identity("GET (no route)"))


@pytest.mark.parametrize(
    ("near", "far"),
    [
        ("PackageViewSet.list", "PackageViewSet.*"),
        ("views.PackageViewSet.list", "PackageViewSet.list"),
        ("PackageViewSet.*", "*.list"),
        ("*.list", "*"),
        ("V.list", "app.views.LongNamedViewSet.*"),
    ],
)
def test_the_more_specific_pattern_is_nearer(near, far):
    assert nearness(near) < nearness(far)


@pytest.mark.parametrize(
    ("pattern", "exact"), [("V.list", True), ("GET V.list", True), ("V.*", False), ("GET /api/", False)]
)
def test_a_name_without_star_and_slash_means_one_action(pattern, exact):
    assert is_exact(pattern) is exact


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [("GET /api/", ("GET", "/api/")), ("* V.list", ("*", "V.list")), ("V.list", ("", "V.list"))],
)
def test_a_method_is_what_stands_before_a_space_in_capitals(pattern, parts):
    assert split_method(pattern) == parts


def test_short_names_tell_keys_apart():
    keys = ["a.v1.views.P.list", "a.v2.views.P.list", "a.v1.views.Q.list", "GET (no route)", "x.y"]
    assert short_names(keys) == {
        "a.v1.views.P.list": "v1.views.P.list",
        "a.v2.views.P.list": "v2.views.P.list",
        "a.v1.views.Q.list": "Q.list",
        "GET (no route)": "GET (no route)",
        "x.y": "x.y",
    }


def test_a_key_that_is_the_end_of_another_stays_whole():
    assert short_names(["views.P.list", "app.views.P.list"])["views.P.list"] == "views.P.list"
