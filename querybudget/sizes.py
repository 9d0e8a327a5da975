"""`query_growth(...)`: the same call over several sizes of data, and what grows with them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from querybudget import wording_growth
from querybudget.calls import place_of_caller
from querybudget.errors import BudgetExceeded, InvalidDeclaration

if TYPE_CHECKING:
    from collections.abc import Callable

    from querybudget.records import Analysis, Place

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
    _check(call, sizes, per_item)
    from querybudget.analysis.growth import ROUNDING, slopes  # noqa: PLC0415 - needs Django

    seen: dict[int, Analysis] = {}
    n = 0
    for size in sizes:
        _added(add, size - n, where)
        n, seen[size] = size, _asked(call, size, where)
    events = {size: [event for group in each.groups for event in group.events] for size, each in seen.items()}
    found = list(slopes(events))
    if sum(slope.a_row for slope in found) > per_item + ROUNDING:
        raise BudgetExceeded(wording_growth.growth(found, seen, per_item=per_item, where=where), where)


def _added(add: Callable[[int], Any], n: int, where: Place) -> None:
    """Add rows, and see that some were written: what does not grow says nothing of growth."""
    from querybudget.declare import query_budget  # noqa: PLC0415 - needs this module's package whole

    with query_budget() as seen:
        add(n)
    if not seen.writes:
        raise BudgetExceeded(wording_growth.cannot_grow(f"grow(… {n}) has added no row", where), where)


def _asked(call: Callable[[], Any], size: int, where: Place) -> Analysis:
    """Make the call, and see that it asked something and was answered."""
    from querybudget.budgets.judge import is_answer  # noqa: PLC0415 - needs Django
    from querybudget.declare import query_budget  # noqa: PLC0415 - needs this module's package whole

    with query_budget() as seen:
        returned = call()
    if inspect.iscoroutine(returned):
        returned.close()
        raise InvalidDeclaration("query_growth(call=…) returns a coroutine. Expected a call that is done.")
    refused = next((each for each in seen.requests if not is_answer(each.status)), None)
    if refused is not None:
        raise BudgetExceeded(wording_growth.refused(refused, size, where), where)
    if not seen.queries:
        told = f"the call asked nothing over {size} rows: never evaluated, or from a cache"
        raise BudgetExceeded(wording_growth.cannot_grow(told, where), where)
    return seen.analysis


def _adding(grow: Any) -> Callable[[int], Any]:
    add = getattr(grow, "create_batch", grow)
    if not callable(add) or isinstance(add, type):
        told = f"query_growth(grow={grow!r}) adds no rows."
        raise InvalidDeclaration(f"{told} Expected a factory, or a function of how many to add.")
    return add  # type: ignore[no-any-return]  # whatever can be called with a number


def _check(call: Any, sizes: Any, per_item: Any) -> None:
    if not callable(call):
        told = f"query_growth(call={call!r}) cannot be called."
        raise InvalidDeclaration(f"{told} Expected lambda: client.get(…).")
    numbers = list(sizes) if isinstance(sizes, Sequence) and not isinstance(sizes, str) else []
    is_ascending = all(before < after for before, after in pairwise(numbers))
    if len(numbers) < MIN_SIZES or not is_ascending or not all(type(n) is int and n > 0 for n in numbers):
        told = f"query_growth(sizes={sizes!r}) are no sizes."
        raise InvalidDeclaration(f"{told} Expected at least three, ascending, from 1 up: sizes=(2, 4, 8).")
    if not isinstance(per_item, int | float) or isinstance(per_item, bool) or per_item < 0:
        told = f"query_growth(per_item={per_item!r}) is no number of queries."
        raise InvalidDeclaration(f"{told} Expected 0 or more.")
