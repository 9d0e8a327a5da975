"""Keeps what was concluded of queries where it holds for all that are alike, and drops it where it does not.

That a filter's value is the key of an object at hand may be a coincidence, but not for every query of a line.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from querybudget.analysis.grouping import outermost_many

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from querybudget.records import Event, Recording


def settled(recording: Recording) -> Recording:
    """Return a recording in which all queries that are alike are concluded to be of one relation, or none."""
    if not any(event.origin.is_inferred for event in recording.events):
        return recording
    alike: defaultdict[Hashable, list[Event]] = defaultdict(list)
    for event in recording.events:
        alike[_likeness(event)].append(event)
    doubtful = {key for key, events in alike.items() if not _agree(events, recording)}
    events = (_bare(event) if _likeness(event) in doubtful else event for event in recording.events)
    return replace(recording, events=tuple(events))


def _likeness(event: Event) -> Hashable:
    place = event.place
    function = (place.path, place.function) if place else event.field
    return event.fingerprint.id, event.alias, event.origin.kind, event.origin.model, function


def _agree(events: Sequence[Event], recording: Recording) -> bool:
    """Tell whether all are of one relation of one list's rows; what Django names is not in question."""
    concluded = {
        (event.origin.relation, outermost_many(event.origin.asker, recording.loads))
        for event in events
        if event.origin.is_inferred
    }
    return not concluded or (len(concluded) == 1 and all(event.origin.relation for event in events))


def _bare(event: Event) -> Event:
    """Return an event without what was concluded of it."""
    if not event.origin.is_inferred:
        return event
    origin = replace(
        event.origin, relation=None, asker=None, narrowed="", is_defeated=False, is_inferred=False
    )
    return replace(event, origin=origin)
