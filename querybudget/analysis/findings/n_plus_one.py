"""QB101: a relation or deferred field loaded one object at a time, for objects of one load."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import Detection, askers, for_whom
from querybudget.analysis.fixes import fix_of_lazy_load
from querybudget.analysis.grouping import LAZY
from querybudget.records import Finding, Proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from querybudget.records import Event, Group, Recording

CODE = "QB101"
TITLE = "n-plus-one"

MIN_OBJECTS = 3
MIN_OBJECTS_AT_ONE_LINE = 2


def detect(groups: Iterable[Group], recording: Recording, /) -> Iterator[Detection]:
    """Yield each group of lazy loads for three objects of one load, or for two at the same line."""
    for group in groups:
        if group.root is not None and group.first.origin.kind in LAZY and _is_repeated(group.events):
            yield Detection(finding=_finding(group, recording), events=group.events)


def _is_repeated(events: Iterable[Event]) -> bool:
    events = tuple(events)
    if len(askers(events)) >= MIN_OBJECTS:
        return True
    by_line: defaultdict[object, list[Event]] = defaultdict(list)
    for event in events:
        by_line[(event.place.path, event.place.line) if event.place else event.field].append(event)
    return any(len(askers(same_line)) >= MIN_OBJECTS_AT_ONE_LINE for same_line in by_line.values())


def _finding(group: Group, recording: Recording) -> Finding:
    first = group.first
    count = len(group.events)
    relation = str(first.origin.relation)
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.PROVEN,
        count=count,
        what=f"{relation} loaded {count} times{for_whom(askers(group.events), recording)}",
        statement=first.fingerprint.shape,
        relation=relation,
        call_site=first.place,
        field=first.field,
        fix=fix_of_lazy_load(first, recording),
    )
