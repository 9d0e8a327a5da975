"""QB401: a statement that runs more often over more rows, measured by making the request again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.analysis.findings.detection import plural
from querybudget.finding import Finding, Proof

if TYPE_CHECKING:
    from collections.abc import Sequence

    from querybudget.analysis.growth import Slope
    from querybudget.records import Event, Place

CODE = "QB401"
TITLE = "grows with the rows"


def finding(
    events: Sequence[Event],
    *,
    slope: Slope,
    model: str,
    like: Sequence[Finding],
) -> Finding:
    """Tell of a statement that grows.

    Args:
        events: its executions over the most rows.
        slope: how it grows.
        model: label of what the rows are.
        like: what was found about it over the most rows: that says how to mend it.

    """
    first = events[0]
    (few, least), (many, most) = slope.points[0], slope.points[-1]
    rows = f"{few} → {many} {plural(model)}"
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.MEASURED,
        count=most,
        what=f"{per_row(slope.a_row)} a row, {least} → {most} queries over {rows}",
        statement=first.fingerprint.shape,
        relation=str(first.origin.relation) if first.origin.relation else None,
        call_site=first.place,
        field=first.field,
        fix=like[0].fix if like else None,
    )


def across(  # noqa: PLR0913 - what a finding is made of
    points: Sequence[tuple[int, int]],
    *,
    a_row: float,
    statement: str,
    relation: str | None,
    field: str,
    place: Place | None,
) -> Finding:
    """Tell of a statement that grows with the items of the answers that a suite asked for.

    Args:
        points: items, and the least queries of an answer with so many; ascending.
        a_row: queries an item.
        statement: its shape.
        relation: what it asks for, where that is known.
        field: the serializer field that asks.
        place: the line that asks.

    """
    (few, least), (many, most) = points[0], points[-1]
    return Finding(
        code=CODE,
        title=TITLE,
        proof=Proof.MEASURED,
        count=most,
        what=f"{per_row(a_row)} an item, {least} → {most} queries in answers of {few} → {many} items",
        statement=statement,
        relation=relation,
        call_site=place,
        field=field,
    )


def per_row(slope: float) -> str:
    """Say how many queries a row: `1 query`, `2.5 queries`."""
    rounded = round(slope, 1)
    told = f"{rounded:g}"
    return f"{told} query" if told == "1" else f"{told} queries"
