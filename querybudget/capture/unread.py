"""Whether rows that `len()` or a truth test loaded were read afterwards, by anybody.

A queryset hands out its rows in a few methods only; each is wrapped while recording, and an evaluation
is held against it until one of them is called.
"""

from __future__ import annotations

import functools
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models.query import QuerySet

from querybudget.records import OriginKind, Unread

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from querybudget.capture.patching import Patches
    from querybudget.capture.scopes import RawEvent, Scope

_FETCHES = QuerySet._fetch_all.__code__
_GETS = QuerySet.get.__code__
_OWN = str(Path(__file__).parents[1])
_TESTS = {id(QuerySet.__len__.__code__): Unread.COUNTED, id(QuerySet.__bool__.__code__): Unread.TESTED}
LISTS = frozenset({OriginKind.ITERATION, OriginKind.RELATION})

# What hands out rows that are there already; `count()` and `exists()` do not.
READING = ("__iter__", "__aiter__", "__getitem__", "contains", "__getstate__")

_held: dict[int, tuple[weakref.ref[Any], RawEvent, Scope]] = {}
"""By `id`, the querysets nobody has read yet; each leaves with its queryset."""


def watch(patches: Patches) -> None:
    """Put the hooks in place; `patches` takes them out again."""
    for name in READING:
        patches.replace(QuerySet, name, _reading)


def note(frame: FrameType | None, event: RawEvent, scope: Scope) -> None:
    """Hold a query of a kind of `LISTS` against its queryset, where only `len()` or a truth test asked."""
    while frame is not None and frame.f_code is not _FETCHES:
        if frame.f_code is event.code or frame.f_code is event.test_code:
            return  # an `iterator()`: no queryset keeps its rows
        frame = frame.f_back
    asking = frame.f_back if frame is not None else None
    while asking is not None and asking.f_code.co_filename.startswith(_OWN):
        asking = asking.f_back  # a replay looks at evaluations
    unread = _TESTS.get(id(asking.f_code)) if asking is not None else None
    if asking is None or unread is None or (asking.f_back and asking.f_back.f_code is _GETS):
        return
    queryset = asking.f_locals["self"]
    event.unread = unread
    key = id(queryset)
    _held[key] = weakref.ref(queryset, lambda _: _held.pop(key, None)), event, scope


def _reading(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def read(queryset: Any, *args: Any) -> Any:
        __tracebackhide__ = True
        if _held:
            _, event, scope = _held.pop(id(queryset), (None, None, None))
            if event is not None and scope is not None:
                event.unread = None
                scope.n_read += 1
        return original(queryset, *args)

    return read
