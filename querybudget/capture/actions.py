"""The action a request ran: its key (dotted module, class, action), and what declares budgets for it."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import Any

from django.urls import Resolver404, resolve

from querybudget.capture.scopes import RequestScope

_NOT_ALLOWED = "http_method_not_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a request ran, or would have run had nothing answered before."""

    key: str
    owner: Any = None
    """The class or function that may declare `query_budgets`; None where there is none."""
    name: str = ""
    """What `query_budgets` calls it: `list`, `get`, `changelist_view`."""
    model: Any = None
    """The model that an admin view is about; None for any other view."""


def note_view(scope: Any, view: Any) -> None:
    """Remember the outermost class-based view of an open request."""
    if isinstance(scope, RequestScope) and scope.view is None:
        scope.view = view


def action_of(request: Any, scope: RequestScope) -> Action:
    """Return the action a finished request ran.

    The view function the URL resolved to decides; a class-based view that ran says which of its
    methods. A view called directly is named by itself.
    """
    match = getattr(request, "resolver_match", None)
    view = scope.view
    if match is None:
        if view is not None:
            return _of_view(view, scope.method)
        return Action(key=_without_view(request, scope.method))
    function = match.func
    if view is not None and (_view_class(function) or _is_nameless(function)):
        return _of_view(view, scope.method, function)
    return of_callback(function, scope.method)


def of_callback(function: Any, method: str) -> Action:
    """Return the action a view function of the URLconf runs for a method."""
    return _of_class(function, method) or _of_admin(function) or _of_function(function, method)


def methods_of(function: Any) -> tuple[str, ...]:
    """List the methods a view function of the URLconf answers; of a plain function nothing tells them."""
    mapped = getattr(function, "actions", None)
    if mapped:
        return tuple(method.upper() for method in mapped if method != "head")
    cls = _view_class(function)
    if cls is None or cls.__qualname__ == "WrappedAPIView":
        return ("",)
    names = ("get", "post", "put", "patch", "delete")
    return tuple(name.upper() for name in names if hasattr(cls, name))


def _view_class(function: Any) -> Any:
    return getattr(function, "view_class", None) or getattr(function, "cls", None)


def _is_nameless(function: Any) -> bool:
    """Tell a wrapper that a decorator left without the name of what it wraps."""
    return "<locals>" in getattr(function, "__qualname__", "")


def _of_view(view: Any, method: str, function: Any = None) -> Action:
    cls = type(view)
    if cls.__qualname__ == "WrappedAPIView":  # DRF's @api_view: a function in a class's clothes
        return _of_wrapped(cls, method, function)
    if getattr(view, "action_map", None) is not None:
        return _in_class(cls, getattr(view, "action", None) or _NOT_ALLOWED)
    return _in_class(cls, _method(cls, method))


def _of_class(function: Any, method: str) -> Action | None:
    """Name a class-based view that was resolved and never ran, since something answered before it."""
    cls = _view_class(function)
    if cls is None:
        return None
    if cls.__qualname__ == "WrappedAPIView":
        return _of_wrapped(cls, method, function)
    mapped = getattr(function, "actions", None)
    if mapped:
        unmapped = "metadata" if method == "OPTIONS" else _NOT_ALLOWED  # as DRF calls it
        return _in_class(cls, mapped.get(method.lower(), unmapped))
    return _in_class(cls, _method(cls, method))


def _of_wrapped(cls: Any, method: str, function: Any = None) -> Action:
    """Name an `@api_view` function; called directly, it is looked up where it was defined."""
    if getattr(function, "cls", None) is not cls:
        function = getattr(sys.modules.get(cls.__module__), cls.__name__, None)
    owner = function if getattr(function, "cls", None) is cls else None
    return Action(key=f"{cls.__module__}.{cls.__name__}", owner=owner, name=_get_for_head(method))


def _method(cls: Any, method: str) -> str:
    """HEAD goes with its GET, unless the class answers it itself."""
    name = method.lower()
    if name == "head" and not hasattr(cls, "head"):
        name = "get"
    if hasattr(cls, name):
        return name
    answering = next((each for each in cls.__mro__ if "dispatch" in each.__dict__), cls)
    is_of_library = answering.__module__.startswith(("django.", "rest_framework."))
    return _NOT_ALLOWED if is_of_library else name  # a `dispatch` of its own may answer anything


def _get_for_head(method: str) -> str:
    return "get" if method == "HEAD" else method.lower()


def _of_admin(function: Any) -> Action | None:
    """Name an admin view by its ModelAdmin, and by its model where the class serves several."""
    admin = getattr(function, "model_admin", None)
    if admin is None:
        return None
    cls = type(admin)
    serves = [other for other in admin.admin_site._registry.values() if type(other) is cls]
    is_shared = len(serves) > 1 or cls.__module__.startswith("django.")
    model = f"[{admin.model._meta.label}]" if is_shared else ""
    name = function.__name__
    key = f"{cls.__module__}.{cls.__qualname__}{model}.{name}"
    return Action(key=key, owner=cls, name=name, model=admin.model)


def _of_function(function: Any, method: str) -> Action:
    inner = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    # Of a callable object its class declares, and is named.
    named = inner if hasattr(inner, "__qualname__") else type(inner)
    key = f"{named.__module__}.{named.__qualname__}".replace(".<locals>", "")
    return Action(key=key, owner=named, name=_get_for_head(method))


def _in_class(cls: Any, name: str) -> Action:
    return Action(key=f"{cls.__module__}.{cls.__qualname__}.{name}", owner=cls, name=name)


def _without_view(request: Any, method: str) -> str:
    """Name what ran no view: an unknown path apart from a middleware that answered."""
    method = "GET" if method == "HEAD" else method
    try:
        resolve(request.path_info, getattr(request, "urlconf", None))
    except Resolver404:
        return f"{method} (no route)"
    return f"{method} (answered by middleware)"
