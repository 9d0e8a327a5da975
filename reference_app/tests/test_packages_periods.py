"""The days of `deployment-stats`: both optional, both counted in full, and anything else a 400."""

from datetime import UTC, datetime

import pytest

from querybudget import query_budget
from reference_app.factories import DeploymentFactory
from reference_app.tests.requests import both_trees, fetch, package_path
from reference_app.tests.worlds import build

LAST_DAY = datetime(2026, 3, 31, tzinfo=UTC)


@pytest.fixture
def deployed(client_for):
    """Deploy a package in the last microsecond of March and the first of April; return a stats function."""
    world = build(2, deployments=0, installations=0)
    for moment in (LAST_DAY.replace(hour=23, minute=59, second=59, microsecond=999_999), LAST_DAY):
        DeploymentFactory(project=world.package.project, start_date=moment, packages=[world.package])
    april = datetime(2026, 4, 1, tzinfo=UTC)
    DeploymentFactory(project=world.package.project, start_date=april, packages=[world.package])
    client = client_for(world.packager)

    def stats(query, status=200):
        return fetch(client, package_path("api", world.package, "deployment-stats") + query, status)

    return stats


@pytest.mark.parametrize(
    ("query", "n_deployments"),
    [
        ("", 3),
        ("?from=2026-03-31", 3),
        ("?from=2026-04-01", 1),
        ("?from=2026-04-02", 0),
        ("?to=2026-03-31", 2),
        ("?to=2026-03-30", 0),
        ("?from=2026-03-31&to=2026-03-31", 2),
        ("?from=0001-01-01&to=9999-12-31", 3),
    ],
)
def test_both_days_count_in_full(deployed, query, n_deployments):
    """A single day is a range, and so is all of the calendar."""
    assert deployed(query)["n_deployments"] == n_deployments


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?from=yesterday", "from"),
        ("?from=2026-02-30", "from"),
        ("?to=31.03.2026", "to"),
        ("?to=", "to"),
        ("?to=2026-03-31T12:00", "to"),
        ("?from=2026-04-01&to=2026-03-31", "to"),
    ],
)
def test_days_that_are_none_are_refused(deployed, query, field):
    """The answer is keyed by the parameter to correct."""
    assert list(deployed(query, status=400)) == [field]


@both_trees
def test_refused_days_ask_for_the_package_only(world, packager, tree):
    """Nothing is counted before the question is understood."""
    path = package_path(tree, world.package, "deployment-stats") + "?from=soon"
    with query_budget("=1"):
        fetch(packager, path, 400)
