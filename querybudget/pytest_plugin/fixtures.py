"""The fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import querybudget

if TYPE_CHECKING:
    from collections.abc import Callable

    from querybudget.declare import QueryBudget


@pytest.fixture(scope="session")
def query_budget() -> Callable[..., QueryBudget]:
    """Hand out what `querybudget.query_budget` is; it opens a block in a `with`.

    Of session scope, so that Hypothesis accepts it in a test it runs many times.
    """
    return querybudget.query_budget


@pytest.fixture(scope="session")
def query_growth() -> Callable[..., None]:
    """Hand out what `querybudget.query_growth` is: the same call over several sizes of data."""
    return querybudget.query_growth
