"""Tell a walk in steps (chunks, pages) from a loop over single rows, by what changes between its steps."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from querybudget.records import PARAMETER_SIZE, OriginKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from querybudget.records import Event

# Origins that may be one step of a walk; the others ask for one thing each.
_STEPS = frozenset({OriginKind.ITERATION, OriginKind.RAW, OriginKind.CURSOR})

_LIST = re.compile(r"\bIN\s*\(\s*%s\s*,\s*%s", re.IGNORECASE)
_ANY_LIST = re.compile(r"\bIN\s*\(\s*%s", re.IGNORECASE)
_LITERAL_LIST = re.compile(r"\bIN\s*\(([^%()]+,[^%()]*)\)", re.IGNORECASE)
_OFFSET = re.compile(r"\b(?:LIMIT|OFFSET)\s+(?:\d+|%s)", re.IGNORECASE)
_LIMIT = re.compile(r"\bLIMIT\s+(?!1\b)\S", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"([<>]=?)?\s*\(?\s*%s")


def walks_in_steps(events: Sequence[Event]) -> bool:
    """Tell whether each execution fetches the next chunk or page of the same rows, or level of a tree.

    A chunk is an IN list whose elements change; a page has an OFFSET; a page by key has a LIMIT, and
    nothing changes but what a key is compared with; a level is an IN list in a loop over nothing.
    """
    if events[0].origin.kind not in _STEPS:
        return False
    return _in_chunks(events) or _in_pages(events) or _in_pages_by_key(events) or _in_levels(events)


def _in_chunks(events: Sequence[Event]) -> bool:
    """Tell chunks of one size, but for the last, from a list that is the same each time or any."""
    literal = [tuple(_LITERAL_LIST.findall(event.statement)) for event in events]
    if any(literal):
        return len(set(literal)) > 1
    if len({len(event.parameters) for event in events[:-1]}) > 1:
        return False
    firsts, seconds = set(), set()
    for event in events:
        start = _list_start(event.statement)
        if start is not None:
            values = values_of(event)[start : start + 2]
            firsts.update(values[:1])
            seconds.update(values[1:])
    return len(firsts) > 1 and len(seconds) > 1


def has_lists(events: Sequence[Event]) -> bool:
    """Tell executions for several keys each, but perhaps the last of them."""
    return all(_list_start(event.statement) is not None for event in events[:-1])


def _in_levels(events: Sequence[Event]) -> bool:
    """Tell the levels of a tree, each asked for at once by what the one before it found: `while level: …`."""
    return all(event.is_in_while and _ANY_LIST.search(event.statement) for event in events)


@lru_cache(maxsize=4096)
def _list_start(statement: str) -> int | None:
    """Return which parameter is the first of an IN list of at least two."""
    found = _LIST.search(statement)
    return statement.count("%s", 0, found.start()) if found else None


def _in_pages(events: Sequence[Event]) -> bool:
    """Tell pages of one queryset: nothing changes from one to the next but where it starts."""
    if not all("OFFSET" in event.statement.upper() for event in events):
        return False
    rest = {(_OFFSET.sub("", event.statement), _without_paging(event)) for event in events}
    return len(rest) == 1


def _without_paging(event: Event) -> bytes:
    """Leave out the parameters of LIMIT and OFFSET, which come last."""
    n_paging = sum(found.endswith("%s") for found in _OFFSET.findall(event.statement))
    return event.parameters[: len(event.parameters) - n_paging * PARAMETER_SIZE]


def _in_pages_by_key(events: Sequence[Event]) -> bool:
    """Compare the parameters from step to step; the first page has no key yet and another shape."""
    statement = events[0].statement
    if not _LIMIT.search(statement) or any(event.statement != statement for event in events):
        return False
    columns = list(zip(*(values_of(event) for event in events), strict=False))
    compared = [match[1] is not None for match in _PLACEHOLDER.finditer(statement)]
    keys = {column for column, is_key in zip(columns, compared, strict=False) if is_key}
    changing = {column for column in columns if len(set(column)) > 1}
    return bool(changing) and changing <= keys


def keys_asked(events: Sequence[Event]) -> tuple[str, bool] | None:
    """Return by which column each execution asks for a row of its own, and whether for the only such row.

    None where more than one value changes, or what is compared is no column of the table that is queried, in
    a condition beside the others. Read from the statement.
    """
    first = events[0]
    changing = [
        number
        for number, column in enumerate(zip(*map(values_of, events), strict=False))
        if len(set(column)) > 1
    ]
    if len(changing) != 1 or any(event.statement != first.statement for event in events):
        return None
    text = _marked(first.statement, changing[0])
    found = _KEY.search(text)
    if found is None or text.count("SELECT") > 1:
        return None  # or of a subquery
    _, before, column, after = found.groups()
    is_all = not before.strip("( ") and not after.strip(") ") and (column == "id" or "ORDER BY" not in text)
    return None if _BESIDE.search(before + after) else (column, is_all)


_KEY = re.compile(
    r"""\bFROM ["`]?(?P<table>\w+)["`]?\b.*? WHERE (.*?)["`]?(?P=table)["`]?\.["`]?(\w+)["`]? = \0(.*?)"""
    r"""(?: ORDER BY .*)?(?: LIMIT \S+)?$""",
    re.DOTALL,
)
_BESIDE = re.compile(r"\b(?:OR|NOT|XOR)\b")
_NESTED = re.compile(r"\([^()\0]*\)")


def _marked(statement: str, number: int) -> str:
    """Put a mark in the place of a parameter, and leave out what stands in brackets that do not hold it."""
    parts = statement.split("%s")
    if len(parts) <= number + 1:
        return ""
    text = f"{'?'.join(parts[: number + 1])}\0{'?'.join(parts[number + 1 :])}"
    while (shorter := _NESTED.sub("", text)) != text:
        text = shorter
    return text


def values_of(event: Event) -> list[bytes]:
    """Split the digest of the parameters into those of its values."""
    size = PARAMETER_SIZE
    return [event.parameters[start : start + size] for start in range(0, len(event.parameters), size)]
