"""What is kept of a request so that it can be made again: taken before Django has touched it."""

from __future__ import annotations

import io
import json
import threading
import time
from contextlib import contextmanager
from types import MethodType
from typing import TYPE_CHECKING, Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import LimitedStream, WSGIRequest

from querybudget.capture import actions
from querybudget.capture.moments import Moment
from querybudget.capture.surroundings import Surroundings
from querybudget.session import current

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

MAX_BODY = 1_000_000
"""Bytes of a body that are kept."""


class Witness:
    """A request that may be made again; holds what it was made of and, once there, its response.

    Only made in runs that replay: it keeps the response until the test ends.
    """

    def __init__(
        self,
        request: Any,
        issue: Callable[[Any], Any],
        methods: Collection[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issue = issue
        self._class = type(request)
        self._environ = dict(getattr(request, "scope" if self._is_asynchronous else "environ", None) or {})
        self.method = getattr(request, "method", "")
        self.path = getattr(request, "path", "")
        self.query_string = _text(self._environ.get("QUERY_STRING") or self._environ.get("query_string", ""))
        self._surroundings = Surroundings()
        self.thread = threading.get_ident()
        self.response: Any = None
        self.began = self.ended = clock()
        """When it was made and answered, in seconds of the epoch."""
        self.is_wanted = self.method in SAFE or self.method in methods
        """Whether its method promises to change nothing, or configuration wants it all the same."""
        self._body: bytes | None = b""
        if self.is_wanted:
            self._body = _taken_body(request)
        self._attributes = dict(getattr(request, "__dict__", {}))
        self.before = Moment.now() if self.is_wanted and self._is_writing else None
        """The state before it; None where it should change none, or that cannot be told."""

    def note_response(self, response: Any, clock: Callable[[], float] = time.time) -> None:
        """Keep what it was answered."""
        self.response, self.ended = response, clock()

    @property
    def _is_writing(self) -> bool:
        return self.method not in SAFE and not self._is_asynchronous  # whose connections are another thread's

    @property
    def _is_asynchronous(self) -> bool:
        return issubclass(self._class, ASGIRequest)

    @property
    def is_rendered(self) -> bool:
        """Tell whether the test has seen the body: a view called directly leaves that to it."""
        return getattr(self.response, "is_rendered", True)

    @property
    def refusal(self) -> str:
        """Say why it cannot be made again; empty where it can."""
        if not issubclass(self._class, WSGIRequest | ASGIRequest):
            return f"it is a {self._class.__name__}, which only its test knows how to make"
        if self._body is None:
            return "its body is streamed, or too long to be kept"
        if not self._is_asynchronous and self.thread != threading.get_ident():
            return "it ran in another thread, as under a live server"
        return self._surroundings.gone()

    def answered_keys(self) -> frozenset[tuple[str, bool]]:
        """Return the keys in the JSON of its answer, at any depth, with whether a value stands there.

        Both, where it does in some rows only; none for any other answer. What is empty everywhere shows
        nothing of an eager load for it.
        """
        try:
            return frozenset(_keys_in(json.loads(self.response.content)))
        except (AttributeError, ValueError, RecursionError):
            return frozenset()

    @contextmanager
    def sending(self, keys: Collection[Any], more: Sequence[Any]) -> Iterator[None]:
        """Send more keys where the JSON of the body lists some; any other body stays as it is."""
        kept = self._body
        self._body = _with_more(kept or b"", set(map(str, keys)), more)
        try:
            yield
        finally:
            self._body = kept

    def sends(self, keys: Collection[Any]) -> bool:
        """Tell whether the body lists keys, and only such."""
        return _with_more(self._body or b"", set(map(str, keys)), [""]) != (self._body or b"")

    def issue(self) -> tuple[Any, Any]:
        """Make it again; returns the new request and its response, or what it awaits."""
        stream = io.BytesIO(self._body or b"")
        length = str(len(self._body or b"")) if self._body else self._environ.get("CONTENT_LENGTH", "")
        if self._is_asynchronous:
            request = self._class(dict(self._environ), stream)
        else:
            request = self._class({**self._environ, "wsgi.input": stream, "CONTENT_LENGTH": length})
        for name, value in self._attributes.items():
            if name not in request.__dict__:  # what a client or the test has put on it: a user, a session
                setattr(request, name, value)
        return request, self._issue(request)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _keys_in(part: Any) -> Iterator[tuple[str, bool]]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield key, value not in _EMPTY
            yield from _keys_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from _keys_in(value)


_EMPTY: tuple[Any, ...] = (None, "", [], {})


def _with_more(body: bytes, keys: set[str], more: Sequence[Any]) -> bytes:
    """Return a JSON body with more keys in each list that holds some and nothing else."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    before = json.dumps(document)
    _lengthen(document, keys, more)
    after = json.dumps(document, default=str)
    return body if before == after else after.encode()


def _lengthen(part: Any, keys: set[str], more: Sequence[Any]) -> None:
    if isinstance(part, dict):
        for value in part.values():
            _lengthen(value, keys, more)
    elif isinstance(part, list) and part and {str(each) for each in part} <= keys:
        part += more
    elif isinstance(part, list):
        for value in part:
            _lengthen(value, keys, more)


def _taken_body(request: Any) -> bytes | None:
    """Read the body and give the request another stream of the same; None where that cannot be done."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except (AttributeError, ValueError):
        return None
    if not length:
        return b""
    if length > MAX_BODY or getattr(request, "_read_started", True):
        return None
    body: bytes = request._stream.read()
    request._stream = LimitedStream(io.BytesIO(body), len(body))
    return body


def of_handler(
    handler: Any, original: Callable[[Any, Any], Any], request: Any, methods: Collection[str]
) -> Witness:
    """Keep a request that a handler is about to answer."""
    return Witness(request, lambda again: original(handler, again), methods)


def of_view(
    view: Any, request: Any, args: tuple[Any, ...], kwargs: dict[str, Any], methods: Collection[str]
) -> Witness:
    """Keep a request that a view is about to answer, without any handler."""
    cls, attributes = type(view), dict(view.__dict__)

    def issue(again: Any) -> Any:
        fresh: Any = object.__new__(cls)
        for name, value in attributes.items():
            if isinstance(value, MethodType) and value.__self__ is view:
                value = MethodType(value.__func__, fresh)  # noqa: PLW2901 - an action bound by `as_view`
            setattr(fresh, name, again if value is request else value)
        actions.note_view(current.get(), fresh)
        return fresh.dispatch(again, *args, **kwargs)

    return Witness(request, issue, methods)
