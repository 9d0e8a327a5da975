"""QB302: an answer that lists whatever its table holds, however long that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import Detection, plural
from querybudget.finding import Finding, Proof
from querybudget.records import OriginKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from querybudget.records import Event, Group, Recording

CODE = "QB302"
TITLE = "list with no LIMIT"


def detect(groups: Iterable[Group], recording: Recording, /) -> Iterator[Detection]:
    """Yield the query for the rows of a long answer that was kept whole.

    Other lists are left in peace: a tree, a table of choices is loaded whole on purpose. So are short
    answers: in tests all of them are.
    """
    for group in groups:
        events = [event for event in group.events if _is_answer(event, recording)]
        if events:
            yield Detection(finding=_finding(events[0], len(events), recording), events=group.events)


def _is_answer(event: Event, recording: Recording) -> bool:
    """Tell whether a query without LIMIT read what the answer lists."""
    if event.origin.kind is not OriginKind.ITERATION or event.load is None or recording.items is None:
        return False
    load = recording.loads[event.load]
    return load.is_unlimited and load.n_rows == recording.items >= max(1, recording.unlimited_rows)


def _finding(event: Event, count: int, recording: Recording) -> Finding:
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.PROVEN,
        count=count,
        what=f"{recording.items:,} {plural(event.origin.model)} in one answer, as many as there are",
        statement=event.fingerprint.shape,
        relation=str(event.origin.relation) if event.origin.relation else None,
        call_site=event.place,
        field=event.field,
    )
