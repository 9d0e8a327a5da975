"""Writes what a queryset was told, as an edit says it again: filters, order, limits.

Reads querysets and model metadata; runs no query. Values are left out (`stand_ins`), but those that the
statement says itself: NULL or not, true or false.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db.models.sql import Query

from querybudget.capture import relations
from querybudget.session import session
from querybudget.stand_ins import OPEN, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from querybudget.capture.relations import RawRelation


def narrowing(queryset: Any, relation: RawRelation) -> str:
    """Write what a manager's queryset was told beside its relation: `.filter(name=…).order_by("-id")[:1]`."""
    query = queryset.query
    own = _own_conditions(query.where, relation)
    is_said = relations.is_conjunction(query.where)
    told = merged((_condition(each, query) for each in own) if is_said else [OPEN])
    if OPEN in told:
        mine = set(map(id, own))
        rest = rows_that_meet(query, lambda each: id(each) not in mine)
        told = [rest if each == OPEN else each for each in told]
    text = _additions(query) + (f".filter({', '.join(told)})" if own else "")
    if query.distinct:
        text += f".distinct({_quoted(query.distinct_fields)})"
    text += ordering(query)
    if query.is_sliced:
        start = query.low_mark or ""
        text += f"{'' if text else '.all()'}[{start}:{'' if query.high_mark is None else query.high_mark}]"
    return text


def ordering(query: Any) -> str:
    """Write the order that a query was given, be it that of the model turned round."""
    text = f".order_by({_quoted(query.order_by)})" if query.order_by else ""
    return text if query.standard_ordering else f"{text}.reverse()"


def condition(lookup: Any, path: str) -> str:
    """Write one condition, on what `path` names; left open where it names nothing."""
    if not path:
        return OPEN
    how = lookup.lookup_name
    is_said = isinstance(lookup.rhs, bool) and (how == "isnull" or getattr(lookup.lhs, "conditional", False))
    return f"{path}{'' if how == 'exact' else f'__{how}'}={lookup.rhs if is_said else value(lookup.rhs)}"


def value(of: Any) -> str:
    """Write a value: left open, but for a name of it while fixes are tried."""
    if session.stand_ins is None:
        return OPEN
    if type(of) is not Query:
        return session.stand_ins.name(of)
    try:
        return session.stand_ins.name_as(of.sql_with_params(), of)
    except EmptyResultSet:
        return OPEN


def rows_that_meet(query: Any, leaves_out: Callable[[Any], bool]) -> str:
    """Write conditions that keywords do not say: left open, but for a name of the rows that meet them.

    Args:
        query: of which they are.
        leaves_out: which of its conditions are said otherwise.

    """
    if session.stand_ins is None or query.annotations or query.combinator or query.distinct or query.extra:
        return OPEN
    rows = query.chain()
    rows.where = relations.without(query.where, leaves_out)
    rows.clear_limits()
    rows.clear_ordering(force=True)
    rows.clear_select_clause()
    rows.add_fields(["pk"])
    try:
        return session.stand_ins.name_rows(repr(rows.sql_with_params()), rows)
    except EmptyResultSet:
        return OPEN


def path(lookup: Any, query: Any) -> str:
    """Write the way from the queried model to the column of a condition; empty where it is not known."""
    left = getattr(lookup, "lhs", None)
    column, alias = getattr(left, "target", None), getattr(left, "alias", None)
    if column is None:
        return ""
    names = [] if column.primary_key and alias != query.base_table else [_name(column)]
    while alias != query.base_table:
        join = query.alias_map.get(alias)
        step = getattr(join, "join_field", None)
        if step is None or getattr(step, "hidden", False):
            return ""  # the table behind a many-to-many relation, which no path names
        names.insert(0, step.name)
        alias = join.parent_alias
    return "__".join(names)


def _name(column: Any) -> str:
    return "pk" if column.primary_key else str(column.name)


def _condition(lookup: Any, query: Any) -> str:
    """Write a condition on the model's own column, or on one that no join multiplies."""
    left = getattr(lookup, "lhs", None)
    column, alias = getattr(left, "target", None), getattr(left, "alias", None)
    if column is None:
        return OPEN
    if alias == query.base_table or column.model in query.model._meta.get_parent_list():
        return condition(lookup, column.name)
    return condition(lookup, path(lookup, query) if _is_of_one_row(alias, query) else "")


def _is_of_one_row(alias: Any, query: Any) -> bool:
    """Tell whether every join up to a table reaches one row for one."""
    while alias != query.base_table:
        join = query.alias_map.get(alias)
        step = getattr(join, "join_field", None)
        if step is None or not (step.many_to_one or step.one_to_one):
            return False
        alias = join.parent_alias
    return True


def _own_conditions(where: Any, relation: RawRelation) -> list[Any]:
    """Return the conditions besides those that select the relation's objects; a manager's stand first."""
    conditions = list(relations.lookups(where))
    column = relations.column_of(relation)
    mine = [each for each in conditions if getattr(getattr(each, "lhs", None), "target", None) is column]
    if mine and conditions[0] is not mine[0]:
        return [each for each in conditions if each is not mine[0]]
    return conditions[relations.n_conditions(relation) :]


def _additions(query: Any) -> str:
    """Write what the rows bring with them: without it who reads them would ask again, or fail."""
    names = ", ".join(f"{name}={_added(name, query)}" for name in query.annotations)
    text = f".annotate({names})" if names else ""
    if isinstance(query.select_related, dict):
        text += f".select_related({_quoted(_paths(query.select_related))})"
    return text


def _added(name: str, query: Any) -> str:
    """Write an annotation: left open, but for a name of its expression while fixes are tried."""
    if session.stand_ins is None or not _is_of_own_table(query.annotations[name], query):
        return OPEN
    alone = query.chain()
    alone.where = query.where.create()
    alone.set_annotation_mask({name})
    return session.stand_ins.name_as((name, repr(alone.sql_with_params())), query.annotations[name])


def _is_of_own_table(expression: Any, query: Any) -> bool:
    """Tell whether all columns of an expression are those of the queried table: no join has to be there."""
    return all(column.alias == query.base_table for column in query._gen_cols([expression]))


def _paths(joined: dict[str, Any]) -> Iterator[str]:
    """Write the nested names of `select_related` as they are given to it."""
    for name, further in joined.items():
        yield from (f"{name}__{path}" for path in _paths(further)) if further else (name,)


def _quoted(names: Iterable[Any]) -> str:
    """Write names as arguments; an expression among them is left open."""
    return ", ".join(f'"{each}"' if isinstance(each, str) else OPEN for each in names)
