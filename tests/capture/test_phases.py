"""In which phase of a request a query ran."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client, override_settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.serializers import ModelSerializer, SerializerMethodField, ValidationError
from rest_framework.test import APIRequestFactory
from rest_framework.throttling import BaseThrottle
from rest_framework.viewsets import ModelViewSet

from querybudget import BudgetExceeded, query_budget
from querybudget.capture import callsite
from reference_app.models import Organization
from tests.capture.views import ask

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.capture.urls")]


class Authentication(BaseAuthentication):
    def authenticate(self, request):
        ask()


class Permission(BasePermission):
    def has_permission(self, request, view):
        ask()
        return True


class Throttle(BaseThrottle):
    def allow_request(self, request, view):
        ask()
        return True


class Filter(BaseFilterBackend):
    def filter_queryset(self, request, queryset, view):
        ask()
        return queryset


class Pages(PageNumberPagination):
    page_size = 5


class Serializer(ModelSerializer):
    asked = SerializerMethodField()

    class Meta:
        model = Organization
        fields = ["name", "slug", "asked"]

    def get_asked(self, organization):
        ask()
        return 1

    def validate_name(self, name):
        ask()
        raise ValidationError("never")


class Asking(ModelViewSet):
    authentication_classes = [Authentication]
    permission_classes = [Permission]
    throttle_classes = [Throttle]
    filter_backends = [Filter]
    pagination_class = Pages
    serializer_class = Serializer

    def get_queryset(self):
        ask()
        return Organization.objects.order_by("pk")


@pytest.fixture(autouse=True)
def _as_project_code(monkeypatch):
    """Take this file for the project's own: a test's `get_queryset` is no phase."""
    monkeypatch.setattr(callsite, "_TEST_FILE", re.compile(r"/only_this_is_a_test\.py$"))
    monkeypatch.setattr(callsite.codes, "_source", ())
    monkeypatch.setattr(callsite.codes, "known", {})
    monkeypatch.setattr(callsite.codes, "innermost", callsite.Step())


def phases(view, request, **kwargs):
    with query_budget() as seen:
        view(request, **kwargs).render()
    return dict(seen.phases)


def test_a_list_passes_through_the_phases_in_order():
    for number in range(3):
        Organization.objects.create(name=f"o{number}", slug=f"o{number}")
    found = phases(Asking.as_view({"get": "list"}), APIRequestFactory().get("/"))
    assert list(found.items()) == [
        ("authentication", 1),
        ("permission", 1),
        ("throttle", 1),
        ("queryset", 1),
        ("filter", 1),
        ("pagination", 2),
        ("serializer", 3),
    ]


def test_one_object_is_asked_for_in_the_queryset():
    organization = Organization.objects.create(name="o", slug="o")
    found = phases(Asking.as_view({"get": "retrieve"}), APIRequestFactory().get("/"), pk=organization.pk)
    assert (found["queryset"], found["filter"], found["serializer"]) == (2, 1, 1)


def test_validation_is_the_serializers():
    found = phases(
        Asking.as_view({"post": "create"}), APIRequestFactory().post("/", {"name": "o", "slug": "o"})
    )
    assert found["serializer"] == 2  # its own, and the unique slug's


@override_settings(MIDDLEWARE=["tests.capture.middleware.asking"])
def test_what_no_view_asked_is_the_middlewares():
    with query_budget() as seen:
        Client().get("/one/")
    assert dict(seen.phases) == {"middleware": 2, "other": 1}


def test_who_asks_is_authentication_wherever_the_user_is_first_needed():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    with query_budget() as seen:
        client.get("/site/reference_app/package/")
    assert seen.phases["authentication"] == 1


def test_a_template_is_its_own_phase():
    with query_budget() as seen:
        Client().get("/page/")
    assert seen.phases["template"] == seen.queries


@pytest.mark.parametrize(("limit", "holds"), [(1, True), (0, False)])
def test_a_phase_is_limited_at_its_count(limit, holds):
    Organization.objects.create(name="o", slug="o")
    view = Asking.as_view({"get": "list"})
    block = query_budget(phases={"serializer": limit})
    if holds:
        with block:
            view(APIRequestFactory().get("/")).render()
        return
    with pytest.raises(BudgetExceeded, match='1 query of phase "serializer", budget 0 whole block'), block:
        view(APIRequestFactory().get("/")).render()


def test_a_query_of_another_thread_has_no_phase_that_could_be_told():
    """It belongs to the request by time alone."""
    limited = query_budget(phases={"template": 0})
    with pytest.raises(BudgetExceeded, match="the phase of 1 query cannot be told"), limited:
        Client().get("/in_a_thread/")


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_the_phase_of_what_an_asynchronous_view_awaits_is_known():
    """Its queries run in a thread; the frames that wait for that tell."""
    user = await get_user_model().objects.acreate(username="ann")
    client = AsyncClient()
    await client.aforce_login(user)
    with query_budget() as seen:
        response = await client.get("/greet/")
    assert (response.content, dict(seen.phases)) == (b"ann", {"authentication": 1})
