"""Answers what is asked of each row from what an edit has brought with it, as the mended code would."""

from __future__ import annotations

import ast
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db.models.query import QuerySet

from querybudget.capture import askers, evidence, walk
from querybudget.capture.patching import Patches
from querybudget.capture.scopes import RawEvent
from querybudget.session import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from querybudget.records import Place

_NOTHING = object()


def brought(call: ast.Call) -> str:
    """Name the attribute that an edit gives each row; empty where it gives none, or several."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if function == "annotate" and len(call.keywords) == 1 and not call.args:
        return call.keywords[0].arg or ""
    if function == "prefetch_related" and len(call.args) == 1 and isinstance(call.args[0], ast.Call):
        to = [each.value for each in call.args[0].keywords if each.arg == "to_attr"]
        return str(to[0].value) if to and isinstance(to[0], ast.Constant) else ""
    return ""


@contextmanager
def from_rows(name: str, place: Place | None, field: str) -> Iterator[None]:
    """Let the queries of one line be answered by an attribute of the row they are asked for.

    Args:
        name: the attribute.
        place: the line that asks; None where no code of the project stands there.
        field: then the field that asks.

    """
    patches = Patches()
    answer = _Answering(name, place, field)
    patches.replace(QuerySet, "count", answer.in_place_of(lambda value: value))
    patches.replace(QuerySet, "exists", answer.in_place_of(bool))
    patches.replace(QuerySet, "first", answer.in_place_of(lambda value: value[0] if value else None))
    patches.replace(QuerySet, "_fetch_all", answer.filling)
    try:
        yield
    finally:
        patches.undo()


class _Answering:
    def __init__(self, name: str, place: Place | None, field: str) -> None:
        self._name = name
        self._asking = _line(place), field

    def in_place_of(self, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Answer instead of a method, with what `read` makes of the attribute."""

        def replace(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
            def ask(queryset: Any) -> Any:
                value = self._value(queryset, sys._getframe(1))
                return original(queryset) if value is _NOTHING else read(value)

            return ask

        return replace

    def filling(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        """Fill a queryset with the objects of a list that its row has."""

        def fetch(queryset: Any) -> None:
            if queryset._result_cache is None:
                value = self._value(queryset, sys._getframe(1))
                if isinstance(value, list):
                    queryset._result_cache = list(value)
                    queryset._prefetch_done = True
                    return
            original(queryset)

        return fetch

    def _value(self, queryset: Any, frame: FrameType) -> Any:
        """Return the attribute of the row that a query at the line is asked for."""
        if not current.get():
            return _NOTHING
        event = RawEvent()
        event.sql = ""
        walk.look(frame, event)
        place, field = evidence.where(event)
        if (_line(place), field) != self._asking:
            return _NOTHING
        asked = queryset._hints.get("instance")
        rows = [asked] if asked is not None else askers.held(frame)
        return next((each.__dict__[self._name] for each in rows if self._name in each.__dict__), _NOTHING)


def _line(place: Place | None) -> tuple[str, int] | None:
    return (place.path, place.line) if place is not None else None
