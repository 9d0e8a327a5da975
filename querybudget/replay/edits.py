"""One change to one queryset, made where it is evaluated and taken back afterwards."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models.query import ModelIterable, QuerySet

from querybudget.capture import callsite, evidence, origin, relations
from querybudget.capture.patching import Patches
from querybudget.capture.scopes import RawEvent
from querybudget.records import OriginKind
from querybudget.session import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from querybudget.records import Load, Place

    Change = Callable[[Any], Any]
    See = Callable[[Any, "Target"], None]
    Saw = Callable[[Any, "Target", list[Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """By what a queryset is known again when the request is made again: of which model, evaluated where."""

    model: str
    place: Place | None
    relation: str = ""
    """By which relation its rows are reached; empty for a queryset that begins by itself."""
    is_single: bool = False
    """Whether it asks for one object."""
    back: str = field(default="", compare=False)
    """The foreign key of its own rows by which they are reached; empty where none is."""

    @classmethod
    def of(cls, load: Load) -> Target:
        """Return that of a recorded load."""
        relation = "" if load.is_inferred else str(load.step or "")
        return cls(model=load.model, place=load.place, relation=relation, is_single=load.is_single)


class NotApplicable(Exception):  # noqa: N818 - no error: an edit that only the project's code can carry out
    """An edit cannot be tried by changing a queryset alone; says why."""


_EAGER = re.compile(r"(select_related|prefetch_related)\(([^()]*)\)")
_TOO = re.compile(r'load "([\w]+)" too \(name it in only\(\), or take it out of defer\(\)\)')
_NAME = re.compile(r'"(\w+)"')


def change_of(edit: str) -> Change:
    """Return what a printed edit does to a queryset.

    Raises:
        NotApplicable: for one that code must follow: an annotation that is read, rows by their keys.

    """
    eager = _EAGER.fullmatch(edit)
    if eager:
        names = _NAME.findall(eager[2])
        return lambda queryset: getattr(queryset, eager[1])(*names)
    too = _TOO.fullmatch(edit)
    if too:
        return lambda queryset: _with_column(queryset, too[1])
    raise NotApplicable("the code that asks has to be changed with it")


def _with_column(queryset: Any, name: str) -> Any:
    names, are_left_out = queryset.query.deferred_loading
    edited = queryset._chain()
    kept = names - {name} if are_left_out else {*names, name}
    edited.query.deferred_loading = frozenset(kept), are_left_out
    return edited


@contextmanager
def applied(target: Target, change: Change) -> Iterator[None]:
    """Change each queryset that is the target when it is evaluated."""

    def edit(queryset: Any, found: Target) -> None:
        if found == target:
            edited = change(queryset)
            queryset.query = edited.query
            queryset._prefetch_related_lookups = edited._prefetch_related_lookups

    with evaluations(edit):
        yield


@contextmanager
def evaluations(before: See | None = None, after: Saw | None = None) -> Iterator[None]:
    """Show each evaluation of a queryset of many model objects, before and after its rows are there.

    What `before` does to the queryset is taken back: it may belong to a class, and outlive the request.
    """
    patches = Patches()
    patches.replace(QuerySet, "_fetch_all", lambda original: _fetching(original, before, after))
    patches.replace(QuerySet, "_iterator", lambda original: _iterating(original, before, after))
    try:
        yield
    finally:
        patches.undo()


def _fetching(original: Callable[..., None], before: See | None, after: Saw | None) -> Callable[..., None]:
    def fetch(queryset: Any) -> None:
        target = _target(queryset, sys._getframe(1)) if queryset._result_cache is None else None
        if target is None:
            original(queryset)
            return
        kept = queryset.query, queryset._prefetch_related_lookups
        try:
            with _aside():
                if before is not None:
                    before(queryset, target)
            original(queryset)
        finally:
            queryset.query, queryset._prefetch_related_lookups = kept
        if after is not None:
            after(queryset, target, queryset._result_cache)

    return fetch


def _iterating(original: Callable[..., Any], before: See | None, after: Saw | None) -> Callable[..., Any]:
    def iterate(queryset: Any, *args: Any, **kwargs: Any) -> Any:
        target = _target(queryset, sys._getframe(1))
        if target is None:
            return original(queryset, *args, **kwargs)
        edited = queryset._chain()
        if before is not None:
            with _aside():
                before(edited, target)
        rows = original(edited, *args, **kwargs)
        return rows if after is None else _shown(rows, queryset, target, after)

    return iterate


def _shown(rows: Iterator[Any], queryset: Any, target: Target, after: Saw) -> Iterator[Any]:
    """Hand rows on one by one, and show those that somebody took."""
    taken = []
    try:
        for row in rows:
            taken.append(row)
            yield row
    finally:
        after(queryset, target, taken)


@contextmanager
def _aside() -> Iterator[None]:
    """Let what somebody asks while looking at a queryset be nobody's query."""
    token = current.set(False)
    try:
        yield
    finally:
        current.reset(token)


_ONE = frozenset({OriginKind.GET, OriginKind.FIRST, OriginKind.REFRESH, OriginKind.DEFERRED})


def _target(queryset: Any, frame: FrameType) -> Target | None:
    """Name a queryset that is about to be evaluated inside a request; None for one without objects."""
    if not current.get() or queryset._iterable_class is not ModelIterable:
        return None
    event = RawEvent()
    event.sql = ""
    callsite.look(frame, event)
    if event.relation is None:
        event.kind = event.kind or OriginKind.ITERATION
        origin.note_queryset(event, queryset)
    step = relations.describe(*event.relation) if event.relation is not None else None
    is_of_one = event.kind is OriginKind.RELATION and step is not None and not evidence.reaches_many(step)
    return Target(
        model=queryset.model._meta.label,
        place=evidence.place_of_event(event),
        relation=str(step or ""),
        is_single=event.kind in _ONE or is_of_one,
        back=step.back if step is not None and not step.through else "",
    )
