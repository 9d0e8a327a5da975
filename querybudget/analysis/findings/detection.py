"""What detectors share: a finding with the events it explains, and words for its objects."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from querybudget.records import Asker, Event, Finding, Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A finding, and the events no other detector needs to look at any more."""

    finding: Finding
    events: tuple[Event, ...]


def askers(events: Iterable[Event]) -> set[Asker]:
    """Return the distinct objects that were asked, where they are known."""
    return {event.origin.asker for event in events if event.origin.asker is not None}


def by_line(events: Iterable[Event]) -> list[list[Event]]:
    """Put events of one line together; without a line, those of one serializer field."""
    lines: defaultdict[object, list[Event]] = defaultdict(list)
    for event in events:
        lines[(event.place.path, event.place.line) if event.place else event.field].append(event)
    return list(lines.values())


def for_whom(asked: set[Asker], recording: Recording) -> str:
    """Say for how many of which objects: `for 20 of 20 packages`; empty where nobody is known."""
    loads = [recording.loads[number] for number in sorted({asker.load for asker in asked})]
    if not loads:
        return ""
    total = sum(load.n_rows for load in loads)
    return f", for {len(asked)} of {max(total, len(asked))} {plural(loads[0].model)}"


def plural(label: str) -> str:
    """Return the plural people would say for a model: `app.Property` → `properties`."""
    name = label.rpartition(".")[2].lower()
    if name.endswith("y") and name[-2:-1] not in set("aeiou"):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"
