"""The one walk up the stack: which line of the project asked, and through what of Django."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from querybudget.capture import phases
from querybudget.capture.callsite import OUTER, codes
from querybudget.capture.frames import (
    BOUNDARY,
    END,
    HANDLER,
    IGNORED,
    PROJECT,
    QUERYSET,
    TEST,
    THREAD,
    awaiting,
)
from querybudget.capture.scopes import NO_SITES
from querybudget.records import Phase

if TYPE_CHECKING:
    from types import FrameType

    from querybudget.capture.callsite import Step
    from querybudget.capture.scopes import RawEvent

    Met = list[tuple[Step, FrameType]]
    Sites = tuple[int, frozenset[tuple[int, int]]]


# One loop over some forty frames a query: a call for a part would cost more than the part.
def look(frame: FrameType | None, event: RawEvent) -> None:  # noqa: C901, PLR0912, PLR0915
    """Walk up from `frame` to where the view begins, and note on the event what is met.

    Innermost first. Django's own frames say what was asked, until the first frame of the project;
    from there on only some of them tell anything.
    """
    step = codes.innermost
    while frame is not None:
        caller = step.caller
        code = frame.f_code
        if code is not caller.inside:
            if code is not caller.code:
                caller = step.caller = codes.step(code)
            handler = caller.asking
            if handler is not None:
                if caller.rank > event.rank:
                    handler(frame, event)
            else:
                what = caller.what
                if what is PROJECT or what is QUERYSET:
                    event.code = code
                    event.lasti = frame.f_lasti
                    if event.test_code is not None:
                        event.is_test_inner = True
                    if what is QUERYSET:
                        phases.note_queryset(frame, event)
                    frame = frame.f_back
                    if frame is None:
                        return
                    event.caller_lasti = frame.f_lasti
                    above = frame.f_trace
                    if type(above) is Above and above.own is None and above.known is codes.known:
                        met, event.sites = above.met, above.sites
                    else:
                        met, event.sites = _met_above(frame, caller)
                    if met:
                        _look_out(met, event)
                    return
                if what is TEST:
                    if event.test_code is None:
                        event.test_code = code
                        event.test_lasti = frame.f_lasti
                    else:
                        event.sites = event.sites[0], event.sites[1] | {(id(code), frame.f_lasti)}
                elif what is not IGNORED:
                    _end(what, frame, event)
                    return
        step = caller
        frame = frame.f_back


def _met_above(first: FrameType, step: Step) -> tuple[Met, Sites]:  # noqa: C901 - as `look`
    """Walk on: nearly all frames are met here, and few tell anything.

    Returns:
        Those that do, innermost first; and whose frame `first` is, with the instructions of the project's
        that are at work above it.

    They are kept with a frame below them, so that the next query need not walk as far: with the outermost
    that tells something new, which many rows or fields have in common, or else with the first.

    """
    new: Met = []
    kept: Above | None = None
    sites: list[tuple[int, int]] = []
    n_below = 0
    frame: FrameType | None = first
    while frame is not None:
        caller = step.caller
        if frame.f_code is not caller.outside:
            if frame.f_code is not caller.code:
                caller = step.caller = codes.step(frame.f_code)
            if caller.outside is None:
                if caller.is_site and frame is not first:
                    sites.append((id(frame.f_code), frame.f_lasti))
                kept = _kept_with(frame, caller)
                if kept is not None:
                    break
                if caller.handler is not None:
                    new.append((caller, frame))
                    n_below = len(sites)
        step = caller
        frame = frame.f_back
    met, (_, outer) = ([*new, *kept.met_with(frame)], kept.sites) if kept is not None else (new, NO_SITES)
    if new:
        _keep_with(new[-1][1], met[len(new) - 1 :], outer.union(sites[n_below:]))
    else:
        _keep_with(first, met, outer.union(sites))
    return met, (id(first.f_code), outer.union(sites))


class Above:
    """What tells something from a frame on upward, kept with the frame itself.

    Who called a function stays the same until it returns, and with it whatever is above. (What those frames
    tell does not: each is asked anew.) A frame has one place for something of others that ends with it: its
    trace function. One of a debugger or of coverage is left alone; this one does nothing, should a
    debugger call it.
    """

    __slots__ = ("known", "met", "own", "sites")

    def __init__(self, own: Step | None, met: Met, sites: Sites) -> None:
        self.own = own
        """What the frame itself tells. Not in `met`: a frame that holds itself would outlive its call."""
        self.met = met
        self.sites = sites
        """Whose frame it is, and the instructions of the project's that are at work above it."""
        self.known = codes.known

    def __call__(self, *_: object) -> None:
        """Trace nothing."""

    def met_with(self, frame: FrameType | None) -> Met:
        """Return what is met from the frame on."""
        return self.met if self.own is None or frame is None else [(self.own, frame), *self.met]


def _kept_with(frame: FrameType, step: Step) -> Above | None:
    """Return what is kept with a frame; where the walk ends that is the frame alone."""
    if step.is_end:
        return Above(step, [], NO_SITES)
    above = frame.f_trace
    return above if type(above) is Above and above.known is codes.known else None


def _keep_with(frame: FrameType, met: Met, sites: frozenset[tuple[int, int]]) -> None:
    """Keep what was met from a frame on, unless it is one that several resume in turn."""
    if frame.f_trace is None and not frame.f_code.co_flags & _RESUMED:
        is_met = bool(met) and met[0][1] is frame
        whole = id(frame.f_code), sites
        frame.f_trace = Above(met[0][0], met[1:], whole) if is_met else Above(None, met, whole)


_RESUMED = (
    inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
)


def _look_out(met: Met, event: RawEvent) -> None:
    """Note what is met above the project's innermost frame."""
    for step, frame in met:
        if step.handler is None:
            _end(step.what, frame, event)
        else:
            step.handler(frame, event)


def _end(what: Any, frame: FrameType, event: RawEvent) -> None:
    """Note where the walk ends, be it where the view begins: a query may have met no view on its way out."""
    if what is THREAD:
        _look_on(frame, event)
    elif what is not END:
        # Inside a view the project's code is meant, even below a test's fake.
        event.is_test_inner = False
        if what is HANDLER and event.phase is None:
            event.phase = Phase.MIDDLEWARE


def _look_on(thread: FrameType, event: RawEvent) -> None:
    """Go on where the thread is awaited: below it stands whoever lent it, not whoever asked."""
    for frame in awaiting(thread):
        code = frame.f_code
        what = codes.step(code).what
        if what is BOUNDARY or what is HANDLER:
            _end(what, frame, event)
            return
        if what is PROJECT or what is QUERYSET:
            if event.code is None:
                event.code, event.lasti = code, frame.f_lasti
                event.is_test_inner = event.test_code is not None
            if what is QUERYSET:
                phases.note_queryset(frame, event)
        elif what in OUTER:
            what(frame, event)
        elif what is TEST and event.test_code is None:
            event.test_code, event.test_lasti = code, frame.f_lasti
