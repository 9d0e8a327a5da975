"""QB103: the identical statement with the identical parameters, asked again."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import Detection
from querybudget.records import Finding, Proof, StatementKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from querybudget.records import Event, Group, Recording

CODE = "QB103"
TITLE = "duplicate"


def detect(groups: Iterable[Group], recording: Recording, /) -> Iterator[Detection]:
    """Yield each read that ran at least twice with no write to its tables in between."""
    candidates = {id(event) for group in groups for event in group.events}
    for events in _repeats(recording.events, candidates):
        if len(events) > 1:
            yield Detection(finding=_finding(events), events=tuple(events))


def _repeats(events: Iterable[Event], candidates: set[int]) -> Iterator[Sequence[Event]]:
    """Yield runs of identical reads; a write to one of their tables ends a run: that is a refresh."""
    runs: defaultdict[tuple[str, str, bytes], list[Event]] = defaultdict(list)
    for event in events:
        kind = event.fingerprint.kind
        if kind is StatementKind.WRITE:
            touched = set(event.fingerprint.tables)
            ended = [key for key, run in runs.items() if touched.intersection(run[0].fingerprint.tables)]
            for key in ended:
                yield runs.pop(key)
        elif kind is StatementKind.READ and id(event) in candidates:
            runs[event.alias, event.statement, event.parameters].append(event)
    yield from runs.values()


def _finding(events: Sequence[Event]) -> Finding:
    first = events[0]
    model = first.origin.model.rpartition(".")[2]
    asked = f"{first.origin.kind} of {model}" if model else "the same statement"
    places = len({event.place for event in events})
    where = f" from {places} places" if places > 1 else ""
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
