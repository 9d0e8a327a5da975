"""Holds back what a loop writes row by row, and writes it at once, as `bulk_create` in its place would."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connections, router
from django.db.models import Model, signals
from django.db.models.query import QuerySet

from querybudget.capture.patching import Patches
from querybudget.replay import answered

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping

    from querybudget.replay.answered import Asking


_SIGNALS = "its bulk write would send no signals any more, and somebody listens to those of {}"
_AUTO = "{} (auto_now) is not set then"
_SAVE = "{}.save() is not called then"
_UNDONE = "some of what it writes is undone before the loop is over"


@dataclass(slots=True, kw_only=True)
class _Batch:
    """What is held back of one line: to be written in one statement."""

    table: str
    alias: str
    write: Callable[[list[Any]], Any]
    rows: list[Any] = field(default_factory=list)


class Writes:
    """What lines write in one replay: held back until somebody may want to see it, or the request ends."""

    def __init__(self) -> None:
        self._lines: set[tuple[Asking, Any, str]] = set()
        self._batches: dict[Hashable, _Batch] = {}
        self._unwritten: set[int] = set()
        """By `id`, the rows that have no key yet."""
        self.objections: set[str] = set()
        """Why the lines do not write what a bulk write would."""
        self.remarks: set[str] = set()
        """What else is different then."""
        self.n_held = 0

    @contextmanager
    def of(self, asking: Asking, models: Iterable[Any], verb: str) -> Iterator[None]:
        """Hold back what a line creates or updates of some models; `verb` is `create` or `update`."""
        self._lines.update((asking, model, verb) for model in models)
        yield

    @property
    def is_asked(self) -> bool:
        """Tell whether there is anything to hold back."""
        return bool(self._lines)

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
        batches, self._batches, self._unwritten = list(self._batches.values()), {}, set()
        for batch in batches:
            batch.write(batch.rows)

    def _before_a_query(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001 - Django's signature of an execute wrapper
        context: Mapping[str, Any],
    ) -> Any:
        here = {each.table for each in self._batches.values() if each.alias == context["connection"].alias}
        if any(f"{mark}{table}{mark}" in sql for table in here for mark in '"`'):
            self.flush()
        elif here and sql.startswith("ROLLBACK"):
            self.objections.add(_UNDONE)
            self.flush()
        return execute(sql, params, many, context)

    def _saving(self, original: Callable[..., None]) -> Callable[..., None]:
        def save(instance: Any, *args: Any, **kwargs: Any) -> None:
            model = type(instance)
            verb = "create" if instance._state.adding else "update"
            if not args and self._is_meant(sys._getframe(1), model, verb) and self._is_silent(model):
                alias = kwargs.get("using") or router.db_for_write(model, instance=instance)
                self._hold(instance, alias, kwargs.get("update_fields"))
                return
            if not self._unwritten.isdisjoint(map(id, instance._state.fields_cache.values())):
                self.flush()  # what it is to point to needs a key
            original(instance, *args, **kwargs)

        return save

    def _creating(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def bulk_create(queryset: Any, objs: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._is_meant(sys._getframe(1), queryset.model, "create"):
                return original(queryset, objs, *args, **kwargs)
            rows = list(objs)
            key = queryset.model, queryset.db, repr((args, sorted(kwargs.items())))
            batch = _Batch(
                table=queryset.model._meta.db_table,
                alias=queryset.db,
                write=lambda held: original(queryset, held, *args, **kwargs),
            )
            self._note(key, batch, rows)
            return rows

        return bulk_create

    def _is_meant(self, frame: Any, model: Any, verb: str) -> bool:
        asking = answered.asking_at(frame)
        return asking is not None and (asking, model, verb) in self._lines

    def _is_silent(self, model: Any) -> bool:
        if any(each.has_listeners(model) for each in (signals.pre_save, signals.post_save)):
            self.objections.add(_SIGNALS.format(model.__name__))
            return False
        return True

    def _hold(self, instance: Any, alias: str, update_fields: Collection[str] | None) -> None:
        model = type(instance)
        table, manager = model._meta.db_table, model._default_manager.using(alias)
        if model.save is not Model.save:
            self.remarks.add(_SAVE.format(model.__name__))
        if instance._state.adding:
            batch = _Batch(table=table, alias=alias, write=manager.bulk_create)
            self._note((model, alias, "create"), batch, [instance])
            return
        parts = getattr(model._meta, "pk_fields", (model._meta.pk,))  # several, from Django 5.2 on
        own = [each for each in model._meta.concrete_fields if each not in parts]
        names = tuple([each.name for each in own] if update_fields is None else update_fields)
        set_by_save = [each.name for each in own if getattr(each, "auto_now", False) and each.name in names]
        if set_by_save:
            self.remarks.add(_AUTO.format(", ".join(set_by_save)))
        batch = _Batch(table=table, alias=alias, write=lambda held: manager.bulk_update(held, names))
        self._note((model, alias, "update", names), batch, [instance])

    def _note(self, key: Hashable, batch: _Batch, rows: list[Any]) -> None:
        self._batches.setdefault(key, batch).rows.extend(rows)
        self._unwritten.update(id(each) for each in rows if each.pk is None)
        self.n_held += len(rows)
