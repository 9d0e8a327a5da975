"""`query_growth(...)`: the same call over several sizes of data, and what grows with them."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from querybudget import wording
from querybudget.calls import place_of_caller
from querybudget.errors import BudgetExceeded, InvalidDeclaration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from querybudget.records import Analysis

MIN_SIZES = 3


def query_growth(
    call: Callable[[], Any], *, grow: Any, sizes: Sequence[int] = (2, 4, 8), per_item: float = 0
) -> None:
    """Make the same call over several sizes of data, and fail where its queries follow the rows.

    Args:
        call: what is measured: `lambda: client.get("/api/packages/")`.
        grow: adds rows: a factory of factory_boy, or a function of how many to add.
        sizes: how many rows `grow` has added in all before each call; ascending, at least three.
        per_item: how many queries a row are allowed.

    Raises:
        BudgetExceeded: where the statements that grow ask more often than that for each row.
        InvalidDeclaration: for sizes or a `grow` that cannot be used.

    """
    __tracebackhide__ = True
    where = place_of_caller(sys._getframe(1))
    add = _adding(grow)
    _check(sizes, per_item)
    # Only now is Django needed.
    from querybudget.analysis.growth import slopes  # noqa: PLC0415
    from querybudget.budgets.judge import is_answer  # noqa: PLC0415
    from querybudget.declare import query_budget  # noqa: PLC0415

    seen: dict[int, Analysis] = {}
    n = 0
    for size in sizes:
        add(size - n)
        n = size
        with query_budget() as block:
            call()
        refused = next((each for each in block.requests if not is_answer(each.status)), None)
        if refused is not None:
            raise BudgetExceeded(wording.refused(refused, size, where), where)
        seen[size] = block.analysis
    events = {size: [event for group in each.groups for event in group.events] for size, each in seen.items()}
    found = list(slopes(events))
    if sum(slope.a_row for slope in found) > per_item + _ROUNDING:
        raise BudgetExceeded(wording.growth(found, seen, per_item=per_item, where=where), where)


_ROUNDING = 1e-9


def _adding(grow: Any) -> Callable[[int], Any]:
    add = getattr(grow, "create_batch", grow)
    if not callable(add):
        told = f"query_growth(grow={grow!r}) adds no rows."
        raise InvalidDeclaration(f"{told} Expected a factory, or a function of how many to add.")
    return add  # type: ignore[no-any-return]


def _check(sizes: Any, per_item: Any) -> None:
    numbers = list(sizes) if isinstance(sizes, list | tuple) else []
    is_ascending = all(before < after for before, after in pairwise(numbers))
    if len(numbers) < MIN_SIZES or not is_ascending or not all(type(n) is int and n > 0 for n in numbers):
        told = f"query_growth(sizes={sizes!r}) are no sizes."
        raise InvalidDeclaration(f"{told} Expected at least three, ascending: sizes=(2, 4, 8).")
    if not isinstance(per_item, int | float) or isinstance(per_item, bool) or per_item < 0:
        told = f"query_growth(per_item={per_item!r}) is no number of queries."
        raise InvalidDeclaration(f"{told} Expected 0 or more.")
