"""For which object a query was asked that names no relation: `Review.objects.filter(book=book).count()`.

The value of the filter says it: the key of an object of a recorded list that frames of the project hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Model

from querybudget.capture import correlation, narrowing, relations
from querybudget.capture.callsite import codes
from querybudget.capture.frames import BOUNDARY, HANDLER, PROJECT, QUERYSET, TEST
from querybudget.capture.origin import tag_of
from querybudget.capture.scopes import ROW_BITS
from querybudget.records import OriginKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet
    from types import FrameType

    from querybudget.capture.scopes import RawEvent

MAX_FRAMES = 5
"""Frames of the project that are searched: a helper is given the key, who calls it holds the object."""


def note(frame: FrameType | None, event: RawEvent, queryset: Any, lists: AbstractSet[int]) -> None:
    """Name the relation that a filter stands for, and the object it was asked for.

    Of several objects that a filter compares with, a row of a list is meant: that one changes in a loop.
    Where it stands for no relation, it may still compare with a column of such a row.

    Args:
        frame: the innermost frame.
        event: the query.
        queryset: what asked for it.
        lists: the numbers of the loads that hold several objects.

    """
    if not getattr(queryset.query, "where", None):
        return
    objects = sorted(held(frame), key=lambda each: tag_of(each) >> ROW_BITS not in lists)
    if not _note_relation(event, queryset, objects) and event.kind in _OF_ONE:
        rows = (each for each in objects if tag_of(each) >> ROW_BITS in lists)
        found = ((tag_of(row), correlation.of_row(queryset, row)) for row in rows)
        event.correlation = next((each for each in found if each[1]), None)


def _note_relation(event: RawEvent, queryset: Any, held: Iterable[Model]) -> bool:
    """Note the relation of the first of these objects that a filter stands for; False where it is none."""
    filters = relations.filters_of(queryset)
    for instance in held if filters else ():
        relation = relations.of_filter(filters, instance)
        if relation is not None:
            event.relation = relation
            event.is_inferred = True
            event.asker = tag_of(instance)
            event.is_defeated = relations.is_prefetched(instance, relation[0])
            event.narrowed = narrowing.narrowing(queryset, relation)
            return True
    return False


_OF_ONE = frozenset({OriginKind.GET, OriginKind.FIRST, OriginKind.EXISTS})


def held(frame: FrameType | None) -> Iterator[Model]:
    """Yield the objects of recorded loads that frames of the project hold, innermost first."""
    n_frames = 0
    while frame is not None and n_frames < MAX_FRAMES:
        what = codes.step(frame.f_code).what
        if what is BOUNDARY or what is HANDLER:
            return
        if what is PROJECT or what is QUERYSET or what is TEST:
            n_frames += 1
            for value in tuple(frame.f_locals.values()):
                # Never `isinstance`: a lazy object would load what it stands for, to say its class.
                if issubclass(type(value), Model) and tag_of(value):
                    yield value
        frame = frame.f_back
