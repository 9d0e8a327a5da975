"""The naive error endpoints are slower and nothing else: same answers, and the same rows written."""

import pytest

from reference_app import factories
from reference_app.models import Error
from reference_app.tests.fleets import build_fleet
from reference_app.tests.grids import each_size, own_or_shared
from reference_app.tests.twins import both, both_undone


@each_size
@own_or_shared
def test_lists_are_equal(client_for, n, shared):
    """Byte for byte, page by page, with and without what may be null."""
    fleet = build_fleet(n, shared=shared)
    factories.ErrorFactory(computer=fleet.computers[0], synchronization=None, checked_by=fleet.packager)
    for query in ("", "?page_size=2&page=2", f"?project={fleet.computers[0].project_id}", "?checked=x"):
        optimised, naive = both(client_for(fleet.packager), f"errors/{query}")
        assert optimised == naive


@pytest.mark.parametrize("person", ["packager", "viewer", "outsider"])
@pytest.mark.parametrize("known", [True, False])
def test_checks_are_equal(world, client_for, person, known):
    """Answers, refusals, and every row of every table."""
    ids = [world.error.pk, Error.objects.exclude(pk=world.error.pk).get().pk]
    body = {"ids": ids[:1] if known else ids}
    optimised, naive = both_undone(client_for(getattr(world, person)), "post", "errors/check/", body)
    assert optimised == naive
    expected = {"packager": 200, "viewer": 403, "outsider": 400}[person]
    assert optimised[0] == (expected if known else 400)
