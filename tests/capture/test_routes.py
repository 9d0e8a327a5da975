"""Routes as people write them, and every action of the URLconf."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path, re_path
from rest_framework.routers import DefaultRouter, SimpleRouter
from rest_framework.viewsets import ViewSet

from querybudget import query_budget
from querybudget.budgets.patterns import names
from querybudget.capture.routes import declared_actions, shown
from querybudget.records import Identity
from tests.capture import views

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.capture.urls")]


@pytest.mark.parametrize(
    ("route", "written"),
    [
        ("api/packages/<int:pk>/", "/api/packages/<pk>/"),
        ("api/^packages/(?P<pk>[^/.]+)/$", "/api/packages/<pk>/"),
        (r"^packages\.(?P<format>[a-z0-9]+)/?$", "/packages.<format>/"),
        (r"^(?P<a>(x|y))/(\d+)/b\.c$", "/<a>/<var>/b.c"),
        ("^plain/([0-9]+)/$", "/plain/<var>/"),
        ("", "/"),
        ("<slug:a>/<str:b>/", "/<a>/<b>/"),
    ],
)
def test_a_route_is_written_without_converters_and_expressions(route, written):
    assert shown(route) == written


@pytest.mark.parametrize(
    ("asked", "route"),
    [
        ("/detail/0/", "/detail/<pk>/"),
        ("/api/organizations/0/", "/api/organizations/<pk>/"),
        ("/nowhere/", ""),
    ],
)
def test_a_request_knows_its_route(asked, route):
    with query_budget() as seen:
        Client().get(asked)
    assert seen.requests[0].route == route
    assert len(seen.requests.of(f"GET {route}")) == bool(route)


def test_a_view_called_directly_has_none():
    with query_budget() as seen:
        views.Cbv.as_view()(RequestFactory().get("/cbv/"))
    assert seen.requests[0].route == ""


def found(pattern):
    return [identity for identity, _ in declared_actions() if names(pattern, identity)]


def test_every_action_of_a_viewset_is_listed_with_method_and_route():
    key = "tests.capture.views.OrganizationViewSet"
    assert found("OrganizationViewSet.*")[:4] == [
        Identity(action=f"{key}.list", method="GET", route="/api/organizations/"),
        Identity(action=f"{key}.create", method="POST", route="/api/organizations/"),
        Identity(action=f"{key}.tally", method="GET", route="/api/organizations/tally/"),
        Identity(action=f"{key}.tally", method="POST", route="/api/organizations/tally/"),
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        "GET Cbv.get",
        "POST Cbv.post",
        "views.one",
        "views.api_function",
        "AdminSite.index",
        "PackageAdmin.changelist_view",
        "ModelAdmin[reference_app.Platform].add_view",
        "SharedAdmin[reference_app.Store].change_view",
    ],
)
def test_views_of_every_kind_are_listed(pattern):
    assert found(pattern)


class Twin(ViewSet):
    """A viewset that two versions of an API mount under two parents."""

    permission_classes = []

    def list(self, request, **_):
        return views.Response([])

    def retrieve(self, request, pk, **_):
        return views.Response({})


def nested():
    """Mount a router inside the route of another's object, as a URLconf."""
    twins, plain = SimpleRouter(), DefaultRouter()
    twins.register("twins", Twin, basename="twin")
    plain.register("twins", Twin, basename="plain")
    urls = [
        path("parents/<int:parent_pk>/", include(twins.urls)),
        re_path(r"^v2/", include(plain.urls)),
    ]
    return tuple(urls)


@pytest.mark.parametrize(
    ("asked", "route"),
    [
        ("/parents/4/twins/", "/parents/<parent_pk>/twins/"),
        ("/parents/4/twins/7/", "/parents/<parent_pk>/twins/<pk>/"),
        ("/v2/twins/7/", "/v2/twins/<pk>/"),
    ],
)
def test_nested_routers_give_one_action_several_routes(asked, route):
    with override_settings(ROOT_URLCONF=nested()), query_budget() as seen:
        assert Client().get(asked).status_code == 200
    assert seen.requests[0].route == route
    assert seen.requests.one("Twin.*").status == 200
