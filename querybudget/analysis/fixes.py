"""The edit that mends a finding, where the models accept every step of it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from querybudget.analysis.grouping import lineage
from querybudget.records import Fix
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
    if relation is None or not chain:
        return None
    root = chain[-1]
    above = list(reversed(chain[:-1]))
    if relation.kind is RelationKind.DEFERRED:
        # Inside another queryset it is not known which of them defers.
        edit = f'load "{relation.name}" too (name it in only(), or take it out of defer())'
        return fix_on(edit, root, recording) if len(chain) == 1 and not root.is_raw else None
    steps = [load.step for load in above]
    if None in steps:
        return None
    path = [step for step in steps if step is not None] + [relation]
    if not _is_accepted(root, path):
        return None
    return fix_on(_eager_load(root, path, [load.lookup for load in above]), root, recording)


def chain_to_edit(asker: Asker | None, recording: Recording) -> list[Load]:
    """Return the loads that led to an object, nearest first, up to the queryset to edit.

    That is the outermost list, where a line evaluates it: what leads to it is one object, whose own queryset
    need not know what is listed.
    """
    chain = list(lineage(asker, recording.loads))
    many = [number for number, load in enumerate(chain) if not load.is_single]
    if many and chain[many[-1]].place is not None and not chain[many[-1]].is_prefetched:
        return chain[: many[-1] + 1]
    return chain


def _is_accepted(root: Load, path: Sequence[Relation]) -> bool:
    """Walk the path through the recorded map of relations, as Django's `_meta` would."""
    if root.is_combined or path[0].model not in {root.model, *root.model_bases}:
        return False
    if _is_deferred(path[0], root):
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
        return Fix(edit=edit, queryset="", place=root.place)
    if view is not None and view.model in {"", root.model, *root.model_bases}:
        return Fix(edit=edit, queryset=view.name, place=view.place)
    return Fix(edit=edit, queryset=f"the queryset of {root.model.rpartition('.')[2]}", place=None)
