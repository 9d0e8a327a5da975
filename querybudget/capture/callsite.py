"""What each code object on a stack is, and the line of the project that an instruction stands on.

Code objects are classified once, by `id`; the table keeps them alive, so that an id is never reused. Nor is
it asked for most frames: of each code object the walk remembers who called it last.
Line numbers are resolved when somebody reads them (`place_of`).
"""

from __future__ import annotations

import linecache
import os
import re
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from querybudget.capture import loads, origin, phases
from querybudget.capture.frames import (
    BOUNDARY,
    END,
    HANDLER,
    IGNORED,
    PROJECT,
    QUERYSET,
    TEST,
    THREAD,
)
from querybudget.records import Place
from querybudget.session import session

if TYPE_CHECKING:
    from types import CodeType


Position = tuple[int | None, ...]
"""First and last line and column of a part of a file, as far as they are known."""

_TEST_FILE = re.compile(r"(?:^|/)(?:tests?|testing)/|(?:^|/)(?:test_[^/]*|[^/]*_test|tests|conftest)\.py$")
_PACKAGE = f"{Path(__file__).resolve().parents[1]}{os.sep}"
_NEVER = tuple(
    sorted(
        {
            path
            for name, path in sysconfig.get_paths().items()
            if name in {"stdlib", "platstdlib", "purelib", "platlib"}
        }
    )
)


class Step:
    """One code object on the way up: what it is, and a guess who calls it.

    The guess is who called it last. It is held against the frame each time, which takes half as long as to
    look the frame's code up.
    """

    __slots__ = (
        "asking",
        "caller",
        "code",
        "handler",
        "inside",
        "is_end",
        "is_site",
        "outside",
        "positions",
        "rank",
        "what",
    )

    def __init__(self, code: CodeType | None = None, what: Any = IGNORED) -> None:
        self.code = code
        self.what = what
        self.asking = None if isinstance(what, int) else what
        self.handler = phases.note_queryset if what is QUERYSET else self.asking
        self.rank: int = getattr(what, "rank", origin.ALWAYS)
        self.inside = code if what is IGNORED else None
        """The code, unless it tells something below the project's innermost frame; `outside`: above that."""
        self.outside = None if what in _OUTER else code
        self.is_site = what in _SITES
        """Whether it is the project's or a test's own, so that it matters at which instruction it is."""
        self.is_end = what in _ENDS
        self.positions: tuple[Position, ...] | None = None
        """Of each two bytes of the code; None until somebody asks."""
        self.caller = self


class CodeTable:
    """What each code object seen so far is; it keeps them alive."""

    def __init__(self) -> None:
        self.known: dict[int, Step] = {}
        self.innermost = Step()
        """Stands below every stack: who "calls" it runs the query."""
        self._root = session.root
        self._source: tuple[Path, ...] = ()

    def forget_if_moved(self) -> None:
        """Start afresh where the root or the source has changed since; called when recording begins."""
        source = tuple((session.root / each).resolve() for each in session.config.source)
        if (self._root, self._source) != (session.root, source):
            self._root, self._source = session.root, source
            self.known = {}
            self.innermost = Step()
            place.cache_clear()

    def step(self, code: CodeType) -> Step:
        """Return what is known of a code object, and decide it when it is met first."""
        step = self.known.get(id(code))
        if step is None:
            step = self.known[id(code)] = Step(code, self._decide(code))
        return step

    def position(self, code: int, lasti: int) -> Position:
        """Return which part of the source an instruction is of, of a code object by its `id`.

        CPython may stand elsewhere in the same call once it has specialised that; the source says that it is
        the same. Of a code object that is not known, the offset alone.
        """
        step = self.known.get(code)
        if step is None or step.code is None:
            return (lasti,)
        if step.positions is None:
            step.positions = tuple(step.code.co_positions())
        return step.positions[lasti // 2] if lasti >= 0 else (lasti,)

    def _decide(self, code: CodeType) -> Any:
        path = code.co_filename
        if path.startswith(_PACKAGE):
            return _own(code)
        handler = origin.handler_of(path, code.co_qualname)
        if handler is not None:
            return handler
        kind = self.kind_of_file(path)
        return QUERYSET if kind is PROJECT and code.co_name == "get_queryset" else kind

    def kind_of_file(self, path: str) -> int:
        """Tell a file of the project from one of its tests and from everybody else's."""
        if path.startswith(("<", *_NEVER)) or "site-packages" in path or "dist-packages" in path:
            return IGNORED
        try:
            relative = Path(path).resolve().relative_to(self._root).as_posix()
        except (ValueError, OSError):
            # Configuration may name source that lies beside the project.
            return PROJECT if self._source and self._is_source(Path(path)) else IGNORED
        if _is_in_environment(self._root, relative):
            return IGNORED
        if _TEST_FILE.search(relative):
            return TEST
        return PROJECT if self._is_source(Path(path).resolve()) else IGNORED

    def is_own_template(self, path: str) -> bool:
        """Tell the project's templates from those of an environment, and from a text that has no file."""
        if path.startswith(("<", *_NEVER)) or "site-packages" in path or "dist-packages" in path:
            return False
        file = Path(path)
        if not file.is_relative_to(self._root):
            return True
        return not _is_in_environment(self._root, file.relative_to(self._root).as_posix())

    def _is_source(self, path: Path) -> bool:
        """Tell whether a file is under what configuration calls source; by default all of it is."""
        return not self._source or any(path.is_relative_to(each) for each in self._source)


_SITES = {PROJECT, QUERYSET, TEST}
_ENDS = {BOUNDARY, HANDLER, THREAD, END}
OUTER: frozenset[Any] = frozenset({*origin.OUTER, loads.note_rows})
"""What tells something above the project's innermost frame too."""
_OUTER = {*_SITES, *_ENDS, *OUTER}

codes = CodeTable()


def _own(code: CodeType) -> Any:
    if code.co_name in _HANDLERS:
        return HANDLER
    if code.co_name == "tagged_rows":
        return loads.note_rows
    return BOUNDARY if code.co_name in _BOUNDARIES else IGNORED


# Functions of ours on whose inside a handler runs, middleware first; or a view or a block.
_HANDLERS = {"respond", "respond_async"}
_BOUNDARIES = {
    "run_view",
    "run_view_async",
    "render_late",
    "__next__",
    "__anext__",
}


def _is_in_environment(root: Path, relative: str) -> bool:
    """Tell whether a path below the root lies in a virtual environment."""
    top = relative.split("/", 1)[0]
    return (root / top / "pyvenv.cfg").exists() or str(root / top) == sys.prefix


def place_of(code: CodeType | None, lasti: int) -> Place | None:
    """Resolve a code object and instruction to a line, with the line's text."""
    if code is None:
        return None
    line = _line_at(code, lasti)
    return place(code.co_filename, line, code.co_qualname)


@lru_cache(maxsize=16_384)
def place(path: str, line: int, function: str = "") -> Place:
    """Make a place of an absolute path, shown relative to the project's root."""
    source = linecache.getline(path, line).strip() if line else ""
    shown = Path(path)
    if shown.is_relative_to(session.root):
        shown = shown.relative_to(session.root)
    return Place(path=shown.as_posix(), line=line, function=function.replace("<locals>.", ""), source=source)


def _line_at(code: CodeType, lasti: int) -> int:
    for start, end, line in code.co_lines():
        if start <= lasti < end and line is not None:
            return line
    return code.co_firstlineno
