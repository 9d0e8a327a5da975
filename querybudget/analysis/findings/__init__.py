"""The detectors, one a module, in the order in which they may claim a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from querybudget import blind_spots
from querybudget.analysis.findings import (
    duplicate,
    eager_loads,
    growing,
    latent,
    n_plus_one,
    query_in_loop,
    row_writes,
    unlimited_list,
    unread_columns,
    unread_rows,
)
from querybudget.analysis.findings.detection import accepted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from querybudget.analysis.findings.detection import Detection
    from querybudget.finding import Finding
    from querybudget.records import Event, Group, Recording


class Detector(Protocol):
    """Looks at groups nobody has claimed yet and yields what it finds, with the events it explains."""

    def __call__(self, groups: Iterable[Group], recording: Recording, /) -> Iterator[Detection]:
        """Yield what is found among `groups`."""
        ...


_TITLES = {
    **{
        each.CODE: each.TITLE
        for each in (
            n_plus_one,
            query_in_loop,
            duplicate,
            row_writes,
            latent,
            unread_rows,
            unlimited_list,
            growing,
            blind_spots,
            unread_columns,
        )
    },
    **eager_loads.TITLES,
}
CODES: Mapping[str, str] = dict(sorted(_TITLES.items()))
"""Code → title of every finding there may be."""

OF_GUARD = frozenset({eager_loads.DEAD_CODE, eager_loads.UNGUARDED_CODE, unread_columns.CODE})
"""Codes that are looked for with `--querybudget-verify=guard` alone."""

OF_RUNS = frozenset(
    {
        eager_loads.DEAD_CODE,
        eager_loads.UNGUARDED_CODE,
        blind_spots.CODE,
        growing.CODE,
        unread_columns.CODE,
    }
)
"""Codes that a whole run can tell, and no single test."""

DETECTORS: tuple[Detector, ...] = (
    n_plus_one.detect,
    query_in_loop.detect,
    row_writes.detect,
    latent.detect,
    duplicate.detect,
    unread_rows.detect,
    unlimited_list.detect,
)


def find(recording: Recording, groups: Iterable[Group]) -> tuple[Finding, ...]:
    """Run every detector; what one has explained, the next is not shown.

    Returns:
        The findings by code, then by count, the largest first.

    """
    left = list(groups)
    findings: list[Finding] = []
    for detect in DETECTORS:
        claimed: set[int] = set()
        for detection in detect(left, recording):
            findings.append(accepted(detection.finding, recording.suppressions))
            claimed.update(map(id, detection.events))
        left = [group for group in left if not _is_claimed(group.events, claimed)]
    return tuple(sorted(findings, key=lambda finding: (finding.code, -finding.count, finding.what)))


def _is_claimed(events: Iterable[Event], claimed: set[int]) -> bool:
    return any(id(event) in claimed for event in events)
