"""Worlds that are put back instead of built: nobody can tell them from those that were built."""

import pytest
from django.db import transaction

from reference_app import factories
from reference_app.models import Package
from reference_app.tests.snapshots import all_tables
from reference_app.tests.worlds import build, build_rows, remembered


def undone(call):
    """Return what `call` returns and leave the database as it was."""
    with transaction.atomic():
        answer = call()
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("build", [build, build_rows])
def test_the_second_world_equals_the_first(build):
    """All tables, keys included."""
    first, second = (undone(lambda: (build(2), all_tables())[1]) for _ in range(2))
    assert first == second
    assert any(first.values())


def test_building_happens_once():
    """The arguments tell one world from another."""
    calls = []
    build = remembered(lambda n, *, shared=False: calls.append((n, shared)) or factories.UserFactory())
    for n, shared in ((1, False), (1, False), (2, False), (1, True), (1, True)):
        undone(lambda n=n, shared=shared: build(n, shared=shared))
    assert calls == [(1, False), (2, False), (1, True)]


def test_what_a_test_does_to_its_handles_stays_there():
    """Each gets copies, which know their parents as those that were built do."""
    first = undone(lambda: build(2))
    first.package.name = first.organization.name = "changed"
    second = undone(lambda: build(2))
    assert (second.package.name, second.organization.name) == ("tool-0", "Acme")
    assert second.package.project.organization is second.organization


def test_beside_other_rows_a_world_is_built_anew():
    """Its keys may be taken."""
    undone(lambda: build(2))
    other = factories.PackageFactory()
    world = build(2)
    assert Package.objects.count() == 1 + 2 + 1
    assert other not in world.packages
