"""What detectors share: a finding with the events it explains, and words for its objects."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from querybudget.finding import Finding, Suppression
    from querybudget.records import Asker, Event, Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A finding, and the events no other detector needs to look at any more."""

    finding: Finding
    events: tuple[Event, ...]


def askers(events: Iterable[Event]) -> set[Asker]:
    """Return the distinct objects that were asked, where they are known."""
    return {event.origin.asker for event in events if event.origin.asker is not None}


def by_way(events: Iterable[Event]) -> list[list[Event]]:
    """Put events together to which the same calls led; without a line, those of one serializer field.

    A loop comes back to a line and by the same way. A function may be called in three lines without one.
    """
    ways: defaultdict[object, list[Event]] = defaultdict(list)
    for event in events:
        line = (event.place.path, event.place.line) if event.place else event.field
        ways[line, event.way].append(event)
    return list(ways.values())


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


def is_about(finding: Finding, code: str, target: str) -> bool:
    """Tell whether a finding has a code, and is of a relation, field or function so named, `*` allowed.

    Who accepts an n-plus-one accepts it with a single row too.
    """
    if finding.code != code and (finding.code, code) != ("QB105", "QB101"):
        return False
    function = finding.call_site.function if finding.call_site else ""
    known = (finding.relation or "", finding.field, function, function.rpartition(".")[2])
    # Of what fnmatch knows only `*`: a path has brackets of its own, `packages[].name`.
    pattern = target.replace("[", "[[]").replace("?", "[?]")
    return target == "*" or any(fnmatchcase(name, pattern) for name in known if name)


def accepted(finding: Finding, suppressions: Iterable[Suppression]) -> Finding:
    """Mark a finding that a comment in its function accepts."""
    found = next((each for each in suppressions if _is_meant(finding, each)), None)
    return replace(finding, accepted=str(found)) if found else finding


def _is_meant(finding: Finding, suppression: Suppression) -> bool:
    site = finding.call_site
    if site is None or site.path != suppression.place.path:
        return False
    is_inside = suppression.first <= site.line <= suppression.last
    return is_inside and is_about(finding, suppression.code, suppression.target)
