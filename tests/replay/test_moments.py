"""Requests that change what they are asked for are made again from where they began."""

import dataclasses

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection, transaction
from django.http import JsonResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from querybudget.capture.moments import Moment
from querybudget.config import Replay
from querybudget.session import session
from reference_app import factories
from reference_app.models import Organization, Package, Platform
from tests.replay.support import Answering, asked, replayed

pytestmark = pytest.mark.django_db

OUT_OF_REACH = "not replayable: it has changed what it is asked for, and the transaction it began in is over"


@pytest.fixture(autouse=True)
def _writing(monkeypatch):
    monkeypatch.setattr(
        session, "config", dataclasses.replace(session.config, replay=Replay(methods=frozenset({"POST"})))
    )
    factories.PackageFactory.create_batch(3)


def ticked_off(_):
    """Name the projects of the packages that are left, and leave none."""
    names = [package.project.name for package in Package.objects.filter(size_bytes__gt=0).order_by("pk")]
    Package.objects.update(size_bytes=0)
    return names


def fixes(*scopes):
    return [str(each) for each in replayed(*scopes, kinds=["fix"])]


def test_a_request_that_changes_its_answer_is_made_again_from_where_it_began():
    assert fixes(asked(ticked_off, method="post")) == ["verified: 5 → 2 queries, identical response"]


def test_the_last_is_made_again_first():
    """Who goes back to where a request began does not come again."""

    def seen(_):
        unseen = Package.objects.exclude(version="seen").order_by("pk")
        names = [package.project.platform.name for package in unseen]
        Package.objects.update(version="seen")
        return names

    first, second = asked(ticked_off, method="post"), asked(seen, method="post")
    assert fixes(first, second) == [
        "verified: 8 → 5 queries, identical response",
        "verified: 8 → 2 queries, identical response",
        "verified: 8 → 2 queries, identical response",
        "verified: 5 → 2 queries, identical response",
    ]


def test_the_outbox_and_the_caches_are_as_they_were_then():
    def told(_):
        n = cache.get_or_set("n", 0) + len(mail.outbox)
        cache.set("n", n + 1)
        mail.outbox.append(mail.EmailMessage("told"))
        return [n, *ticked_off(_)]

    assert fixes(asked(told, method="post")) == ["verified: 5 → 2 queries, identical response"]


def test_callbacks_that_waited_for_a_commit_are_those_of_then():
    def waiting(_):
        transaction.on_commit(int)
        return ticked_off(_)

    transaction.on_commit(str)
    assert fixes(asked(waiting, method="post"))
    assert [each[1] for each in connection.run_on_commit] == [str]


def test_what_answers_the_same_is_made_again_where_it_is():
    """Nothing is undone for it: the teardown of its test finds what the test has left."""
    scope = asked(lambda _: [each.project.name for each in Package.objects.order_by("pk")], method="post")
    Package.objects.update(size_bytes=7)
    assert fixes(scope) == ["verified: 4 → 1 queries, identical response"]
    assert set(Package.objects.values_list("size_bytes", flat=True)) == {7}


def test_a_request_inside_a_block_that_is_over_is_out_of_reach():
    with transaction.atomic():
        scope = asked(ticked_off, method="post")
    assert fixes(scope) == [OUT_OF_REACH]


def test_what_the_test_has_gone_back_behind_is_out_of_reach():
    before = connection.savepoint()
    scope = asked(ticked_off, method="post")
    connection.savepoint_rollback(before)
    Package.objects.update(size_bytes=0)
    assert fixes(scope) == [OUT_OF_REACH]
    assert Organization.objects.exists()  # PostgreSQL refuses nothing afterwards


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_there_is_nowhere_to_go_back_to():
    [told] = fixes(asked(ticked_off, method="post"))
    assert told.startswith("not replayable: made again as it was, it answers otherwise: ")


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_over_is_none_to_go_back_in():
    """Nor is one begun by trying to: all that follows would be part of it, and be lost."""
    with transaction.atomic():
        moment = Moment.now()
    assert moment.return_to() is False
    if connection.vendor == "sqlite":
        assert connection.connection.in_transaction is False
    else:
        Platform.objects.create(name="stays")
        connection.close()
        assert Platform.objects.filter(name="stays").exists()


def test_a_broken_transaction_is_no_moment_to_return_to():
    connection.needs_rollback = True
    try:
        assert Moment.now() is None
    finally:
        connection.needs_rollback = False


def test_nobody_counts_the_savepoint():
    """Nor has the test another stack of them, by which it may go back itself."""
    with CaptureQueriesContext(connection) as seen:
        asked(ticked_off, method="post")
    assert len(seen) == 5
    assert session.test.requests[-1].witness.before is not None


def test_a_request_that_may_change_nothing_begins_nowhere():
    assert asked(ticked_off).witness.before is None


def test_what_is_not_deleted_again_is_asked_for_from_where_it_began():
    """It answers the same afterwards, and asks less: that is no cold cache."""

    def emptied(_):
        names = [package.project.name for package in Package.objects.order_by("pk")]
        Package.objects.all().delete()
        return len(names) * 0

    assert fixes(asked(emptied, method="post")) == ["verified: 10 → 7 queries, identical response"]


def refused(status):
    """Request what asks a row at a time and then refuses."""

    class Refusing(Answering):
        def get(self, request):
            return JsonResponse(self.work(request), safe=False, status=status)

    def work(_):
        return [each.project.name for each in Package.objects.order_by("pk")]

    Refusing.as_view(work=work)(RequestFactory().get("/refused/"))
    return session.test.requests[-1]


def test_of_what_was_refused_only_the_fixes_are_tried():
    """Neither does it grow nor has it anything to guard."""
    assert [str(each) for each in replayed(refused(400))] == ["verified: 4 → 1 queries, identical response"]


def test_what_was_refused_without_anything_to_mend_is_left_alone():
    Package.objects.all().delete()
    assert replayed(refused(404)) == []


def test_what_the_server_failed_at_measures_nothing():
    """It is said once: a request that fails early is never the faster one."""
    [told] = replayed(refused(500), refused(500))
    assert str(told) == (
        "not replayable: it failed with status 500, and with whatever it left out: that measures nothing"
    )


def test_a_row_that_is_made_again_has_another_key_and_the_present():
    """On PostgreSQL and MariaDB; on SQLite a key that nobody has any more is used again."""

    def making(_):
        names = [package.project.name for package in Package.objects.order_by("pk")]
        [platform] = Platform.objects.bulk_create([Platform(name=f"new {Platform.objects.count()}")])
        deployment = factories.DeploymentFactory(project=Package.objects.order_by("pk")[0].project)
        return [names, platform.pk, deployment.pk, timezone.now().isoformat()]

    told = fixes(asked(making, method="post"))
    assert [each.partition(":")[0] for each in told] == ["verified"]


def test_a_cold_cache_of_what_writes_is_cold_where_nobody_can_go_back():
    """It answers the same: nothing is undone for it where it could be, either, unless it asks less."""
    cached = []

    def work(_):
        if not cached:
            cached.append(Organization.objects.count())
        names = [package.project.name for package in Package.objects.order_by("pk")]
        Package.objects.update(size_bytes=5)
        return names

    with transaction.atomic():
        scope = asked(work, method="post")
    assert fixes(scope) == ["cold: 1 of 6 queries", "verified: 5 → 2 queries, identical response"]


def test_a_cache_that_the_request_was_the_first_to_open_is_empty_then():
    def work(_):
        store = LocMemCache("opened by a request", {})
        n = store.get("n", 0)
        store.set("n", n + 1)
        return [n, *ticked_off(_)]

    try:
        assert fixes(asked(work, method="post")) == ["verified: 5 → 2 queries, identical response"]
    finally:
        LocMemCache("opened by a request", {}).clear()
