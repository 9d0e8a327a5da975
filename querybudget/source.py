"""Lines of source as messages show them: a call that spans several in one."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LINES = 20
"""Past it a call is shown as far as it was read."""

# What holds brackets that open nothing. A string over several lines is taken as it comes.
_STRING_OR_COMMENT = re.compile(r"""('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|\#.*""")


def whole_call(lines: Iterable[str]) -> str:
    """Return the first of the lines with those that follow until its brackets are closed, as one line."""
    taken: list[str] = []
    depth = 0
    for line in islice(lines, MAX_LINES):
        taken.append(_STRING_OR_COMMENT.sub(lambda found: found[1] or "", line).strip())
        code = _STRING_OR_COMMENT.sub("", line)
        depth += sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))
        if depth <= 0:
            break
    if len(taken) == 1:
        return taken[0]
    return re.sub(r",? (?=[)\]}])", "", re.sub(r"(?<=[(\[{]) ", "", " ".join(taken)))
