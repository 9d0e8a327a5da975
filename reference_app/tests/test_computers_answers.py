"""What the computer endpoints say."""

import pytest

from reference_app import factories
from reference_app.models import Computer
from reference_app.tests.counting import captured_sql
from reference_app.tests.fleets import build_deployments, build_fleet
from reference_app.tests.requests import both_trees, computer_path, fetch


@pytest.fixture
def fleet():
    """Build two computers, in a project each, and their packager."""
    return build_fleet(2)


def test_list_shows_every_visible_computer_once(packager):
    """Ordered by name, the one that never synchronized included."""
    rows = fetch(packager, "/api/computers/")["results"]
    assert [row["name"] for row in rows] == ["desk-0", "desk-1", "desk-2", "former", "never-synced"]


def test_rows_count_what_is_live_and_unchecked(fleet, client_for):
    """A past installation and a checked error are history."""
    computer = fleet.computers[0]
    factories.InstallationFactory(computer=computer, removed=True)
    factories.ErrorFactory(computer=computer, checked=True)
    row = fetch(client_for(fleet.packager), "/api/computers/")["results"][0]
    assert (row["n_installations"], row["n_unchecked_errors"], row["n_tags"]) == (1, 1, 1)
    assert row["attributes"] == [f"{each.property.prefix}-{each.value}" for each in computer.attributes.all()]


def test_a_computer_that_never_synchronized_has_counts_and_no_date(packager):
    """Zero and null, not missing keys."""
    row = fetch(packager, "/api/computers/")["results"][-1]
    assert (row["n_installations"], row["n_unchecked_errors"], row["last_sync_ok"]) == (0, 0, None)
    assert (row["sync_start"], row["ip"]) == (None, None)


def test_the_last_synchronization_is_the_latest_by_the_computers_clock(fleet, client_for):
    """The error's synchronization came after the one that failed."""
    rows = fetch(client_for(fleet.packager), "/api/computers/")["results"]
    assert [row["last_sync_ok"] for row in rows] == [True, True]


def test_the_paginators_count_carries_neither_joins_nor_counts(packager):
    """Nor the subqueries of a row."""
    count, *_ = captured_sql(lambda: fetch(packager, "/api/computers/"))
    assert count.startswith("SELECT COUNT(*)")
    assert "JOIN" not in count.split("WHERE")[0]
    assert "installation" not in count


@both_trees
def test_lists_are_narrowed_by_project_and_status(packager, world, tree):
    """Alone and together."""
    project = world.package.project_id
    for query, names in (
        (f"project={project}", ["former", "never-synced"]),
        ("status=intended", ["never-synced"]),
        (f"project={project}&status=available", ["former"]),
    ):
        rows = fetch(packager, f"/{tree}/computers/?{query}")["results"]
        assert [row["name"] for row in rows] == names


@both_trees
def test_a_foreign_project_is_refused_like_one_that_does_not_exist(packager, world, tree):
    """An empty list for one and a 400 for the other would tell which exists."""
    foreign = fetch(packager, f"/{tree}/computers/?project={world.foreign_package.project_id}", 400)
    assert foreign == fetch(packager, f"/{tree}/computers/?project={10**9}", 400)
    assert list(foreign) == ["project"]


@both_trees
def test_an_unknown_status_is_refused(packager, tree):
    """An empty list would look like an answer."""
    assert list(fetch(packager, f"/{tree}/computers/?status=lost", 400)) == ["status"]


def test_query_strings_do_not_hide_a_computer(packager, world):
    """Filters are for lists."""
    fetch(packager, computer_path("api", world.never_synced_computer) + "?status=available")


def test_detail_nests_what_the_computer_reported(fleet, client_for):
    """Newest first, where there is a time."""
    computer = fleet.computers[0]
    answer = fetch(client_for(fleet.packager), computer_path("api", computer))
    assert answer["project"]["platform"] == computer.project.platform.name
    assert answer["tags"] == [computer.tags.get().value]
    assert len(answer["attributes"]) == 2
    assert [row["fullname"] for row in answer["installations"]] == [
        row.package.fullname for row in computer.installations.all()
    ]
    assert [row["ok"] for row in answer["synchronizations"]] == [True, False]


def test_detail_shows_the_latest_ten_synchronizations(fleet, client_for):
    """The slice is per computer."""
    computer = fleet.computers[0]
    latest = factories.SynchronizationFactory.create_batch(10, computer=computer)
    shown = fetch(client_for(fleet.packager), computer_path("api", computer))["synchronizations"]
    expected = [each.started_at.isoformat().replace("+00:00", "Z") for each in reversed(latest)]
    assert [each["started_at"] for each in shown] == expected


@both_trees
def test_detail_hides_packages_of_projects_that_the_member_may_not_see(fleet, client_for, tree):
    """A computer that has moved keeps its packages, and they keep their project."""
    computer, other = fleet.computers
    factories.InstallationFactory(computer=computer, package=factories.PackageFactory(project=other.project))
    path = computer_path(tree, computer)
    assert len(fetch(client_for(fleet.packager), path)["installations"]) == 2
    fleet.packager.memberships.get().projects.set([computer.project])
    assert len(fetch(client_for(fleet.packager), path)["installations"]) == 1


@both_trees
@pytest.mark.parametrize(
    ("person", "allowed"),
    [("packager", ["sync", "simulate_sync"]), ("viewer", ["simulate_sync"])],
)
def test_allowed_actions_depend_on_the_role(world, client_for, person, allowed, tree):
    """To report is to write."""
    path = computer_path(tree, world.never_synced_computer)
    assert fetch(client_for(getattr(world, person)), path)["allowed_actions"] == allowed


@both_trees
def test_an_unsubscribed_computer_allows_nothing(world, packager, tree):
    """State counts as well as role."""
    Computer.objects.update(status="unsubscribed")
    path = computer_path(tree, world.never_synced_computer)
    assert fetch(packager, path)["allowed_actions"] == []


@both_trees
def test_a_simulation_tells_what_would_be_installed(world, packager, tree):
    """Names once each, and each deployment with its reasons."""
    computer = world.never_synced_computer
    deployment, _ = build_deployments(computer, 2, attributes=1)
    answer = fetch(packager, computer_path(tree, computer, "simulate-sync"))
    assert answer["computer"] == str(computer.uuid)
    assert (answer["install"], answer["remove"]) == (["tool", "tool-0", "tool-1"], [])
    value = deployment.included_attributes.get()
    assert answer["deployments"][0] == {
        "id": deployment.pk,
        "name": deployment.name,
        "schedule_name": deployment.schedule.name,
        "applies": True,
        "attributes": [f"{value.property.prefix}-{value.value}"],
        "packages": [deployment.packages.get().fullname],
    }


@both_trees
def test_tags_decide_like_attributes(world, packager, tree):
    """An included tag applies, an excluded one does not; excluded wins."""
    computer = world.never_synced_computer
    (deployment,) = build_deployments(computer, 1, attributes=1)
    path = computer_path(tree, computer, "simulate-sync")
    value = deployment.included_attributes.get()
    computer.attributes.clear()
    assert not fetch(packager, path)["deployments"][0]["applies"]
    computer.tags.add(value)
    assert fetch(packager, path)["deployments"][0]["applies"]
    deployment.excluded_attributes.add(value)
    answer = fetch(packager, path)
    assert (answer["deployments"][0]["applies"], answer["install"]) == (False, [])


@both_trees
def test_only_running_deployments_of_the_project_are_simulated(world, packager, tree):
    """Neither disabled ones, nor those that have not started, nor another project's."""
    computer = world.never_synced_computer
    factories.DeploymentFactory(project=computer.project, enabled=False)
    factories.DeploymentFactory(project=computer.project, start_date="2999-01-01T00:00:00Z")
    assert fetch(packager, computer_path(tree, computer, "simulate-sync"))["deployments"] == []
