"""QB203: rows loaded that were counted or tested for truth, and never read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import Detection, plural
from querybudget.finding import Finding, Fix, Proof
from querybudget.records import Unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from querybudget.records import Event, Group, Recording

CODE = "QB203"
TITLE = "rows loaded and not read"

_ASKS = {Unread.COUNTED: "count()", Unread.TESTED: "exists()"}


def detect(groups: Iterable[Group], recording: Recording, /) -> Iterator[Detection]:
    """Yield lists that were asked for their length or their truth alone."""
    for group in groups:
        events = [event for event in group.events if event.unread is not None]
        if events:
            yield Detection(finding=_finding(events, recording), events=group.events)


def _finding(events: Sequence[Event], recording: Recording) -> Finding:
    first = events[0]
    loads = [recording.loads[event.load] for event in events if event.load is not None]
    n_rows = sum(load.n_rows for load in loads)
    unread = first.unread or Unread.COUNTED
    why = "to be counted" if unread is Unread.COUNTED else "to be tested for truth"
    rows = plural(first.origin.model) if n_rows != 1 else first.origin.model.rpartition(".")[2].lower()
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.HEURISTIC,
        count=len(events),
        what=f"{n_rows:,} {rows} loaded {why}, none of them read",
        statement=first.fingerprint.shape,
        relation=str(first.origin.relation) if first.origin.relation else None,
        call_site=first.place,
        field=first.field,
        fix=Fix(edit=_ASKS[unread], queryset="", place=first.place) if first.place else None,
    )
