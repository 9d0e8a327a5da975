"""The recorder on connections: first in line, on each, once, and gone without a trace."""

import subprocess
import sys
import textwrap
import threading

import pytest
from django.db import connection

from querybudget import capture, query_budget
from querybudget.capture.recorder import record
from querybudget.session import session
from reference_app.models import Organization
from tests.capture.support import close_for_real

pytestmark = pytest.mark.django_db


def passing(execute, sql, params, many, context):
    return execute(sql, params, many, context)


def test_the_recorder_is_first_after_the_user_added_a_wrapper():
    with connection.execute_wrapper(passing), query_budget() as seen:
        assert connection.execute_wrappers[0] is record
        assert connection.execute_wrappers[-1] is passing
        Organization.objects.count()
    assert seen.queries == 1


def test_a_users_wrapper_inside_a_block_is_taken_off_and_ours_stays():
    with query_budget() as seen:
        with connection.execute_wrapper(passing):
            Organization.objects.count()
        assert passing not in connection.execute_wrappers
        Organization.objects.count()
    assert seen.queries == 2


def test_a_users_wrapper_put_in_front_is_overtaken_when_a_scope_opens():
    connection.execute_wrappers.insert(0, passing)
    try:
        with query_budget() as seen:
            assert connection.execute_wrappers[:2] == [record, passing]
            Organization.objects.count()
    finally:
        connection.execute_wrappers.remove(passing)
    assert seen.queries == 1


def test_the_recorder_is_there_once_however_often_recording_starts():
    with query_budget(), query_budget(), query_budget():
        assert connection.execute_wrappers.count(record) == 1


def test_a_query_that_an_inner_wrapper_refuses_is_an_attempt_and_counts():
    def refuse(execute, sql, params, many, context):
        raise PermissionError("not in this test")

    with query_budget() as seen, connection.execute_wrapper(refuse), pytest.raises(PermissionError):
        Organization.objects.count()
    assert seen.queries == 1


def test_a_query_that_an_inner_wrapper_answers_itself_counts():
    def answer(execute, sql, params, many, context):
        return None

    with query_budget() as seen, connection.execute_wrapper(answer), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert seen.queries == 1


def test_what_an_inner_wrapper_asks_itself_counts_too():
    def asking(execute, sql, params, many, context):
        if "organization" in sql:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        return execute(sql, params, many, context)

    with query_budget() as seen, connection.execute_wrapper(asking):
        Organization.objects.count()
    assert seen.queries == 2


@pytest.mark.django_db(transaction=True)
def test_a_connection_of_another_thread_carries_the_recorder():
    found = []

    def work():
        Organization.objects.count()
        found.append(connection.execute_wrappers[0] is record)
        close_for_real()

    with query_budget() as seen:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert (found, seen.queries) == ([True], 1)


def test_queries_before_and_after_a_block_are_not_its_own():
    Organization.objects.count()
    with query_budget() as seen:
        Organization.objects.count()
    Organization.objects.count()
    assert seen.queries == 1


def test_seen_answers_while_the_block_is_open_and_after_an_exception():
    def ask(seen):
        assert seen.queries == 0
        Organization.objects.count()
        assert seen.queries == 1
        raise KeyError

    with pytest.raises(KeyError), query_budget() as seen:
        ask(seen)
    assert seen.queries == 1


def test_the_plugins_recording_outlives_a_block():
    with query_budget():
        pass
    assert session.capture is not None
    assert connection.execute_wrappers[0] is record


def test_a_recording_inside_the_plugins_changes_nothing():
    before = list(connection.execute_wrappers)
    capture.start()
    assert connection.execute_wrappers == before
    session.capture.stop()
    assert connection.execute_wrappers == before


ALONE = """
    import django
    from django.conf import settings
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        DATABASES={{
            name: {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
            for name in ("default", "other")
        }},
    )
    django.setup()

    import threading
    from django.core.handlers.base import BaseHandler
    from django.db import connection, connections
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.query import ModelIterable, RawModelIterable
    from django.template.response import SimpleTemplateResponse
    from django.views import View

    PATCHED = [
        (BaseHandler, "get_response"), (BaseHandler, "get_response_async"), (View, "__init__"),
        (ModelIterable, "__iter__"), (RawModelIterable, "__iter__"), (SimpleTemplateResponse, "render"),
        (BaseDatabaseWrapper, "_cursor"),
    ]

    def state():
        attributes = [owner.__dict__[name] for owner, name in PATCHED]
        return attributes, [list(each.execute_wrappers) for each in connections.all()]

    def users(execute, sql, params, many, context):
        return execute(sql, params, many, context)

    connection.execute_wrappers.append(users)
    from querybudget import query_budget
    before = state()
    {body}
    assert state() == before, (state(), before)
    print("as before")
"""


def _alone(body):
    """Run where no plugin records."""
    code = textwrap.dedent(ALONE).format(body=textwrap.dedent(body).strip())
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.splitlines()[-1:] == ["as before"], run.stderr


@pytest.mark.parametrize(
    "body",
    [
        """
with query_budget() as seen:
    assert state() != before
    connection.cursor().execute("SELECT 1")
assert seen.queries == 1""",
        """
with query_budget():
    with query_budget():
        pass
    assert state() != before""",
        """
try:
    with query_budget():
        raise KeyError
except KeyError:
    pass""",
        """
from querybudget import BudgetExceeded
try:
    with query_budget(0):
        connection.cursor().execute("SELECT 1")
except BudgetExceeded:
    pass
else:
    raise SystemExit("not exceeded")""",
        """
with query_budget() as seen:
    connections["other"].cursor().execute("SELECT 1")
assert dict(seen.databases) == {"other": 1}""",
        """
@query_budget(1, per="block")
def judged():
    connection.cursor().execute("SELECT 1")
judged()""",
        """
class Loud(View):
    pass
with query_budget():
    view = Loud()
assert "dispatch" not in Loud().__dict__
original = View.__init__""",
        """
with query_budget():
    done = threading.Thread(target=lambda: connection.cursor().execute("SELECT 1"))
    done.start()
    done.join()""",
    ],
    ids=["block", "nested", "error", "exceeded", "alias", "decorator", "view", "thread"],
)
def test_everything_is_as_it_was_once_recording_ends(body):
    _alone(body)


def test_what_somebody_else_replaced_meanwhile_is_left_alone():
    body = """
with query_budget():
    def theirs(self, request):
        pass
    ours, BaseHandler.get_response = BaseHandler.get_response, theirs
assert BaseHandler.get_response is theirs
BaseHandler.get_response = before[0][0]"""
    _alone(body)
