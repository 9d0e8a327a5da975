"""What the deployment endpoints say, and the traps of saying it cheaply."""

import pytest

from reference_app import factories
from reference_app.models import Computer, Deployment, Role
from reference_app.tests.counting import captured_sql
from reference_app.tests.releases import build_computers, build_release
from reference_app.tests.requests import both_trees, deployment_path, fetch


@pytest.fixture
def release():
    """Build a release of two packages with two attributes in each list and a schedule of two delays."""
    return build_release(packages=2, attributes=2, delays=2)


@pytest.fixture
def client(release, client_for):
    """Speak for the releaser."""
    return client_for(release.releaser)


def reached(client, tree, release):
    """Return the names of the computers that the release reaches."""
    answer = fetch(client, deployment_path(tree, release.deployment, "computers"))
    assert answer["count"] == len(answer["results"])
    return [row["name"] for row in answer["results"]]


def add_computer(release, **columns):
    """Make a computer that has the first included attribute, unless `columns` say otherwise."""
    included = [release.deployment.included_attributes.first()]
    tags = columns.pop("tags", included)
    return factories.ComputerFactory(**{"project": release.project, "tags": tags} | columns)


def test_list_shows_names_counts_and_values(client, release):
    """Attributes by value, in the order of their ids."""
    (row,) = fetch(client, "/api/deployments/")["results"]
    values = release.deployment.included_attributes.order_by("pk").values_list("value", flat=True)
    assert row["project_name"] == release.project.name
    assert row["platform_name"] == release.project.platform.name
    assert (row["n_packages"], row["included_attributes"]) == (2, list(values))
    assert row["allowed_actions"] == ["update", "partial_update", "copy", "disable"]


def test_the_paginators_count_carries_neither_joins_nor_counts(client):
    """Only what narrows the rows."""
    count, *_ = captured_sql(lambda: fetch(client, "/api/deployments/"))
    assert count.startswith("SELECT COUNT(*)")
    assert "JOIN" not in count.split("WHERE")[0]
    assert Deployment.packages.through._meta.db_table not in count


def test_detail_nests_what_belongs_to_the_deployment(client, release):
    """Packages with their progress, the schedule with whom each step is for."""
    answer = fetch(client, deployment_path("api", release.deployment))
    assert [package["n_installations"] for package in answer["packages"]] == [0, 1]
    assert [delay["delay"] for delay in answer["schedule"]["delays"]] == [0, 1]
    first = release.schedule.delays.get(delay=0).attributes.order_by("pk").first()
    assert answer["schedule"]["delays"][0]["attributes"][0] == f"{first.property.prefix}-{first.value}"
    assert answer["project"] == {"id": release.project.pk, "name": release.project.name, "pms": "apt"}


@both_trees
def test_detail_tells_which_dynamic_attributes_are_declared(client, release, tree):
    """With their types, so that a form can be made of them."""
    external = factories.DeploymentFactory(project=release.project, external=True)
    answer = fetch(client, deployment_path(tree, external))
    assert answer["extra"] == {"base_url": "https://packages.example.org/"}
    assert answer["declared_extra"] == {
        "base_url": "public_url",
        "components": "texts",
        "expire_minutes": "number",
        "frozen": "boolean",
        "pin_priority": "number",
        "suite": "text",
    }


@both_trees
def test_detail_without_a_schedule(client_for, tree):
    """Null, not a missing key."""
    release = build_release(delays=None)
    answer = fetch(client_for(release.releaser), deployment_path(tree, release.deployment))
    assert answer["schedule"] is None


@both_trees
def test_detail_hides_packages_of_hidden_projects(client_for, release, tree):
    """Older rows may hold some: a visible deployment does not open them."""
    foreign = factories.PackageFactory(project=release.target)
    release.deployment.packages.add(foreign)
    release.releaser.memberships.get().projects.set([release.project])
    answer = fetch(client_for(release.releaser), deployment_path(tree, release.deployment))
    assert foreign.pk not in [package["id"] for package in answer["packages"]]


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_allowed_actions_are_the_releasers(client_for, release, tree, role):
    """In lists and details alike, and by what can be done now."""
    organization = release.project.organization
    client = client_for(factories.MembershipFactory(organization=organization, role=role).user)
    Deployment.objects.update(enabled=False)
    allowed = fetch(client, deployment_path(tree, release.deployment))["allowed_actions"]
    (row,) = fetch(client, f"/{tree}/deployments/")["results"]
    may_write = role.includes(Role.RELEASER)
    expected = ["update", "partial_update", "copy", "enable"] if may_write else []
    assert allowed == row["allowed_actions"] == expected


@both_trees
def test_lists_are_narrowed_by_project_source_and_state(client, release, tree):
    """One at a time or together."""
    external = factories.DeploymentFactory(project=release.target, external=True, enabled=False)
    for query in (f"project={release.target.pk}", "source=external", "enabled=false"):
        (row,) = fetch(client, f"/{tree}/deployments/?{query}")["results"]
        assert row["id"] == external.pk
    assert fetch(client, f"/{tree}/deployments/?source=external&enabled=true")["count"] == 0


@both_trees
@pytest.mark.parametrize("query", ["project={}", "project=x", "source=elsewhere"])
def test_a_filter_does_not_tell_whether_a_foreign_row_exists(client, tree, query):
    """The very same 400 as for one that does not."""
    foreign = factories.ProjectFactory()
    answers = [fetch(client, f"/{tree}/deployments/?{query.format(pk)}", 400) for pk in (foreign.pk, 10**9)]
    assert answers[0] == answers[1]


@both_trees
def test_computers_shows_progress_and_errors(client, release, tree):
    """Only the deployment's packages count, and only errors that nobody has ticked off."""
    build_computers(release, 1)
    computer = Computer.objects.get(errors__isnull=False)
    factories.InstallationFactory(computer=computer)
    path = deployment_path(tree, release.deployment, "computers")
    (row,) = fetch(client, path)["results"]
    assert (row["uuid"], row["project_name"]) == (str(computer.uuid), release.project.name)
    assert (row["n_installed"], row["has_errors"]) == (2, True)
    computer.errors.update(checked=True)
    assert fetch(client, path)["results"][0]["has_errors"] is False


@both_trees
def test_computers_are_reached_by_reported_attributes_and_tags(client, release, tree):
    """Once, with however many of them."""
    included = list(release.deployment.included_attributes.all())
    computer = add_computer(release, tags=included)
    computer.attributes.add(*included)
    assert reached(client, tree, release) == [computer.name]


@both_trees
def test_an_excluded_attribute_wins(client, release, tree):
    """Reported or given."""
    excluded = release.deployment.excluded_attributes.first()
    add_computer(release).tags.add(excluded)
    add_computer(release).attributes.add(excluded)
    assert reached(client, tree, release) == []


@both_trees
def test_computers_of_other_projects_are_not_reached(client, release, tree):
    """Nor those without any of the attributes, nor those that have left the fleet."""
    add_computer(release, project=release.target)
    add_computer(release, tags=[])
    add_computer(release, status="unsubscribed")
    assert reached(client, tree, release) == []


@both_trees
def test_a_deployment_that_includes_nothing_reaches_nothing(client, release, tree):
    """No attribute is none, never all."""
    add_computer(release)
    release.deployment.included_attributes.clear()
    assert reached(client, tree, release) == []


@both_trees
def test_computers_come_in_pages(client, release, tree):
    """Ordered by name; the count is that of the whole list."""
    build_computers(release, 3)
    path = deployment_path(tree, release.deployment, "computers")
    answer = fetch(client, f"{path}?page_size=2&page=2")
    assert (answer["count"], len(answer["results"]), answer["next"]) == (3, 1, None)
