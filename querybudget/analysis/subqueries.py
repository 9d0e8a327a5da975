"""Writes annotations: what a loop asks for as an aggregate or a subquery of the query for the rows.

Values of a filter are not kept (`stand_ins`): `…` stands for them, and for conditions whose path is not
known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from querybudget.records import OriginKind
from querybudget.stand_ins import OPEN, merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from querybudget.records import Aggregate, Event, Origin
    from querybudget.relation import Relation

_FILTERED = re.compile(r"\.filter\(([^)]*)\)")
_FIRST = "[:1]"


def joined_count(event: Event, relation: Relation, *, is_alone: bool) -> str:
    """Write a count over a join; beside another one it has to tell its own rows from repeated ones."""
    conditions = _behind(relation, _conditions(event.origin.narrowed))
    return _function("Count", relation.lookup, conditions, is_distinct=not is_alone)


def aggregated(origin: Origin, relation: Relation) -> str:
    """Write what `aggregate()` was asked for, over a join."""
    outer = _conditions(origin.narrowed)
    return f"annotate({', '.join(_aggregate(each, outer, relation) for each in origin.aggregates)})"


def _aggregate(asked: Aggregate, outer: Iterable[str], relation: Relation) -> str:
    field = relation.lookup if asked.field == "pk" else f"{relation.lookup}__{asked.field}"
    conditions = _behind(relation, merged([*outer, *asked.conditions]))
    return f"{asked.name}={_function(asked.function, field, conditions, is_distinct=asked.is_distinct)}"


def _function(name: str, field: str, conditions: Iterable[str], *, is_distinct: bool) -> str:
    told = ", ".join(conditions)
    distinct = ", distinct=True" if is_distinct else ""
    return f'{name}("{field}"{distinct}{f", filter=Q({told})" if told else ""})'


def _behind(relation: Relation, conditions: Iterable[str]) -> list[str]:
    """Write conditions on the rows of a relation as conditions on the outer row."""
    return [each if each == OPEN else f"{relation.lookup}__{each}" for each in conditions]


def counted(event: Event, relation: Relation) -> str:
    """Write a count as a subquery, which no join beside it multiplies."""
    _, back, _ = _selected(event, relation)
    one = f'.order_by().values("{back}").annotate(n=Count("pk")).values("n")'
    return f"Coalesce(Subquery({rows_of(event, relation)}{one}), 0)"


def rows_of(event: Event, relation: Relation) -> str:
    """Write the rows of a relation that belong to the outer row."""
    objects, back, conditions = _selected(event, relation)
    told = ", ".join([f'{back}=OuterRef("pk")', *conditions])
    return f"{objects}.objects.filter({told})"


def _selected(event: Event, relation: Relation) -> tuple[str, str, list[str]]:
    """Return of what the rows are, how they point to the outer row, and on what conditions they count.

    Those of a many-to-many relation count themselves, unless the objects behind them were filtered.
    """
    objects = relation.target.rpartition(".")[2]
    conditions = _conditions(event.origin.narrowed)
    if not relation.through:
        return objects, relation.back, conditions
    if conditions and relation.query_back:
        return objects, relation.query_back, conditions
    return relation.through, relation.back, [OPEN] if conditions else []


def one_column(event: Event, relation: Relation, columns: Sequence[str]) -> str:
    """Write the subquery for the one column that is read of the first row; empty where more may be."""
    origin = event.origin
    if origin.kind is not OriginKind.FIRST or len(columns) != 1 or not relation.back or relation.through:
        return ""
    rest = origin.narrowed.removesuffix(_FIRST).removesuffix(".all()")
    if rest.endswith("]") or ".annotate(" in rest:
        return ""
    rows = f'{relation.target.rpartition(".")[2]}.objects.filter({relation.back}=OuterRef("pk")){rest}'
    noun = f"first_{relation.name.removesuffix('_set')}"
    return f"annotate({_column(noun, rows, columns[0])})"


def columns_of_row(origin: Origin, narrowed: str, columns: Sequence[str]) -> str:
    """Write what the rows of a list bring of a row that is no relation of theirs; empty where unknown."""
    model = origin.model.rpartition(".")[2]
    rows, noun = f"{model}.objects{narrowed}", model.lower()
    if origin.kind is OriginKind.EXISTS:
        return f"annotate(has_{noun}=Exists({rows}))"
    read = ", ".join(_column(noun, rows, column) for column in columns)
    return f"annotate({read})" if read else ""


def _column(noun: str, rows: str, column: str) -> str:
    return f'{noun}_{column.replace("__", "_")}=Subquery({rows}.values("{column}"){_FIRST})'


def _conditions(narrowed: str) -> list[str]:
    """Return what the rows that are counted were filtered by, `…` where no condition says it."""
    if ".distinct(" in narrowed or narrowed.endswith("]"):
        return [OPEN]
    filtered = _FILTERED.search(narrowed)
    return filtered[1].split(", ") if filtered else []
