"""What is kept of a request so that it can be made again: taken before Django has touched it."""

from __future__ import annotations

import io
import threading
from types import MethodType
from typing import TYPE_CHECKING, Any

from django.core.handlers.wsgi import WSGIRequest

if TYPE_CHECKING:
    from collections.abc import Callable

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Witness:
    """A request that may be made again; holds what it was made of and, once there, its response.

    Only made in runs that replay: it keeps the response until the test ends.
    """

    def __init__(self, request: Any, issue: Callable[[Any], Any]) -> None:
        self._issue = issue
        self._class = type(request)
        self._environ = dict(getattr(request, "environ", None) or {})
        self._attributes = dict(request.__dict__) if hasattr(request, "__dict__") else {}
        self.method = getattr(request, "method", "")
        self.path = getattr(request, "path", "")
        self.thread = threading.get_ident()
        self.response: Any = None

    @property
    def is_safe(self) -> bool:
        """Tell whether its method promises to change nothing."""
        return self.method in SAFE

    @property
    def is_rendered(self) -> bool:
        """Tell whether the test has seen the body: a view called directly leaves that to it."""
        return getattr(self.response, "is_rendered", True)

    @property
    def refusal(self) -> str:
        """Say why it cannot be made again; empty where it can."""
        if not issubclass(self._class, WSGIRequest):
            return "only requests of Django's synchronous test clients and factories are made again so far"
        if self._environ.get("CONTENT_LENGTH") not in {None, "", "0", 0}:
            return "it has a body"
        if self.thread != threading.get_ident():
            return "it ran in another thread, as under a live server"
        return ""

    def issue(self) -> tuple[Any, Any]:
        """Make it again; returns the new request and its response."""
        request = self._class({**self._environ, "wsgi.input": io.BytesIO()})
        for name, value in self._attributes.items():
            if name not in request.__dict__:  # what a client or the test has put on it: a user, a session
                setattr(request, name, value)
        return request, self._issue(request)


def of_handler(handler: Any, original: Callable[[Any, Any], Any], request: Any) -> Witness:
    """Keep a request that a handler is about to answer."""
    return Witness(request, lambda again: original(handler, again))


def of_view(view: Any, request: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Witness:
    """Keep a request that a view is about to answer, without any handler."""
    cls, attributes = type(view), dict(view.__dict__)

    def issue(again: Any) -> Any:
        fresh: Any = object.__new__(cls)
        for name, value in attributes.items():
            if isinstance(value, MethodType) and value.__self__ is view:
                value = MethodType(value.__func__, fresh)  # noqa: PLW2901 - an action bound by `as_view`
            setattr(fresh, name, again if value is request else value)
        return fresh.dispatch(again, *args, **kwargs)

    return Witness(request, issue)
