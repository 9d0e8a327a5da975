"""Whether an object was asked inside a loop: with a single row only that tells a list from one object.

Read from the bytecode of the project's own frames, and from the names of those functions of Django and
DRF that go over rows. Asked of the first row of a load alone, so that no other query pays for it.
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, Any, NamedTuple

from querybudget.capture import loads, over_rows
from querybudget.capture.callsite import codes
from querybudget.capture.frames import BOUNDARY, HANDLER, PROJECT, QUERYSET, TEST, THREAD, awaiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

# How `await` and `yield from` wait: a jump back, and no loop.
_WAITING = frozenset({"JUMP_BACKWARD_NO_INTERRUPT"})

_known: dict[int, tuple[CodeType, tuple[Loop, ...]]] = {}
"""By `id`, as in the walk's own table; the code object is kept, so that its id is never reused."""


class Loop(NamedTuple):
    """Where a loop begins and ends in a code object."""

    start: int
    end: int
    is_while: bool
    """Whether nothing is gone over: it goes on as long as something holds."""


def in_loop(frame: FrameType | None, opened: tuple[CodeType, int] | None, load: Any = None) -> bool:
    """Tell whether a frame, or one above it up to where the view begins, is at work on one row of several.

    Args:
        frame: the innermost frame.
        opened: what opened the block in which it runs, and at which instruction; a loop around that is none.
        load: what the query itself loads, whose rows are not there yet.

    """
    opener, start = opened if opened is not None else (None, 0)
    for each in _stack(frame):
        code = each.f_code
        what = codes.step(code).what
        if what is BOUNDARY or what is HANDLER or what is over_rows.prefetches:
            return False  # a queryset prefetches for all of its rows at once
        if what is over_rows.of_a_row or (what is loads.note_rows and each.f_locals["load"] is not load):
            return True  # the latter is asked by a row in the making
        if what in over_rows.LOOPS and _is_looping(code, each.f_lasti):
            return True
        if code is opener:
            return _is_looping(code, each.f_lasti, outside=start)
        if (what is PROJECT or what is QUERYSET or what is TEST) and _is_looping(code, each.f_lasti):
            return True
    return False


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield a frame and those above it, in a thread of `sync_to_async` those that await it."""
    while frame is not None:
        yield frame
        if codes.step(frame.f_code).what is THREAD:
            yield from awaiting(frame)
            return
        frame = frame.f_back


def _is_looping(code: CodeType, lasti: int, *, outside: int = -1) -> bool:
    """Tell whether an instruction stands in a loop that another does not stand in.

    A lambda is called by what goes over rows, as a `key`.
    """
    around = _around(code, lasti)
    return any(not each.start <= outside <= each.end for each in around) or code.co_name == "<lambda>"


def is_in_while(code: CodeType, lasti: int) -> bool:
    """Tell whether the innermost loop around an instruction goes over nothing: `while level: …`."""
    around = _around(code, lasti)
    return bool(around) and min(around, key=lambda each: each.end - each.start).is_while


def _around(code: CodeType, lasti: int) -> list[Loop]:
    return [each for each in _loops(code) if each.start <= lasti <= each.end]


def _loops(code: CodeType) -> tuple[Loop, ...]:
    """Return where the loops of a code object begin and end, comprehensions included."""
    known = _known.get(id(code))
    if known is None:
        names = {each.offset: each.opname for each in dis.get_instructions(code)}
        found = tuple(
            Loop(each.argval, each.offset, is_while=names[each.argval] not in _GOING_OVER)
            for each in dis.get_instructions(code)
            if each.opcode in _JUMPS and each.opname not in _WAITING and each.argval < each.offset
        )
        known = _known[id(code)] = code, found
    return known[1]


_JUMPS = frozenset({*dis.hasjrel, *dis.hasjabs})
_GOING_OVER = frozenset({"FOR_ITER", "GET_ANEXT"})
