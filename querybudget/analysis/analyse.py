"""From a recording to its measures, groups and findings: the one entrance to the analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.analysis.findings import find
from querybudget.analysis.grouping import group
from querybudget.analysis.measures import measure
from querybudget.finding import N_PLUS_ONE
from querybudget.records import Analysis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from querybudget.finding import Finding
    from querybudget.records import Recording


def analyse(recording: Recording) -> Analysis:
    """Measure one request, or the queries a block made outside requests."""
    groups = group(recording)
    findings = find(recording, groups)
    return Analysis(
        measures=measure(recording.events, dropped=recording.dropped, n_plus_one=_n_plus_one(findings)),
        groups=groups,
        findings=findings,
        doubts=_doubts([recording]),
        n_phaseless=_n_phaseless([recording]),
    )


def together(parts: Sequence[tuple[Recording, Analysis]]) -> Analysis:
    """Measure a whole block: its own queries and the requests made in it.

    Findings are those of the parts, since two requests are never one loop; duplicates and shapes
    are counted over everything.
    """
    findings = tuple(finding for _, analysis in parts for finding in analysis.findings)
    dropped = {
        key: sum(recording.dropped.get(key, 0) for recording, _ in parts)
        for recording, _ in parts
        for key in recording.dropped
    }
    events = [event for recording, _ in parts for event in recording.events]
    return Analysis(
        measures=measure(events, dropped=dropped, n_plus_one=_n_plus_one(findings)),
        groups=tuple(found for _, analysis in parts for found in analysis.groups),
        findings=findings,
        doubts=_doubts([recording for recording, _ in parts]),
        n_phaseless=_n_phaseless([recording for recording, _ in parts]),
    )


def _n_plus_one(findings: Sequence[Finding]) -> int:
    return sum(finding.code in N_PLUS_ONE and not finding.accepted for finding in findings)


def _doubts(recordings: Sequence[Recording]) -> tuple[str, ...]:
    n_dropped = sum(recording.n_dropped for recording in recordings)
    n_blind = sum(recording.n_blind for recording in recordings)
    doubts = []
    if n_dropped:
        doubts.append(f"{n_dropped:,} queries beyond the limit of one request were counted without evidence")
    if n_blind:
        doubts.append(f"querybudget failed to read the evidence of {n_blind:,} queries")
    return tuple(doubts)


def _n_phaseless(recordings: Sequence[Recording]) -> int:
    """Count what no frame tells the phase of: other threads, and what was counted without evidence."""
    by_time = sum(event.is_by_time and event.counts for each in recordings for event in each.events)
    return by_time + sum(recording.n_dropped + recording.n_blind for recording in recordings)
