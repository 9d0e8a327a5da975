"""A limit of one measure: at most, exactly, or between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from querybudget.budgets.spelling import PYTHON
from querybudget.errors import InvalidDeclaration

if TYPE_CHECKING:
    from querybudget.budgets.spelling import Spelling

MOST = 10**12 - 1
"""The largest limit: what a data file can hold, and more than any request runs."""

EXPECTED = 'Expected a count from 0 up, "=4" (exactly) or "2..4" (between).'

_RANGE = re.compile(r"\s*(\d{1,12})\s*\.\.\s*(\d{1,12})\s*$", re.ASCII)
_EXACT = re.compile(r"\s*=\s*(\d{1,12})\s*$", re.ASCII)


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
    __tracebackhide__ = True
    if not _is_count(count):
        raise InvalidDeclaration(f"exactly({count!r}) is no limit. Expected a count from 0 up, exactly(4).")
    return Limit(upper=count, lower=count)


def between(lower: int, upper: int) -> Limit:
    """Return a limit that holds from `lower` to `upper`, both included."""
    __tracebackhide__ = True
    written = f"between({lower!r}, {upper!r})"
    if not (_is_count(lower) and _is_count(upper)):
        raise InvalidDeclaration(f"{written} is no limit. Expected two counts from 0 up, between(2, 4).")
    if lower > upper:
        mend = f"Expected the smaller first: between({upper}, {lower})."
        raise InvalidDeclaration(f"{written} holds for no count. {mend}")
    return Limit(upper=upper, lower=lower)


def parse_limit(
    value: Any, *, name: str, spelling: Spelling = PYTHON, about: tuple[str, ...] | None = None
) -> Limit:
    """Read a limit as people write it.

    Args:
        value: 4 (at most), `"=4"` (exactly), `"2..4"` (between), or a limit.
        name: the measure, for the error.
        spelling: how the error writes the value.
        about: path of the word that is wrong if the value is; default: the name.

    Raises:
        InvalidDeclaration: for anything else, negative numbers and booleans included.

    """
    if isinstance(value, Limit):
        return value
    if _is_count(value):
        return Limit(upper=value)
    told = f"is no limit. {EXPECTED}"
    if isinstance(value, str):
        if match := _EXACT.match(value):
            return Limit(upper=int(match[1]), lower=int(match[1]))
        if match := _RANGE.match(value):
            lower, upper = int(match[1]), int(match[2])
            if lower <= upper:
                return Limit(upper=upper, lower=lower)
            told = f'holds for no count. Expected the smaller first: "{upper}..{lower}".'
    elif isinstance(value, int) and value > MOST:
        told = f"is more than can be counted. Expected at most {MOST}."
    raise InvalidDeclaration(
        f"{spelling.given(name, value)} {told}", about=(name,) if about is None else about
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
