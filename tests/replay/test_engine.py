"""A request made again: the same answer, or a reason; and nothing left behind."""

import dataclasses
import gc
import logging
import random
import threading
import uuid
import warnings
from unittest import mock

import pytest
from asgiref.sync import async_to_sync
from django.core import mail
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.views import View
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate

from querybudget import QueryBudgetWarning
from querybudget.config import Replay
from querybudget.replay.engine import NotReplayable, replay, unchanged
from querybudget.session import session
from reference_app import factories
from reference_app.models import Organization, Package
from reference_app.views.packages import PackageViewSet
from tests.replay.support import again, asked

pytestmark = pytest.mark.django_db


def refused(scope):
    """Return why a request cannot be made again."""
    with pytest.raises(NotReplayable) as caught:
        again(scope)
    return str(caught.value)


def test_a_request_made_again_answers_and_asks_the_same():
    factories.PackageFactory.create_batch(2)
    scope = asked(lambda _: [package.project.name for package in Package.objects.order_by("pk")])
    answer = again(scope)
    assert (answer.status, answer.queries) == (200, 3)
    assert answer.body.content == scope.witness.response.content


def test_who_asked_asks_again():
    """A client's user, headers and session are those of the first time."""
    member = factories.MembershipFactory()
    factories.PackageFactory(project__organization=member.organization)
    client = APIClient()
    client.force_authenticate(member.user)
    assert client.get("/api/packages/", HTTP_ACCEPT="application/json").json()["count"] == 1
    assert b'"count":1' in again(session.test.requests[-1]).body.content


def test_a_logged_in_session_is_there_again():
    user = factories.UserFactory(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    assert client.get("/admin/").status_code == 200
    assert again(session.test.requests[-1]).status == 200


def test_a_viewset_called_directly_answers_as_a_whole():
    member = factories.MembershipFactory()
    factories.PackageFactory(project__organization=member.organization)
    request = APIRequestFactory().get("/")
    force_authenticate(request, member.user)
    response = PackageViewSet.as_view({"get": "list"})(request)
    response.render()
    answer = again(session.test.requests[-1])
    assert answer.body.content == response.content
    assert answer.request.action == "reference_app.views.packages.PackageViewSet.list"
    assert answer.request.recording.view_queryset.name == "PackageViewSet.get_queryset"


def test_a_response_that_its_test_never_renders_is_not_rendered_again():
    member = factories.MembershipFactory()
    request = APIRequestFactory().get("/")
    force_authenticate(request, member.user)
    PackageViewSet.as_view({"get": "list"})(request)
    assert again(session.test.requests[-1]).status == 200


def test_what_it_writes_is_undone():
    scope = asked(lambda _: Organization.objects.get_or_create(name="new", slug="new")[0].name)
    before = Organization.objects.count()
    Organization.objects.filter(slug="new").delete()
    replay(scope.witness)
    assert Organization.objects.count() == before - 1


def test_a_durable_block_works_inside():
    def work(_):
        with transaction.atomic(durable=True):
            return Organization.objects.count()

    assert again(asked(work)).status == 200


def test_what_waits_for_a_commit_never_runs():
    ran = []

    def work(_):
        transaction.on_commit(lambda: ran.append(1))
        return 1

    scope = asked(work)
    waiting = list(connection.run_on_commit)
    again(scope)
    assert (list(connection.run_on_commit), ran) == (waiting, [])


def test_a_cache_in_memory_that_another_thread_or_coroutine_opened_is_put_back():
    def work(_):
        store = LocMemCache("of nobody else", {})
        store.set("key", store.get("key", 0) + 1)
        return "done"

    again(asked(work))
    assert LocMemCache("of nobody else", {}).get("key") == 1


def test_outbox_caches_chance_and_warnings_are_put_back():
    def work(_):
        mail.send_mail("s", "b", "a@example.com", ["b@example.com"])
        cache.set("key", cache.get("key", 0) + 1)
        random.random()  # noqa: S311 - a test rolls it
        warnings.warn("told once", UserWarning, stacklevel=1)
        return "done"

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scope = asked(work)
        chance = random.getstate()
        again(scope)
    told = [each for each in caught if str(each.message) == "told once"]
    assert (len(mail.outbox), cache.get("key"), len(told)) == (1, 1, 1)
    assert random.getstate() == chance


def test_what_is_logged_has_been_logged_before(caplog):
    def work(_):
        logging.getLogger("shop").error("again")
        return 1

    scope = asked(work)
    caplog.clear()
    again(scope)
    assert caplog.records == []
    asked(work)
    assert len(caplog.records) == 1


def test_replays_are_recorded_nowhere():
    scope = asked(lambda _: Organization.objects.count())
    n_requests, n_events = len(session.test.requests), len(scope.events)
    again(scope)
    assert (len(session.test.requests), len(scope.events)) == (n_requests, n_events)


def test_what_only_the_first_run_asked_was_cold():
    def work(_):
        if cache.get("packages") is None:
            cache.set("packages", Package.objects.count())
        return cache.get("packages")

    scope = asked(work)
    found = unchanged(scope.witness, scope)
    assert (found.n_cold, found.answer.queries) == (1, 0)


def test_another_body_is_no_replay():
    told = refused(asked(lambda _: str(uuid.uuid4())))
    assert told.startswith("made again as it was, it answers otherwise: '")
    assert "at byte" in told


def test_a_project_may_say_which_part_of_a_body_counts(monkeypatch):
    monkeypatch.setattr(session, "read_body", lambda response: response.content[:10])
    assert again(asked(lambda _: str(uuid.uuid4()))).body.content == b'{"answer":'


def test_the_token_of_a_form_is_no_difference():
    client = Client()
    assert client.get("/admin/login/").status_code == 200
    assert again(session.test.requests[-1]).status == 200


def test_other_statements_are_no_replay():
    asked_before = []

    def work(_):
        if asked_before:
            Organization.objects.exists()
        else:
            asked_before.append(Organization.objects.count())
        return 1

    assert "it asks what it did not ask before: SELECT" in refused(asked(work))


def test_a_view_that_raises_when_asked_again_is_no_replay():
    ran = []

    def work(_):
        ran.append(1)
        return 1 / (2 - len(ran))

    assert refused(asked(work)) == "it raised ZeroDivisionError: division by zero"


def test_what_a_view_that_raises_has_open_is_closed_before_all_is_rolled_back():
    """PostgreSQL knows no cursor any more that was opened inside, and breaks off the test's transaction."""
    depths = []

    def rows():
        try:
            yield from Organization.objects.iterator()
        finally:
            depths.append(len(connection.savepoint_ids))

    def work(_):
        names = rows()
        name = next(names).name
        if depths:
            try:
                {}[name]
            except KeyError as error:
                raise LookupError(name) from error
        return name

    factories.OrganizationFactory.create_batch(3)
    scope = asked(work)
    assert refused(scope).startswith("it raised LookupError")
    assert depths == [0, 1]
    assert Organization.objects.exists()


def test_what_a_view_leaves_open_in_a_cycle_is_closed_too():
    """On PostgreSQL, which alone minds."""

    def work(_):
        names = Organization.objects.iterator()
        try:
            next(names)
            raise_from(names)
        except LookupError as error:
            kept = error
            return str(kept)

    factories.OrganizationFactory.create_batch(3)
    again(asked(work))
    gc.collect()
    assert Organization.objects.count() == 3


def raise_from(_names):
    raise LookupError("kept with its frames")


def test_an_error_page_is_another_status():
    ran = []

    def view(_):
        ran.append(1)
        return HttpResponse(1 / (2 - len(ran)))

    with override_settings(ROOT_URLCONF=(path("once/", view),)):
        Client().get("/once/")
        assert refused(session.test.requests[-1]).endswith("status 200, then 500")


@pytest.mark.django_db(transaction=True)
def test_a_view_that_commits_by_itself_is_no_replay():
    def work(_):
        transaction.commit()
        return Organization.objects.count()

    assert refused(asked(work)).startswith("it raised TransactionManagementError")


@pytest.mark.django_db(transaction=True)
def test_in_a_transactional_test_what_it_writes_is_undone_too():
    scope = asked(lambda _: Organization.objects.get_or_create(name="new", slug="new")[0].name)
    Organization.objects.all().delete()
    assert replay(scope.witness).queries > 0
    assert Organization.objects.count() == 0


def test_data_that_is_gone_is_another_answer():
    package = factories.PackageFactory()
    scope = asked(lambda _: Package.objects.get(pk=package.pk).name)
    package.delete()
    assert refused(scope).startswith("it raised DoesNotExist")


def test_a_broken_transaction_is_left_alone():
    scope = asked(lambda _: Organization.objects.count())
    connection.needs_rollback = True
    try:
        assert refused(scope) == "the transaction on 'default' is broken, and can only be rolled back"
    finally:
        connection.needs_rollback = False


def test_a_request_of_another_thread_is_left_alone():
    """As those of a live server are: what it did there nobody can roll back here."""
    scopes = []
    thread = threading.Thread(target=lambda: scopes.append(asked(lambda _: 1)))
    thread.start()
    thread.join()
    assert refused(scopes[0]) == "it ran in another thread, as under a live server"


def test_a_request_that_is_a_stub_is_left_alone():
    class Stub:
        method, path, META = "GET", "/", {}

    class Viewing(View):
        def get(self, request):
            return HttpResponse("seen")

    Viewing.as_view()(Stub())
    assert refused(session.test.requests[-1]) == "it is a Stub, which only its test knows how to make"


class Streaming(View):
    """Streams names."""

    def get(self, request):
        return StreamingHttpResponse(each.name for each in Organization.objects.order_by("pk"))


def test_a_streamed_answer_is_compared_with_itself():
    factories.OrganizationFactory()
    response = Streaming.as_view()(RequestFactory().get("/"))
    assert b"".join(response)
    answer = again(session.test.requests[-1])
    assert (answer.queries, answer.body.content) == (1, Organization.objects.get().name.encode())


def test_a_body_is_sent_again_where_its_method_is_wanted(monkeypatch):
    config = dataclasses.replace(session.config, replay=Replay(methods=frozenset({"POST"})))
    monkeypatch.setattr(session, "config", config)
    scope = asked(lambda request: request.POST["n"], method="post", data={"n": "7"})
    assert again(scope).body.content == b'{"answer": "7"}'


def test_a_body_that_streams_in_is_left_alone():
    scope = asked(lambda _: 1, path="/", method="get", CONTENT_LENGTH=2_000_000)
    assert refused(scope) == "its body is streamed, or too long to be kept"


def test_an_asynchronous_request_is_made_again():
    async def view(_):
        return HttpResponse(str(await Organization.objects.acount()))

    factories.OrganizationFactory()
    with override_settings(ROOT_URLCONF=(path("async/", view),)):
        response = async_to_sync(AsyncClient().get)("/async/")
        answer = again(session.test.requests[-1])
    assert (answer.queries, answer.body.content) == (1, response.content)


def test_an_asynchronous_view_called_directly_is_made_again():
    class Counting(View):
        async def get(self, request):
            return HttpResponse(str(await Organization.objects.acount()))

    factories.OrganizationFactory()
    async_to_sync(Counting.as_view())(RequestFactory().get("/"))
    assert again(session.test.requests[-1]).body.content == b"1"


def test_an_answer_that_streams_asynchronously_is_left_alone():
    async def names():
        async for organization in Organization.objects.all():
            yield organization.name

    async def view(_):
        return StreamingHttpResponse(names())

    with override_settings(ROOT_URLCONF=(path("async/", view),)):
        async_to_sync(AsyncClient().get)("/async/")
        assert refused(session.test.requests[-1]) == "its body is streamed asynchronously"


def charge():
    raise AssertionError("the real one")


def test_what_ran_with_a_mock_is_not_run_without_it():
    with mock.patch(f"{__name__}.charge", return_value=1):
        scope = asked(lambda _: charge())
        assert again(scope).status == 200
    assert refused(scope) == "what it ran with is replaced no more: charge (unittest.mock)"


def test_a_mock_that_came_later_is_none_of_its_own():
    scope = asked(lambda _: Organization.objects.count())
    with mock.patch(f"{__name__}.charge"):
        assert again(scope).status == 200


def test_what_ran_under_other_settings_is_not_run_without_them():
    with override_settings(MEDIA_ROOT="/elsewhere"):
        scope = asked(lambda _: 1)
    assert refused(scope) == "the settings it ran with are overridden no more"


def test_what_ran_by_another_clock_is_not_run_by_this_one(monkeypatch):
    with monkeypatch.context() as context:
        context.setattr("time.time", lambda: 0.0)
        scope = asked(lambda _: 1)
    assert refused(scope) == "the clock it ran by stands still no more"


def test_nothing_is_made_again_while_somebody_captures_the_queries():
    scope = asked(lambda _: Organization.objects.count())
    with CaptureQueriesContext(connection) as captured:
        assert refused(scope) == "somebody captures the queries of 'default', and would count these too"
    assert len(captured) == 0


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (lambda _: None, "returned None for its body. Expected bytes or a text"),
        (lambda _: 1 / 0, "failed to read its body: ZeroDivisionError: division by zero"),
    ],
)
def test_a_body_that_the_project_cannot_read_is_no_body(monkeypatch, read, told):
    scope = asked(lambda _: 1)
    monkeypatch.setattr(session, "read_body", read)
    assert refused(scope).endswith(told)


def test_a_request_that_cannot_be_kept_is_answered_all_the_same(monkeypatch):
    monkeypatch.setattr(session, "internal_errors", [])
    monkeypatch.setattr("querybudget.capture.witness.of_view", lambda *_: 1 / 0)
    with pytest.warns(QueryBudgetWarning, match="ZeroDivisionError"):
        scope = asked(lambda _: 1)
    assert scope.witness is None
