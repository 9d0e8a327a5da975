"""Answers what is asked of each row from what an edit has brought with it, as the mended code would."""

from __future__ import annotations

import ast
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models.constants import LOOKUP_SEP
from django.db.models.query import QuerySet

from querybudget.capture import askers, evidence, walk
from querybudget.capture.patching import Patches
from querybudget.capture.scopes import RawEvent
from querybudget.session import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import FrameType

    from querybudget.records import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What an edit gives each row: attributes, each the answer to a query, or a column of what one finds."""

    names: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    """By attribute, the column of another row that it is; empty where attributes are answers themselves."""


def brought(call: ast.Call) -> Brought | None:
    """Read what an edit gives each row; None where it only loads what is asked for as ever."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if function == "annotate" and call.keywords and not call.args:
        named = {each.arg or "": each.value for each in call.keywords}
        columns = {name: column for name, of in named.items() if (column := _column(of))}
        return Brought(names=tuple(named), columns=columns)
    if function == "prefetch_related" and len(call.args) == 1 and isinstance(call.args[0], ast.Call):
        to = [each.value for each in call.args[0].keywords if each.arg == "to_attr"]
        return Brought(names=(str(to[0].value),)) if to and isinstance(to[0], ast.Constant) else None
    return None


def _column(of: ast.expr) -> str:
    """Return the column that a subquery brings of one row; empty for anything else."""
    match of:
        case ast.Call(
            func=ast.Name(id="Subquery"),
            args=[
                ast.Subscript(value=ast.Call(func=ast.Attribute(attr="values"), args=[ast.Constant(value)]))
            ],
        ):
            return str(value)
    return ""


@contextmanager
def from_rows(answers: Brought, by: Asking) -> Iterator[None]:
    """Let the queries of one line be answered by attributes of the row they are asked for.

    Args:
        answers: the attributes.
        by: who asks.

    """
    patches = Patches()
    answering = _Answering(answers, by)
    if answers.columns:
        patches.replace(QuerySet, "first", answering.in_place_of(answering.first_with_columns))
        patches.replace(QuerySet, "get", answering.in_place_of(answering.one_with_columns))
    else:
        patches.replace(QuerySet, "aggregate", answering.in_place_of(_aggregates))
        patches.replace(QuerySet, "count", answering.in_place_of(_only))
        patches.replace(QuerySet, "exists", answering.in_place_of(lambda *told: bool(_only(*told))))
        patches.replace(QuerySet, "first", answering.in_place_of(_first))
        patches.replace(QuerySet, "_fetch_all", answering.filling)
    try:
        yield
    finally:
        patches.undo()


Values = dict[str, Any]
"""The attributes of one row, by name."""


def _only(_queryset: Any, values: Values, _asked: Iterable[str]) -> Any:
    [value] = values.values()
    return value


def _first(queryset: Any, values: Values, asked: Iterable[str]) -> Any:
    found = _only(queryset, values, asked)
    return found[0] if found else None


def _aggregates(_queryset: Any, values: Values, asked: Iterable[str]) -> Values:
    return {name: values[name] for name in asked}


class _Answering:
    def __init__(self, answers: Brought, by: Asking) -> None:
        self._answers = answers
        self._asking = by

    def in_place_of(self, answer: Callable[[Any, Values, Iterable[str]], Any]) -> Callable[[Any], Any]:
        """Answer instead of a method, from the attributes and the names it is asked by."""

        def replace(original: Callable[..., Any]) -> Callable[..., Any]:
            def ask(queryset: Any, *args: Any, **kwargs: Any) -> Any:
                values = self._values(queryset, sys._getframe(1))
                return (
                    original(queryset, *args, **kwargs)
                    if values is None
                    else answer(queryset, values, kwargs)
                )

            return ask

        return replace

    def first_with_columns(self, queryset: Any, values: Values, _asked: Iterable[str]) -> Any:
        """Make the object whose columns a row has; none where these are NULL, which they are of no object."""
        if None in values.values():
            return None
        columns = {self._answers.columns[name]: value for name, value in values.items()}
        return _built(queryset.model, queryset.db, columns)

    def one_with_columns(self, queryset: Any, values: Values, asked: Iterable[str]) -> Any:
        """Make it for who asks for one that has to be there."""
        found = self.first_with_columns(queryset, values, asked)
        if found is None:
            raise queryset.model.DoesNotExist
        return found

    def filling(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        """Fill a queryset with the objects of a list that its row has."""

        def fetch(queryset: Any) -> None:
            if queryset._result_cache is None:
                values = self._values(queryset, sys._getframe(1))
                if values is not None and isinstance(found := next(iter(values.values())), list):
                    queryset._result_cache = list(found)
                    queryset._prefetch_done = True
                    return
            original(queryset)

        return fetch

    def _values(self, queryset: Any, frame: FrameType) -> Values | None:
        """Return the attributes of the row that a query at the line is asked for."""
        if asking_at(frame) != self._asking:
            return None
        asked = queryset._hints.get("instance")
        for row in [asked] if asked is not None else askers.held(frame):
            if row.__dict__.keys() >= {*self._answers.names}:
                return {name: row.__dict__[name] for name in self._answers.names}
        return None


def _built(model: Any, alias: str, columns: Values) -> Any:
    """Make an object of the columns that were brought of it, and of objects it points to (`shelf__name`)."""
    fields = [
        (each.attname, columns.get(each.name, columns.get(each.attname)))
        for each in model._meta.concrete_fields
        if columns.keys() & {each.name, each.attname}
    ]
    built = model.from_db(alias, [name for name, _ in fields], [value for _, value in fields])
    behind: dict[str, Values] = {}
    for path, value in columns.items():
        name, _, rest = path.partition(LOOKUP_SEP)
        if rest:
            behind.setdefault(name, {})[rest] = value
    for name, inner in behind.items():
        field = model._meta.get_field(name)
        field.set_cached_value(built, _built(field.related_model, alias, inner))
    return built


Asking = tuple[tuple[str, int] | None, str]
"""Who asks: a line (None where no code of the project stands there), and what is being made there."""


def asking(place: Place | None, field: str) -> Asking:
    """Return who asks at a place for a field."""
    return ((place.path, place.line) if place is not None else None), field


def asking_at(frame: FrameType) -> Asking | None:
    """Return who asks now; None outside of a request."""
    if not current.get():
        return None
    event = RawEvent()
    event.sql = ""
    walk.look(frame, event)
    return asking(*evidence.where(event))
