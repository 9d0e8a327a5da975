"""Joins the edits of several findings on one queryset into the one that somebody would write."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from querybudget.finding import Fix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from querybudget.finding import Finding
    from querybudget.records import Place

_METHODS = ("select_related", "prefetch_related", "annotate")
"""Those whose calls add up, in the order in which they are written."""
_CALL = re.compile(rf"({'|'.join(_METHODS)})\((.*)\)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """One edit made of several."""

    calls: tuple[str, ...]
    """`select_related("a", "b")`, `prefetch_related("c")`: to be chained in this order."""
    fix: Fix
    """All of them, and where."""


def together(findings: Iterable[Finding]) -> tuple[Joined, ...]:
    """Return an edit for each queryset that several findings want edited, in the order of the findings.

    What is no call of a method of querysets (a corrected `only()`, `in_bulk`) stays with its finding.
    """
    calls: defaultdict[tuple[str, Place | None, str], dict[str, list[str]]] = defaultdict(dict)
    for finding in findings:
        call = _CALL.fullmatch(finding.fix.edit) if finding.fix and not finding.accepted else None
        if finding.fix and call:
            arguments = calls[finding.fix.queryset, finding.fix.place, finding.fix.model].setdefault(
                call[1], []
            )
            arguments += [call[2]] if call[2] not in arguments else []
    return tuple(
        _joined(of, Fix(edit="", queryset=queryset, place=place, model=model))
        for (queryset, place, model), of in calls.items()
        if sum(map(len, of.values())) > 1
    )


def _joined(of: dict[str, list[str]], where: Fix) -> Joined:
    calls = tuple(f"{name}({', '.join(_without_beginnings(of[name]))})" for name in _METHODS if name in of)
    return Joined(calls=calls, fix=replace(where, edit=".".join(calls)))


def _without_beginnings(arguments: list[str]) -> list[str]:
    """Leave out a path that another goes on from: `"author"` where there is `"author__publisher"`."""
    return [
        each
        for each in arguments
        if not any(other.startswith(each.removesuffix('"') + "__") for other in arguments)
    ]
