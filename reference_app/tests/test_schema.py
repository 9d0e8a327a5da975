"""The API's description: valid, complete, and true of every answer that an operation gives."""

import re
from io import StringIO

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.urls import reverse

from querybudget import query_budget
from reference_app.factories import (
    AttributeFactory,
    DeploymentFactory,
    PackageFactory,
    ProjectFactory,
    StoreFactory,
    UserFactory,
)
from reference_app.models import PackageHistory
from reference_app.naive.views.stores import NaiveStoreViewSet
from reference_app.schema.operations import Operation
from reference_app.tests.conformity import api_schema, operation_at, operations, refuse_undeclared
from reference_app.tests.test_isolation import FOREIGN
from reference_app.urls import router

each_operation = pytest.mark.parametrize("described", operations(), ids=str)


def component_at(schema):
    """Return the component that a schema refers to."""
    return api_schema()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def unused(project):
    """Make a package that nobody would miss."""
    return PackageFactory(project=project)


# The row that a request is about, where the one that strangers try to reach will not let it happen.
ROWS = {
    "deployments_enable": lambda world: DeploymentFactory(project=world.package.project, enabled=False),
    "packages_destroy": lambda world: unused(world.package.project),
    "packages_mark_obsolete": lambda world: unused(world.package.project),
    "stores_destroy": lambda world: StoreFactory(project=world.package.project),
}
BODIES = {
    "computers_sync": lambda world: {
        "started_at": "2030-01-01T00:00:00Z",
        "ip": "10.0.0.1",
        "attributes": [
            {
                "prefix": AttributeFactory(property__organization=world.organization).property.prefix,
                "value": "a",
            }
        ],
        "packages": ["new_1"],
    },
    "deployments_copy": lambda world: {
        "project": ProjectFactory(organization=world.organization).pk,
        "name": "copied",
    },
    "deployments_create": lambda world: {
        "project": world.package.project_id,
        "name": "new",
        "packages": [world.package.pk],
        "packages_to_install": ["new"],
        "extra": {},
    },
    "deployments_partial_update": lambda _world: {"version": 1, "comment": "changed"},
    "deployments_update": lambda _world: {"version": 1, "name": "changed"},
    "errors_check": lambda world: {"ids": [world.error.pk]},
    "memberships_create": lambda world: {
        "organization": world.organization.pk,
        "username": UserFactory(username="new").username,
        "role": "viewer",
        "projects": [world.package.project_id],
    },
    "memberships_partial_update": lambda _world: {"role": "checker"},
    "packages_bulk_obsolete": lambda world: {"ids": [world.package.pk, unused(world.package.project).pk]},
    "packages_create": lambda world: {
        "project": world.package.project_id,
        "name": "new",
        "version": "1",
        "fullname": "new_1",
        "depends_on": [unused(world.package.project).pk],
    },
    "projects_create": lambda world: {
        "organization": world.organization.pk,
        "platform": world.package.project.platform_id,
        "name": "new",
        "slug": "new",
        "pms": "apt",
        "architecture": "amd64",
    },
    "projects_partial_update": lambda _world: {"name": "changed"},
    "stores_create": lambda world: {"project": world.package.project_id, "name": "new"},
    "stores_partial_update": lambda _world: {"name": "changed"},
}


@pytest.fixture
def superuser(world, client_for):
    """Speak for somebody who may do anything, in a world in which something has happened."""
    PackageHistory.objects.create(
        package=world.package,
        action=PackageHistory.Action.CREATED,
        user=world.packager,
        details={"fullname": world.package.fullname},
    )
    return client_for(UserFactory(is_superuser=True))


def test_the_description_is_valid_and_nothing_in_it_was_guessed():
    """Whatever drf-spectacular cannot read off a view, it warns of; two components of one name among it."""
    written = StringIO()
    call_command(
        "spectacular", urlconf="reference_app.urls", validate=True, fail_on_warn=True, stdout=written
    )
    assert written.getvalue().startswith("openapi: 3.1.0")


def test_every_route_is_described_and_nothing_else():
    """The routes are read off the router: what is registered is described without being listed."""
    routed = {
        (method, reverse(f"api:{route.name.format(basename=basename)}", args=["x"] if route.detail else []))
        for _prefix, viewset, basename in router.registry
        for route in router.get_routes(viewset)
        for method in router.get_method_map(viewset, route.mapping)
    }
    found = {(described.method, re.sub(r"\{\w+\}", "x", described.path)) for described in operations()}
    assert found == routed
    assert len(routed) == 23 + 16


def test_names_are_unique_and_used():
    """Names of operations become functions of generated clients, those of components classes."""
    names = [described.name for described in operations()]
    assert len(set(names)) == len(names)
    components = api_schema()["components"]["schemas"]
    used = set(re.findall(r"#/components/schemas/(\w+)", str(api_schema())))
    assert set(components) == used
    assert len({name.lower() for name in components}) == len(components)


@each_operation
def test_every_operation_says_what_it_does_and_costs(described):
    """In words, with its budget, under one of the tags that have words themselves."""
    operation = described.operation
    assert operation["summary"]
    assert "`" not in operation["summary"]
    assert re.search(r"\*\*Budget: \d+ (query|queries)\*\*", operation["description"])
    assert operation["tags"] == [described.path.split("/")[2]]
    assert operation["tags"][0] in {tag["name"] for tag in api_schema()["tags"]}
    assert all(response["description"] for response in operation["responses"].values())


@each_operation
def test_every_operation_says_how_it_refuses(described):
    """Strangers everywhere, rows that do not exist, bodies that cannot be read."""
    statuses = described.operation["responses"].keys()
    assert "403" in statuses
    assert ("404" in statuses) or "{" not in described.path
    assert ("400" in statuses) or "requestBody" not in described.operation


@each_operation
def test_path_parameters_are_typed(described):
    """A row is named by a number, a computer by its uuid."""
    types = {"id": {"type": "integer"}, "uuid": {"type": "string", "format": "uuid"}}
    names = re.findall(r"\{(\w+)\}", described.path)
    assert described.parameters("path") == {name: types[name] for name in names}


def test_lists_declare_their_filters_and_pages():
    """What a row answers does not depend on the query string, so that only lists declare one."""
    declared = {described.name: set(described.parameters("query")) for described in operations()}
    page = {"page", "page_size"}
    assert {name: parameters for name, parameters in declared.items() if parameters} == {
        "computers_list": page | {"project", "status"},
        "deployments_list": page | {"enabled", "project", "source"},
        "deployments_computers": page,
        "errors_list": page | {"checked", "project"},
        "memberships_list": page,
        "packages_list": page,
        "packages_deployment_stats": {"from", "to"},
        "packages_history": {"cursor"},
        "packages_orphans": page,
        "projects_list": page,
        "stores_list": page | {"project"},
    }


def test_rows_of_pages_declare_what_they_allow():
    """All but the history's, to whose rows nobody can do anything."""
    rows = {}
    for described in operations():
        if {"page", "cursor"} & set(described.parameters("query")):
            page = component_at(
                described.operation["responses"]["200"]["content"]["application/json"]["schema"]
            )
            rows[described.name] = component_at(page["properties"]["results"]["items"])["properties"]
    assert {name for name, fields in rows.items() if "allowed_actions" not in fields} == {"packages_history"}
    assert len(rows) == 7 + 3


@each_operation
def test_every_operation_answers_as_it_is_described(world, superuser, described):
    """The client compares; here every operation succeeds once, with rows in what it answers."""
    resource = described.path.split("/")[2].removesuffix("s")
    row = ROWS.get(described.name, FOREIGN[resource])(world)
    body = BODIES[described.name](world) if described.name in BODIES else None
    assert (body is None) == ("requestBody" not in described.operation)
    url = described.path.replace("{id}", str(row.pk)).replace("{uuid}", str(getattr(row, "uuid", "")))
    response = getattr(superuser, described.method)(url, body)
    assert response.status_code in {200, 201, 204}
    assert operation_at(described.method, url) == described.operation


def test_a_patch_of_a_deployment_needs_its_version():
    """The one field that a change may not leave out."""
    assert api_schema()["components"]["schemas"]["PatchedDeploymentChange"]["required"] == ["version"]


def test_an_action_without_a_budget_is_described_without():
    """The twins have none."""
    described = Operation()
    described.view = NaiveStoreViewSet(action="list")
    assert described.get_description() == ""


def test_a_method_that_is_not_described_is_not_allowed(packager):
    """The client takes this refusal of what is not described, and no other answer."""
    assert packager.put("/api/stores/1/").status_code == 405


def test_an_answer_that_is_not_described_is_noticed(packager, monkeypatch):
    """Else everything above would pass for whatever is answered."""
    response = packager.get("/api/stores/")
    for wrong in ({"count": "many"}, {"more": 1}):
        monkeypatch.setattr(response, "json", lambda wrong=wrong: response.data | wrong)
        with pytest.raises(Exception, match=r"many|more"):
            refuse_undeclared(response)
    response.status_code = 402
    with pytest.raises(AssertionError, match="stores_list declares no 402"):
        refuse_undeclared(response)


@query_budget(0, reason="the description is about code, not rows")
def test_the_description_and_its_page_are_open_to_everybody(client):
    """It says nothing that the code does not say; the twins of the tests are not part of it."""
    served = client.get("/api/schema/", headers={"accept": "application/json"})
    assert served.json() == api_schema()
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert "/api/schema/" in page.text


def test_the_page_needs_no_network(client):
    """Scripts and styles are files of this server."""
    page = client.get("/api/docs/").text
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(named) >= 3
    assert all(finders.find(address.removeprefix("/static/")) for address in named)
    assert "https://" not in page


def test_the_root_leads_to_the_page(client):
    """For whoever opens the address that is printed."""
    assert client.get("/").headers["Location"] == "/api/docs/"
