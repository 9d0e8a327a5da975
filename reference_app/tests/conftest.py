"""Fixtures: a world of three packages, and clients that speak for its people."""

import pytest

from reference_app.tests.conformity import DescribedClient
from reference_app.tests.worlds import build


@pytest.fixture(autouse=True)
def _database(db):
    """Every test here asks the database."""


@pytest.fixture
def client_for():
    """Return a function that gives a client on whose requests `user` is authenticated, without a query.

    Whatever it is answered, also if refused, has to be what the API says of itself.
    """

    def authenticated(user):
        client = DescribedClient()
        client.force_authenticate(user)
        return client

    return authenticated


@pytest.fixture
def world():
    """Build the usual world: three of everything, each with a parent of its own; one attribute a deployment.

    As small as shows every kind of row, because most tests begin with it. Sizes are varied where they matter.
    """
    return build(3, attributes=1)


@pytest.fixture
def packager(world, client_for):
    """Speak for a packager of the first organization."""
    return client_for(world.packager)


@pytest.fixture
def outsider(world, client_for):
    """Speak for an admin of the other organization."""
    return client_for(world.outsider)
