"""Routes as people write them, of one request and of the whole URLconf."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.admindocs.utils import (
    remove_non_capturing_groups,
    replace_metacharacters,
    replace_named_groups,
    replace_unnamed_groups,
)
from django.urls import URLPattern, URLResolver, get_resolver

from querybudget.capture import actions
from querybudget.records import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONVERTER = re.compile(r"<[^<>:]+:([^<>:]+)>")
_REGEX = re.compile(r"[\^$\\(]")


def route_of(request: Any) -> str:
    """Return the route a request was resolved to, `/api/packages/<pk>/`; empty where none was."""
    match = getattr(request, "resolver_match", None)
    route = getattr(match, "route", None)
    return shown(route) if isinstance(route, str) else ""  # a request may be a stub


@lru_cache(maxsize=4096)
def shown(route: str) -> str:
    """Write a route of `path()` and `re_path()` alike: `<pk>` for every argument, a slash in front."""
    if _REGEX.search(route):
        route = replace_named_groups(route)
        route = replace_metacharacters(replace_unnamed_groups(remove_non_capturing_groups(route)))
        route = route.replace("\\", "")
    return "/" + _CONVERTER.sub(r"<\1>", route).lstrip("/")


def declared_actions(resolver: Any = None) -> tuple[tuple[Identity, actions.Action], ...]:
    """List every action of the URLconf with its methods and routes, in the order of the URLconf."""
    return tuple(
        (Identity(action=action.key, method=method, route=shown(route)), action)
        for callback, route in _callbacks(resolver or get_resolver(), "")
        for method in actions.methods_of(callback)
        for action in [actions.of_callback(callback, method)]
    )


def whole_keys() -> frozenset[str]:
    """Return the keys of the actions of the URLconf that is in force; empty where it cannot be read."""
    return _keys_of(getattr(settings, "ROOT_URLCONF", None))


@lru_cache(maxsize=8)
def _keys_of(urlconf: Any) -> frozenset[str]:
    return frozenset(identity.action for identity, _ in _readable(urlconf))


def names_by_class() -> dict[Any, set[str]]:
    """Return by class the names of the actions that the URLconf in force leads to; empty likewise."""
    return _names_of(getattr(settings, "ROOT_URLCONF", None))


@lru_cache(maxsize=8)
def _names_of(urlconf: Any) -> dict[Any, set[str]]:
    found: defaultdict[Any, set[str]] = defaultdict(set)
    for _, action in _readable(urlconf):
        found[action.owner].add(action.name)
    return dict(found)


def _readable(urlconf: Any) -> tuple[tuple[Identity, actions.Action], ...]:
    try:
        return declared_actions(get_resolver(urlconf))
    except Exception:  # noqa: BLE001 - none there, or a broken one: the view was called without it
        return ()


def _callbacks(resolver: Any, prefix: str) -> Iterator[tuple[Any, str]]:
    for pattern in resolver.url_patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _callbacks(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield pattern.callback, route
