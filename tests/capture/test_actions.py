"""What a request is called: module, class, action."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory, override_settings
from rest_framework.test import APIClient, APIRequestFactory

from querybudget import query_budget
from reference_app import factories
from tests.capture import views

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.capture.urls")]

V = "tests.capture.views."

ROUTED = [
    ("get", "/api/organizations/", "OrganizationViewSet.list"),
    ("head", "/api/organizations/", "OrganizationViewSet.list"),
    ("post", "/api/organizations/", "OrganizationViewSet.create"),
    ("get", "/api/organizations/0/", "OrganizationViewSet.retrieve"),
    ("put", "/api/organizations/0/", "OrganizationViewSet.update"),
    ("patch", "/api/organizations/0/", "OrganizationViewSet.partial_update"),
    ("delete", "/api/organizations/0/", "OrganizationViewSet.destroy"),
    ("get", "/api/organizations/tally/", "OrganizationViewSet.tally"),
    ("post", "/api/organizations/tally/", "OrganizationViewSet.tally"),
    ("delete", "/api/organizations/tally/", "OrganizationViewSet.forget"),
    ("patch", "/api/organizations/tally/", "OrganizationViewSet.http_method_not_allowed"),
    ("options", "/api/organizations/", "OrganizationViewSet.metadata"),
    ("get", "/plain/", "Plain.get"),
    ("head", "/plain/", "Plain.get"),
    ("post", "/plain/", "Plain.http_method_not_allowed"),
    ("options", "/plain/", "Plain.options"),
    ("get", "/generic/", "Generic.get"),
    ("post", "/generic/", "Generic.post"),
    ("get", "/api_function/", "api_function"),
    ("post", "/api_function/", "api_function"),
    ("delete", "/api_function/", "api_function"),
    ("get", "/one/", "one"),
    ("head", "/one/", "one"),
    ("get", "/decorated/", "decorated"),
    ("get", "/hidden/", "hiding.hidden"),
    ("get", "/partial/", "of_times"),
    ("get", "/callable_view/", "CallableView"),
    ("get", "/asynchronous/", "asynchronous"),
    ("get", "/cbv/", "Cbv.get"),
    ("head", "/cbv/", "Cbv.get"),
    ("post", "/cbv/", "Cbv.post"),
    ("put", "/cbv/", "Cbv.http_method_not_allowed"),
    ("options", "/cbv/", "Cbv.options"),
    ("get", "/wrapped-cbv/", "Cbv.get"),
    ("get", "/hidden-cbv/", "Cbv.get"),
    ("head", "/own-head/", "OwnHead.head"),
    ("get", "/async-cbv/", "AsyncCbv.get"),
    ("get", "/mixed/", "Mixed.get"),
    ("get", "/list/", "Packages.get"),
    ("get", "/page/", "Page.get"),
    ("get", "/detail/0/", "OnePackage.get"),
    ("get", "/nested/", "nested"),
]


@pytest.mark.parametrize(("method", "path", "action"), ROUTED)
def test_a_routed_request_is_named_by_what_it_ran(method, path, action):
    with query_budget() as seen:
        getattr(APIClient(), method)(path)
    [request] = seen.requests
    assert request.action == V + action
    assert (request.method, request.path) == (method.upper(), path)


@pytest.mark.parametrize(
    ("view", "method", "action"),
    [
        (views.Cbv.as_view(), "get", "Cbv.get"),
        (views.Cbv.as_view(), "head", "Cbv.get"),
        (views.Mixed.as_view(), "post", "Mixed.post"),
        (views.Plain.as_view(), "get", "Plain.get"),
        (views.api_function, "get", "api_function"),
        (views.OrganizationViewSet.as_view({"get": "list"}), "get", "OrganizationViewSet.list"),
        (views.OrganizationViewSet.as_view({"get": "tally"}), "get", "OrganizationViewSet.tally"),
        (
            views.OrganizationViewSet.as_view({"get": "list"}),
            "post",
            "OrganizationViewSet.http_method_not_allowed",
        ),
    ],
)
def test_a_view_called_directly_is_named_by_itself(view, method, action):
    with query_budget() as seen:
        view(getattr(APIRequestFactory(), method)("/anything/"))
    assert [request.action for request in seen.requests] == [V + action]


def test_a_plain_function_called_directly_is_no_request_and_counts_in_the_block():
    with query_budget() as seen:
        views.two(RequestFactory().get("/"))
    assert (len(seen.requests), seen.queries) == (0, 2)


def _admin(path):
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    with query_budget() as seen:
        assert client.get(path).status_code == 200
    return seen.requests[0].action


def test_an_own_admin_of_one_model_is_named_by_its_class():
    assert _admin("/site/reference_app/package/") == "tests.capture.urls.PackageAdmin.changelist_view"


@pytest.mark.parametrize("model", ["project", "store"])
def test_an_admin_of_two_models_is_named_with_the_model(model):
    key = f"tests.capture.urls.SharedAdmin[reference_app.{model.title()}].changelist_view"
    assert _admin(f"/site/reference_app/{model}/") == key


@pytest.mark.parametrize("model", ["platform", "schedule"])
def test_a_stock_admin_is_named_with_the_model(model):
    key = f"django.contrib.admin.options.ModelAdmin[reference_app.{model.title()}].add_view"
    assert _admin(f"/site/reference_app/{model}/add/") == key


def test_the_admins_index_is_named_by_the_site():
    assert _admin("/site/") == "django.contrib.admin.sites.AdminSite.index"


def test_a_path_without_a_route_says_so():
    with query_budget() as seen:
        Client().get("/nowhere/")
    [request] = seen.requests
    assert (request.action, request.status) == ("GET (no route)", 404)


@override_settings(MIDDLEWARE=["tests.capture.middleware.answering"])
def test_what_a_middleware_answers_before_the_view_says_so():
    with query_budget() as seen:
        Client().get("/one/")
    [request] = seen.requests
    assert (request.action, request.status) == ("GET (answered by middleware)", 418)
    assert request.measures.queries == 1


def test_a_view_that_crashes_keeps_its_name_and_status():
    with query_budget() as seen:
        Client(raise_request_exception=False).get("/crash/")
    [request] = seen.requests
    assert (request.action, request.status, request.measures.queries) == (f"{V}crash", 500, 2)


def test_a_view_called_directly_that_crashes_has_no_status():
    class Crash(views.Cbv):
        def get(self, request):
            super().get(request)
            raise RuntimeError("on purpose")

    with query_budget() as seen, pytest.raises(RuntimeError, match="on purpose"):
        Crash.as_view()(RequestFactory().get("/"))
    [request] = seen.requests
    assert (request.status, request.measures.queries) == (None, 1)
    assert request.action.endswith("Crash.get")


def test_one_object_is_found_by_the_suffix_of_its_action():
    package = factories.PackageFactory()
    with query_budget() as seen:
        Client().get(f"/detail/{package.pk}/")
    assert seen.requests.one("OnePackage.get").status == 200
