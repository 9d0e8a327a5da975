"""Which of several frames says what a query is: the one whose kind ranks highest, of equals the innermost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.records import OriginKind

if TYPE_CHECKING:
    from querybudget.capture.scopes import RawEvent

RANK = {
    OriginKind.ITERATION: 1,
    OriginKind.RAW: 1,
    OriginKind.GET: 2,
    OriginKind.FIRST: 2,
    OriginKind.COUNT: 2,
    OriginKind.EXISTS: 2,
    OriginKind.AGGREGATE: 2,
    OriginKind.UPDATE: 2,
    OriginKind.DELETE: 3,
    OriginKind.REFRESH: 3,
    OriginKind.SAVE: 3,
    OriginKind.BULK: 3,
    OriginKind.RELATION_CHANGE: 4,
    OriginKind.RELATION: 4,
    OriginKind.PREFETCH: 4,
    OriginKind.DEFERRED: 5,
    OriginKind.CACHE_FILL: 6,
}


def raise_kind(event: RawEvent, kind: OriginKind) -> bool:
    """Let an event be of a kind; False where it is of one that ranks as high already."""
    rank = RANK[kind]
    if rank <= event.rank:
        return False
    event.kind, event.rank = kind, rank
    return True
