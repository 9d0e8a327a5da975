"""What querybudget finds in computers, whose naive causes test_twins_findings.py tells: nothing."""

from querybudget import query_budget
from reference_app.tests.fleets import build_deployments, build_fleet, build_report
from reference_app.tests.requests import computer_path, fetch, post


def found(seen):
    """Return code and relation of each finding."""
    return {(each.code, each.relation) for each in seen.findings}


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
