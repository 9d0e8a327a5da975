"""Which keys the rows have that a request inserts: made again it gets others, from the same sequences."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from django.db.models.sql.compiler import SQLInsertCompiler

from querybudget.session import current
from querybudget.stand_ins import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from querybudget.capture.patching import Patches
    from querybudget.capture.scopes import Scope


def watch(patches: Patches) -> None:
    """Follow what requests insert; `patches` stops it."""
    patches.replace(SQLInsertCompiler, "execute_sql", _inserting)


def _inserting(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def execute_sql(compiler: Any, returning_fields: Any = None) -> Any:
        rows = original(compiler, returning_fields)
        scope: Scope | None = current.get() or None
        if scope is not None:
            made = scope.made.setdefault(compiler.query.get_meta().db_table, {})
            for key in _keys(compiler.query.objs, returning_fields or (), rows):
                made.setdefault(key, len(made))
        return rows

    return execute_sql


def _keys(objects: Iterable[Any], fields: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield keys, those that the database gave too; of plain values only, whose text is nobody's code."""
    found = [each.__dict__.get(each._meta.pk.attname) for each in objects]
    found += [value for row in rows for field, value in zip(fields, row, strict=False) if field.primary_key]
    return (str(each) for each in found if each is not None and type(each) in PLAIN)
