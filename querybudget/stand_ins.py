"""What stands in an edit for the values that a filter compares with.

They are not kept, and `…` is printed. While fixes are tried each has a name instead, so that an edit can be
carried out as it would be filled in.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

OPEN = "…"
_NAME = re.compile(r"(?:\w+__)?pk__in=_rows\d+\b|(?<==)_\d+\b")
# A subclass before its base: True is no 1, and a datetime no date.
PLAIN: tuple[Any, ...] = (
    bool,
    int,
    float,
    str,
    bytes,
    Decimal,
    datetime,
    date,
    time,
    timedelta,
    UUID,
    type(None),
)
"""Values that can be compared and kept without running code of the project's."""


class StandIns:
    """The values met so far; equal ones have one name."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._names: dict[Hashable, str] = {}

    def name(self, value: Any) -> str:
        """Return what stands for a value: a name, or `…` where it is no plain one nor several of these."""
        several = isinstance(value, list | tuple | set | frozenset)
        parts = tuple(value) if several else (value,)
        if not {type(each) for each in parts}.issubset(PLAIN):
            return OPEN
        key = several, tuple((type(each), each) for each in parts)
        return self.name_as(key, list(parts) if several else value)

    def name_rows(self, key: Hashable, rows: Any) -> str:
        """Return the condition to be one of some rows, for conditions that no keyword of a filter says."""
        return f"pk__in={self.name_as(('rows', key), rows, prefix='_rows')}"

    def name_as(self, key: Hashable, value: Any, prefix: str = "_") -> str:
        """Return a name for a value that is the same as any other of its key."""
        name = self._names.setdefault(key, f"{prefix}{len(self._names)}")
        self._values[name] = value
        return name

    def __contains__(self, name: str) -> bool:
        """Tell whether a name stands for a value."""
        return name in self._values

    def __getitem__(self, name: str) -> Any:
        """Return the value that a name stands for."""
        return self._values[name]


def printed(text: str) -> str:
    """Return the text of an edit, or of a part of it, as it is printed."""
    return _NAME.sub(OPEN, text)


def merged(conditions: Iterable[str]) -> list[str]:
    """Write each condition once, in order; what is compared with two values is left open."""
    by_text: dict[str, str] = {}
    for each in conditions:
        text = printed(each)
        by_text[text] = each if by_text.get(text, each) == each else text
    return list(by_text.values())


def shared(texts: Iterable[str]) -> str:
    """Return what all of several texts say that are printed alike: a value only where it is that of all."""
    found = set(texts)
    return found.pop() if len(found) == 1 else printed(found.pop())
