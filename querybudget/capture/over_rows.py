"""Functions of Django and DRF that handle one object after the other; of a frame of theirs only that counts.

A test fails when one is gone upstream.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from querybudget.capture import serializer_levels

if TYPE_CHECKING:
    from types import FrameType

    from querybudget.capture.scopes import RawEvent


def goes_over_rows(_frame: FrameType, _event: RawEvent) -> None:
    """Mark a function with a loop in it over what may be rows."""


def of_a_row(_frame: FrameType, _event: RawEvent) -> None:
    """Mark a function that Django calls with each row."""


def prefetches(_frame: FrameType, _event: RawEvent) -> None:
    """Mark where a queryset prefetches for all of its rows, be it one."""


LOOPS: frozenset[Any] = frozenset({serializer_levels.note_list, goes_over_rows})

# Up to CPython 3.11 a comprehension has a frame of its own, in which it loops.
_INSIDE = ".<locals>.<listcomp>" if sys.version_info < (3, 12) else ""

DJANGO: dict[str, dict[str, Any]] = {
    "db/models/query.py": {"QuerySet._prefetch_related_objects": prefetches},
    "template/defaulttags.py": {
        "ForNode.render": goes_over_rows,
        f"RegroupNode.render{_INSIDE}": goes_over_rows,
    },
    "template/defaultfilters.py": {
        f"join{_INSIDE}": goes_over_rows,
        "_property_resolver.<locals>.resolve": of_a_row,
    },
    "forms/models.py": {"ModelChoiceIterator.__iter__": goes_over_rows},
    "core/serializers/base.py": {"Serializer.serialize": goes_over_rows},
    "contrib/admin/templatetags/admin_list.py": {"results": goes_over_rows},
}

_LIST = "ListSerializer.to_representation"
# From CPython 3.12 on the loop is in the function itself, which tells more.
DRF: dict[str, dict[str, Any]] = {
    "serializers.py": {f"{_LIST}{_INSIDE}": goes_over_rows} if _INSIDE else {},
    "relations.py": {f"ManyRelatedField.to_representation{_INSIDE}": goes_over_rows},
}
