"""Which queries belong to a request, however it is made and whenever its answer is."""

import asyncio
import gc
import threading
import urllib.request

import pytest
from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory, override_settings
from rest_framework.test import APIClient, APIRequestFactory

from querybudget import query_budget
from querybudget.capture import relations
from querybudget.capture.requests import n_items
from querybudget.session import session
from reference_app import factories, models
from tests.capture import views
from tests.capture.support import close_for_real

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.capture.urls"),
    # Django leaves the connections of a live server's and of asyncio's threads to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored.*sqlite3:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def _leave_no_connections():
    """Collect them while the warning is expected."""
    yield
    gc.collect()


def _get(path, client=None):
    with query_budget() as seen:
        response = (client or Client()).get(path)
    [request] = seen.requests
    assert request.measures.queries == seen.queries
    return request, response


@pytest.mark.parametrize("client", [Client(), APIClient()], ids=["Client", "APIClient"])
def test_a_clients_request_is_recorded_with_its_answer(client):
    request, _ = _get("/two/", client)
    assert (request.measures.queries, request.status, request.items) == (2, 200, 2)


def test_items_are_the_length_of_a_list_response():
    factories.OrganizationFactory.create_batch(3)
    assert _get("/api/organizations/")[0].items == 3
    assert _get("/plain/")[0].items == 3


def test_an_answer_that_is_no_list_has_no_items():
    assert _get("/one/")[0].items is None


@pytest.mark.parametrize("body", ["[" * 100_000 + "]" * 100_000, "no JSON"], ids=["nested", "none"])
def test_a_body_that_cannot_be_read_as_json_has_no_items(body):
    """And breaks nothing: a depth that Python does not follow is no failure of ours."""
    assert n_items(HttpResponse(body, content_type="application/json")) is None


def test_an_asynchronous_clients_request_is_recorded():
    async def run():
        with query_budget() as seen:
            await AsyncClient().get("/asynchronous/")
        return seen

    seen = asyncio.run(run())
    assert [request.measures.queries for request in seen.requests] == [2]


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "queries"), [("/asynchronous/", 2), ("/async-cbv/", 1), ("/one/", 1)])
async def test_in_an_asynchronous_test_too(path, queries):
    with query_budget() as seen:
        await AsyncClient().get(path)
    assert [request.measures.queries for request in seen.requests] == [queries]


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_concurrent_requests_keep_their_own_queries():
    with query_budget() as seen:
        await asyncio.gather(*(AsyncClient().get(path) for path in ("/asynchronous/", "/async-cbv/")))
    assert {request.path: request.measures.queries for request in seen.requests} == {
        "/asynchronous/": 2,
        "/async-cbv/": 1,
    }


@pytest.mark.django_db(transaction=True)
def test_a_live_servers_request_belongs_to_the_running_test(live_server):
    with query_budget() as seen:
        urllib.request.urlopen(f"{live_server.url}/two/").read()  # noqa: S310 - our own server
    [request] = seen.requests
    assert (request.action, request.measures.queries) == ("tests.capture.views.two", 2)


@pytest.mark.django_db(transaction=True)
def test_a_live_servers_streamed_body_belongs_to_its_request(live_server):
    factories.OrganizationFactory.create_batch(2)
    with query_budget() as seen:
        urllib.request.urlopen(f"{live_server.url}/streamed/").read()  # noqa: S310 - our own server
    assert [request.measures.queries for request in seen.requests] == [1 + 1 + 2]


@pytest.mark.parametrize(
    ("view", "queries"),
    [
        (views.Cbv.as_view(), 1),
        (views.Mixed.as_view(), 2),
        (views.Plain.as_view(), 1),
        (views.api_function, 1),
        (views.OrganizationViewSet.as_view({"get": "list"}), 1),
        (views.OrganizationViewSet.as_view({"get": "tally"}), 1),
    ],
)
def test_a_view_called_directly_is_a_request(view, queries):
    with query_budget() as seen:
        view(APIRequestFactory().get("/"))
    assert [request.measures.queries for request in seen.requests] == [queries]


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_an_asynchronous_view_called_directly_is_a_request():
    with query_budget() as seen:
        response = await views.AsyncCbv.as_view()(AsyncRequestFactory().get("/"))
    [request] = seen.requests
    assert (request.action, request.status) == ("tests.capture.views.AsyncCbv.get", response.status_code)
    assert request.measures.queries == 1


def test_a_view_can_be_dispatched_twice_and_is_two_requests():
    view = views.Cbv()
    view.setup(RequestFactory().get("/"))
    with query_budget() as seen:
        view.dispatch(view.request)
        view.dispatch(view.request)
    assert seen.queries == 2


def test_queries_of_a_streamed_body_belong_to_its_request():
    factories.OrganizationFactory.create_batch(3)
    with query_budget() as seen:
        response = Client().get("/streamed/")
        before = seen.requests[0].measures.queries
        body = list(response)
    assert len(body) == 3
    assert (before, seen.requests[0].measures.queries, seen.queries) == (1, 1 + 1 + 3, 1 + 1 + 3)


def test_queries_between_two_chunks_belong_to_the_test():
    factories.OrganizationFactory.create_batch(2)
    with query_budget() as seen:
        chunks = iter(Client().get("/streamed/"))
        next(chunks)
        models.Platform.objects.count()
        list(chunks)
    assert seen.requests[0].measures.queries == 1 + 1 + 2
    assert seen.queries == 1 + 1 + 2 + 1


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_queries_of_an_asynchronous_body_belong_to_its_request():
    await sync_to_async(factories.OrganizationFactory.create_batch)(3)
    with query_budget() as seen:
        response = await AsyncClient().get("/streamed_async/")
        body = [chunk async for chunk in response]
    assert len(body) == 3
    assert [request.measures.queries for request in seen.requests] == [2]


def test_a_streamed_body_can_still_be_closed():
    response = _get("/streamed/")[1]
    response.close()
    assert response.closed


def test_a_file_response_is_left_alone():
    """A server may send the file itself, as long as nobody wraps it."""
    with query_budget() as seen:
        response = views.File.as_view()(RequestFactory().get("/"))
    file = response.file_to_stream
    assert response._iterator is not None
    assert type(response._iterator).__module__ == "builtins"
    assert b"".join(response).startswith(b'"""Views of every kind')
    response.close()
    assert (file.closed, seen.queries) == (True, 1)


def test_a_file_response_through_a_client_reads_as_before():
    request, response = _get("/file/")
    assert request.measures.queries == 1
    assert b"".join(response).startswith(b'"""Views of every kind')


def test_a_template_rendered_late_belongs_to_its_request():
    factories.OrganizationFactory.create_batch(2)
    with query_budget() as seen:
        response = views.Page.as_view()(RequestFactory().get("/"))
        before = seen.requests[0].measures.queries
        response.render()
    assert (before, seen.requests[0].measures.queries, seen.queries) == (0, 1, 1)


def test_a_template_rendered_by_the_handler_belongs_to_its_request():
    assert _get("/page/")[0].measures.queries == 1


def test_a_failed_query_counts_and_its_exception_reaches_the_view():
    request, response = _get("/fail_a_query/")
    assert response.content == b"IntegrityError"
    assert [event.has_failed for event in request.recording.events if event.counts] == [False, True]


def test_executemany_is_one_query_with_a_batch_size():
    [event] = _get("/insert_many/")[0].recording.events
    assert event.n_batch == 3
    assert event.counts


def test_a_generator_given_to_executemany_is_the_databases_alone():
    request, response = _get("/insert_from_generator/")
    [event] = request.recording.events
    assert (event.n_batch, response.json()) == (None, {"left": 0})


def test_transaction_control_is_recorded_and_not_counted():
    request, _ = _get("/savepoints/")
    kinds = [event.fingerprint.kind.value for event in request.recording.events]
    assert kinds.count("read") == 1
    assert kinds.count("transaction") == 4
    assert request.measures.queries == request.measures.shapes == 1


def test_cache_fills_are_recorded_and_in_no_budget():
    """Cold caches and warm ones give the same count."""
    ContentType.objects.clear_cache()
    cold, _ = _get("/content_types/")
    warm, _ = _get("/content_types/")
    assert cold.measures == warm.measures
    assert cold.measures.tables == {"reference_app_organization": 1}
    fills = [event for event in cold.recording.events if not event.counts]
    assert len(fills) == 2
    assert {event.origin.kind.value for event in fills} == {"cache fill"}
    assert len(warm.recording.events) == 1


def test_a_query_of_content_types_that_fills_no_cache_counts():
    with query_budget() as seen:
        list(ContentType.objects.filter(app_label="auth"))
    assert seen.queries == 1


def test_a_tests_own_queries_belong_to_no_request_and_are_silent():
    factories.OrganizationFactory()
    with query_budget() as seen:
        pass
    models.Organization.objects.count()
    assert (seen.queries, len(seen.requests)) == (0, 0)
    assert session.test.requests == []


def test_a_request_made_without_a_block_belongs_to_the_test():
    Client().get("/two/")
    [scope] = session.test.requests
    assert len(scope.events) == 2


def test_nested_view_calls_stay_in_the_open_request():
    request, _ = _get("/nested/")
    assert (request.action, request.measures.queries) == ("tests.capture.views.nested", 2)


def test_a_view_that_uses_the_test_client_is_one_request():
    request, _ = _get("/with_a_client/")
    assert (request.path, request.measures.queries) == ("/with_a_client/", 2)


@override_settings(MIDDLEWARE=["tests.capture.middleware.asking"])
def test_queries_of_middlewares_belong_to_the_request():
    assert _get("/one/")[0].measures.queries == 3


def test_two_requests_of_one_block_are_kept_apart():
    with query_budget() as seen:
        Client().get("/one/")
        Client().get("/two/")
    assert [request.measures.queries for request in seen.requests] == [1, 2]
    assert seen.queries == 3


def test_a_request_belongs_to_each_open_block():
    with query_budget() as outer, query_budget() as inner:
        Client().get("/two/")
    assert (outer.queries, inner.queries) == (2, 2)
    assert len(outer.requests) == len(inner.requests) == 1


def test_a_block_inside_a_block_is_part_of_it():
    with query_budget() as outer:
        models.Organization.objects.count()
        with query_budget() as inner:
            models.Organization.objects.exists()
        models.Organization.objects.count()
    assert (outer.queries, inner.queries) == (3, 1)


class Gate:
    """A view that stays open until it is told to finish."""

    def __init__(self):
        self.entered, self.leave = threading.Event(), threading.Event()

    def view(self):
        gate = self

        class Waiting(views.Cbv):
            def get(self, request):
                gate.entered.set()
                gate.leave.wait(10)
                return super().get(request)

        return Waiting.as_view()

    def open(self):
        thread = threading.Thread(target=_closing(lambda: self.view()(RequestFactory().get("/waiting/"))))
        thread.start()
        assert self.entered.wait(10)
        return thread

    def close(self, thread):
        self.leave.set()
        thread.join()


def _closing(work):
    def run():
        try:
            work()
        finally:
            close_for_real()

    return run


def _in_another_thread(work):
    thread = threading.Thread(target=_closing(work))
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_another_threads_query_goes_to_the_only_open_request_by_time():
    request, _ = _get("/in_a_thread/")
    [event] = request.recording.events
    assert event.is_by_time
    assert event.counts


@pytest.mark.django_db(transaction=True)
def test_the_views_own_queries_are_not_by_time():
    request, _ = _get("/one/")
    assert [event.is_by_time for event in request.recording.events] == [False]


@pytest.mark.django_db(transaction=True)
def test_with_two_open_requests_a_stray_query_is_noted_on_both():
    """It cannot be told whose it is, so that neither can be judged by it."""
    first, second = Gate(), Gate()
    with query_budget() as seen:
        threads = first.open(), second.open()
        _in_another_thread(models.Organization.objects.count)
        first.close(threads[0])
        second.close(threads[1])
    assert [scope.n_stray for scope in session.test.requests] == [1, 1]
    assert [request.measures.queries for request in seen.requests] == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_another_threads_query_without_an_open_request_goes_to_the_block():
    with query_budget() as seen:
        _in_another_thread(models.Organization.objects.count)
    assert seen.queries == 1


@pytest.mark.django_db(transaction=True)
def test_the_tests_own_query_beside_an_open_request_is_not_the_requests():
    gate = Gate()
    with query_budget() as seen:
        thread = gate.open()
        models.Organization.objects.count()
        gate.close(thread)
    assert [request.measures.queries for request in seen.requests] == [1]
    assert seen.queries == 2


def test_the_tables_of_models_are_listed_once():
    """They are asked for each request that is judged."""
    assert relations.tables() is relations.tables()
