"""Find the line of a TOML file on which a key is written: `tomllib` keeps no positions."""

from __future__ import annotations

import re

_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")


def line_of(text: str, path: tuple[str, ...]) -> int:
    """Return the line (from 1) that writes the key at `path`, or the nearest key around it.

    Args:
        text: of the file; it has been parsed already, so that it is known to be TOML.
        path: table names and key, `("tool", "querybudget", "budgets", "PackageViewSet.list")`.

    """
    best, best_depth = 1, 0
    header: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if match := _HEADER.match(line):
            header = found = _parts(match[1])
        elif match := _KEY.match(line):
            found = (*header, *_parts(match[1]))
        else:
            continue
        if len(found) > best_depth and found == path[: len(found)]:
            best, best_depth = number, len(found)
    return best


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(_unquoted(part) for part in re.findall(_PART, dotted))


def _unquoted(part: str) -> str:
    if part.startswith('"'):
        return re.sub(r"\\(.)", r"\1", part[1:-1])
    return part[1:-1] if part.startswith("'") else part
