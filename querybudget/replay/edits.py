"""One change to one queryset, made where it is evaluated and taken back afterwards."""

from __future__ import annotations

import dataclasses
import re
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models.constants import LOOKUP_SEP
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    NamedValuesListIterable,
    QuerySet,
    ValuesIterable,
    ValuesListIterable,
)

from querybudget.capture import evidence, origin, relations, walk
from querybudget.capture.patching import Patches
from querybudget.capture.scopes import RawEvent
from querybudget.records import OriginKind
from querybudget.replay import answered, written
from querybudget.session import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    from querybudget.capture.witness import Witness
    from querybudget.finding import Finding
    from querybudget.records import Load, Place
    from querybudget.replay.writes import Writes

    Change = Callable[[Any], Any]
    See = Callable[[Any, "Target"], None]
    Saw = Callable[[Any, "Target", list[Any]], None]


OBJECTS: frozenset[Any] = frozenset({ModelIterable})
"""Rows that are model objects."""
ANYTHING: frozenset[Any] = OBJECTS | {
    FlatValuesListIterable,
    NamedValuesListIterable,
    ValuesIterable,
    ValuesListIterable,
}
"""Those, and rows of values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """By what a queryset is known again when the request is made again: of which model, evaluated where."""

    model: str
    place: Place | None
    relation: str = ""
    """By which relation its rows are reached; empty for a queryset that begins by itself."""
    is_single: bool = False
    """Whether it asks for one object."""
    back: str = dataclasses.field(default="", compare=False)
    """The foreign key of its own rows by which they are reached; empty where none is."""
    is_of_prefetch: bool = dataclasses.field(default=False, compare=False)
    """Whether Django makes it anew for a prefetch, and asks it for its own prefetches again afterwards."""

    def __str__(self) -> str:
        if self.place is not None:
            return f"at {self.place.path}:{self.place.line}"
        return f"of the view's queryset of {self.model.rpartition('.')[2]}"

    @classmethod
    def of(cls, load: Load) -> Target:
        """Return that of a recorded load."""
        relation = "" if load.is_inferred else str(load.step or "")
        return cls(model=load.model, place=load.place, relation=relation, is_single=load.is_single)


_TOO = re.compile(r'load "([\w]+)" too \(name it in only\(\), or take it out of defer\(\)\)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A printed fix: what it does to a queryset, and what its rows then answer by themselves."""

    target: Target
    change: Change
    brought: answered.Brought | None = None
    """What it gives each row; None where no query of the code is answered by it."""
    asking: answered.Asking = (None, "")
    """Who asks for what the rows are given."""

    def prepare(self, witness: Witness) -> None:
        """Nothing has to be known before."""

    @contextmanager
    def made(self, _writes: Writes) -> Iterator[None]:
        """Let the queryset be changed, and its rows be asked instead of the database."""
        with ExitStack() as stack:
            stack.enter_context(applied(self.target, self.change))
            if self.brought is not None:
                stack.enter_context(answered.from_rows(self.brought, self.asking))
            yield


def edit_of(finding: Finding, load: Load) -> Edit:
    """Read the fix of a finding as it is printed.

    Raises:
        NotApplicable: where it has to be filled in, or more than a queryset has to be changed.

    """
    edit, target = finding.fix.edit if finding.fix else "", Target.of(load)
    too = _TOO.fullmatch(edit)
    if too:
        return Edit(target=target, change=lambda queryset: _with_column(queryset, too[1]))
    model = apps.get_model(load.model)
    change, call = written.read(edit, model)
    brought = answered.brought(call)
    if (
        brought is not None
        and brought.columns
        and not _tell_rows(brought.columns, change(model._base_manager.all()))
    ):
        raise written.NotApplicable(written.CODE_TOO)
    return Edit(
        target=target,
        change=change,
        brought=brought,
        asking=answered.asking(finding.call_site, finding.field),
    )


def _tell_rows(columns: Mapping[str, str], annotated: Any) -> bool:
    """Tell whether each annotation is a column of another row that is NULL only where there is none."""
    for name, column in columns.items():
        found = annotated.query.annotations[name]
        # From Django 6.1 on a subquery is resolved to its query.
        if _may_be_null(getattr(found, "query", found).model, column):
            return False
    return True


def _may_be_null(model: Any, path: str) -> bool:
    for name in path.split(LOOKUP_SEP):
        field = next(each for each in model._meta.concrete_fields if name in {each.name, each.attname})
        if field.null:
            return True
        model = field.related_model
    return False


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
def evaluations(
    before: See | None = None, after: Saw | None = None, *, rows: frozenset[Any] = OBJECTS
) -> Iterator[None]:
    """Show each evaluation of a queryset of many rows, before and after these are there.

    Args:
        before: sees and may change a queryset.
        after: sees it with its rows.
        rows: of which kinds of rows: by the class that iterates over them.

    What `before` does to the queryset is taken back: it may belong to a class, and outlive the request.

    """
    patches = Patches()
    patches.replace(QuerySet, "_fetch_all", lambda original: _fetching(original, before, after, rows))
    patches.replace(QuerySet, "_iterator", lambda original: _iterating(original, before, after, rows))
    try:
        yield
    finally:
        patches.undo()


def _fetching(
    original: Callable[..., None], before: See | None, after: Saw | None, rows: frozenset[Any]
) -> Callable[..., None]:
    def fetch(queryset: Any) -> None:
        is_new = queryset._result_cache is None and queryset._iterable_class in rows
        target = _target(queryset, sys._getframe(1)) if is_new else None
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
            queryset.query = kept[0]
            if not target.is_of_prefetch:
                queryset._prefetch_related_lookups = kept[1]
            queryset._prefetch_done = True  # else the next look at it would prefetch what was left out
        if after is not None:
            after(queryset, target, queryset._result_cache)

    return fetch


def _iterating(
    original: Callable[..., Any], before: See | None, after: Saw | None, rows: frozenset[Any]
) -> Callable[..., Any]:
    """Look when the first row is asked for: only then is there a line that evaluates the queryset."""

    def iterate(queryset: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        target = _target(queryset, sys._getframe(1)) if queryset._iterable_class in rows else None
        if target is None:
            yield from original(queryset, *args, **kwargs)
            return
        edited, taken = queryset._chain(), []
        if before is not None:
            with _aside():
                before(edited, target)
        try:
            for row in original(edited, *args, **kwargs):
                taken.append(row)
                yield row
        finally:
            if after is not None:
                after(queryset, target, taken)

    return iterate


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
    """Name a queryset that is about to be evaluated inside a request; None outside of one."""
    if not current.get():
        return None
    event = RawEvent()
    event.sql = ""
    walk.look(frame, event)
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
        is_of_prefetch=bool(event.step),
    )
