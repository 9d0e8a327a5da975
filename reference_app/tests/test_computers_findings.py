"""What querybudget finds in the computer endpoints: the naive causes by name, nothing in the optimised."""

from querybudget import query_budget
from reference_app.tests.fleets import build_deployments, build_fleet, build_report
from reference_app.tests.requests import computer_path, fetch, post
from reference_app.tests.worlds import build


def found(seen):
    """Return code and relation of each finding."""
    return {(each.code, each.relation) for each in seen.findings}


def test_the_naive_list_is_told_its_causes(client_for):
    """Seven a row, and the property of every attribute."""
    client = client_for(build_fleet(5).packager)
    with query_budget() as seen:
        fetch(client, "/naive/computers/")
    assert found(seen) == {
        ("QB101", "Attribute.property"),
        ("QB101", "Computer.attributes"),
        ("QB101", "Computer.project"),
        ("QB101", "Project.platform"),
        ("QB102", "Computer.errors"),
        ("QB102", "Computer.installations"),
        ("QB102", "Computer.synchronizations"),
        ("QB102", "Computer.tags"),
    }


def test_the_naive_simulation_is_told_its_causes(client_for):
    fleet = build_fleet(1)
    build_deployments(fleet.computers[0], 5, attributes=2)
    with query_budget() as seen:
        fetch(client_for(fleet.packager), computer_path("naive", fleet.computers[0], "simulate-sync"))
    assert {("QB101", "Attribute.property"), ("QB101", "Deployment.schedule")} < found(seen)


def test_the_naive_synchronization_is_told_its_loops(client_for):
    """Its reads, and its writes."""
    world = build(2, deployments=0, installations=0)
    computer = world.never_synced_computer
    report = build_report(computer, packages=5, attributes=5)
    with query_budget() as seen:
        post(client_for(world.packager), computer_path("naive", computer, "sync"), report, 201)
    assert {code for code, _ in found(seen)} == {"QB102", "QB104"}


def test_nothing_is_found_in_the_optimised_views(client_for):
    """At a size where each finding would show."""
    fleet = build_fleet(5, attributes=5, installations=5)
    client, computer = client_for(fleet.packager), fleet.computers[0]
    build_deployments(computer, 5, attributes=3)
    report = build_report(computer, packages=5, attributes=5, removed=5)
    with query_budget() as seen:
        fetch(client, "/api/computers/")
        fetch(client, computer_path("api", computer))
        fetch(client, computer_path("api", computer, "simulate-sync"))
        post(client, computer_path("api", computer, "sync"), report, 201)
    assert found(seen) == set()
