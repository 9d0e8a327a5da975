"""QB103: the identical statement with the identical parameters, asked again."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import Detection
from querybudget.finding import Finding, Proof
from querybudget.records import StatementKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from querybudget.records import Event, Group, Place, Recording

CODE = "QB103"
TITLE = "duplicate"


_VOLATILE = re.compile(r"\b(?:RANDOM|RAND|NEXTVAL|CLOCK_TIMESTAMP)\s*\(", re.IGNORECASE)


def detect(groups: Iterable[Group], recording: Recording, /) -> Iterator[Detection]:
    """Yield each read that ran at least twice with nothing in between that could alter its answer."""
    candidates = {id(event) for group in groups for event in group.events}
    runs = _Runs()
    for event in _with_interruptions(recording):
        if event is None or _undoes(event):
            runs.end_all()
        elif event.fingerprint.kind is StatementKind.WRITE:
            runs.end(event.fingerprint.tables)
        elif _is_repeatable(event) and id(event) in candidates:
            runs.add(event)
    runs.end_all()
    for events in runs.ended:
        if len(events) > 1:
            yield Detection(finding=_finding(events), events=tuple(events))


def _with_interruptions(recording: Recording) -> Iterator[Event | None]:
    """Yield the events, and None where a request ran in between that is recorded apart."""
    waiting = list(reversed(recording.interruptions))
    for event in recording.events:
        while waiting and waiting[-1] < event.started_ns:
            waiting.pop()
            yield None
        yield event


def _undoes(event: Event) -> bool:
    return event.fingerprint.kind is StatementKind.TRANSACTION and event.statement.startswith("ROLLBACK")


def _is_repeatable(event: Event) -> bool:
    return event.fingerprint.kind is StatementKind.READ and not _VOLATILE.search(event.statement)


class _Runs:
    """Runs of identical reads; a write to one of their tables ends a run: what follows is a refresh."""

    def __init__(self) -> None:
        self.ended: list[list[Event]] = []
        self._open: dict[tuple[str, str, bytes], list[Event]] = {}
        self._by_table: defaultdict[str, set[tuple[str, str, bytes]]] = defaultdict(set)

    def add(self, event: Event) -> None:
        key = event.alias, event.statement, event.parameters
        self._open.setdefault(key, []).append(event)
        for table in event.fingerprint.tables:
            self._by_table[table].add(key)

    def end(self, tables: Iterable[str]) -> None:
        for table in tables:
            for key in sorted(self._by_table.pop(table, ())):
                self.ended.append(self._open.pop(key, []))

    def end_all(self) -> None:
        self.ended += self._open.values()
        self._open = {}
        self._by_table.clear()


def _finding(events: Sequence[Event]) -> Finding:
    first = events[0]
    model = first.origin.model.rpartition(".")[2]
    asked = f"{first.origin.kind} of {model}" if model else "the same statement"
    places = dict.fromkeys(event.place for event in events)
    where = f" from {len(places)} places{_also(first, places)}" if len(places) > 1 else ""
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.PROVEN,
        count=len(events),
        what=f"{asked} {len(events)} times with equal parameters{where}",
        statement=first.fingerprint.shape,
        relation=str(first.origin.relation) if first.origin.relation else None,
        call_site=first.place,
        field=first.field,
    )


MAX_PLACES = 3
"""Others that are named."""


def _also(first: Event, places: Iterable[Place | None]) -> str:
    """Name the lines that asked the same beside the first, as far as a line did."""
    others = [f"{each.path}:{each.line}" for each in places if each is not None and each != first.place]
    if not others:
        return ""
    more = f" and {len(others) - MAX_PLACES} more" if len(others) > MAX_PLACES else ""
    return f", also {', '.join(others[:MAX_PLACES])}{more}"
