"""The edit that spares a query in a loop: an annotation, a filtered prefetch, or all objects by their keys.

What the evidence does not hold (the values of a filter) stands as `…`: such a fix is likely, to be filled in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from querybudget.analysis.fixes import chain_to_edit, fix_on
from querybudget.finding import Fix
from querybudget.records import OriginKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from querybudget.records import Event, Group, Recording
    from querybudget.relation import Relation

_ONE_CONDITION = re.compile(r"""WHERE ["`]?\w+["`]?\.["`]?(\w+)["`]? = \? LIMIT \?$""")

_FILTERED = re.compile(r"\.filter\(([^)]*)\)")

_ROWS = frozenset({OriginKind.ITERATION, OriginKind.FIRST, OriginKind.GET})


def fix_of_loop(group: Group, groups: Iterable[Group], recording: Recording) -> Fix | None:
    """Return the edit on the queryset whose objects are asked; None where none is known.

    Args:
        group: the reads in the loop.
        groups: all there are: of two counts joined to one queryset each would multiply the other.
        recording: what they are part of.

    """
    event = group.first
    relation = event.origin.relation
    if relation is None or event.origin.asker is None:
        return _by_keys(event)
    chain = chain_to_edit(event.origin.asker, recording)
    if len(chain) != 1 or chain[0].is_combined or chain[0].is_raw or chain[0].is_single:
        return None
    root = chain[0]
    if relation.model not in {root.model, *root.model_bases}:
        return None
    is_alone = _counts_on(group.root, groups) == 1 and not root.is_multiplied
    edit = _edit(event, relation, is_alone=is_alone)
    return fix_on(edit, root, recording) if edit else None


def _counts_on(root: int | None, groups: Iterable[Group]) -> int:
    counted = {
        each.first.origin.relation
        for each in groups
        if each.root == root and each.first.origin.kind is OriginKind.COUNT
    }
    return len(counted)


def _by_keys(event: Event) -> Fix | None:
    origin, column = event.origin, _ONE_CONDITION.search(event.fingerprint.shape)
    if origin.kind is not OriginKind.GET or not origin.model or column is None:
        return None
    by = "" if column[1] == "id" else f', field_name="{column[1]}"'
    edit = f"{origin.model.rpartition('.')[2]}.objects.in_bulk(…{by})"
    return Fix(edit=edit, queryset="front of the loop", place=event.place)


def _edit(event: Event, relation: Relation, *, is_alone: bool) -> str:
    origin, noun = event.origin, relation.name.removesuffix("_set")
    match origin.kind:
        case OriginKind.COUNT if is_alone or not relation.back:
            return f"annotate(n_{noun}={_joined_count(event, relation, is_alone=is_alone)})"
        case OriginKind.COUNT:
            counted = f'.order_by().values("{relation.back}").annotate(n=Count("pk")).values("n")'
            return f"annotate(n_{noun}=Coalesce(Subquery({_rows(event, relation)}{counted}), 0))"
        case OriginKind.EXISTS if relation.back:
            return f"annotate(has_{noun}=Exists({_rows(event, relation)}))"
        case kind if kind in _ROWS and relation.target:
            return _loaded(event, relation)
    return ""


def _loaded(event: Event, relation: Relation) -> str:
    """Write the eager load of the rows that a loop asks for."""
    origin, noun = event.origin, relation.name.removesuffix("_set")
    if origin.is_defeated and not origin.narrowed:
        return ""  # what was prefetched is all there is: the line that asks is to be changed
    if relation.query_name and not origin.narrowed:
        return f'select_related("{relation.query_name}")'
    objects = f"{relation.target.rpartition('.')[2]}.objects{origin.narrowed or '.all()'}"
    attribute = f'to_attr="{"first" if origin.kind is OriginKind.FIRST else "some"}_{noun}"'
    return f'prefetch_related(Prefetch("{relation.name}", queryset={objects}, {attribute}))'


def _joined_count(event: Event, relation: Relation, *, is_alone: bool) -> str:
    """Write a count over a join; beside another one it has to tell its own rows from repeated ones."""
    conditions = [
        each if each == "…" else f"{relation.lookup}__{each}" for each in _conditions(event.origin.narrowed)
    ]
    distinct = "" if is_alone else ", distinct=True"
    filtered = f", filter=Q({', '.join(conditions)})" if conditions else ""
    return f'Count("{relation.lookup}"{distinct}{filtered})'


def _rows(event: Event, relation: Relation) -> str:
    """Write the rows of a relation that belong to the outer row."""
    objects = relation.through or relation.target.rpartition(".")[2]
    conditions = _conditions(event.origin.narrowed)
    if conditions and relation.through:
        conditions = ["…"]  # they are of the objects behind
    told = ", ".join([f'{relation.back}=OuterRef("pk")', *conditions])
    return f"{objects}.objects.filter({told})"


def _conditions(narrowed: str) -> list[str]:
    """Return what the rows that are counted were filtered by, `…` where no condition says it."""
    if ".distinct(" in narrowed or narrowed.endswith("]"):
        return ["…"]
    filtered = _FILTERED.search(narrowed)
    return filtered[1].split(", ") if filtered else []
