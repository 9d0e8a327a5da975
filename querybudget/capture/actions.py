"""The name of the action a request ran: dotted module, class, action."""

from __future__ import annotations

import functools
from typing import Any

from django.urls import Resolver404, resolve

from querybudget.capture.scopes import RequestScope

_NOT_ALLOWED = "http_method_not_allowed"


def note_view(scope: Any, view: Any) -> None:
    """Remember the outermost class-based view of an open request."""
    if isinstance(scope, RequestScope) and scope.view is None:
        scope.view = view


def name_of(request: Any, scope: RequestScope) -> str:
    """Return the key of the action a finished request ran.

    The view function the URL resolved to decides; a class-based view that ran says which of its
    methods. A view called directly is named by itself.
    """
    match = getattr(request, "resolver_match", None)
    view = scope.view
    if match is None:
        return _of_view(view, scope.method) if view is not None else _without_view(request, scope.method)
    function = match.func
    if view is not None and (_view_class(function) or _is_nameless(function)):
        return _of_view(view, scope.method)
    return _of_class(function, scope.method) or _of_admin(function) or _of_function(function)


def _view_class(function: Any) -> Any:
    return getattr(function, "view_class", None) or getattr(function, "cls", None)


def _is_nameless(function: Any) -> bool:
    """Tell a wrapper that a decorator left without the name of what it wraps."""
    return "<locals>" in getattr(function, "__qualname__", "")


def _of_view(view: Any, method: str) -> str:
    cls = type(view)
    if cls.__qualname__ == "WrappedAPIView":  # DRF's @api_view: a function in a class's clothes
        return f"{cls.__module__}.{cls.__name__}"
    if getattr(view, "action_map", None) is not None:
        return _dotted(cls, getattr(view, "action", None) or _NOT_ALLOWED)
    return _dotted(cls, _method(cls, method))


def _of_class(function: Any, method: str) -> str:
    """Name a class-based view that was resolved and never ran, since something answered before it."""
    cls = _view_class(function)
    if cls is None:
        return ""
    if cls.__qualname__ == "WrappedAPIView":
        return f"{cls.__module__}.{cls.__name__}"
    mapped = getattr(function, "actions", None)
    if mapped:
        return _dotted(cls, mapped.get(method.lower(), _NOT_ALLOWED))
    return _dotted(cls, _method(cls, method))


def _method(cls: Any, method: str) -> str:
    """HEAD goes with its GET, unless the class answers it itself."""
    name = method.lower()
    if name == "head" and not hasattr(cls, "head"):
        name = "get"
    return name if hasattr(cls, name) else _NOT_ALLOWED


def _of_admin(function: Any) -> str:
    """Name an admin view by its ModelAdmin, and by its model where the class serves several."""
    admin = getattr(function, "model_admin", None)
    if admin is None:
        return ""
    cls = type(admin)
    serves = [other for other in admin.admin_site._registry.values() if type(other) is cls]
    is_shared = len(serves) > 1 or cls.__module__.startswith("django.")
    model = f"[{admin.model._meta.label}]" if is_shared else ""
    return f"{cls.__module__}.{cls.__qualname__}{model}.{function.__name__}"


def _of_function(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}".replace(".<locals>", "")


def _dotted(cls: Any, action: str) -> str:
    return f"{cls.__module__}.{cls.__qualname__}.{action}"


def _without_view(request: Any, method: str) -> str:
    """Name what ran no view: an unknown path apart from a middleware that answered."""
    method = "GET" if method == "HEAD" else method
    try:
        resolve(request.path_info, getattr(request, "urlconf", None))
    except Resolver404:
        return f"{method} (no route)"
    return f"{method} (answered by middleware)"
