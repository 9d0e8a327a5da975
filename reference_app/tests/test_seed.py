"""The world that `build` makes: what is always there, and that it depends on nothing but its arguments."""

import pytest
from django.db import transaction

from reference_app.models import Computer, Organization, Package
from reference_app.seed import build
from reference_app.tests.grids import each_size, own_or_shared
from reference_app.tests.snapshots import all_tables


@each_size
@own_or_shared
def test_the_awkward_rows_are_always_there(n, shared):
    """Two organizations; one package obsolete, one storeless; one computer that never synchronized."""
    world = build(n, shared_parents=shared)
    mine = Package.objects.for_user(world.packager)
    assert Organization.objects.count() == 2
    assert set(mine) == set(world.packages)
    assert mine.filter(is_obsolete=True).count() == mine.filter(store=None).count() == 1
    assert list(Computer.objects.filter(sync_end=None)) == [world.never_synced_computer]


def test_parents_are_shared_on_request():
    """One project for all, or none twice."""
    world = build(3, shared_parents=True)
    rows = [*world.packages, *world.deployments, *world.computers]
    assert len({row.project for row in rows}) == 1


def test_parents_are_distinct_by_default():
    """A cache that only works for shared parents is found out."""
    world = build(3)
    rows = [*world.packages, *world.deployments, *world.computers]
    assert len({row.project for row in rows}) == len(rows) == 9


def test_sizes_are_set_one_by_one():
    """Zero included."""
    world = build(2, deployments=3, attributes=1, installations=0)
    assert (len(world.deployments), len(world.computers)) == (3, 0)
    assert [deployment.included_attributes.count() for deployment in world.deployments] == [1, 1, 1]


def test_the_obsolete_package_is_not_the_one_to_be_marked():
    """One package cannot be both."""
    with pytest.raises(ValueError, match="n is 1, expected 2 or more"):
        build(1)


def test_two_worlds_are_equal():
    """Names, dates and numbers, apart from keys and the ids the factories number on."""
    worlds = []
    for _ in range(2):
        with transaction.atomic():
            build(3)
            worlds.append([_without_keys(rows) for rows in all_tables().values()])
            transaction.set_rollback(True)
    assert worlds[0] == worlds[1]


def _without_keys(rows):
    """Drop what a sequence numbered, and what says when the test ran."""
    numbered = {"uuid", "date_joined"}
    return [
        {name: value for name, value in row.items() if name not in numbered and not name.endswith("id")}
        for row in rows
    ]
