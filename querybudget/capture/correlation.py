"""What a query would say as part of the query for the rows it is asked for.

A filter that compares with a column of a row is one on `OuterRef` in a subquery; what `aggregate()` is asked
for, an annotation says too; and of one object that a loop asks for, a subquery can bring the columns that are
read. Reads model metadata, querysets and expressions; runs no query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.db.models.expressions import Star

from querybudget.capture import narrowing, relations
from querybudget.records import Aggregate
from querybudget.stand_ins import OPEN, merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_AGGREGATES = "django.db.models.aggregates"
_FUNCTIONS = {"Avg", "Count", "Max", "Min", "Sum"}


def aggregates_of(expressions: Mapping[str, Any]) -> tuple[Aggregate, ...]:
    """Read what `aggregate()` was given; nothing where a part of it is more than a function of a field."""
    found = [_aggregate(name, each) for name, each in expressions.items()]
    known = tuple(each for each in found if each is not None)
    return known if len(known) == len(found) else ()


def _aggregate(name: str, expression: Any) -> Aggregate | None:
    kind = type(expression)
    if kind.__module__ != _AGGREGATES or kind.__name__ not in _FUNCTIONS or expression.default is not None:
        return None
    of = expression.source_expressions[0]
    if type(of) is not F and not isinstance(of, Star):
        return None
    return Aggregate(
        name=name,
        function=kind.__name__,
        field=of.name if type(of) is F else "pk",
        conditions=_conditions_of(expression.filter),
        is_distinct=bool(expression.distinct),
    )


def _conditions_of(condition: Any) -> tuple[str, ...]:
    if condition is None:
        return ()
    if type(condition).__name__ == "AggregateFilter":  # from Django 6.0 on
        [condition] = condition.source_expressions
    if type(condition) is not Q or condition.negated or (condition.connector != Q.AND and len(condition) > 1):
        return (OPEN,)
    told = (_compared(*each) if isinstance(each, tuple) else OPEN for each in condition.children)
    return tuple(merged(told))


def _compared(name: str, value: Any) -> str:
    return f"{name}={value if isinstance(value, bool) else narrowing.value(value)}"


def of_row(queryset: Any, instance: Any) -> str:
    """Write the filter of a queryset as a subquery for `instance` would say it; empty where it could not.

    That is where it compares a key with that of the row, or with one that the row points to by.
    """
    query = queryset.query
    where = getattr(query, "where", None)
    if where is None or _is_more(query):
        return ""
    own = _keys_of(instance)
    told = []
    correlated = set()
    for lookup in _conjunction(where):
        path = narrowing.path(lookup, query)
        name = _correlated(lookup, own) if path else ""
        told.append(f'{path}=OuterRef("{name}")' if name else narrowing.condition(lookup, path))
        if name:
            correlated.add(id(lookup))
    if not correlated:
        return ""
    told = merged(told)
    if OPEN in told:
        rest = narrowing.rows_that_meet(query, lambda each: id(each) in correlated)
        told = [rest if each == OPEN else each for each in told]
    return f".filter({', '.join(told)}){narrowing.ordering(query)}"


def _is_more(query: Any) -> bool:
    """Tell a query of which more than a filter and an order would have to be said."""
    if query.low_mark or query.annotations or query.combinator or query.extra:
        return True
    joins = [
        join for alias, join in query.alias_map.items() if query.alias_refcount[alias] and join.parent_alias
    ]
    # Joined twice, a relation is filtered by two calls, for two rows of its own.
    return len({(join.parent_alias, join.join_field) for join in joins}) < len(joins) or any(
        join.filtered_relation for join in joins
    )


def _keys_of(instance: Any) -> list[tuple[str, Any, Any]]:
    """List the keys that a row holds, its own first: (name, model, value); deferred ones are left out."""
    values = instance.__dict__
    options = instance._meta
    keys = [("pk", options.concrete_model, values.get(options.pk.attname))]
    keys += [
        (field.name, _identified(field), values.get(field.attname))
        for field in options.concrete_fields
        if field.is_relation
    ]
    return [key for key in keys if key[1] is not None and key[2] is not None]


def _identified(column: Any) -> Any:
    """Return the model of which a column holds the primary key; None for any other column."""
    if column.is_relation:
        return column.related_model._meta.concrete_model if column.target_field.primary_key else None
    return column.model._meta.concrete_model if column.primary_key else None


def _conjunction(node: Any) -> Iterator[Any]:
    """Yield the conditions of a WHERE tree that hold together, None for what is more than one of these."""
    if node.negated or (node.connector != "AND" and len(node.children) > 1):
        yield None
        return
    for child in node.children:
        if hasattr(child, "children"):
            yield from _conjunction(child)
        else:
            yield child


def _correlated(lookup: Any, own: Iterable[tuple[str, Any, Any]]) -> str:
    """Return the name of the row's key that a condition compares with; empty where it is none."""
    if lookup.lookup_name != "exact":
        return ""
    model = _identified(lookup.lhs.target)
    same = (name for name, of, key in own if of is model and relations.is_key(lookup.rhs, key))
    return next(same, "")


def column(model: Any, attributes: str) -> str:
    """Return what `values()` calls the column that `shelf.name` reads of a model; empty where it reads none.

    What follows the column is done with its value. A whole object, a property, a method are no columns.
    """
    names = []
    for name in attributes.split("."):
        field = next(
            (each for each in model._meta.concrete_fields if name in {each.name, each.attname}), None
        )
        if field is None:
            return ""
        names.append(name)
        if not field.is_relation or name == field.attname:
            return "__".join(names)
        model = field.related_model
    return ""


def has_field(model: Any, names: Iterable[str]) -> bool:
    """Tell whether a field or relation of a model has one of these names: no annotation may be called so."""
    taken = {getattr(field, "attname", "") for field in model._meta.get_fields()}
    taken |= {field.name for field in model._meta.get_fields()}
    return not taken.isdisjoint(names)
