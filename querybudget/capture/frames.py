"""Classes of frames, and the frames that wait for a thread: asynchronous code has no single stack."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

IGNORED, PROJECT, QUERYSET, TEST, BOUNDARY, HANDLER, THREAD, END = range(8)
"""What a frame's code is: nothing to us; the project's; a `get_queryset` of the project's; a test's;
where a view begins; where Django takes a request, so that only middleware stands between; where a
thread begins that `sync_to_async` started for somebody who awaits it; where a runner calls a test, above
which nothing is the test's. Anything else is a handler."""

_FRAMES = ("cr_frame", "ag_frame", "gi_frame")
_AWAITED = ("cr_await", "ag_await", "gi_yieldfrom")


def awaiting(thread: FrameType) -> Iterator[FrameType]:
    """Yield the frames that await a thread of `sync_to_async`, innermost first.

    Args:
        thread: the frame of `SyncToAsync.thread_handler`.

    """
    names = thread.f_locals
    loop, context = names.get("loop"), names.get("task_context")
    if loop is None or context is None:
        return
    for task in asyncio.all_tasks(loop):
        frames = list(_chain(task.get_coro()))
        # The list is made anew by each `SyncToAsync.__call__` and handed to its thread.
        if frames and frames[-1].f_locals.get("task_context") is context:
            yield from reversed(frames)
            return


def _chain(awaitable: Any) -> Iterator[FrameType]:
    """Yield the frames of what a task runs, outermost first."""
    while awaitable is not None:
        frame = _first(awaitable, _FRAMES)
        if frame is not None:
            yield frame
            awaitable = _first(awaitable, _AWAITED)
        else:
            # The step of an asynchronous generator names its generator only to the collector.
            inner = gc.get_referents(awaitable)
            awaitable = next((each for each in inner if hasattr(each, "ag_frame")), None)


def _first(value: Any, names: tuple[str, ...]) -> Any:
    found = (getattr(value, name, None) for name in names)
    return next((each for each in found if each is not None), None)
