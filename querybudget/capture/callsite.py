"""The one walk up the stack: which line of the project asked, and through what of Django.

Code objects are classified once, by `id`; the table keeps them alive, so that an id is never reused. Nor is
it asked for most frames: of each code object the walk remembers who called it last.
Line numbers are resolved when somebody reads them (`line_of`).
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

from querybudget.capture import origin, phases
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
from querybudget.records import Phase, Place
from querybudget.session import session

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from querybudget.capture.scopes import RawEvent

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

    __slots__ = ("caller", "code", "handler", "inside", "outside", "rank", "what")

    def __init__(self, code: CodeType | None = None, what: Any = IGNORED) -> None:
        self.code = code
        self.what = what
        self.handler = phases.note_queryset if what is QUERYSET else None if isinstance(what, int) else what
        self.rank: int = getattr(what, "rank", origin.ALWAYS)
        self.inside = code if what is IGNORED else None
        """The code, unless it tells something below the project's innermost frame; `outside`: above that."""
        self.outside = None if what in _OUTER else code
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
            self.known.clear()
            self.innermost = Step()
            place.cache_clear()

    def step(self, code: CodeType) -> Step:
        """Return what is known of a code object, and decide it when it is met first."""
        step = self.known.get(id(code))
        if step is None:
            step = self.known[id(code)] = Step(code, self._decide(code))
        return step

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


_OUTER = {QUERYSET, BOUNDARY, HANDLER, THREAD, END, *origin.OUTER}

codes = CodeTable()


def _own(code: CodeType) -> Any:
    if code.co_name in _HANDLERS:
        return HANDLER
    return origin.OWN.get(code.co_name, BOUNDARY if code.co_name in _BOUNDARIES else IGNORED)


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


def look(frame: FrameType | None, event: RawEvent) -> None:  # noqa: C901 - one loop over some forty frames a query: a call for each would cost more than the work
    """Walk up from `frame` to where the view begins, and note on the event what is met.

    Innermost first. Django's own frames say what was asked, until the first frame of the project;
    from there on `_look_out` goes on.
    """
    step = codes.innermost
    while frame is not None:
        caller = step.caller
        if frame.f_code is not caller.inside:
            code = frame.f_code
            if code is not caller.code:
                caller = step.caller = codes.step(code)
            what = caller.what
            if what is PROJECT or what is QUERYSET:
                event.code = code
                event.lasti = frame.f_lasti
                event.is_test_inner = event.test_code is not None
                if what is QUERYSET:
                    phases.note_queryset(frame, event)
                return _look_out(frame.f_back, event, caller)
            if what is TEST:
                if event.test_code is None:
                    event.test_code = code
                    event.test_lasti = frame.f_lasti
            elif caller.handler is not None:
                if caller.rank > event.rank:
                    caller.handler(frame, event)
            elif what is not IGNORED:
                return _end(what, frame, event)
        step = caller
        frame = frame.f_back
    return None


def _look_out(frame: FrameType | None, event: RawEvent, step: Step) -> None:
    """Walk on from the project's innermost frame: nearly all frames are met here, and few tell anything."""
    while frame is not None:
        caller = step.caller
        if frame.f_code is not caller.outside:
            if frame.f_code is not caller.code:
                caller = step.caller = codes.step(frame.f_code)
            if caller.outside is None:
                if caller.handler is None:
                    return _end(caller.what, frame, event)
                caller.handler(frame, event)
        step = caller
        frame = frame.f_back
    return None


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
        elif what in origin.OUTER:
            what(frame, event)
        elif what is TEST and event.test_code is None:
            event.test_code, event.test_lasti = code, frame.f_lasti


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
