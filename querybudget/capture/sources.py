"""Reading the lines in which something is written, for one thread at a time."""

from __future__ import annotations

import inspect
import threading
from typing import Any

# CPython 3.11 keeps one recursion depth for the parses of all threads, and fails with a SystemError when two
# interleave (seen on 3.11.7, python/cpython#106905); to find a class, `inspect` parses its module.
_PARSING = threading.Lock()


def lines_of(target: Any) -> tuple[list[str], int]:
    """Return the source lines of `target` and the number of the first, as `inspect.getsourcelines` does."""
    with _PARSING:
        return inspect.getsourcelines(target)
