"""What inside Django asked for a query, read from the locals of Django's own frames.

Every private name of Django and DRF that evidence rests on stands in the tables below, and a test
fails when one of them is gone upstream.
"""

from __future__ import annotations

import functools
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import VERSION
from django.db.models import Model
from django.db.models.query import QuerySet

from querybudget.capture import (
    correlation,
    narrowing,
    over_rows,
    phases,
    relations,
    rendering,
    serializer_levels,
)
from querybudget.capture.frames import BOUNDARY, END, THREAD
from querybudget.capture.ranks import RANK, raise_kind
from querybudget.records import OriginKind
from querybudget.relation import RelationKind
from querybudget.session import current

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from querybudget.capture.scopes import RawEvent

    Handler = Callable[[FrameType, RawEvent], None]

TAG = "querybudget_tag"
"""Attribute of `instance._state`: number of the load and row, as one integer."""


@functools.cache
def _aside(note: Handler) -> Handler:
    """Let whatever of the project runs while a handler looks (a property, a manager) be nobody's query.

    Around those handlers only that read what the project may have written: to set and reset a context
    variable costs as much as making the event.
    """

    @functools.wraps(note)
    def look(frame: FrameType, event: RawEvent) -> None:
        token = current.set(False)
        try:
            note(frame, event)
        finally:
            current.reset(token)

    return look


ALWAYS = max(RANK.values()) + 1
"""For a handler that is asked whatever is known; one with a `rank` only where that is higher."""


def tag_of(instance: Any) -> int:
    """Return the tag of an instance of a recorded load, 0 for any other; runs no query."""
    state = instance.__dict__.get("_state")
    return 0 if state is None else state.__dict__.get(TAG, 0)


def _verb(kind: OriginKind, *, of_model: bool = False) -> Handler:
    """Make the handler of a method whose `self` is a queryset, or a model with `of_model`."""
    rank = RANK[kind]

    def note(frame: FrameType, event: RawEvent) -> None:
        event.kind, event.rank = kind, rank
        if of_model:
            event.model = type(frame.f_locals["self"])
        elif event.model is None:
            note_queryset(event, frame.f_locals["self"])

    note.rank = rank  # type: ignore[attr-defined]  # the walk asks only where it is higher
    return note


def note_queryset(event: RawEvent, queryset: Any) -> None:
    """Note of which model a queryset is, and the relation where a related manager made it."""
    # Not by way of its `__dict__`: that makes one, which Django then reads more slowly than it did.
    event.model = queryset.model
    hints = queryset._hints
    if not hints:
        event.queryset = queryset
        return
    token = current.set(False)
    try:
        _note_hints(event, queryset, hints)
    finally:
        current.reset(token)


def _note_hints(event: RawEvent, queryset: Any, hints: Any) -> None:
    instance = hints.get("instance")  # never its truth: that may be the project's `__len__`
    if instance is None:
        instance = getattr(hints, "asker", None)
    if instance is None:
        return
    relation = relations.of_manager(queryset, instance)
    if relation is None:
        return
    event.relation = relation
    event.asker = tag_of(instance)
    event.is_defeated = relations.is_prefetched(instance, relation[0])
    if (
        event.kind is OriginKind.ITERATION
        and not event.is_defeated
        and relations.is_plain(queryset, instance, relation, event.sql)
    ):
        event.kind = OriginKind.RELATION  # at its rank: a prefetch asks like a manager
    else:
        event.narrowed = narrowing.narrowing(queryset, relation)


_note_aggregate = _verb(OriginKind.AGGREGATE)


@_aside
def _aggregate(frame: FrameType, event: RawEvent) -> None:
    """Note what a queryset is asked for: of expressions the project's code may be part."""
    _note_aggregate(frame, event)
    event.aggregates = correlation.aggregates_of(frame.f_locals["kwargs"])


_note_bulk = _verb(OriginKind.BULK)


def _bulk(frame: FrameType, event: RawEvent) -> None:
    """Note a bulk write, and whether it is one of a single object."""
    _note_bulk(frame, event)
    objects = frame.f_locals["objs"]
    event.is_of_one = isinstance(objects, list | tuple) and len(objects) == 1


_bulk.rank = RANK[OriginKind.BULK]  # type: ignore[attr-defined]  # the walk asks only where it is higher


@_aside
def _delete(frame: FrameType, event: RawEvent) -> None:
    """Note what is deleted: with what hangs on it, so that the outermost frame names the model."""
    if event.kind is not OriginKind.DELETE and not raise_kind(event, OriginKind.DELETE):
        return
    asked = frame.f_locals["self"]
    event.model = None
    if isinstance(asked, Model):
        event.model = type(asked)
    else:
        note_queryset(event, asked)


def _collected(_frame: FrameType, event: RawEvent) -> None:
    """Note what a deletion, or its confirmation in the admin, looks for by levels: what hangs on the rows."""
    raise_kind(event, OriginKind.DELETE)


@_aside
def _change(frame: FrameType, event: RawEvent) -> None:
    """Note what a many-to-many manager adds or takes away, and for which object."""
    if not raise_kind(event, OriginKind.RELATION_CHANGE):
        return
    manager = frame.f_locals["self"]
    event.model = manager.model
    event.relation = relations.named(type(manager.instance), manager.prefetch_cache_name)
    event.asker = tag_of(manager.instance)


@_aside
def _item(frame: FrameType, event: RawEvent) -> None:
    """Tell `queryset[0]`, which asks for one object, from a slice with a step."""
    if isinstance(frame.f_locals.get("k"), int):
        raise_kind(event, OriginKind.FIRST)


def _lazy(attribute: str, kind: RelationKind, argument: str = "instance") -> Handler:
    """Make the handler of a descriptor: `self.<attribute>` is the field, `argument` the object asked."""

    @_aside
    def note(frame: FrameType, event: RawEvent) -> None:
        if not raise_kind(event, OriginKind.RELATION):
            return
        names = frame.f_locals
        descriptor = names["self"]
        event.relation = (getattr(descriptor, attribute) if attribute else descriptor, kind)
        event.asker = tag_of(names[argument])

    return note


@_aside
def _deferred(frame: FrameType, event: RawEvent) -> None:
    if raise_kind(event, OriginKind.DEFERRED):
        names = frame.f_locals
        event.relation = (names["self"].field, RelationKind.DEFERRED)
        event.asker = tag_of(names["instance"])
        event.model = type(names["instance"])


@_aside
def _prefetch(frame: FrameType, event: RawEvent) -> None:
    """Note a batch for many objects; for a single one it is that object's lazy load by another name."""
    if not raise_kind(event, OriginKind.PREFETCH):
        return
    names = frame.f_locals
    instances, lookup, level = names["instances"], names["lookup"], names["level"]
    step = lookup.prefetch_through.split("__")[level]
    event.relation = relations.named(type(instances[0]), step)
    event.asker = tag_of(instances[0])
    event.step = (
        lookup.get_current_to_attr(level)[0]
        if names["level"] == lookup.prefetch_through.count("__")
        else step
    )
    if len(instances) == 1 and not _is_of_queryset(frame):
        event.kind = OriginKind.RELATION


_QUERYSETS_PREFETCH = frozenset(
    {id(QuerySet._prefetch_related_objects.__code__), id(QuerySet._iterator.__code__)}
)


def _is_of_queryset(frame: FrameType) -> bool:
    """Tell whether a queryset prefetches for its own rows, of which there happens to be one."""
    asking = frame.f_back and frame.f_back.f_back  # above `prefetch_related_objects`
    return asking is not None and id(asking.f_code) in _QUERYSETS_PREFETCH


def _dumped(frame: FrameType, event: RawEvent) -> None:
    """Note Django's own serializers, which ask for the keys of a relation unless it was prefetched."""
    if raise_kind(event, OriginKind.RELATION):
        names = frame.f_locals
        event.relation = relations.named(type(names["obj"]), names["field"].name)
        event.asker = tag_of(names["obj"])
        event.narrowed = ""


def _cache_fill(_frame: FrameType, event: RawEvent) -> None:
    raise_kind(event, OriginKind.CACHE_FILL)


_RENDERING = frozenset(map(_aside, rendering.HANDLERS))

# What the walk still wants to know once it has met the project's own code.
OUTER: set[Any] = {
    serializer_levels.note_level,
    serializer_levels.note_list,
    _cache_fill,
    *phases.HANDLERS,
    *_RENDERING,
}

_DESCRIPTORS = "db/models/fields/related_descriptors.py"
HAS_FETCH_MODES = VERSION >= (6, 1)

_MANY_TO_MANY = "create_forward_many_to_many_manager.<locals>.ManyRelatedManager"

_BY_FILE: dict[str, dict[str, Any]] = {
    "db/models/query.py": {
        "QuerySet._fetch_all": _verb(OriginKind.ITERATION),
        "QuerySet._iterator": _verb(OriginKind.ITERATION),
        "RawQuerySet._fetch_all": _verb(OriginKind.RAW),
        "RawQuerySet.iterator": _verb(OriginKind.RAW),
        "QuerySet.get": _verb(OriginKind.GET),
        "QuerySet.first": _verb(OriginKind.FIRST),
        "QuerySet.last": _verb(OriginKind.FIRST),
        "QuerySet._earliest": _verb(OriginKind.FIRST),
        "QuerySet.__getitem__": _item,
        "QuerySet.count": _verb(OriginKind.COUNT),
        "QuerySet.exists": _verb(OriginKind.EXISTS),
        "QuerySet.contains": _verb(OriginKind.EXISTS),
        "QuerySet.aggregate": _aggregate,
        "QuerySet.update": _verb(OriginKind.UPDATE),
        "QuerySet._update": _verb(OriginKind.UPDATE),
        "QuerySet.delete": _delete,
        "QuerySet._raw_delete": _delete,
        "QuerySet.bulk_create": _bulk,
        "QuerySet.bulk_update": _bulk,
        "prefetch_one_level": _prefetch,
    },
    "db/models/base.py": {
        "Model.save_base": _verb(OriginKind.SAVE, of_model=True),
        "Model.refresh_from_db": _verb(OriginKind.REFRESH, of_model=True),
        "Model.delete": _delete,
    },
    "db/models/deletion.py": {"Collector.collect": _collected},
    _DESCRIPTORS: {
        "ForwardManyToOneDescriptor.get_object": _lazy("field", RelationKind.FOREIGN_KEY),
        f"{_MANY_TO_MANY}._add_items": _change,
        f"{_MANY_TO_MANY}._remove_items": _change,
        f"{_MANY_TO_MANY}.set": _change,
        f"{_MANY_TO_MANY}.clear": _change,
    },
    "core/serializers/python.py": {"Serializer.handle_m2m_field": _dumped},
    "core/serializers/xml_serializer.py": {"Serializer.handle_m2m_field": _dumped},
    "contrib/contenttypes/models.py": {
        "ContentTypeManager.get_by_natural_key": _cache_fill,
        "ContentTypeManager.get_for_model": _cache_fill,
        "ContentTypeManager.get_for_models": _cache_fill,
        "ContentTypeManager.get_for_id": _cache_fill,
    },
    "contrib/sites/models.py": {
        "SiteManager._get_site_by_id": _cache_fill,
        "SiteManager._get_site_by_request": _cache_fill,
    },
    "core/handlers/base.py": {
        "BaseHandler._get_response": BOUNDARY,
        "BaseHandler._get_response_async": BOUNDARY,
    },
}

if HAS_FETCH_MODES:  # Django 6.1 moved the lazy load of one object into methods of its own
    _BY_FILE[_DESCRIPTORS]["ReverseOneToOneDescriptor.fetch_one"] = _lazy(
        "related", RelationKind.REVERSE_ONE_TO_ONE
    )
    _BY_FILE["db/models/query_utils.py"] = {"DeferredAttribute.fetch_one": _deferred}
    _BY_FILE["contrib/contenttypes/fields.py"] = {
        "GenericForeignKeyDescriptor.fetch_one": _lazy("field", RelationKind.GENERIC_FOREIGN_KEY)
    }
else:
    _BY_FILE[_DESCRIPTORS]["ReverseOneToOneDescriptor.__get__"] = _lazy(
        "related", RelationKind.REVERSE_ONE_TO_ONE
    )
    _BY_FILE["db/models/query_utils.py"] = {"DeferredAttribute.__get__": _deferred}
    _BY_FILE["contrib/contenttypes/fields.py"] = {
        "GenericForeignKey.__get__": _lazy("", RelationKind.GENERIC_FOREIGN_KEY)
    }

_RENDERED = {
    file: {name: _aside(note) for name, note in table.items()} for file, table in rendering.DJANGO.items()
}

_DRF: dict[str, dict[str, Any]] = {
    "serializers.py": {
        "Serializer.to_representation": serializer_levels.note_level,
        "ListSerializer.to_representation": serializer_levels.note_list,
    },
}


def _directory_of(package: str) -> str:
    """Return where a package lies, with a slash at its end; a name no file has where it is missing."""
    spec = find_spec(package)
    return f"{Path(spec.origin).parent.as_posix()}/" if spec and spec.origin else "<missing>"


def _merged(*tables: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    files = {file for table in tables for file in table}
    return {
        file: {name: note for table in tables for name, note in table.get(file, {}).items()}
        for file in sorted(files)
    }


_LIBRARIES: tuple[tuple[str, dict[str, dict[str, Any]]], ...] = (
    (_directory_of("django"), _merged(_BY_FILE, phases.DJANGO, over_rows.DJANGO, _RENDERED)),
    (_directory_of("rest_framework"), _merged(_DRF, phases.DRF, over_rows.DRF)),
    (_directory_of("asgiref"), {"sync.py": {"SyncToAsync.thread_handler": THREAD}}),
    (_directory_of("_pytest"), {"python.py": {"pytest_pyfunc_call": END}}),
    (_directory_of("unittest"), {"case.py": {"TestCase._callTestMethod": END}}),
)


def handler_of(path: str, qualname: str) -> Any:
    """Return what to do at a frame of Django or DRF; None where it tells nothing."""
    path = Path(path).as_posix()
    for directory, table in _LIBRARIES:
        if path.startswith(directory):
            return table.get(path.removeprefix(directory), {}).get(qualname)
    return None
