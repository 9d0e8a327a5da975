"""`make serve`: the application with data in it, for a person on this machine."""

import socket
from contextlib import closing
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import OperationalError, connection
from rest_framework.test import APIClient

from reference_app import demo, models, settings
from reference_app.factories import ProjectFactory, UserFactory
from reference_app.management.commands import serve
from reference_app.tests.counting import count_queries


@pytest.fixture
def once(monkeypatch):
    """Interrupt the server as soon as it would wait for requests; return the addresses it had."""
    addresses = []

    def interrupted(server):
        addresses.append(server.server_address)
        raise KeyboardInterrupt

    monkeypatch.setattr(ThreadedWSGIServer, "serve_forever", interrupted)
    monkeypatch.setattr(connection, "close", lambda: None)
    monkeypatch.setattr(demo, "_refuse_other_tables", lambda: None)  # those of the specimens
    return addresses


def test_it_fills_the_database_tells_where_to_look_and_serves_on_loopback(once):
    """With the users, and what they may do; the second time with what the first one left."""
    written = StringIO()
    call_command("serve", port=0, stdout=written)
    ((host, port),) = once
    assert host == "127.0.0.1"
    assert f"http://127.0.0.1:{port}/api/auth/login/" in written.getvalue()
    assert demo.PASSWORD in written.getvalue()
    assert "(filled)" in written.getvalue()
    assert models.Package.objects.count() == demo.N_PACKAGES + 1
    call_command("serve", port=0, stdout=written)
    assert "as it was left" in written.getvalue()
    assert models.Package.objects.count() == demo.N_PACKAGES + 1


@pytest.mark.usefixtures("once")
def test_everybody_who_is_named_can_log_in():
    """Only the admin is more than a member."""
    call_command("serve", port=0, stdout=StringIO())
    users = [authenticate(username=name, password=demo.PASSWORD) for name in demo.PEOPLE]
    assert [user.is_superuser for user in users] == [True, False, False, False]


def test_a_port_that_is_taken_is_told_before_anything_is_done():
    """With what to type instead; no database is needed to find out."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} is taken.*make serve PORT={port + 1}"):
            call_command("serve", port=port)


def test_a_port_that_does_not_exist_is_told():
    """The socket would say so in its own words."""
    with pytest.raises(CommandError, match="PORT is 70000, expected 0 to 65535"):
        call_command("serve", port=70000)


def test_a_port_that_may_not_be_used_is_told(monkeypatch):
    """Those below 1024 are for the system, but not on every machine."""
    monkeypatch.setattr(serve, "ThreadedWSGIServer", _refused)
    with pytest.raises(CommandError, match="Port 80 cannot be used: Permission denied"):
        serve.listening(80)


def test_a_database_that_does_not_answer_is_told(monkeypatch):
    """In one line that names the variable, without a traceback."""
    monkeypatch.setattr(serve, "prepare", _unreachable)
    with pytest.raises(CommandError, match="database of DATABASE_URL cannot be used: no server"):
        call_command("serve", port=0)


def test_a_database_with_tables_of_something_else_is_left_alone():
    """The URL may name another project's."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE other (id integer)")
    with pytest.raises(CommandError, match=r"tables of something else.*DATABASE_URL"):
        demo._refuse_other_tables()


def test_a_database_of_the_application_alone_is_taken():
    """Its tables and the one that notes the migrations."""
    demo._refuse_other_tables()


@pytest.mark.usefixtures("once")
def test_users_who_are_there_get_no_known_password():
    """They may be real ones."""
    UserFactory(username="packager")
    with pytest.raises(CommandError, match=r"1 users already.*DATABASE_URL"):
        demo.prepare()


def test_twins_and_specimens_are_not_served():
    """They belong to the tests."""
    assert settings.ROOT_URLCONF == "reference_app.urls"
    assert "reference_app.traps" not in settings.INSTALLED_APPS


def test_a_browser_gets_a_page_and_a_program_json(world):
    """The page costs one query more, for the choices of its filter, whatever their number."""
    client = APIClient()
    client.force_authenticate(world.packager)
    costs = []
    for n in (2, 3):
        ProjectFactory.create_batch(n, organization=world.organization)
        costs.append(count_queries(lambda: client.get("/api/stores/", headers={"accept": "text/html"})))
    assert costs == [3, 3]
    page = client.get("/api/stores/", headers={"accept": "text/html"})
    assert page["Content-Type"].startswith("text/html")
    assert "allowed_actions" in page.text
    assert client.get("/api/stores/")["Content-Type"] == "application/json"


def test_a_body_that_is_no_json_is_refused_as_such(packager):
    """A form cannot say what is nested."""
    response = packager.post("/api/stores/", "name=a", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415


def _refused(*_args):
    raise PermissionError(13, "Permission denied")


def _unreachable():
    raise OperationalError("no server")
