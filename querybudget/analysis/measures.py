"""Count what budgets limit."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from querybudget.measures import Measures
from querybudget.records import Phase, StatementKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from querybudget.records import Event, Fingerprint


def measure(
    events: Iterable[Event], *, dropped: Mapping[tuple[str, Fingerprint], int], n_plus_one: int
) -> Measures:
    """Count the events that budgets count, and those past the limit by their fingerprints.

    Args:
        events: of one request or block; what does not count is passed over here.
        dropped: (alias, fingerprint) → executions kept without evidence.
        n_plus_one: how many groups the detectors found to be one.

    """
    kinds: Counter[StatementKind] = Counter()
    tables: Counter[str] = Counter()
    databases: Counter[str] = Counter()
    phases: Counter[Phase] = Counter()
    shapes: set[str] = set()
    seen: Counter[tuple[str, str, bytes]] = Counter()

    def add(fingerprint: Fingerprint, alias: str, count: int = 1) -> None:
        kinds[fingerprint.kind] += count
        databases[alias] += count
        shapes.add(fingerprint.id)
        for table in fingerprint.tables:
            tables[table] += count

    for event in events:
        if event.counts:
            add(event.fingerprint, event.alias)
            phases[event.phase] += 1
            seen[event.alias, event.statement, event.parameters] += 1
    for (alias, fingerprint), count in dropped.items():
        if fingerprint.kind is not StatementKind.TRANSACTION:
            add(fingerprint, alias, count)
    return Measures(
        queries=kinds.total(),
        reads=kinds[StatementKind.READ],
        writes=kinds[StatementKind.WRITE],
        duplicates=seen.total() - len(seen),
        n_plus_one=n_plus_one,
        shapes=len(shapes),
        tables=dict(sorted(tables.items())),
        databases=dict(sorted(databases.items())),
        phases={str(phase): phases[phase] for phase in Phase if phases[phase]},
    )
