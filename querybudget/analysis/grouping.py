"""Put a recording's events into groups of one cause."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from querybudget.records import Group, OriginKind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from querybudget.records import Asker, Event, Load, Recording

LAZY = frozenset({OriginKind.RELATION, OriginKind.DEFERRED})
"""Origins that are one object's own attribute."""


def group(recording: Recording) -> tuple[Group, ...]:
    """Return the groups of all events that count, in the order of their first events.

    Lazy loads belong together by relation and load, so that a generic relation over three tables
    stays one group; everything else by fingerprint, origin and the function of the call site.
    """
    members: defaultdict[Hashable, list[Event]] = defaultdict(list)
    roots: dict[Hashable, int | None] = {}
    for event in recording.events:
        if not event.counts:
            continue
        root = outermost_many(event.origin.asker, recording.loads)
        key = _cause(event, root)
        members[key].append(event)
        roots[key] = root
    return tuple(Group(events=tuple(events), root=roots[key]) for key, events in members.items())


def _cause(event: Event, root: int | None) -> Hashable:
    origin = event.origin
    if origin.kind in LAZY and root is not None:
        return origin.kind, origin.relation, root
    place = event.place
    function = (place.path, place.function) if place else event.field
    return event.fingerprint.id, event.alias, origin.kind, origin.model, origin.relation, root, function


def outermost_many(asker: Asker | None, loads: Mapping[int, Load]) -> int | None:
    """Return the outermost load of many objects that led to this object, or None."""
    many = [load.number for load in lineage(asker, loads) if not load.is_single]
    return many[-1] if many else None


def lineage(asker: Asker | None, loads: Mapping[int, Load]) -> Iterator[Load]:
    """Yield the load an object came from, the load that was reached from, and so on outwards."""
    while asker is not None and asker.load in loads:
        load = loads[asker.load]
        yield load
        asker = load.source
