"""QB101: a relation or deferred field loaded one object at a time, for objects of one load."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import Detection, askers, by_way, for_whom
from querybudget.analysis.fixes import fix_of_lazy_load
from querybudget.analysis.grouping import LAZY
from querybudget.finding import Finding, Proof

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from querybudget.records import Event, Group, Recording

CODE = "QB101"
TITLE = "n-plus-one"

MIN_OBJECTS = 3
MIN_OBJECTS_AT_ONE_LINE = 2


def detect(groups: Iterable[Group], recording: Recording, /) -> Iterator[Detection]:
    """Yield lazy loads for three objects of one load, or for two at the same line.

    The same queryset evaluated again and again, once a row of another, is one problem with one edit.
    """
    problems: defaultdict[Hashable, list[Event]] = defaultdict(list)
    for group in groups:
        if group.first.origin.kind not in LAZY:
            continue
        if group.root is None and _is_walk_up(group, recording):
            walked = replace(_finding(group.events, recording), fix=None)  # no join reaches any depth
            yield Detection(finding=walked, events=group.events)
        elif group.root is not None and _is_repeated(group.events):
            problems[_problem(group, recording)] += group.events
    for events in problems.values():
        yield Detection(finding=_finding(events, recording), events=tuple(events))


def _is_walk_up(group: Group, recording: Recording) -> bool:
    """Tell a chain of objects that is walked step by step by the same relation, at one line."""
    relation = group.first.origin.relation
    askers_of = [event.origin.asker for event in group.events if event.origin.asker]
    steps = [recording.loads[asker.load].step for asker in askers_of]
    is_chain = relation is not None and steps.count(relation) >= MIN_OBJECTS - 1
    return is_chain and max(map(len, by_way(group.events))) >= MIN_OBJECTS


def _problem(group: Group, recording: Recording) -> Hashable:
    """Tell loads of one line from others; a load that no line evaluates is a problem of its own."""
    first, root = group.first, recording.loads[group.root or 0]
    return first.origin.relation, first.place, first.field, root.model, root.place or root.number


def _is_repeated(events: Iterable[Event]) -> bool:
    events = tuple(events)
    if len(askers(events)) >= MIN_OBJECTS:
        return True
    return any(len(askers(same_line)) >= MIN_OBJECTS_AT_ONE_LINE for same_line in by_way(events))


def _finding(events: Sequence[Event], recording: Recording) -> Finding:
    first = events[0]
    count = len(events)
    relation = str(first.origin.relation)
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.PROVEN,
        count=count,
        what=f"{relation} loaded {count} times{for_whom(askers(events), recording)}",
        statement=first.fingerprint.shape,
        relation=relation,
        call_site=first.place,
        field=first.field,
        fix=fix_of_lazy_load(first, recording),
    )
