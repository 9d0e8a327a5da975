"""The edit that mends a finding, where the models accept every step of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from querybudget.analysis.grouping import lineage
from querybudget.finding import Fix
from querybudget.relation import Relation, RelationKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from querybudget.records import Asker, Event, Load, Recording


def fix_of_lazy_load(event: Event, recording: Recording) -> Fix | None:
    """Return the eager load that spares a lazy one, and the queryset it belongs to.

    The path runs from the outermost queryset down to the relation; None where a step of it is
    unknown or would be refused.
    """
    relation = event.origin.relation
    chain = chain_to_edit(event.origin.asker, recording)
    if relation is None or not chain or is_beyond_help(event, chain[-1]):
        return None
    root = chain[-1]
    above = list(reversed(chain[:-1]))
    if relation.kind is RelationKind.DEFERRED:
        if root.is_raw or not all(load.lookup for load in above):
            return None
        return _or_peers([relation], fix_on(_load_too(relation, above), root, recording), recording)
    path = [load.step for load in above if load.step is not None] + [relation]
    if len(path) <= len(above) or not _is_accepted(root, path):
        return None
    eager = _eager_load(root, path, [load.lookup for load in above])
    if _is_deferred(path[0], root):
        # Django refuses to join over a column that is not loaded.
        return fix_on(f'load "{path[0].name}" too {_HOW}, and {eager}', root, recording)
    found = fix_on(eager, root, recording)
    found = replace(found, alternative=_joined_in_prefetch(path, above))
    return found if root.is_raw or found.alternative else _or_peers(path, found, recording)


def is_beyond_help(event: Event, root: Load) -> bool:
    """Tell a row in the making, which has nothing from a join yet, and a tree that is walked down.

    What is loaded with one level of that is asked for anew by the next.
    """
    is_walked = root.step == event.origin.relation and root.place == event.place
    return event.origin.is_in_making or is_walked


# What Django 6.1 loads for all objects of a queryset at once, once one of them is asked.
_OF_PEERS = frozenset(
    {
        RelationKind.FOREIGN_KEY,
        RelationKind.ONE_TO_ONE,
        RelationKind.REVERSE_ONE_TO_ONE,
        RelationKind.GENERIC_FOREIGN_KEY,
        RelationKind.DEFERRED,
    }
)


def _or_peers(path: Sequence[Relation], fix: Fix, recording: Recording) -> Fix:
    """Name the fetch mode that spares the same queries, where Django has it."""
    if not recording.has_fetch_modes or any(step.kind not in _OF_PEERS for step in path):
        return fix
    return replace(fix, alternative="fetch_mode(FETCH_PEERS)")


def _joined_in_prefetch(path: Sequence[Relation], above: Sequence[Load]) -> str:
    """Write the prefetch whose own queryset joins the last steps, which spares a query for each of them.

    Empty where these cannot be joined, or where the rows before them are prefetched already: Django
    takes one queryset for a lookup.
    """
    n_joined = next((number for number, step in enumerate(reversed(path)) if not step.query_name), 0)
    n_prefetched = len(path) - n_joined
    if not n_joined or n_joined == len(path) or not path[n_prefetched - 1].target:
        return ""
    if above[n_prefetched - 1].is_prefetched:
        return ""
    lookup = "__".join(load.lookup for load in above[:n_prefetched])
    joined = "__".join(step.query_name for step in path[n_prefetched:])
    rows = f'{path[n_prefetched - 1].target.rpartition(".")[2]}.objects.select_related("{joined}")'
    return f'prefetch_related(Prefetch("{lookup}", queryset={rows}))'


def _load_too(relation: Relation, above: Sequence[Load]) -> str:
    """Say which column to load, and in which queryset: that of a prefetch has an `only()` of its own."""
    prefetched = [number for number, load in enumerate(above) if load.is_prefetched]
    own = above[prefetched[-1] + 1 :] if prefetched else above
    name = "__".join([*(load.lookup for load in own), relation.name])
    path = "__".join(load.lookup for load in above[: prefetched[-1] + 1]) if prefetched else ""
    how = f'(name it in only() of Prefetch("{path}", …), or take it out of defer())' if path else _HOW
    return f'load "{name}" too {how}'


_HOW = "(name it in only(), or take it out of defer())"


def chain_to_edit(asker: Asker | None, recording: Recording) -> list[Load]:
    """Return the loads that led to an object, nearest first, up to the queryset to edit.

    That is the outermost list, where a line evaluates it: what leads to it is one object, whose own queryset
    need not know what is listed. Rows that were filtered or ordered anew for each object are a queryset of
    their own: prefetched, all rows would be loaded besides.
    """
    chain = list(lineage(asker, recording.loads))
    narrowed = (number for number, load in enumerate(chain) if load.step and not load.lookup)
    if (own := next(narrowed, None)) is not None:
        return chain[: own + 1] if _is_evaluated_by_itself(chain[own], recording) else []
    many = [number for number, load in enumerate(chain) if not load.is_single]
    if many and not chain[many[-1]].is_prefetched and _is_evaluated_by_itself(chain[many[-1]], recording):
        return chain[: many[-1] + 1]
    return chain


def _is_evaluated_by_itself(load: Load, recording: Recording) -> bool:
    """Tell a list that a line evaluates, or the framework for a view that is about its model."""
    view = recording.view_queryset
    return load.place is not None or (view is not None and view.model in {load.model, *load.model_bases})


def _is_accepted(root: Load, path: Sequence[Relation]) -> bool:
    """Walk the path through the recorded map of relations, as Django's `_meta` would."""
    if root.is_combined or path[0].model not in {root.model, *root.model_bases}:
        return False
    return all(after.model in {before.target, *before.target_bases} for before, after in pairwise(path))


def _is_deferred(step: Relation, root: Load) -> bool:
    """Tell a foreign key whose column the queryset does not load: Django refuses to join over it."""
    if step.kind not in {RelationKind.FOREIGN_KEY, RelationKind.ONE_TO_ONE}:
        return False
    if root.only:
        return not any(name == step.name or name.startswith(f"{step.name}__") for name in root.only)
    return step.name in root.left_out


def _eager_load(root: Load, path: Sequence[Relation], lookups: Sequence[str]) -> str:
    """Join where every step reaches one object at most, prefetch otherwise."""
    if not root.is_raw and all(step.query_name for step in path):
        return f'select_related("{"__".join(step.query_name for step in path)}")'
    names = [*lookups, path[-1].name]
    return f'prefetch_related("{"__".join(names)}")'


def fix_on(edit: str, root: Load, recording: Recording) -> Fix:
    """Name the queryset: the line that evaluates it, or the view's own where the framework does."""
    view = recording.view_queryset
    if root.place is not None:
        return Fix(edit=edit, queryset="", place=root.place, load=root.number, model=root.model)
    if view is not None and view.model in {"", root.model, *root.model_bases}:
        return Fix(edit=edit, queryset=view.name, place=view.place, load=root.number, model=root.model)
    name = f"the queryset of {root.model.rpartition('.')[2]}"
    return Fix(edit=edit, queryset=name, place=None, load=root.number, model=root.model)
