"""Whether an object was asked inside a loop: with a single row only that tells a list from one object.

Read from the bytecode of the project's own frames, and from the names of those functions of Django and
DRF that go over rows. Asked of the first row of a load alone, so that no other query pays for it.
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING

from querybudget.capture import origin
from querybudget.capture.callsite import codes
from querybudget.capture.frames import BOUNDARY, HANDLER, PROJECT, QUERYSET, TEST

if TYPE_CHECKING:
    from types import CodeType, FrameType

# How `await` and `yield from` wait: a jump back, and no loop.
_WAITING = frozenset({"JUMP_BACKWARD_NO_INTERRUPT"})

_known: dict[int, tuple[CodeType, tuple[tuple[int, int], ...]]] = {}
"""By `id`, as in the walk's own table; the code object is kept, so that its id is never reused."""


def in_loop(frame: FrameType | None, opened: tuple[CodeType, int] | None) -> bool:
    """Tell whether a frame, or one above it up to where the view begins, is at work on one row of several.

    Args:
        frame: the innermost frame.
        opened: what opened the block in which it runs, and at which instruction; a loop around that is none.

    """
    opener, start = opened if opened is not None else (None, 0)
    while frame is not None:
        code = frame.f_code
        what = codes.step(code).what
        if what is BOUNDARY or what is HANDLER or what is origin.prefetches:
            return False  # a queryset prefetches for all of its rows at once
        if what in origin.GOES_OVER_ROWS:
            return True
        if code is opener:
            return _is_looping(code, frame.f_lasti, outside=start)
        if (what is PROJECT or what is QUERYSET or what is TEST) and _is_looping(code, frame.f_lasti):
            return True
        frame = frame.f_back
    return False


def _is_looping(code: CodeType, lasti: int, *, outside: int = -1) -> bool:
    """Tell whether an instruction stands in a loop that another does not stand in.

    A lambda is called by what goes over rows, as a `key`.
    """
    loops = [(start, end) for start, end in _loops(code) if start <= lasti <= end]
    return any(not start <= outside <= end for start, end in loops) or code.co_name == "<lambda>"


def _loops(code: CodeType) -> tuple[tuple[int, int], ...]:
    """Return where the loops of a code object begin and end, comprehensions included."""
    known = _known.get(id(code))
    if known is None:
        found = tuple(
            (each.argval, each.offset)
            for each in dis.get_instructions(code)
            if each.opcode in _JUMPS and each.opname not in _WAITING and each.argval < each.offset
        )
        known = _known[id(code)] = code, found
    return known[1]


_JUMPS = frozenset({*dis.hasjrel, *dis.hasjabs})
