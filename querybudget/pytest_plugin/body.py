"""The body of one test: where it begins and ends, also for a unittest, and the blocks that count it whole."""

from __future__ import annotations

import functools
import unittest
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from querybudget import wording
from querybudget.budgets.budget import Per
from querybudget.declare import DECLARATIONS, OpenBlock, around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from querybudget.budgets.budget import Declaration
    from querybudget.pytest_plugin.attempt import Attempt
    from querybudget.session import RunningTest


@contextmanager
def body(
    item: pytest.Item, attempt: Attempt | None, judge: Callable[[], None], *, is_recording: bool
) -> Iterator[None]:
    """Mark what is the test's own body, and open the blocks that markers declare for it.

    The call of a unittest method holds its setUp too, so there the method itself is wrapped.
    """
    __tracebackhide__ = True
    if attempt is None:
        yield
        return
    if attempt.mistake is not None:
        raise attempt.mistake
    if not is_recording and any(each.limits for each in attempt.declarations):
        pytest.fail(wording.NO_DJANGO, pytrace=False)
    blocks = [
        each for each in attempt.declarations if each.per is Per.BLOCK and not _is_decorator(item, each)
    ]
    if not blocks and not _is_unittest(item):
        attempt.test.in_body = True
        try:
            yield
        finally:
            attempt.test.in_body = False
        return
    judge_inside = judge if _is_unittest(item) else None
    with _wrapped(item, functools.partial(_Body, attempt.test, tuple(blocks), judge_inside, item.name)):
        yield


def _is_decorator(item: Any, declaration: Declaration) -> bool:
    """Tell whether the function carries this budget itself and opens its block on its own."""
    function = getattr(item, "function", None)
    return any(each is declaration for each in getattr(function, DECLARATIONS, ()))


def _is_unittest(item: Any) -> bool:
    cls = getattr(item, "cls", None)
    return cls is not None and issubclass(cls, unittest.TestCase)


class _Body:
    """The body of one test: marks it, opens a block for budgets that count it whole, and judges it."""

    def __init__(
        self, test: RunningTest, blocks: tuple[Declaration, ...], judge: Callable[[], None] | None, name: str
    ) -> None:
        self._test = test
        self._declarations = blocks
        self._judge = judge
        self._block = OpenBlock(name) if blocks else None

    def __enter__(self) -> None:
        self._test.in_body = True
        if self._block is not None:
            self._block.open()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        __tracebackhide__ = True
        self._test.in_body = False
        if self._block is not None:
            self._block.close()
            message = self._block.judge(self._declarations)
            if message:
                self._test.note(message, self._declarations[0].where)
        if kind is None and self._judge is not None:
            self._judge()


@contextmanager
def _wrapped(item: Any, make_body: Callable[[], _Body]) -> Iterator[None]:
    """Run the test function, or a unittest's method, inside a body for as long as this lasts."""
    original = item.obj
    item.obj = in_body = around(original, make_body)
    is_unittest = _is_unittest(item)
    if is_unittest:  # an asynchronous one is looked up on the instance, not taken from item.obj
        setattr(item.instance, item.originalname, in_body)
    try:
        yield
    finally:
        item.obj = original
        if is_unittest:
            item.instance.__dict__.pop(item.originalname, None)
