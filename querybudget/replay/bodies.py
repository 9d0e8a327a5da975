"""Compares two answers to one request: all but what each has of its own, the present and new keys."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import floor
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOMENT = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_UUID = rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OWN = re.compile(rb"%b|%b|(?<![\w.])\d+(?![\w.])" % (_MOMENT, _UUID))
"""What may be an answer's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request was answered, when, and what it has made."""

    content: bytes
    began: float
    """In seconds of the epoch, as `ended`."""
    ended: float
    made: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By table, the keys of the rows it has inserted, as text, each with its number in order."""

    def difference(self, other: Body) -> str:
        """Show both around the first byte in which they differ; empty where they do not.

        A time at the same place in both is the same if each of them was the present, a key if each is that of
        the row the request itself has made first, second and so on.
        """
        if self.content == other.content:
            return ""
        before, after = self._without_own(other)
        return _first_difference(before, after) if before != after else ""

    def _without_own(self, other: Body) -> tuple[bytes, bytes]:
        mine, others = _OWN.findall(self.content), _OWN.findall(other.content)
        if len(mine) != len(others):
            return self.content, other.content
        marks = [self._mark(one, other, two) for one, two in zip(mine, others, strict=True)]
        return _marked(self.content, marks), _marked(other.content, marks)

    def _mark(self, mine: bytes, other: Body, others: bytes) -> bytes | None:
        """Return what to put in the place of two parts that are each its answer's own; None where not."""
        if mine == others:
            return None
        if not self._made_as(mine).isdisjoint(other._made_as(others)):
            return b"(new)"
        return b"(now)" if self._is_present(mine) and other._is_present(others) else None

    def _made_as(self, key: bytes) -> set[tuple[str, int]]:
        """Return the rows that have a key of those it has made: their table, and which of them each is."""
        text = key.decode()
        return {(table, made[text]) for table, made in self.made.items() if text in made}

    def _is_present(self, text: bytes) -> bool:
        """Tell whether a time lies within the request; one in whole seconds may have been cut off."""
        try:
            moment = datetime.fromisoformat(text.decode())
        except ValueError:
            return False
        began = self.began if moment.microsecond else floor(self.began)
        if moment.tzinfo is not None:
            return began <= moment.timestamp() <= self.ended
        zones = UTC, timezone.get_current_timezone()
        return any(began <= moment.replace(tzinfo=each).timestamp() <= self.ended for each in zones)


def _marked(content: bytes, marks: list[bytes | None]) -> bytes:
    """Put marks in the place of those parts, by their order."""
    left = iter(marks)
    return _OWN.sub(lambda found: next(left) or found[0], content)


def _first_difference(before: bytes, after: bytes) -> str:
    at = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    if at is None:
        at = min(len(before), len(after))
    start = max(0, at - 20)
    shown = [each[start : at + 20].decode("utf-8", "replace") for each in (before, after)]
    return f"{shown[0]!r}, then {shown[1]!r}, at byte {at}"
