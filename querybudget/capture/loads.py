"""Which load an object came from: each row of a watched queryset carries a number.

(model, key) cannot tell it, since the same row may be loaded twice. The one hook for it replaces
`ModelIterable.__iter__` and `RawModelIterable.__iter__` while recording; outside a request or block
it hands out Django's own generator.
"""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models.query import ModelIterable, RawModelIterable, RawQuerySet

from querybudget.capture import origin
from querybudget.capture.origin import TAG
from querybudget.capture.ranks import RANK
from querybudget.capture.scopes import ROW_BITS, RawLoad
from querybudget.records import OriginKind
from querybudget.session import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from querybudget.capture.patching import Patches
    from querybudget.capture.scopes import RawEvent

# Never used twice: a cached object may outlive its request, or come from another process.
_bases = itertools.count((secrets.randbelow(2**40) + 1) << ROW_BITS, 1 << ROW_BITS)


def watch(patches: Patches) -> None:
    """Put the hook in place; `patches` takes it out again."""
    patches.replace(ModelIterable, "__iter__", _watched)
    patches.replace(RawModelIterable, "__iter__", _watched_raw)
    if apps.is_installed("django.contrib.contenttypes"):
        # Only importable then.
        from django.contrib.contenttypes.fields import ReverseGenericManyToOneDescriptor  # noqa: PLC0415

        patches.replace(ReverseGenericManyToOneDescriptor, "__get__", _hinting)


class Hints(dict[str, Any]):
    """The hints of a queryset, with the object it was asked of where Django does not say it.

    An entry would reach the project's database routers; an attribute does not. Always true, since an
    empty dictionary would be replaced by a new one.
    """

    asker: Any = None

    def __bool__(self) -> bool:
        return True


def _hinting(original: Callable[..., Any]) -> Callable[..., Any]:
    """Let the manager of a generic relation name its object, as all other related managers do."""

    def get(descriptor: Any, instance: Any, cls: Any = None) -> Any:
        manager = original(descriptor, instance, cls)
        if instance is not None and current.get():
            manager._hints = Hints(manager._hints)
            manager._hints.asker = instance
        return manager

    return get


def _watched(  # noqa: C901 - what is read of a query once a load: a call would cost as much
    original: Callable[[Any], Iterator[Any]],
) -> Callable[[Any], Iterator[Any]]:
    def iterate(iterable: Any) -> Iterator[Any]:  # noqa: C901 - likewise
        if not current.get():
            return original(iterable)
        queryset = iterable.queryset
        query = queryset.query
        load = RawLoad()
        load.base = next(_bases)
        load.model = queryset.model
        load.queryset = queryset
        load.deferred = query.deferred_loading
        if query.combinator:
            load.is_combined = True
        if query.high_mark is None:
            if not iterable.chunked_fetch:
                load.is_unlimited = True
        elif query.high_mark == query.low_mark + 1:
            load.is_limited_to_one = True
        if query.select_for_update:
            load.is_locking = True
        if len(query.alias_map) > 1:
            load.is_multiplied = _is_multiplied(query)
        if query.select_related:
            load.known = {field.name for field in queryset._known_related_objects}
        return tagged_rows(original(iterable), load)

    return iterate


def _watched_raw(original: Callable[[Any], Iterator[Any]]) -> Callable[[Any], Iterator[Any]]:
    """Wrap the rows of a raw query, which has nothing else to say."""

    def iterate(iterable: Any) -> Iterator[Any]:
        if not current.get():
            return original(iterable)
        load = _new_load(iterable.queryset.model)
        load.queryset = iterable.queryset
        return tagged_rows(original(iterable), load)

    return iterate


def tagged_rows(rows: Iterator[Any], load: RawLoad, instance: Any = None) -> Iterator[Any]:
    """Yield the rows as they come, each with its number; joined objects get one of their own.

    The recorder recognises this frame by its name and reads `load` from it. That copies all of its
    variables, so it has few, and all have a value from the start: CPython 3.11 and 3.12 raise and catch a
    `KeyError` for any other. Nobody passes `instance`.
    """
    for instance in rows:  # noqa: PLR1704 - see above
        load.n_rows += 1
        instance._state.querybudget_tag = load.base + load.n_rows
        if load.known is not None:
            _tag_joined(instance, load, load.known)
        yield instance


def note_rows(frame: FrameType, event: RawEvent) -> None:
    """Link the query to the load it makes: the frame is our own generator around its rows."""
    load = frame.f_locals["load"]
    queryset = load.queryset
    if queryset is None:
        # Its own query has run: this one is asked by the row in the making, as by a signal handler.
        if event.relation is not None and not event.asker:
            event.asker = load.base + load.n_rows + 1
            event.is_in_making = True
        return
    load.queryset = None
    event.load = load
    if not event.rank:
        event.kind = _RAW if isinstance(queryset, RawQuerySet) else _ITERATION
        event.rank = _RANK
        if queryset._hints:
            origin.note_queryset(event, queryset)
        else:  # the same, without a call
            event.model = load.model
            event.queryset = queryset


# CPython 3.11 asks a function of Python's for a member of an enumeration.
_ITERATION, _RAW = OriginKind.ITERATION, OriginKind.RAW
_RANK = RANK[OriginKind.ITERATION]


def _is_multiplied(query: Any) -> bool:
    """Tell whether a join reaches many rows for one, each of which an aggregate would count."""
    return any(
        query.alias_refcount[alias] and getattr(getattr(join, "join_field", None), "one_to_many", False)
        for alias, join in query.alias_map.items()
    )


def _new_load(model: Any) -> RawLoad:
    load = RawLoad()
    load.base = next(_bases)
    load.model = model
    return load


def _tag_joined(instance: Any, load: RawLoad, known: set[str]) -> None:
    """Give a number to the objects that `select_related` built with this row; what has one keeps it."""
    for name, joined in instance._state.fields_cache.items():
        if joined is None or name in known or TAG in joined._state.__dict__:
            continue
        branch = _branch(load, name, type(joined))
        branch.n_rows += 1
        setattr(joined._state, TAG, branch.base + load.n_rows)
        _tag_joined(joined, branch, set())


def _branch(load: RawLoad, name: str, model: Any) -> RawLoad:
    if load.joined is None:
        load.joined = {}
    branch = load.joined.get(name)
    if branch is None:
        branch = load.joined[name] = _new_load(model)
        branch.parent, branch.name = load, name
    return branch
