"""QB102: one shape, origin and function, run again and again with other parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import Detection, askers, by_way, for_whom
from querybudget.analysis.grouping import LAZY
from querybudget.analysis.loop_fixes import fix_of_loop
from querybudget.analysis.walks import walks_in_steps
from querybudget.finding import Finding, Proof
from querybudget.records import OriginKind, StatementKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from querybudget.finding import Fix
    from querybudget.records import Group, Recording

CODE = "QB102"
TITLE = "query in a loop"

MIN_PARAMETER_SETS = 3
MIN_OBJECTS = 2

# Django batches these itself, or reads while it writes one object.
_BATCHED = frozenset(
    {OriginKind.PREFETCH, OriginKind.BULK, OriginKind.DELETE, OriginKind.SAVE, OriginKind.RELATION_CHANGE}
)


def detect(groups: Iterable[Group], recording: Recording, /) -> Iterator[Detection]:
    """Yield each group of reads with three parameter sets, or for two known objects of one load."""
    every = list(groups)
    for group in every:
        if _is_loop(group):
            fix = fix_of_loop(group, every, recording)
            yield Detection(finding=_finding(group, recording, fix), events=group.events)


def _is_loop(group: Group) -> bool:
    first = group.first
    if first.fingerprint.kind is not StatementKind.READ or first.origin.kind in _BATCHED:
        return False
    if first.origin.is_locking:
        return False  # part of writing, row by row
    if group.root is not None and first.origin.kind in LAZY:
        return False  # objects of one load: an n-plus-one, or too few to be one
    # A loop comes back to a line; a function may ask three times in a row without one.
    lines = by_way(group.events)
    if group.root is not None and any(len(askers(events)) >= MIN_OBJECTS for events in lines):
        return True
    if group.n_parameter_sets < MIN_PARAMETER_SETS or max(map(len, lines)) == 1:
        return False
    return not walks_in_steps(group.events)


def _finding(group: Group, recording: Recording, fix: Fix | None) -> Finding:
    first = group.first
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.HEURISTIC,
        count=len(group.events),
        what=_what(group, recording),
        statement=first.fingerprint.shape,
        relation=str(first.origin.relation) if first.origin.relation else None,
        call_site=first.place,
        field=first.field,
        fix=fix,
    )


def _what(group: Group, recording: Recording) -> str:
    origin = group.first.origin
    count = len(group.events)
    if origin.relation is None:
        asked = (
            f"{origin.kind} of {origin.model.rpartition('.')[2]}" if origin.model else "the same statement"
        )
        return f"{asked} {count} times, with {group.n_parameter_sets} different parameters"
    asked = _CALLS.get(origin.kind, " queried")
    defeated = " although prefetched" if origin.is_defeated else ""
    return f"{origin.relation}{asked}{defeated} {count} times{for_whom(askers(group.events), recording)}"


_CALLS = {
    OriginKind.COUNT: ".count() run",
    OriginKind.EXISTS: ".exists() run",
    OriginKind.FIRST: ".first() run",
    OriginKind.GET: ".get() run",
    OriginKind.AGGREGATE: ".aggregate() run",
}
