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
    """Open a block with `with query_budget(4) as seen:`; the very object that is imported.

    Of session scope, so that Hypothesis accepts it in a test it runs many times.
    """
    return querybudget.query_budget
