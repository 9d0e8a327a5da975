"""Whatever a body holds, the answer is one: a refusal that changes nothing, or what was asked for.

Each field with each bad value: those hundreds of bodies are sent with `pytest -m thorough`.
"""

import json

import pytest
from django.db import connection, transaction

from reference_app.serializers.computers import ReportSerializer
from reference_app.serializers.deployment_writes import (
    CopySerializer,
    DeploymentChangeSerializer,
    DeploymentWriteSerializer,
)
from reference_app.serializers.ids import IdsSerializer
from reference_app.serializers.memberships import MembershipChangeSerializer, MembershipCreateSerializer
from reference_app.serializers.package_writes import PackageWriteSerializer
from reference_app.serializers.projects import ProjectChangeSerializer, ProjectCreateSerializer
from reference_app.serializers.stores import StoreChangeSerializer, StoreCreateSerializer
from reference_app.tests.hostile import REQUESTS, bad_bodies, build_scene, unreadable_bodies
from reference_app.tests.requests import both_trees

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
SERIALIZERS = {
    "deployments create": DeploymentWriteSerializer,
    "deployments partial_update": DeploymentChangeSerializer,
    "deployments copy": CopySerializer,
    "packages create": PackageWriteSerializer,
    "packages bulk_obsolete": IdsSerializer,
    "errors check": IdsSerializer,
    "computers sync": ReportSerializer,
    "stores create": StoreCreateSerializer,
    "stores partial_update": StoreChangeSerializer,
    "projects create": ProjectCreateSerializer,
    "projects partial_update": ProjectChangeSerializer,
    "memberships create": MembershipCreateSerializer,
    "memberships partial_update": MembershipChangeSerializer,
}
each_request = pytest.mark.parametrize("name", REQUESTS)


@pytest.fixture
def sending(client_for):
    """Return a function that prepares an action: how to send it a body and undo that, and a good body."""

    def prepared(tree, name):
        scene = build_scene()
        client = client_for(scene.admin.user)
        client.raise_request_exception = False
        method, path, body = REQUESTS[name](scene)
        return lambda text: outcome_of(client, method, f"/{tree}/{path}", text), body

    return prepared


def outcome_of(client, method, path, text):
    """Return the status of the answer, and whether a refusal wrote anything."""
    statements = []

    def record(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(record):
        response = getattr(client, method)(path, text, content_type="application/json")
        transaction.set_rollback(True)
    has_written = any(statement.startswith(WRITES) for statement in statements)
    return response.status_code, response.status_code >= 400 and has_written


@each_request
def test_the_good_body_names_every_field(name):
    """A field that is added is tested here when it is added there too."""
    _method, _path, body = REQUESTS[name](build_scene())
    assert body.keys() == SERIALIZERS[name]().get_fields().keys()


@both_trees
@each_request
def test_the_good_body_is_accepted(sending, tree, name):
    """Else all that is refused below would be refused for another reason."""
    send, body = sending(tree, name)
    status, _ = send(json.dumps(body))
    assert status in {200, 201}


@pytest.mark.thorough
@each_request
def test_no_value_in_any_field_is_a_failure(sending, name):
    """Neither a 500, nor a refusal that has written before it refused. The twins read by the same fields."""
    send, body = sending("api", name)
    outcomes = {what: send(text) for what, text in bad_bodies(body)}
    failures = {what: found for what, found in outcomes.items() if found[0] >= 500 or found[1]}
    assert failures == {}


@each_request
def test_what_cannot_be_read_is_refused(sending, name):
    """Before anything is looked at, so that it is not quoted, counted or stored."""
    send, body = sending("api", name)
    outcomes = {what: send(text) for what, text in unreadable_bodies(body)}
    assert {what: found for what, found in outcomes.items() if found != (400, False)} == {}
