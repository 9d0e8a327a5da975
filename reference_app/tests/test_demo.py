"""The budget that `make demo` blows on purpose is blown, and by no failure of another kind."""

import pytest

from querybudget import BudgetExceeded
from reference_app.tests import demo_blown_budget as demo


def test_the_demo_is_over_its_budget(client_for):
    """A decorated function is judged where it is called."""
    with pytest.raises(BudgetExceeded, match=r"^102 queries, budget 3 per request"):
        demo.test_twenty_packages_are_listed_in_three_queries(client_for)
