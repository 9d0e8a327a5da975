"""Which relation a queryset or descriptor stands for, and the small frozen map fixes are judged by.

Reads model metadata and queryset state; runs no query.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import EmptyResultSet, FieldDoesNotExist, FullResultSet
from django.db import connections
from django.db.models.manager import BaseManager

from querybudget.relation import Relation, RelationKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RawRelation = tuple[Any, RelationKind]
"""A field or reverse relation of Django with how it is crossed."""


def of_manager(queryset: Any, instance: Any) -> RawRelation | None:
    """Return the relation whose manager on `instance` the queryset came from, or None."""
    for field, objects in queryset._known_related_objects.items():
        if field.many_to_one and any(known is instance for known in objects.values()):
            return field.remote_field, RelationKind.REVERSE_FOREIGN_KEY
    columns = {
        getattr(getattr(lookup, "lhs", None), "target", None) for lookup in lookups(queryset.query.where)
    }
    return next(
        (relation for column, relation in _many_valued(instance.__class__) if column in columns), None
    )


Filter = tuple[Any, Any]
"""A column and the value it must equal."""


def filters_of(queryset: Any) -> list[Filter]:
    """Return what columns of one table of a queryset must equal; empty where a filter says more than that."""
    query = queryset.query
    if getattr(query, "where", None) is None or not is_conjunction(query.where):
        return []
    found = [
        (getattr(lookup.lhs, "target", None), lookup.rhs)
        for lookup in lookups(query.where)
        if getattr(lookup, "lookup_name", "") == "exact"
    ]
    return [(column, value) for column, value in found if column is not None]


def of_filter(filters: Sequence[Filter], instance: Any) -> RawRelation | None:
    """Return the relation of an instance whose objects such filters select, or None."""
    key = instance.__dict__.get(instance._meta.pk.attname)
    columns = [column for column, value in filters if is_key(value, key)]
    if key is None or not columns:
        return None
    for column in columns:
        back = column.remote_field
        if back is not None and not back.hidden and column.related_model in _family(instance.__class__):
            kind = RelationKind.REVERSE_ONE_TO_ONE if column.one_to_one else RelationKind.REVERSE_FOREIGN_KEY
            return back, kind
    many = (each for column, each in _many_valued(instance.__class__) if column in columns)
    return next((each for each in many if each[1] is RelationKind.MANY_TO_MANY), None)


def is_key(value: Any, key: Any) -> bool:
    """Tell whether a filter's value is this key, never by an `__eq__` between two types."""
    return type(value) is type(key) and bool(value == key)


def _family(model: Any) -> tuple[Any, ...]:
    """Return a model, and those whose rows its rows are part of."""
    return (model, model._meta.concrete_model, *model._meta.get_parent_list())


def is_conjunction(node: Any) -> bool:
    """Tell whether keywords of a filter say a WHERE tree: nothing in it is negated or an alternative."""
    if node.negated or (node.connector != "AND" and len(node.children) > 1):
        return False
    return all(is_conjunction(each) for each in node.children if hasattr(each, "children"))


def n_conditions(relation: RawRelation) -> int:
    """Return how many conditions a manager has of itself: the object; of a generic one its type too."""
    return 2 if relation[1] is RelationKind.GENERIC_RELATION else 1


def lookups(node: Any) -> Iterator[Any]:
    """Yield the conditions of a WHERE tree."""
    for child in getattr(node, "children", ()):
        if hasattr(child, "children"):
            yield from lookups(child)
        else:
            yield child


def without(node: Any, leaves_out: Callable[[Any], bool]) -> Any:
    """Return a copy of a WHERE tree without some of its conditions."""
    kept = [
        without(each, leaves_out) if hasattr(each, "children") else each
        for each in node.children
        if hasattr(each, "children") or not leaves_out(each)
    ]
    return node.create(kept, node.connector, node.negated)


@lru_cache(maxsize=512)
def _many_valued(model: Any) -> tuple[tuple[Any, RawRelation], ...]:
    """List a model's many-to-many and generic relations, each with the column its manager filters by."""
    options = model._meta
    reverse = (each for each in options.related_objects if each.many_to_many)
    many = [
        (each, RelationKind.MANY_TO_MANY) for each in (*options.many_to_many, *reverse) if _has_columns(each)
    ]
    generic = [
        (field.related_model._meta.get_field(field.object_id_field_name), _declared(field))
        for field in options.private_fields
        if field.one_to_many
    ]
    return (
        *((column_of(relation), relation) for relation in many),
        *((column, (field, RelationKind.GENERIC_RELATION)) for column, field in generic),
    )


def column_of(relation: RawRelation) -> Any:
    """Return the column by which a manager selects the objects of one; None where it takes two of them."""
    field, kind = relation
    if kind is RelationKind.GENERIC_RELATION:
        return None
    if kind is not RelationKind.MANY_TO_MANY:
        return getattr(field, "field", None)
    if not _has_columns(field):
        return None
    if field.auto_created:
        return _through_column(field.field, field.field.m2m_reverse_field_name())
    return _through_column(field, field.m2m_field_name())


def _has_columns(field: Any) -> bool:
    """Tell a relation of Django's from one that only calls itself many-to-many, as a manager of tags."""
    return hasattr(field.field if field.auto_created else field, "m2m_field_name")


def _through_column(field: Any, name: str) -> Any:
    return field.remote_field.through._meta.get_field(name)


def _declared(field: Any) -> Any:
    """Return the generic relation of the parent that declares it; a child has a copy."""
    if not getattr(field, "mti_inherited", False):
        return field
    inherited = (
        other
        for parent in field.model._meta.get_parent_list()
        for other in parent._meta.private_fields
        if other.name == field.name and not getattr(other, "mti_inherited", False)
    )
    return next(inherited, field)


def is_prefetched(instance: Any, field: Any) -> bool:
    """Tell whether the relation's objects have been prefetched for this instance."""
    cache = instance.__dict__.get("_prefetched_objects_cache")
    return bool(cache) and bool(
        cache.keys() & {field.name, accessor(field), getattr(field, "cache_name", None)}
    )


def is_plain(queryset: Any, instance: Any, relation: RawRelation, sql: str) -> bool:
    """Tell whether a manager's queryset is its `.all()`, with nothing filtered or ordered since.

    Read from the query where the manager's `get_queryset` is Django's own. A project's own may filter
    by itself, so there the SQL is compared with that of a fresh `.all()`, once a relation and statement.
    """
    manager = queryset.model._default_manager
    if type(queryset) is not getattr(manager, "_queryset_class", type(queryset)):
        return False  # of another manager, or what a method of the project's made of it
    if type(manager).get_queryset is BaseManager.get_queryset:
        return _is_untouched(queryset, n_conditions(relation))
    key = (relation[0], sql)
    if key not in _plain:
        if len(_plain) >= MAX_PLAIN:
            _plain.clear()  # text with literals in it may be new each time
        _plain[key] = _sql_of(getattr(instance, accessor(relation[0])).using(queryset.db).all()) == sql
    return _plain[key]


MAX_PLAIN = 10_000
_plain: dict[tuple[Any, str], bool] = {}


def _is_untouched(queryset: Any, n_conditions: int) -> bool:
    query = queryset.query
    names, is_left_out = query.deferred_loading
    return (
        queryset._fields is None
        and len(list(lookups(query.where))) == n_conditions
        and not names
        and is_left_out
        and query.standard_ordering
        and not query.is_sliced
        and not any(getattr(query, name) for name in _TOUCHED)
    )


# What a queryset method leaves on its query, each empty or false on that of a bare `.all()`.
_TOUCHED = (
    "annotations",
    "combinator",
    "distinct",
    "extra",
    "extra_order_by",
    "order_by",
    "select_for_update",
    "select_related",
)


def _sql_of(queryset: Any) -> str:
    try:
        sql, _ = queryset.query.get_compiler(using=queryset.db).as_sql()
    except (EmptyResultSet, FullResultSet):
        return ""
    return str(sql)


def accessor(field: Any) -> str:
    """Return the attribute people write for a field or for a reverse relation."""
    get_accessor_name = getattr(field, "get_accessor_name", None)
    return str(get_accessor_name() if get_accessor_name else field.name)


def named(model: Any, name: str) -> RawRelation | None:
    """Return the relation a prefetch or a join calls `name` on `model`; None where it is no relation."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        field = next((rel for rel in model._meta.related_objects if rel.get_accessor_name() == name), None)
    if field is None or not field.is_relation:
        return None
    return field, _kind_of(field)


def _kind_of(field: Any) -> RelationKind:
    if field.many_to_many:
        return RelationKind.MANY_TO_MANY
    if field.one_to_many:
        is_reverse = field.auto_created
        return RelationKind.REVERSE_FOREIGN_KEY if is_reverse else RelationKind.GENERIC_RELATION
    if field.one_to_one:
        is_reverse = field.auto_created and not field.concrete
        return RelationKind.REVERSE_ONE_TO_ONE if is_reverse else RelationKind.ONE_TO_ONE
    is_generic = field.related_model is None
    return RelationKind.GENERIC_FOREIGN_KEY if is_generic else RelationKind.FOREIGN_KEY


@lru_cache(maxsize=4096)
def describe(field: Any, kind: RelationKind) -> Relation:
    """Freeze what fixes and messages need of a relation or deferred field."""
    if kind is RelationKind.FOREIGN_KEY and field.one_to_one:
        kind = RelationKind.ONE_TO_ONE
    target = None if kind is RelationKind.DEFERRED else field.related_model
    is_known = kind is not RelationKind.MANY_TO_MANY or _has_columns(field)
    return Relation(
        model=field.model._meta.label,
        name=accessor(field),
        kind=kind,
        target=target._meta.label if target else "",
        query_name=_query_name(field, kind),
        lookup="" if kind is RelationKind.DEFERRED or target is None else str(field.name),
        back=_back(field, kind) if is_known else "",
        through=_through(field, kind) if is_known else "",
        query_back=_query_back(field, kind) if is_known else "",
        model_bases=bases(field.model),
        target_bases=bases(target) if target else (),
    )


def _query_name(field: Any, kind: RelationKind) -> str:
    """Return the name `select_related` takes, empty where it takes none."""
    if kind is RelationKind.REVERSE_ONE_TO_ONE:
        return str(field.field.related_query_name())
    return str(field.name) if kind in {RelationKind.FOREIGN_KEY, RelationKind.ONE_TO_ONE} else ""


def _back(field: Any, kind: RelationKind) -> str:
    """Return by which field the rows of a relation to many point to the object asked."""
    if kind is RelationKind.REVERSE_FOREIGN_KEY:
        return str(field.field.name)
    if kind is not RelationKind.MANY_TO_MANY:
        return ""
    return str(field.field.m2m_reverse_field_name() if field.auto_created else field.m2m_field_name())


def _through(field: Any, kind: RelationKind) -> str:
    if kind is not RelationKind.MANY_TO_MANY:
        return ""
    declared = field.field if field.auto_created else field
    return f"{declared.model.__name__}.{declared.name}.through"


def _query_back(field: Any, kind: RelationKind) -> str:
    if kind is not RelationKind.MANY_TO_MANY:
        return ""
    if field.auto_created:
        return str(field.field.name)
    return "" if field.remote_field.hidden else str(field.related_query_name())


def bases(model: Any) -> tuple[str, ...]:
    """List the labels of a model's concrete parents, and of what it is a proxy for."""
    bases = [*model._meta.get_parent_list()]
    if model._meta.proxy:
        bases.append(model._meta.concrete_model)
    return tuple(sorted({base._meta.label for base in bases}))


@lru_cache(maxsize=1024)
def unique_columns(model: Any) -> frozenset[str]:
    """Return the columns that tell rows of a model apart, each alone and on no condition."""
    constraints = model._meta.total_unique_constraints
    alone = {each.fields[0] for each in constraints if len(each.fields) == 1}
    fields = model._meta.concrete_fields
    return frozenset(field.column for field in fields if field.unique or field.name in alone)


def labels() -> list[str]:
    """Return the labels of all models, `app.Model`, sorted."""
    return sorted(each._meta.label for each in apps.get_models())


@lru_cache(maxsize=1)
def tables() -> frozenset[str]:
    """Return the tables of the project's models, of those made for many-to-many relations too."""
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))


def aliases() -> frozenset[str]:
    """Return the aliases of the databases that settings name."""
    return frozenset(connections)
