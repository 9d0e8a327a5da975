"""Holds back what a loop writes row by row, and writes it at once, as `bulk_create` in its place would."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import Model, signals
from django.db.models.query import QuerySet

from querybudget.capture.patching import Patches
from querybudget.replay import answered

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator

    from querybudget.replay.answered import Asking


_SIGNALS = "its bulk write would send no signals any more, and somebody listens to those of {}"
_UNDONE = "some of what it writes is undone before the loop is over"


@dataclass(slots=True, kw_only=True)
class _Batch:
    """What is held back of one line: to be written in one statement."""

    table: str
    write: Callable[[list[Any]], Any]
    rows: list[Any] = field(default_factory=list)


class Writes:
    """What lines write in one replay: held back until somebody may want to see it, or the request ends."""

    def __init__(self) -> None:
        self._lines: set[tuple[Asking, Any]] = set()
        self._batches: dict[Hashable, _Batch] = {}
        self.objections: set[str] = set()
        """Why the lines do not write what a bulk write would."""
        self.n_held = 0

    @contextmanager
    def of(self, asking: Asking, models: Iterable[Any]) -> Iterator[None]:
        """Hold back what a line writes of some models."""
        self._lines.update((asking, model) for model in models)
        yield

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold back what the lines write, in the order in which each began to."""
        if not self._lines:
            yield
            return
        patches = Patches()
        patches.replace(Model, "save", self._saving)
        patches.replace(QuerySet, "bulk_create", self._creating)
        with ExitStack() as stack:
            stack.callback(patches.undo)
            for connection in connections.all(initialized_only=True):
                stack.enter_context(connection.execute_wrapper(self._before_a_query))
            yield

    def flush(self) -> None:
        """Write all that is held back."""
        batches, self._batches = list(self._batches.values()), {}
        for batch in batches:
            batch.write(batch.rows)

    def _before_a_query(self, execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        names = (f"{mark}{each.table}{mark}" for each in self._batches.values() for mark in '"`')
        if any(name in sql for name in names):
            self.flush()
        elif self._batches and sql.startswith("ROLLBACK"):
            self.objections.add(_UNDONE)
            self.flush()
        return execute(sql, *args)

    def _saving(self, original: Callable[..., None]) -> Callable[..., None]:
        def save(instance: Any, *args: Any, **kwargs: Any) -> None:
            if (
                not args
                and self._is_meant(sys._getframe(1), type(instance))
                and self._is_silent(type(instance))
            ):
                self._hold(instance, kwargs.get("update_fields"))
                return
            if self._points_to_unwritten(instance):
                self.flush()
            original(instance, *args, **kwargs)

        return save

    def _creating(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def bulk_create(queryset: Any, objs: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._is_meant(sys._getframe(1), queryset.model):
                return original(queryset, objs, *args, **kwargs)
            rows = list(objs)
            key = queryset.model, repr((args, sorted(kwargs.items())))
            self._note(key, queryset.model, rows, lambda held: original(queryset, held, *args, **kwargs))
            return rows

        return bulk_create

    def _is_meant(self, frame: Any, model: Any) -> bool:
        asking = answered.asking_at(frame)
        return asking is not None and (asking, model) in self._lines

    def _is_silent(self, model: Any) -> bool:
        if any(each.has_listeners(model) for each in (signals.pre_save, signals.post_save)):
            self.objections.add(_SIGNALS.format(model.__name__))
            return False
        return True

    def _points_to_unwritten(self, instance: Any) -> bool:
        """Tell whether an instance is to point to a row that has no key yet."""
        rows = (each for batch in self._batches.values() for each in batch.rows)
        unwritten = {id(each) for each in rows if each.pk is None}
        return not unwritten.isdisjoint(map(id, instance._state.fields_cache.values()))

    def _hold(self, instance: Any, update_fields: Collection[str] | None) -> None:
        model, manager = type(instance), type(instance)._base_manager
        if instance._state.adding:
            self._note((model, "create"), model, [instance], manager.bulk_create)
            return
        own = [each.name for each in model._meta.concrete_fields if not each.primary_key]
        names = tuple(own if update_fields is None else update_fields)
        key = model, "update", names
        self._note(key, model, [instance], lambda held: manager.bulk_update(held, names))

    def _note(self, key: Hashable, model: Any, rows: list[Any], write: Callable[[list[Any]], Any]) -> None:
        table = model._meta.db_table
        self._batches.setdefault(key, _Batch(table=table, write=write)).rows.extend(rows)
        self.n_held += len(rows)
