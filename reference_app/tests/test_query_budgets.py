"""Every optimised action states its budget beside its viewset, and no naive one does."""

import pytest

from reference_app.naive.urls import router as naive_router
from reference_app.urls import router


def viewsets(registered):
    """Return the viewsets of a router."""
    return [viewset for _prefix, viewset, _basename in registered.registry]


def actions_of(registered, viewset):
    """Return the names of the actions that the router routes to the viewset."""
    routes = registered.get_routes(viewset)
    methods = [registered.get_method_map(viewset, route.mapping) for route in routes]
    return {action for each in methods for action in each.values()}


@pytest.mark.parametrize("viewset", viewsets(router), ids=lambda viewset: viewset.__name__)
def test_each_action_has_a_budget(viewset):
    """As many queries as its tests measure; an action that is added has to say how many it runs."""
    assert set(viewset.query_budgets) == actions_of(router, viewset)


@pytest.mark.parametrize("viewset", viewsets(naive_router), ids=lambda viewset: viewset.__name__)
def test_twins_have_formulas_instead(viewset):
    """A budget that grows is none."""
    assert not hasattr(viewset, "query_budgets")


def test_each_viewset_has_its_twin():
    """The same routes in the same order, so that any answer can be compared."""
    twins = [viewset.__name__.removeprefix("Naive") for viewset in viewsets(naive_router)]
    assert twins == [viewset.__name__ for viewset in viewsets(router)]
    for optimised, naive in zip(viewsets(router), viewsets(naive_router), strict=True):
        assert actions_of(router, optimised) == actions_of(naive_router, naive)
