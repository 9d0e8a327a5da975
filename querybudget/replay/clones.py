"""More rows like those there are: copies with what must be unique changed, and what hangs on them."""

from __future__ import annotations

import ipaddress
import uuid
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.fields import GenericRelation
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.signals import m2m_changed, post_save, pre_save

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

MAX_HANGING = 20
"""Rows of one relation that are copied with a row."""

_NAMESPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


def clone(
    rows: Sequence[models.Model], n: int, *, kept: Collection[str] = (), distinct: Collection[str] = ()
) -> list[Any]:
    """Insert `n` copies, of each row in turn, with the rows that point to them; no signal is sent.

    Args:
        rows: what to copy, as they are in the database.
        n: how many.
        kept: names of foreign keys that stay whatever constraint they are part of.
        distinct: names of foreign keys whose row is copied too; all others share it.

    Returns:
        The keys of the copies.

    Raises:
        IntegrityError: when a constraint holds that no changed value satisfies.

    """
    keys = []
    with _no_signals():
        for number in range(n):
            row = _whole(rows[number % len(rows)])
            copy = _copy(row, number + 1, distinct=distinct, replaced=_own(row, kept))
            _copy_hanging(row, copy, number + 1)
            keys.append(copy.pk)
    return keys


def _whole(row: Any) -> Any:
    """Return a row with what a child class keeps of it in a table of its own."""
    for relation in row._meta.related_objects:
        if relation.one_to_one and relation.parent_link:
            child = relation.related_model._base_manager.using(row._state.db).filter(pk=row.pk).first()
            if child is not None:
                return _whole(child)
    return row


def _copy(
    row: models.Model, number: int, *, distinct: Collection[str] = (), replaced: dict[str, Any] | None = None
) -> Any:
    """Insert one copy of a row; `replaced` are the values it does not share."""
    model: Any = type(row)
    values = {
        field.attname: getattr(row, field.attname)
        for field in model._meta.concrete_fields
        if not _is_made_by_the_database(field)
    }
    values |= replaced or {}
    for name in distinct:
        parent = getattr(row, name, None)
        if parent is not None:
            field = model._meta.get_field(name)
            values[field.attname] = getattr(_copy(parent, number), field.target_field.attname)
    changed = {name for name, value in (replaced or {}).items() if value != getattr(row, name)}
    changed |= {model._meta.get_field(name).attname for name in distinct}
    for field in _to_change(model, changed, kept=set(replaced or {}) - changed):
        values[field.attname] = _changed(row, field, number)
    copy = model(**values)
    copy.save_base(using=row._state.db)
    return copy


def _own(row: Any, kept: Collection[str]) -> dict[str, Any]:
    fields = [row._meta.get_field(name) for name in kept]
    return {field.attname: getattr(row, field.attname) for field in fields}


def _is_made_by_the_database(field: Any) -> bool:
    link = getattr(field.remote_field, "parent_link", False) if field.remote_field else False
    return isinstance(field, models.AutoField | models.GeneratedField) or link or field.generated


def _to_change(model: Any, replaced: Collection[str], *, kept: Collection[str]) -> Iterator[Any]:
    """Yield the fields that must differ between two rows, one of each constraint that spans several."""
    changed = set(replaced)
    for field in model._meta.concrete_fields:
        if field.unique and not _is_made_by_the_database(field) and field.attname not in changed:
            changed.add(field.attname)
            yield field
    for names in _unique_together(model):
        fields = [model._meta.get_field(name) for name in names]
        if not any(field.attname in changed for field in fields):
            field = min(fields, key=lambda each: (each.attname in kept, _reluctance(each)))
            changed.add(field.attname)
            yield field


def _unique_together(model: Any) -> Iterator[Sequence[str]]:
    for cls in (model, *model._meta.all_parents):
        yield from cls._meta.unique_together
        for constraint in cls._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint):
                names = list(constraint.fields) or list(_names_in(constraint.expressions, cls))
                if names:
                    yield names


def _names_in(expressions: Iterable[Any], model: Any) -> Iterator[str]:
    for expression in expressions:
        for part in expression.flatten():
            name = getattr(part, "name", None)
            if isinstance(name, str):
                try:
                    yield model._meta.get_field(name).name
                except FieldDoesNotExist:
                    continue


def _reluctance(field: Any) -> int:
    """Order the fields of a constraint by how little their value is likely to mean."""
    if field.is_relation:
        return 8
    if field.choices or isinstance(field, models.BooleanField):
        return 9
    order = (models.UUIDField, models.CharField, models.TextField, models.DateField, models.IntegerField)
    return next((number for number, kind in enumerate(order) if isinstance(field, kind)), 3)


def _changed(row: Any, field: Any, number: int) -> Any:
    """Return a value that no row has yet, of the same kind; the own one where none is known."""
    value = getattr(row, field.attname)
    if value is None:
        return None
    if field.is_relation:
        return getattr(_copy(getattr(row, field.name), number), field.target_field.attname)
    if isinstance(value, str):
        return _changed_text(value, field, number)
    return _changed_value(value, row, field, number)


def _changed_value(value: Any, row: Any, field: Any, number: int) -> Any:
    match value:
        case uuid.UUID():
            return uuid.uuid5(_NAMESPACE, f"{value}-{number}")
        case bool():
            return value
        case int() | float() | Decimal():
            rows = type(row)._base_manager.using(row._state.db)
            highest = rows.aggregate(highest=models.Max(field.attname))["highest"]
            return highest + 1
        case datetime() | date():
            return value + timedelta(days=number)
        case timedelta():
            return value + timedelta(seconds=number)
    return value


def _changed_text(value: str, field: Any, number: int) -> str:
    if isinstance(field, models.GenericIPAddressField):
        return str(ipaddress.ip_address(value) + number)
    longest = field.max_length or 10_000
    if isinstance(field, models.EmailField) or "@" in value:
        local, _, domain = value.rpartition("@")
        tail = f"-{number}@{domain}"
        return f"{local[: longest - len(tail)]}{tail}"
    tail = f"-{number}"
    return f"{value[: longest - len(tail)]}{tail}"


def _copy_hanging(row: Any, copy: Any, number: int) -> None:
    """Copy the rows that point to a row, those of its many-to-many relations with them, one level deep."""
    for field in _pointing_to(row):
        found = field.model._base_manager.using(row._state.db).filter(**{field.name: row})[:MAX_HANGING]
        for each in found:
            _copy(each, number, replaced={field.attname: getattr(copy, field.target_field.attname)})
    for private in row._meta.private_fields:
        if isinstance(private, GenericRelation):
            for each in getattr(row, private.name).all()[:MAX_HANGING]:
                _copy(each, number, replaced={private.object_id_field_name: copy.pk})


def _pointing_to(row: Any) -> Iterator[Any]:
    """Yield the foreign keys of other models to that of a row, those of tables between two included."""
    seen: set[Any] = set()
    for relation in row._meta.get_fields(include_hidden=True):
        field = relation.field if relation.auto_created and not relation.concrete else None
        # A generic relation of another model points, but by no key.
        if not isinstance(field, models.ForeignKey) or relation.many_to_many or field in seen:
            continue
        seen.add(field)
        if not getattr(field.remote_field, "parent_link", False) and field.model is not type(row):
            yield field


@contextmanager
def _no_signals() -> Iterator[None]:
    """Let nobody hear of the copies: what listens may write, send or refuse."""
    signals = (pre_save, post_save, m2m_changed)
    kept = [signal.receivers for signal in signals]
    for signal in signals:
        signal.receivers = []
        signal.sender_receivers_cache.clear()
    try:
        yield
    finally:
        for signal, receivers in zip(signals, kept, strict=True):
            signal.receivers = receivers
            signal.sender_receivers_cache.clear()
