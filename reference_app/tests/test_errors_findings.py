"""What querybudget finds in errors, whose naive causes test_twins_findings.py tells: nothing."""

from querybudget import query_budget
from reference_app.models import Error
from reference_app.tests.fleets import build_fleet
from reference_app.tests.requests import fetch, post


def test_nothing_is_found_in_the_optimised_views(client_for):
    """At a size where each finding would show."""
    client = client_for(build_fleet(5).packager)
    ids = list(Error.objects.values_list("pk", flat=True))
    with query_budget() as seen:
        fetch(client, "/api/errors/")
        post(client, "/api/errors/check/", {"ids": ids})
    assert seen.findings == ()
