"""Where a budget is written in code: the place of a call, and the call on one line."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from querybudget.records import Place
from querybudget.session import session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType


def place_of_caller(frame: FrameType) -> Place:
    """Return the place of the call that a frame makes, with its source on one line."""
    import linecache  # noqa: PLC0415 - only budgets written in code have a line to read

    path, first = frame.f_code.co_filename, frame.f_lineno
    lines = [linecache.getline(path, line).strip() for line in range(first, _last_line(frame) + 1)]
    return Place(
        path=relative(path), line=first, function=frame.f_code.co_qualname, source=_on_one_line(lines)
    )


def _last_line(frame: FrameType) -> int:
    """Return the last line of the call that a frame makes; its first where no positions are kept."""
    instruction = frame.f_lasti // 2
    positions = next(islice(frame.f_code.co_positions(), instruction, None), (None, None))
    first, last = positions[:2]
    return last if last is not None and first == frame.f_lineno else frame.f_lineno


def _on_one_line(lines: Sequence[str]) -> str:
    """Write a call over several lines as it would stand on one, without comments."""
    if len(lines) == 1:
        return lines[0]
    text = " ".join(line for line in lines if not line.startswith("#"))
    return text.replace("( ", "(").replace(", )", ")").replace(" )", ")")


def relative(path: str) -> str:
    """Show a path relative to the project's root where it lies below it."""
    root = f"{session.root.as_posix()}/"
    return path.replace("\\", "/").removeprefix(root)
