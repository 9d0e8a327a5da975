"""Every sentence about a number of queries that follows a number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget import wording
from querybudget.analysis.findings.growing import per_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from querybudget.analysis.growth import Slope
    from querybudget.budgets.resolve import Holding
    from querybudget.records import Analysis, Place, Request


def growth(slopes: Sequence[Slope], seen: Mapping[int, Analysis], *, per_item: float, where: Place) -> str:
    """Tell of statements that grow with the rows, the steepest first, and what was found over the most."""
    a_row = per_row(sum(slope.a_row for slope in slopes))
    headline = f"{a_row} a row, {per_item:g} allowed: {_totals(seen, 'over')} rows"
    return "\n".join([headline, "", *_grown(slopes, seen), "", f"  Budget: {wording.declared(where)}."])


def growth_of_items(
    slopes: Sequence[Slope], seen: Mapping[int, Analysis], *, subject: str, held: Holding
) -> str:
    """Tell of an action that grows faster with the items of its answer than `per_item` allows.

    Args:
        slopes: the statements that grow.
        seen: items → what ran, of the request made again; ascending.
        subject: the short name of the action.
        held: the limit.

    """
    a_row = per_row(sum(slope.a_row for slope in slopes))
    headline = f"+{a_row} per item, budget {held.limit.per_item}: {subject}"
    totals = f"  {_totals(seen, 'for')} items, made again over other numbers of rows."
    budget = f"  Budget: {wording.declared(held.declaration.where)}."
    closing = f"{budget} Intended? Raise per_item there and say why."
    return "\n".join([headline, "", totals, "", *_grown(slopes, seen), "", closing])


def _totals(seen: Mapping[int, Analysis], preposition: str) -> str:
    totals = ", ".join(str(analysis.measures.queries) for analysis in seen.values())
    return f"{totals} queries {preposition} {', '.join(map(str, seen))}"


def _grown(slopes: Sequence[Slope], seen: Mapping[int, Analysis]) -> list[str]:
    """Write the statements that grow, the steepest first, and what was found over the most."""
    lines = []
    for slope in sorted(slopes, key=lambda each: -each.a_row)[: wording.MAX_ROWS]:
        numbers = ", ".join(str(queries) for _, queries in slope.points)
        lines += [f"  {per_row(slope.a_row)} a row, {numbers}:", f"    {wording.shorten(slope.shape[1])}"]
    grown = {slope.shape[1] for slope in slopes}
    for finding in [each for each in seen[max(seen)].findings if each.statement in grown][: wording.MAX_ROWS]:
        lines += ["", *(f"  {line}" for line in wording.finding_lines(finding))]
    return lines


def refused(request: Request, size: int, where: Place) -> str:
    """Tell of a request that was refused or failed, which is no measurement."""
    status = request.status if request.status is not None else "an exception"
    told = f"cannot judge: {request.method} {request.path} answered {status} over {size} rows"
    return f"{told}\n\n  Budget: {wording.declared(where)}. What fails is never faster."


def cannot_grow(why: str, where: Place) -> str:
    """Tell that a growth was not measured."""
    return f"cannot judge: {why}\n\n  Budget: {wording.declared(where)}. What cannot be told does not pass."
