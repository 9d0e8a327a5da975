"""The small project's own tests: where each query is said to come from."""

import asyncio

import pytest
from django.test import AsyncClient, Client, RequestFactory
from rest_framework.test import APIClient
from shop import helpers, views
from shop.models import Customer, Order

from querybudget import query_budget
from querybudget.wording import finding_lines

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _orders():
    for note in ("first", "second", "third"):
        Order.objects.create(customer=Customer.objects.create(name=f"of {note}"), note=note)


def events(path):
    with query_budget() as seen:
        assert APIClient().get(path).status_code == 200
    before, *own, after = seen.requests[0].recording.events
    assert before.place.source.endswith("# in middleware before")
    assert after.place.source.endswith("# in middleware after")
    return own


def finding(path):
    with query_budget() as seen:
        assert APIClient().get(path).status_code == 200
    [found] = [each for each in seen.findings if each.code in {"QB101", "QB102"}]
    return found


@pytest.mark.parametrize(
    ("path", "file", "comment"),
    [
        ("/direct/", "shop/views.py", "# in view"),
        ("/through_helper/", "shop/helpers.py", "# in helper"),
        ("/comprehension/", "shop/helpers.py", "# in comprehension"),
        ("/generated/", "shop/helpers.py", "# in generator"),
        ("/sorted_by_key/", "shop/helpers.py", "# in key"),
        ("/properties/", "shop/models.py", "# in property"),
        ("/strings/", "shop/models.py", "# in str"),
        ("/saved/", "shop/models.py", "# in handler"),
    ],
)
def test_the_innermost_line_of_the_project_is_the_call_site(path, file, comment):
    place = events(path)[-1].place
    assert place.path == file
    assert place.source.endswith(comment)


def test_a_save_that_the_model_overrides_is_called_from_there():
    update = events("/saved/")[1]
    assert update.place.source == "super().save(*args, **kwargs)  # in save"


def test_a_middleware_is_never_the_call_site_of_the_views_queries():
    for path in ("/orders/", "/listed/", "/direct/"):
        assert not [each for each in events(path) if each.place and "middleware" in each.place.path]


def test_a_middlewares_own_query_after_the_view_is_at_its_line():
    with query_budget() as seen:
        Client().get("/direct/")
    places = [event.place for event in seen.requests[0].recording.events]
    assert [place.path for place in places] == ["shop/middleware.py", "shop/views.py", "shop/middleware.py"]


def test_a_field_without_code_of_the_project_is_told_by_its_path_alone():
    found = finding("/orders/")
    assert (found.relation, found.count, found.call_site) == ("Order.customer", 3, None)
    assert found.field == "OrderSerializer.customer_name"
    assert found.fix.edit == 'select_related("customer")'
    assert (found.fix.queryset, found.fix.place.path) == ("OrderViewSet.get_queryset", "shop/views.py")
    assert found.fix.place.source == "def get_queryset(self):"


def test_a_method_field_has_a_path_and_a_line():
    with query_budget() as seen:
        APIClient().get("/nested/")
    found = next(each for each in seen.findings if each.code == "QB102")
    assert found.field == "NestedOrderSerializer.customer.n_orders"
    assert found.call_site.source.endswith("# in method field")
    assert (found.call_site.path, found.relation) == ("shop/serializers.py", "Customer.orders")


def test_a_nested_field_has_the_whole_path():
    with query_budget() as seen:
        APIClient().get("/nested/")
    found = next(each for each in seen.findings if each.code == "QB101")
    assert (found.field, found.relation) == ("NestedOrderSerializer.customer", "Order.customer")
    assert found.call_site is None


def test_a_nested_list_is_asked_for_by_its_field():
    found = finding("/customers/")
    assert (found.relation, found.field) == ("Customer.orders", "CustomerWithOrdersSerializer.orders")
    assert found.fix.edit == 'prefetch_related("orders")'
    assert (found.fix.queryset, found.fix.place.path) == ("CustomerViewSet.queryset", "shop/views.py")


def test_of_a_stock_viewset_the_action_the_field_and_the_relation_are_told():
    with query_budget() as seen:
        APIClient().get("/customers/")
    [request] = seen.requests
    [found] = request.analysis.findings
    told = "\n".join(finding_lines(found))
    assert request.action == "shop.views.CustomerViewSet.list"
    assert "Customer.orders loaded 3 times, for 3 of 3 customers" in told
    assert "serializer field CustomerWithOrdersSerializer.orders" in told
    assert 'prefetch_related("orders") in CustomerViewSet.queryset (shop/views.py:' in told
    assert "middleware" not in told
    assert "checks.py" not in told


def test_a_field_below_a_nested_list_has_the_list_in_its_path(monkeypatch):
    monkeypatch.setattr(views.CustomerViewSet, "queryset", Customer.objects.prefetch_related("orders"))
    monkeypatch.setattr(
        views.serializers.OrderSerializer,
        "Meta",
        type("Meta", (), {"model": Order, "fields": ["label", "customer_name"]}),
    )
    monkeypatch.setitem(
        views.serializers.OrderSerializer._declared_fields, "label", views.serializers.CountField(source="*")
    )
    found = finding("/customers/")
    assert found.field == "CustomerWithOrdersSerializer.orders[].label"
    assert found.call_site.source.endswith("# in field")


def test_prefetched_nested_lists_are_clean(monkeypatch):
    monkeypatch.setattr(views.CustomerViewSet, "queryset", Customer.objects.prefetch_related("orders"))
    with query_budget() as seen:
        APIClient().get("/customers/")
    assert not seen.findings


def test_keys_of_a_reverse_relation_are_told_by_their_field():
    found = finding("/keys/")
    assert (found.code, found.relation, found.field) == (
        "QB101",
        "Customer.orders",
        "CustomerKeysSerializer.orders",
    )
    assert found.fix.edit == 'prefetch_related("orders")'
    assert found.fix.queryset == "CustomerViewSet.queryset"


def test_a_field_that_calls_code_of_the_project_has_both():
    found = finding("/source/")
    assert found.field == "SourceSerializer.label"
    assert (found.call_site.path, found.call_site.source.endswith("# in str")) == ("shop/models.py", True)


def test_a_write_through_a_serializer_has_no_field():
    customer = Customer.objects.first()
    with query_budget() as seen:
        assert APIClient().post("/writing/", {"customer": customer.pk, "note": "x"}).status_code == 201
    [insert] = [each for each in seen.requests[0].recording.events if each.fingerprint.kind == "write"]
    assert insert.field == ""


def test_a_template_is_asked_at_its_own_line_and_mended_where_it_is_rendered():
    found = finding("/rendered/")
    assert (found.relation, found.call_site.path) == ("Order.customer", "shop/templates/orders.html")
    assert "order.customer" in found.call_site.source
    assert found.fix.place.source.endswith("# in render")


def test_a_template_of_a_generic_view_is_mended_in_the_views_queryset():
    found = finding("/listed/")
    assert (found.relation, found.call_site.path) == ("Order.customer", "shop/templates/orders.html")
    assert found.fix.queryset == "Orders.queryset"
    assert found.fix.place.source == 'queryset = Order.objects.order_by("pk")'


def test_a_query_in_a_block_of_a_test_is_at_that_line():
    with query_budget() as seen:
        Order.objects.count()  # in block
    [group] = seen.groups
    assert group.first.place.path == "tests/test_checks.py"
    assert group.first.place.source.endswith("# in block")


def test_a_query_of_the_project_called_from_a_block_is_at_the_projects_line():
    with query_budget() as seen:
        helpers.helper()
    [group] = seen.groups
    assert group.first.place.source.endswith("# in helper")


def helper_of_the_test():
    return Order.objects.count()  # in the test's helper


def test_a_query_of_a_tests_helper_called_from_a_block_is_at_the_helpers_line():
    with query_budget() as seen:
        helper_of_the_test()
    assert seen.groups[0].first.place.source.endswith("# in the test's helper")


def test_a_view_called_directly_hides_the_test():
    with query_budget() as seen:
        views.Orders.as_view()(RequestFactory().get("/")).render()
    places = {event.place and event.place.path for event in seen.requests[0].recording.events}
    assert places == {"shop/templates/orders.html"}


@pytest.mark.django_db(transaction=True)
def test_an_asynchronous_view_is_named_at_its_own_line():
    async def run():
        with query_budget() as seen:
            await AsyncClient().get("/asynchronous/")
        return seen

    own = [each for each in asyncio.run(run()).requests[0].recording.events if each.origin.kind == "get"]
    assert [each.place and each.place.source for each in own] == [
        'order = await Order.objects.aget(note="first")  # in aget'
    ]


@pytest.mark.django_db(transaction=True)
def test_an_asynchronous_loop_is_named_at_its_own_line():
    async def run():
        with query_budget() as seen:
            await AsyncClient().get("/async_iteration/")
        return seen

    [own] = [
        each for each in asyncio.run(run()).requests[0].recording.events if each.origin.kind == "iteration"
    ]
    assert own.place is not None
    assert own.place.source.endswith("# in async for")


@pytest.mark.django_db(transaction=True)
def test_a_query_in_a_loop_of_an_asynchronous_view_is_found_at_its_line():
    async def run():
        with query_budget() as seen:
            await AsyncClient().get("/async_loop/")
        return seen

    [found] = [each for each in asyncio.run(run()).findings if each.code == "QB102"]
    assert found.count == 3
    assert found.call_site is not None
    assert found.call_site.source.endswith("# in async loop")


def fake(request):
    return Order.objects.count()  # in fake


def test_a_fake_of_the_test_inside_a_view_is_not_the_call_site(monkeypatch):
    monkeypatch.setattr(helpers, "helper", lambda: fake(None))
    own = events("/through_helper/")
    assert own[0].place.source == "return helper()"
