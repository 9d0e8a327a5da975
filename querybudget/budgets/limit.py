"""A limit of one measure: at most, exactly, or between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from querybudget.errors import InvalidDeclaration

_RANGE = re.compile(r"\s*(\d+)\s*\.\.\s*(\d+)\s*$")
_EXACT = re.compile(r"\s*=\s*(\d+)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Bounds of a count, both inclusive."""

    upper: int
    lower: int = 0

    def __str__(self) -> str:
        if self.lower == self.upper:
            return f"exactly {self.upper}" if self.upper else "0"
        return f"{self.lower} to {self.upper}" if self.lower else str(self.upper)


def exactly(count: int) -> Limit:
    """Return a limit that holds only at `count`: fewer is as wrong as more."""
    return parse_limit(count, name="exactly", exact=True)


def between(lower: int, upper: int) -> Limit:
    """Return a limit that holds from `lower` to `upper`, both included."""
    return _ordered(
        parse_limit(lower, name="between").upper, parse_limit(upper, name="between").upper, "between"
    )


def parse_limit(value: Any, *, name: str, exact: bool = False) -> Limit:
    """Read a limit as people write it.

    Args:
        value: 4 (at most), `"=4"` (exactly), `"2..4"` (between), or a limit.
        name: the measure, for the error.
        exact: whether a bare number means exactly.

    Raises:
        InvalidDeclaration: for anything else, negative numbers and booleans included.

    """
    if isinstance(value, Limit):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Limit(upper=value, lower=value if exact else 0)
    if isinstance(value, str):
        if match := _EXACT.match(value):
            return Limit(upper=int(match[1]), lower=int(match[1]))
        if match := _RANGE.match(value):
            return _ordered(int(match[1]), int(match[2]), name)
    raise InvalidDeclaration(
        f'{name}={value!r} is no limit. Expected a count from 0 up, "=4" (exactly) or "2..4" (between).'
    )


def _ordered(lower: int, upper: int, name: str) -> Limit:
    if lower > upper:
        raise InvalidDeclaration(
            f'{name}: {lower} to {upper} holds for no count. Expected the smaller first: "{upper}..{lower}".'
        )
    return Limit(upper=upper, lower=lower)
