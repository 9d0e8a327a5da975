"""The naive computer endpoints are slower and nothing else: same answers, and the same rows written."""

import pytest

from reference_app.factories import START
from reference_app.models import Computer
from reference_app.tests.fleets import build_deployments, build_fleet, build_report
from reference_app.tests.grids import each_size, own_or_shared, own_or_thorough_shared
from reference_app.tests.twins import both, both_undone
from reference_app.tests.worlds import build


@each_size
@own_or_shared
def test_reads_are_equal_for_every_row(client_for, n, shared):
    """Byte for byte."""
    fleet = build_fleet(n, attributes=n, installations=n, shared=shared)
    client = client_for(fleet.packager)
    paths = ["computers/", f"computers/?project={fleet.computers[0].project_id}"]
    for computer in fleet.computers:
        build_deployments(computer, 2, attributes=2, delays=1, shared=shared)
        paths += [f"computers/{computer.uuid}/", f"computers/{computer.uuid}/simulate-sync/"]
    for path in paths:
        optimised, naive = both(client, path)
        assert optimised == naive
        assert optimised[0] == 200


@pytest.mark.parametrize("person", ["packager", "viewer", "outsider"])
def test_reads_are_equal_for_every_person(world, client_for, person):
    """The awkward rows of the seed included."""
    client = client_for(getattr(world, person))
    for path in ("computers/", *(f"computers/{computer.uuid}/" for computer in Computer.objects.all())):
        optimised, naive = both(client, path)
        assert optimised == naive


def test_reads_are_equal_for_a_superuser(world, client_for, admin_user):
    """Who is no member anywhere."""
    optimised, naive = both(client_for(admin_user), f"computers/{world.never_synced_computer.uuid}/")
    assert optimised == naive
    assert '"allowed_actions":["sync","simulate_sync"]' in naive[1]


@each_size
@own_or_thorough_shared
def test_synchronizations_are_equal(client_for, n, monkeypatch, shared):
    """Answer and every row of every table, at a clock that stands still."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: START)
    world = build(2, deployments=0, installations=0)
    computer = world.never_synced_computer
    report = build_report(computer, packages=n, attributes=n, removed=n, shared=shared)
    path = f"computers/{computer.uuid}/sync/"
    optimised, naive = both_undone(client_for(world.packager), "post", path, report)
    assert optimised == naive
    assert optimised[0] == 201


@pytest.mark.parametrize("person", ["packager", "viewer", "outsider"])
@pytest.mark.parametrize(
    "body", [{}, {"started_at": "2020-01-01T00:00:00Z", "attributes": [], "packages": []}]
)
def test_refusals_are_equal(world, client_for, person, body):
    """The same words, whoever is refused and why."""
    computer = world.error.computer
    path = f"computers/{computer.uuid}/sync/"
    optimised, naive = both_undone(client_for(getattr(world, person)), "post", path, body)
    assert optimised == naive
    assert optimised[0] == {"packager": 409 if body else 400, "viewer": 403, "outsider": 404}[person]
