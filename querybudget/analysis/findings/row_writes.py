"""QB104: rows written one at a time, where Django writes many at once."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import Detection, askers, by_way, for_whom
from querybudget.analysis.walks import has_lists, values_of, walks_in_steps
from querybudget.finding import Finding, Fix, Proof
from querybudget.records import OriginKind, StatementKind

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
        if _is_of_a_row(first) and _is_loop(group):
            origin = first.origin
            problems[origin.kind, origin.model, origin.relation, first.place, first.field].append(group)
    for found in _with_locks(problems.values()):
        events = tuple(event for group in found for event in group.events)
        yield Detection(finding=_finding(found, events, recording), events=events)


def _with_locks(problems: Iterable[list[Group]]) -> Iterator[list[Group]]:
    """Put a lock to the write it is taken for, at the same line; one without is a problem of its own."""
    every = list(problems)
    locks = [found for found in every if found[0].first.origin.is_locking]
    for write in every:
        if write in locks:
            continue
        mine = [found for found in locks if found[0].first.place == write[0].first.place]
        locks = [found for found in locks if found not in mine]
        yield [*(group for found in mine for group in found), *write]
    yield from locks


def _is_of_a_row(event: Event) -> bool:
    """Tell a write, or a read that locks what is to be written."""
    if event.origin.is_locking:
        return event.origin.kind in _LOCKING
    if event.origin.kind is OriginKind.BULK and not event.origin.is_of_one:
        return False
    return event.fingerprint.kind is StatementKind.WRITE and event.origin.kind in _DONE


_LOCKING = frozenset({OriginKind.GET, OriginKind.FIRST, OriginKind.ITERATION})


def _is_loop(group: Group) -> bool:
    if max(map(len, by_way(group.events))) < MIN_WRITES:
        return False
    kind = group.first.origin.kind
    if kind in _LOCKING:
        return group.n_parameter_sets >= MIN_WRITES and not walks_in_steps(group.events)
    if kind is OriginKind.DELETE:
        return all(len(values_of(event)) <= 1 for event in group.events)
    if kind is OriginKind.UPDATE and has_lists(group.events):
        return False  # of many rows each
    return kind is not OriginKind.RELATION_CHANGE or not _is_one_change(group.events)


def _n_changing(events: Sequence[Event]) -> int:
    """Count the parameters that differ from one execution to another."""
    return sum(len(set(column)) > 1 for column in zip(*map(values_of, events), strict=False))


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
    times = f"{_DONE.get(origin.kind, 'locked')} {max(len(group.events) for group in groups)} times"
    is_by_key = origin.kind not in _VERBS or _key(last) == "pk"
    each = "a row each" if is_by_key else "for one key each"
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.PROVEN,
        count=len(events),
        what=f"{subject} {times}, {each}{for_whom(askers(events), recording)}",
        statement=last.fingerprint.shape,
        relation=subject,
        call_site=last.place,
        field=last.field,
        fix=_fix(last, events=groups[-1].events),
    )


_DONE = {
    OriginKind.SAVE: "saved",
    OriginKind.UPDATE: "updated",
    OriginKind.DELETE: "deleted",
    OriginKind.RELATION_CHANGE: "changed",
    OriginKind.BULK: "written in bulk",
}
_VERBS = {OriginKind.UPDATE: "update(…)", OriginKind.DELETE: "delete()"}


_KEY = re.compile(r"""WHERE \(?["`]?\w+["`]?\.["`]?(\w+)["`]? (?:= %s|IN \(%s\))\)?$""")


def _key(event: Event) -> str:
    """Return by what the rows are selected: their own key, or that of what they belong to."""
    relation = event.origin.relation
    if relation is not None and relation.back and not relation.through:
        return relation.back
    found = _KEY.search(event.statement)
    return found[1] if found and found[1] != "id" else "pk"


def _fix(event: Event, *, events: Sequence[Event]) -> Fix | None:
    """Name the bulk write; Django has none that creates rows of a model with a parent's table."""
    origin = event.origin
    model = origin.model.rpartition(".")[2]
    is_insert = event.statement.lstrip().upper().startswith("INSERT")
    if origin.kind is OriginKind.SAVE and is_insert and origin.is_inherited:
        return None
    if origin.kind is OriginKind.RELATION_CHANGE:
        edit = (
            f"{origin.relation}.through.objects.bulk_create(…, ignore_conflicts=True)"
            if origin.relation and is_insert
            else ""
        )
    elif origin.kind in {OriginKind.SAVE, OriginKind.BULK}:
        edit = f"{model}.objects.{'bulk_create' if is_insert else 'bulk_update'}(…)"
    elif origin.kind is OriginKind.UPDATE and _n_changing(events) > 1:
        edit = f"{model}.objects.bulk_update(…)"  # each row is given a value of its own
    elif origin.is_locking:
        edit = f"{model}.objects.select_for_update().filter(pk__in=…)"
    else:
        edit = f"{model}.objects.filter({_key(event)}__in=…).{_VERBS[origin.kind]}"
    return Fix(edit=edit, queryset="place of the loop", place=event.place) if edit else None
