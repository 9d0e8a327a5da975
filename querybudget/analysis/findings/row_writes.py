"""QB104: rows written one at a time, where Django writes many at once."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import Detection, askers, by_line, for_whom
from querybudget.analysis.walks import values_of
from querybudget.records import Finding, Fix, OriginKind, Proof, StatementKind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from querybudget.records import Event, Group, Recording

CODE = "QB104"
TITLE = "writes one by one"

MIN_WRITES = 3

_ROW = re.compile(r"\(\s*%s(?:\s*,\s*%s)*\s*\)")
"""The values of one row, or an IN list."""


def detect(groups: Iterable[Group], recording: Recording, /) -> Iterator[Detection]:
    """Yield writes of one row each that come back to a line three times; what Django batches is none.

    The tables that one save or delete writes to are one problem.
    """
    problems: defaultdict[Hashable, list[Group]] = defaultdict(list)
    for group in groups:
        first = group.first
        if first.fingerprint.kind is StatementKind.WRITE and first.origin.kind in _DONE and _is_loop(group):
            origin = first.origin
            problems[origin.kind, origin.model, origin.relation, first.place, first.field].append(group)
    for found in problems.values():
        events = tuple(event for group in found for event in group.events)
        yield Detection(finding=_finding(found, events, recording), events=events)


def _is_loop(group: Group) -> bool:
    if max(map(len, by_line(group.events))) < MIN_WRITES:
        return False
    kind = group.first.origin.kind
    if kind is OriginKind.DELETE:
        return all(len(values_of(event)) <= 1 for event in group.events)
    return kind is not OriginKind.RELATION_CHANGE or not _is_one_change(group.events)


def _is_one_change(events: Sequence[Event]) -> bool:
    """Tell the chunks of one change from many changes: all of its rows are of one object."""
    rows = [row for event in events for row in _rows(event)]
    return len(rows) > len(events) and any(len(set(column)) == 1 for column in zip(*rows, strict=True))


def _rows(event: Event) -> list[tuple[bytes, ...]]:
    """Return the values of the rows that an INSERT has, each as wide as the others."""
    values = values_of(event)
    width = len(values) // max(len(_ROW.findall(event.statement)), 1)
    return list(zip(*[iter(values)] * width, strict=False)) if width else []


def _finding(groups: Sequence[Group], events: Sequence[Event], recording: Recording) -> Finding:
    # What hangs on a row is deleted before it, and its parent's part is inserted before its own.
    last = groups[-1].first
    origin = last.origin
    subject = str(origin.relation) if origin.relation else origin.model.rpartition(".")[2]
    times = f"{_DONE[origin.kind]} {max(len(group.events) for group in groups)} times"
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.PROVEN,
        count=len(events),
        what=f"{subject} {times}, a row each{for_whom(askers(events), recording)}",
        statement=last.fingerprint.shape,
        relation=subject,
        call_site=last.place,
        field=last.field,
        fix=_fix(last),
    )


_DONE = {
    OriginKind.SAVE: "saved",
    OriginKind.UPDATE: "updated",
    OriginKind.DELETE: "deleted",
    OriginKind.RELATION_CHANGE: "changed",
}


def _fix(event: Event) -> Fix | None:
    """Name the bulk write; Django has none that creates rows of a model with a parent's table."""
    origin = event.origin
    model = origin.model.rpartition(".")[2]
    is_insert = event.statement.lstrip().upper().startswith("INSERT")
    if origin.kind is OriginKind.SAVE and is_insert and origin.is_inherited:
        return None
    if origin.kind is OriginKind.RELATION_CHANGE:
        edit = f"{origin.relation}.through.objects.bulk_create(…)" if origin.relation and is_insert else ""
    elif origin.kind is OriginKind.SAVE:
        edit = f"{model}.objects.{'bulk_create' if is_insert else 'bulk_update'}(…)"
    else:
        verb = "update(…)" if origin.kind is OriginKind.UPDATE else "delete()"
        edit = f"{model}.objects.filter(pk__in=…).{verb}"
    return Fix(edit=edit, queryset="place of the loop", place=event.place) if edit else None
