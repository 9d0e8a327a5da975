"""At which line of the application something is asked, and what stands there to be read."""

import sys
from pathlib import Path

from django.db.models import (
    Avg,
    Count,
    Exists,
    Max,
    Min,
    Model,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from reference_app import models

TESTS = Path(__file__).parent
APPLICATION = TESTS.parent
NAMES = vars(models) | {
    each.__name__: each
    for each in (Avg, Coalesce, Count, Exists, Max, Min, OuterRef, Prefetch, Q, Subquery, Sum, Value)
}


def frames():
    """Yield the frames of the application, innermost first, tests left out."""
    frame = sys._getframe(1)
    while frame:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(APPLICATION) and not file.is_relative_to(TESTS):
            yield frame
        frame = frame.f_back


def line():
    """Return path and line of the innermost code of the application; None without any."""
    frame = next(frames(), None)
    if frame is None:
        return None
    return Path(frame.f_code.co_filename).relative_to(APPLICATION.parent).as_posix(), frame.f_lineno


def names_at_hand():
    """Return what code at the line could name: the variables of its function, and those around it."""
    found = {}
    for frame in frames():
        found = frame.f_globals | frame.f_locals | found
        if not frame.f_code.co_name.startswith("<"):
            break  # a comprehension stands in a function
    return found


def at_hand(names):
    """Return the row that the application's code holds and that has all these attributes, or None."""
    held = (value for frame in frames() for value in frame.f_locals.values())
    return next((each for each in held if isinstance(each, Model) and names <= each.__dict__.keys()), None)


def evaluated(text, names):
    """Evaluate what a fix says: of nobody else than what our own code printed."""
    return eval(text, {**NAMES, **names})  # noqa: S307 - printed by our own code
