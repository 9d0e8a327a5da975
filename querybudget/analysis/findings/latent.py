"""QB105: what a list of one row loads for that row, and would load for each of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import Detection
from querybudget.analysis.fixes import fix_of_lazy_load
from querybudget.analysis.grouping import LAZY
from querybudget.finding import Finding, Proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from querybudget.records import Event, Group, Recording

CODE = "QB105"
TITLE = "latent n-plus-one"


def detect(groups: Iterable[Group], recording: Recording, /) -> Iterator[Detection]:
    """Yield lazy loads in a loop over a list that held one row; a single object is none."""
    for group in groups:
        if group.root is None or group.first.origin.kind not in LAZY:
            continue
        looping = [event for event in group.events if event.is_in_loop]
        is_of_one = recording.loads[group.root].n_rows == 1
        if looping and is_of_one and not _is_shown(looping[0], recording):
            yield Detection(finding=_finding(looping, group, recording), events=group.events)


def _is_shown(event: Event, recording: Recording) -> bool:
    """Tell a line that has shown it with a longer list, as one page before the last."""
    here = (event.place, event.field, event.origin.relation)
    asked = {
        each.origin.asker
        for each in recording.events
        if each.origin.asker is not None and (each.place, each.field, each.origin.relation) == here
    }
    return len(asked) > len({asker.load for asker in asked})


def _finding(events: Sequence[Event], group: Group, recording: Recording) -> Finding:
    first = events[0]
    relation = str(first.origin.relation)
    rows = recording.loads[group.root or 0].model.rpartition(".")[2]
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.PROVEN,
        count=len(events),
        what=f"{relation} loaded for the only {rows.lower()} of a list: as often as there are rows",
        statement=first.fingerprint.shape,
        relation=relation,
        call_site=first.place,
        field=first.field,
        fix=fix_of_lazy_load(first, recording),
    )
