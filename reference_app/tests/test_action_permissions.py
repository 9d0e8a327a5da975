"""Whose permission an action asks: its viewset's, or the one that `@action` itself is told.

`@permission_classes` belongs to function-based views. On an action it sets an attribute that nobody reads:
the action stays as open as its viewset, and says otherwise.
"""

import pytest
from rest_framework import decorators
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import GenericViewSet

from reference_app.naive.urls import router as naive_router
from reference_app.urls import router

VIEWSETS = [viewset for tree in (router, naive_router) for _prefix, viewset, _basename in tree.registry]
each_viewset = pytest.mark.parametrize("viewset", VIEWSETS, ids=lambda viewset: viewset.__qualname__)


class TrappedViewSet(GenericViewSet):
    """A viewset whose actions seem to be for staff alone, of which one is."""

    permission_classes = [IsAuthenticated]

    @decorators.action(detail=False)
    @decorators.permission_classes([IsAdminUser])
    def under(self, request):
        """Stay as open as the viewset."""

    @decorators.permission_classes([IsAdminUser])
    @decorators.action(detail=False)
    def above(self, request):
        """Stay as open as the viewset, too."""

    @decorators.action(detail=False, permission_classes=[IsAdminUser])
    def told(self, request):
        """Ask what was said."""


def handlers(viewset):
    """Return the functions of the viewset that answer requests, by name."""
    routes = SimpleRouter().get_routes(viewset)
    names = {name for route in routes for name in route.mapping.values()}
    return {name: getattr(viewset, name) for name in names if hasattr(viewset, name)}


def ignored(viewset):
    """Return the names of the actions with permission classes that nobody reads."""
    return {name for name, handler in handlers(viewset).items() if hasattr(handler, "permission_classes")}


def effective(viewset):
    """Return the permission classes that are asked, by the name of the action."""
    asked = {}
    for route in SimpleRouter().get_routes(viewset):
        classes = viewset(**route.initkwargs).permission_classes
        asked |= dict.fromkeys(route.mapping.values(), classes)
    return {name: asked[name] for name in handlers(viewset)}


def test_the_trap_is_silent_and_found():
    """Else the tests below would find nothing in whatever there is."""
    assert ignored(TrappedViewSet) == {"under", "above"}
    assert effective(TrappedViewSet) == {
        "under": [IsAuthenticated],
        "above": [IsAuthenticated],
        "told": [IsAdminUser],
    }


@each_viewset
def test_no_action_carries_permission_classes_that_are_ignored(viewset):
    """Neither under `@action` nor above it, nor on `list`, `create` and their like."""
    assert ignored(viewset) == set()


@each_viewset
def test_each_action_asks_the_permissions_that_are_declared(viewset):
    """Its own if `@action` is told any, else those of the viewset; a name at least."""
    for name, classes in effective(viewset).items():
        declared = getattr(handlers(viewset)[name], "kwargs", {}).get("permission_classes")
        assert classes == (declared or viewset.permission_classes)
        assert classes[0] is IsAuthenticated
