"""The edit that spares a query in a loop: an annotation, a filtered prefetch, or all objects by their keys.

What the evidence does not hold (the values of a filter: `stand_ins`) stands as `…`: such a fix is likely, to
be filled in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from querybudget.analysis.fixes import chain_to_edit, fix_on, is_beyond_help
from querybudget.analysis.subqueries import (
    aggregated,
    columns_of_row,
    counted,
    joined_count,
    one_column,
    rows_of,
)
from querybudget.analysis.walks import keys_asked
from querybudget.finding import Fix
from querybudget.records import OriginKind
from querybudget.relation import RelationKind
from querybudget.stand_ins import OPEN, printed, shared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from querybudget.records import Asker, Event, Group, Load, Recording
    from querybudget.relation import Relation

_ROWS = frozenset({OriginKind.ITERATION, OriginKind.FIRST, OriginKind.GET})


def fix_of_loop(group: Group, groups: Iterable[Group], recording: Recording) -> Fix | None:
    """Return the edit on the queryset whose objects are asked; None where none is known.

    Args:
        group: the reads in the loop.
        groups: all there are: of two counts joined to one queryset each would multiply the other.
        recording: what they are part of.

    """
    event = _representative(group)
    relation = event.origin.relation
    if relation is None or event.origin.asker is None:
        return _by_keys(group) or _by_column(group, recording)
    root = _queryset_of(event.origin.asker, recording)
    if root is None or relation.model not in {root.model, *root.model_bases}:
        return _by_keys(group)
    if is_beyond_help(event, root):
        return None
    is_alone = _aggregated_on(group.root, groups) == 1 and not root.is_multiplied
    edit = _edit(event, relation, is_alone=is_alone)
    if not edit:
        return None
    return replace(fix_on(edit, root, recording), alternative=one_column(event, relation, _columns(group)))


def _representative(group: Group) -> Event:
    """Return an event that says what all of the group say: no value that only one of them compared with."""
    first = group.first
    narrowed = shared(each.origin.narrowed for each in group.events)
    aggregates = first.origin.aggregates
    if any(each.origin.aggregates != aggregates for each in group.events):
        aggregates = tuple(
            replace(each, conditions=tuple(map(printed, each.conditions))) for each in aggregates
        )
    return replace(first, origin=replace(first.origin, narrowed=narrowed, aggregates=aggregates))


def _queryset_of(asker: Asker, recording: Recording) -> Load | None:
    """Return the list whose own rows are asked, where its queryset can be annotated."""
    chain = chain_to_edit(asker, recording)
    is_plain = len(chain) == 1 and not (chain[0].is_combined or chain[0].is_raw or chain[0].is_single)
    return chain[0] if is_plain else None


def _aggregated_on(root: int | None, groups: Iterable[Group]) -> int:
    asked = {
        each.first.origin.relation
        for each in groups
        if each.root == root and (each.first.origin.kind is OriginKind.COUNT or each.first.origin.aggregates)
    }
    return len(asked)


def _by_keys(group: Group) -> Fix | None:
    """Ask for all objects at once, where nothing but a key tells one query from the next."""
    event = group.first
    origin, asked = event.origin, keys_asked(group.events)
    if not origin.model or asked is None or origin.kind not in {OriginKind.GET, OriginKind.FIRST}:
        return None
    if event.place is None:
        return None  # a loop of a framework's own, which nobody can edit
    column, is_all = asked
    if origin.kind is OriginKind.FIRST and column != "id":
        return None  # of several rows the first: they are not told apart by it
    if not is_all and column != "id":
        return None  # unique only among the rows that the rest of the filter leaves
    rows = "" if is_all else f".filter({OPEN})"
    by = "" if column == "id" else f', field_name="{column}"'
    if column == "id" or column in origin.unique:
        found = f"{rows}.in_bulk({OPEN}{by})"
    else:
        found = f".filter({column}__in={OPEN})"  # `in_bulk` refuses what does not tell rows apart
    edit = f"{origin.model.rpartition('.')[2]}.objects{found}"
    return Fix(edit=edit, queryset="front of the loop", place=event.place)


def _by_column(group: Group, recording: Recording) -> Fix | None:
    """Let the rows bring what a loop asks for by a column of theirs, where all queries say that they do."""
    found = [event.origin.correlation for event in group.events if event.origin.correlation]
    said = {(each.asker.load, printed(each.narrowed)) for each in found}
    if len(found) < len(group.events) or len(said) > 1:
        return None
    root = _queryset_of(found[0].asker, recording)
    narrowed = shared(each.narrowed for each in found)
    edit = columns_of_row(group.first.origin, narrowed, _columns(group))
    return fix_on(edit, root, recording) if root and edit else None


def _columns(group: Group) -> tuple[str, ...]:
    """Return the columns that are read of what each query gave; none where that is not the same for all."""
    read = {event.origin.columns for event in group.events}
    return read.pop() if len(read) == 1 else ()


def _edit(event: Event, relation: Relation, *, is_alone: bool) -> str:
    origin, noun = event.origin, relation.name.removesuffix("_set")
    match origin.kind:
        case OriginKind.COUNT if is_alone or not relation.back:
            return f"annotate(n_{noun}={joined_count(event, relation, is_alone=is_alone)})"
        case OriginKind.COUNT:
            return f"annotate(n_{noun}={counted(event, relation)})"
        case OriginKind.EXISTS if relation.back:
            return f"annotate(has_{noun}=Exists({rows_of(event, relation)}))"
        case OriginKind.AGGREGATE if is_alone and origin.aggregates and relation.lookup:
            return aggregated(origin, relation)
        case kind if kind in _ROWS and relation.target:
            return _loaded(event, relation)
    return ""


def _loaded(event: Event, relation: Relation) -> str:
    """Write the eager load of the rows that a loop asks for."""
    origin, noun = event.origin, relation.name.removesuffix("_set")
    if origin.is_defeated and not origin.narrowed:
        return ""  # what was prefetched is all there is: the line that asks is to be changed
    if origin.model not in {relation.target, *relation.target_bases}:
        return ""  # a manager of the project's own that hands out something else
    if origin.kind is OriginKind.FIRST and relation.kind is RelationKind.GENERIC_RELATION:
        return ""  # Django refuses a slice there
    if relation.query_name and not origin.narrowed:
        return f'select_related("{relation.query_name}")'
    objects = f"{relation.target.rpartition('.')[2]}.objects{origin.narrowed or '.all()'}"
    attribute = f'to_attr="{"first" if origin.kind is OriginKind.FIRST else "some"}_{noun}"'
    return f'prefetch_related(Prefetch("{relation.name}", queryset={objects}, {attribute}))'
