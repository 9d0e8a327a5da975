"""What querybudget says of the naive list of errors, word for word; nothing of the optimised views."""

from querybudget import query_budget
from reference_app.models import Error
from reference_app.tests.fleets import build_fleet
from reference_app.tests.requests import fetch, post


def test_the_naive_list_is_told_its_three_causes(client_for):
    """And the one join that mends each."""
    client = client_for(build_fleet(5).packager)
    with query_budget() as seen:
        fetch(client, "/naive/errors/")
    assert [(each.code, each.relation, each.fix.edit) for each in seen.findings] == [
        ("QB101", "Error.computer", 'select_related("computer")'),
        ("QB101", "Error.project", 'select_related("project")'),
        ("QB101", "Error.synchronization", 'select_related("synchronization")'),
    ]


def test_nothing_is_found_in_the_optimised_views(client_for):
    """At a size where each finding would show."""
    client = client_for(build_fleet(5).packager)
    ids = list(Error.objects.values_list("pk", flat=True))
    with query_budget() as seen:
        fetch(client, "/api/errors/")
        post(client, "/api/errors/check/", {"ids": ids})
    assert seen.findings == ()
