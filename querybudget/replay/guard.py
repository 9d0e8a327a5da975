"""What each eager load is worth: whether a budget notices when it is gone, and whether anybody reads it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch

from querybudget.replay.edits import Target, applied, evaluations
from querybudget.replay.engine import NotReplayable, counted, replay
from querybudget.replayed import Outcome, Replayed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from querybudget.capture.witness import Witness
    from querybudget.records import Load, Request
    from querybudget.replay.edits import Change
    from querybudget.replay.engine import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class EagerLoad:
    """One path that a queryset loads eagerly, or the columns it confines itself to."""

    target: Target
    method: str
    """`select_related`, `prefetch_related` or `only`."""
    path: str

    @property
    def is_of_columns(self) -> bool:
        """Tell whether it leaves columns out, instead of loading objects."""
        return self.method in {"only", "defer"}

    def __str__(self) -> str:
        return f'{self.method}("{self.path}") {self.target}'


@contextmanager
def noted(found: dict[EagerLoad, None]) -> Iterator[None]:
    """Note every eager load of the querysets that are evaluated meanwhile."""

    def note(queryset: Any, target: Target) -> None:
        for method, path in _paths(queryset):
            found[EagerLoad(target=target, method=method, path=path)] = None

    with evaluations(note):
        yield


def _paths(queryset: Any) -> Iterator[tuple[str, str]]:
    joined = queryset.query.select_related
    if isinstance(joined, dict):
        for path in _leaves(joined):
            yield "select_related", path
    elif joined:
        yield "select_related", ""
    lookups = [_name(each) for each in queryset._prefetch_related_lookups]
    for lookup in lookups:
        if not any(other.startswith(f"{lookup}__") for other in lookups):
            yield "prefetch_related", lookup
    names, are_left_out = queryset.query.deferred_loading
    if names or not are_left_out:
        yield "defer" if are_left_out else "only", ", ".join(sorted(names))


def _name(lookup: Any) -> str:
    """Name a lookup by what it makes: two may go through one relation, to different attributes."""
    return str(lookup.prefetch_to if isinstance(lookup, Prefetch) else lookup)


def _leaves(joined: dict[str, Any]) -> Iterator[str]:
    """Yield the paths of a tree of joins, each whole."""
    for name, below in joined.items():
        if below:
            yield from (f"{name}__{path}" for path in _leaves(below))
        else:
            yield name


def is_of_the_project(load: EagerLoad, answer: Answer) -> bool:
    """Tell a queryset that a line of the project evaluates, or a view for it, from Django's own inside."""
    view = answer.request.recording.view_queryset
    if load.target.place is not None or load.target.relation:
        return True
    return view is not None and view.model in {"", load.target.model}


def without(load: EagerLoad) -> Change:
    """Return what takes an eager load away, and nothing else."""

    def change(queryset: Any) -> Any:
        edited = queryset._chain()
        if load.method == "prefetch_related":
            kept = [each for each in edited._prefetch_related_lookups if _name(each) != load.path]
            edited._prefetch_related_lookups = tuple(kept)
        elif load.method == "select_related":
            joined = edited.query.select_related
            edited.query.select_related = _pruned(joined, load.path.split("__")) if load.path else False
        else:
            edited.query.clear_deferred_loading()
        return edited

    return change


def _pruned(joined: dict[str, Any], path: Sequence[str]) -> Any:
    """Cut a path out of a tree of joins, with what only leads to it."""
    first, *rest = path
    below = _pruned(joined[first], rest) if rest else False
    others = {name: inner for name, inner in joined.items() if name != first}
    return {**others, first: below} if below else others or False


def verdicts(
    witness: Witness, before: Answer, loads: Sequence[EagerLoad], breaks: Callable[[Request], str]
) -> Iterator[tuple[EagerLoad, Replayed]]:
    """Take each eager load away, and say what would be noticed.

    Args:
        witness: the request.
        before: what it answers as it is.
        loads: the eager loads to try.
        breaks: names the budget that another run of the request breaks; empty where none does.

    """
    for load in loads:
        outcome, told = _without(witness, before, load, breaks)
        if outcome is Outcome.NO_ROWS and load.is_of_columns:
            continue  # no number of queries tells what columns cost
        yield (
            load,
            Replayed(
                action=before.request.action,
                kind="guard",
                subject=str(load),
                outcome=outcome,
                told=told,
                weight=before.queries,
            ),
        )


def _without(
    witness: Witness, before: Answer, load: EagerLoad, breaks: Callable[[Request], str]
) -> tuple[Outcome, str]:
    try:
        after = replay(witness, applied(load.target, without(load)))
    except NotReplayable as error:
        return Outcome.GUARDED, f"without it: {error}"
    difference = before.difference(after)
    if difference:
        return Outcome.GUARDED, f"without it another answer: {difference}"
    numbers = f"{before.queries} → {after.queries} queries without it"
    budget = breaks(after.request)
    if budget:
        return Outcome.GUARDED, f"{numbers}, which breaks {budget}"
    if after.queries > before.queries:
        return Outcome.UNGUARDED, f"{numbers}, and no budget fails"
    return _unnoticed(before, after, load, numbers)


def _unnoticed(before: Answer, after: Answer, load: EagerLoad, numbers: str) -> tuple[Outcome, str]:
    """Say why an eager load may be missing without one query more."""
    if load.is_of_columns:
        return (Outcome.DEAD if after.queries < before.queries else Outcome.NO_ROWS), numbers
    n_spared = _n_asked_one_by_one(after) - _n_asked_one_by_one(before)
    if n_spared > 0:
        needed = before.queries - after.queries + n_spared + 1
        return Outcome.MASKED, f"{numbers}: needs {needed} rows to show"
    if not _has_rows(load, before):
        return Outcome.NO_ROWS, "no row has what it loads"
    return Outcome.DEAD, f"{numbers}, identical response: nothing reads it"


def _n_asked_one_by_one(answer: Answer) -> int:
    """Count the queries that an object was asked for: what an eager load spares."""
    loads = answer.request.recording.loads
    return sum(
        event.origin.relation is not None and not (event.load is not None and loads[event.load].is_prefetched)
        for event in counted(answer.request)
    )


def _has_rows(eager: EagerLoad, before: Answer) -> bool:
    """Tell whether the path led to any object."""
    recorded = before.request.recording.loads
    roots = [load for load in recorded.values() if Target.of(load) == eager.target]
    return any(_reaches(load, eager.path.split("__"), recorded) for load in roots)


def _reaches(load: Load, path: Sequence[str], recorded: Any) -> bool:
    below = [
        each
        for each in recorded.values()
        if each.source is not None and each.source.load == load.number and each.lookup == path[0]
    ]
    return any(each.n_rows and (not path[1:] or _reaches(each, path[1:], recorded)) for each in below)
