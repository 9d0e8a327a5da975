"""`query_budget(...)`: decorator and `with` block, under pytest, plain unittest and by itself.

Imports no Django until a block opens, so that a project can import querybudget before its settings.
"""

from __future__ import annotations

import functools
import inspect
import sys
import unittest
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Never, NoReturn, TypeVar, cast

from querybudget import wording
from querybudget.budgets.budget import (
    NO_PARENTHESES,
    NOT_GIVEN,
    Declaration,
    Level,
    Per,
    declare,
    needs_limit,
    one_limit,
)
from querybudget.budgets.troubles import expired
from querybudget.calls import place_of_caller
from querybudget.errors import BudgetExceeded, InvalidDeclaration, QueryBudgetError
from querybudget.results import Complaint
from querybudget.session import RunningTest, current, session
from querybudget.wording_run import trouble_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from contextvars import Token
    from datetime import date
    from types import TracebackType

    from querybudget.capture.scopes import BlockScope
    from querybudget.seen import Seen

    Target = TypeVar("Target", bound=Callable[..., Any])

DECLARATIONS = "querybudget_declarations"
"""Attribute of a decorated function or class: its declarations, in the order of the source."""

_ORIGINAL = "querybudget_original"


def _query_budget(  # noqa: PLR0913 - the words of the public face
    queries: Any = NOT_GIVEN,
    /,
    *more: Never,
    action: str | None = None,
    per: str | None = None,
    exclude: str | Sequence[str] = (),
    allow: str | Sequence[str] = (),
    reason: str | None = None,
    until: date | str | None = None,
    **measures: Any,
) -> QueryBudget:
    """Declare a budget: decorate a test with it, or open a block with `with`.

    Args:
        queries: how many queries at most; or `"=4"`, `"2..4"`, `exactly(4)`, `between(2, 4)`; None
            lifts what is declared farther away. Without any limit a `with` only watches.
        *more: nothing; any other limit is given by its name.
        action: judge only requests of this action, `"PackageViewSet.list"`, or of this route,
            `"GET /api/packages/<pk>/"`; `*` allowed.
        per: `"request"` (a decorator's default) or `"block"` (a `with`'s default).
        exclude: actions whose requests are neither judged nor counted; written like `action`.
        allow: findings accepted on purpose, `"QB102:Package.deployments"`: a code, and the relation,
            serializer field or function it is about. Needs a reason.
        reason: why so many; shown when it is exceeded.
        until: the last day on which this budget is meant to hold; after it the run fails once.
        **measures: limits of `reads`, `writes`, `duplicates`, `n_plus_one`, `shapes`;
            `tables={"name": 2}`, `databases={"alias": 2}`, `phases={"serializer": 0}`; or `base` with
            `per_item`, judged as `base + per_item × items` of the response.

    Raises:
        InvalidDeclaration: for an unknown measure or a limit that is none.

    """
    __tracebackhide__ = True
    where = place_of_caller(sys._getframe(1))
    make = functools.partial(
        declare,
        queries,
        measures,
        per=per,
        action=action,
        exclude=exclude,
        allow=allow,
        reason=reason,
        until=until,
        where=where,
    )
    try:
        one_limit((queries, *more))
        return QueryBudget(make)
    except InvalidDeclaration as error:
        raise InvalidDeclaration(str(error)) from None  # the line to mend is the caller's, not ours


class _Face:
    """What is imported as `query_budget`: called, and no context manager without its parentheses."""

    __call__ = staticmethod(_query_budget)

    def __enter__(self) -> NoReturn:
        """Tell of `with query_budget:`.

        Raises:
            InvalidDeclaration: always.

        """
        __tracebackhide__ = True
        raise InvalidDeclaration(NO_PARENTHESES)

    def __exit__(self, *_: object) -> None:
        """Be asked for by `with`; never reached."""


query_budget = functools.update_wrapper(_Face(), _query_budget)
query_budget.__name__ = query_budget.__qualname__ = "query_budget"


class QueryBudget:
    """A declared budget, before it is known whether it decorates or is opened."""

    def __init__(self, make: Callable[..., Declaration]) -> None:
        # Both faces are validated here, so that a mistake is told where it is written.
        self._as_block = make(level=Level.FUNCTION, default_per=Per.BLOCK)
        self._make = make
        self._open: list[OpenBlock] = []
        # Not that of a fixture, which may be opened in another test.
        self._test = session.test if session.test is not None and session.test.in_body else None
        if self._test is not None and self._as_block.limits:
            self._test.unused.append(self._as_block)

    def __call__(self, target: Target) -> Target:
        """Decorate a test function, a method, a coroutine function or a test class."""
        __tracebackhide__ = True
        if not callable(target):
            raise InvalidDeclaration(f"query_budget decorates functions and classes, not {target!r}.")
        self._note_use()
        level = Level.CLASS if isinstance(target, type) else Level.FUNCTION
        try:
            declaration = needs_limit(self._make(level=level, default_per=Per.REQUEST))
        except InvalidDeclaration as error:
            raise InvalidDeclaration(str(error)) from None  # the line to mend is the caller's, not ours
        if isinstance(target, type):
            return cast("Target", _decorate_class(target, declaration))
        return _decorate_function(target, declaration)

    def __enter__(self) -> Seen:
        __tracebackhide__ = True
        self._note_use()
        where = self._as_block.where
        block = OpenBlock(f"block at {where.path}:{where.line}" if where else "block")
        self._open.append(block)
        return block.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        block = self._open.pop()
        block.close()
        breach = block.judge((self._as_block,))
        if not breach:
            return
        if error is None:
            raise BudgetExceeded(breach, self._as_block.where)
        # The test's own error wins; the breach is told beside it.
        if session.test is not None:
            session.test.note(breach, self._as_block.where)

    def _note_use(self) -> None:
        if self._test is not None:
            self._test.unused = [each for each in self._test.unused if each is not self._as_block]


class OpenBlock:
    """A block scope from its opening to its judgement."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._scope: BlockScope | None = None
        self._token: Token[Any] | None = None

    def open(self) -> Seen:
        """Start to record into a new scope and return its live view.

        Raises:
            QueryBudgetError: where Django is not set up: nothing could be counted.

        """
        __tracebackhide__ = True
        if not django_is_ready():
            raise QueryBudgetError(wording.NO_DJANGO)
        from querybudget import capture  # noqa: PLC0415 - Django is needed from here on
        from querybudget.capture.scopes import BlockScope  # noqa: PLC0415
        from querybudget.seen import Seen  # noqa: PLC0415

        capture.start().connections.refresh()
        scope = self._scope = BlockScope(self._name)
        opener = sys._getframe(2)
        scope.opened = opener.f_code, opener.f_lasti
        outer = current.get()
        if outer:
            outer.children.append(scope)
            scope.outer = outer
        session.blocks.append(scope)
        self._token = current.set(scope)
        return Seen(scope)

    def close(self) -> None:
        """Stop recording into it; whatever fails, what was put in place is taken out."""
        try:
            # Neither is there any more in a run that was interrupted, or in another context.
            with suppress(ValueError):
                session.blocks.remove(self.scope)
            if self._token is not None:
                with suppress(ValueError):
                    current.reset(self._token)
        finally:
            if session.capture is not None:
                session.capture.stop()

    @property
    def scope(self) -> BlockScope:
        """The scope, once open."""
        if self._scope is None:
            raise AssertionError("the block is not open")
        return self._scope

    def judge(self, declarations: tuple[Declaration, ...]) -> str:
        """Return the message about what the declarations do not allow; empty where all holds.

        Where we fail ourselves a budget does not pass, and a block without one does not notice.
        """
        if session.is_off or not any(declaration.limits for declaration in declarations):
            return ""
        return "\n\n".join(filter(None, [self._judged(declarations), *_expired(declarations)]))

    def _judged(self, declarations: tuple[Declaration, ...]) -> str:
        from querybudget import verdicts  # noqa: PLC0415 - needs Django

        try:
            among = session.test.declared if _plugin_judges(declarations) and session.test else declarations
            found = verdicts.on_block(self.scope, declarations, among=among)
        except Exception as error:  # noqa: BLE001 - ours: it must not replace the test's own error
            session.report_internal(error)
            failed = Complaint(message=wording.not_judged(error), is_doubt=True)
            found = verdicts.OfBlock(complaints=(failed,))
        if session.test is not None:
            session.test.judgements += found.judgements
            session.test.complaints += found.complaints
        return "\n\n".join(filter(None, [*found.messages, *(each.message for each in found.complaints)]))


def _expired(declarations: tuple[Declaration, ...]) -> list[str]:
    """Tell of declarations past their last day, each once; under the plugin the end of the run does."""
    if session.test is not None and session.test.is_judged_by_plugin:
        return []
    found = [each for each in expired(declarations, session.today) if each.declaration not in session.told]
    session.told.update(each.declaration for each in found)
    return [trouble_line(each) for each in found]


def django_is_ready() -> bool:
    """Tell whether Django is set up, without importing it."""
    apps = sys.modules.get("django.apps")
    return apps is not None and bool(apps.apps.ready)


def _decorate_function(target: Target, declaration: Declaration) -> Target:
    """Wrap a function once, however many budgets are stacked on it."""
    known = target.__dict__.get(_ORIGINAL)
    # Another decorator copies our attributes along; only our own wrapper also wraps what they name.
    is_ours = known is not None and target.__dict__.get("__wrapped__") is known
    original: Any = known if is_ours else target
    declarations = (declaration, *declarations_of(target))
    wrapper = around(original, functools.partial(JudgedCall, original.__qualname__, declarations))
    wrapper.__dict__.update({DECLARATIONS: declarations, _ORIGINAL: original})
    return cast("Target", wrapper)


def around(
    function: Callable[..., Any], make: Callable[[], AbstractContextManager[None]]
) -> Callable[..., Any]:
    """Return a function, or coroutine function, that runs `function` inside a new context each time."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def inside_async(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with make():
                return await function(*args, **kwargs)

        return inside_async

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with make():
            return function(*args, **kwargs)

    return inside


def _decorate_class(cls: Any, declaration: Declaration) -> Any:
    """Declare for every test of a class.

    The plugin reads the attribute. A TestCase's test methods carry the budget too, to be judged
    without it: those the class has now, not those a subclass adds.
    """
    setattr(cls, DECLARATIONS, (declaration, *cls.__dict__.get(DECLARATIONS, ())))
    if issubclass(cls, unittest.TestCase):
        for name in unittest.defaultTestLoader.getTestCaseNames(cls):
            setattr(cls, name, _decorate_function(getattr(cls, name), declaration))
    return cls


def declarations_of(target: Any) -> tuple[Declaration, ...]:
    """Return the declarations a decorated function or class carries itself."""
    return tuple(getattr(target, "__dict__", {}).get(DECLARATIONS, ()))


class JudgedCall:
    """One call of a decorated function.

    Where the plugin judges its declarations with the test, only blocks are opened here, and their
    breaches kept for it. Anywhere else (plain unittest, a decorated helper or fixture) everything is
    judged at the end of the call.
    """

    def __init__(self, name: str, declarations: tuple[Declaration, ...]) -> None:
        self._name = name
        self._declarations = declarations
        self._block: OpenBlock | None = None
        self._own_test: RunningTest | None = None
        self._outer: RunningTest | None = None

    def __enter__(self) -> None:
        __tracebackhide__ = True
        if not self._declarations or session.is_off:
            return
        if _plugin_judges(self._declarations):
            self._declarations = tuple(each for each in self._declarations if each.per is Per.BLOCK)
            if not self._declarations:
                return
        self._block = OpenBlock(self._name)
        self._block.open()
        if session.test is None or not session.test.is_judged_by_plugin:
            self._outer = session.test
            self._own_test = RunningTest(name=self._name, is_judged_by_plugin=False, in_body=True)
            session.test = self._own_test

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        if self._block is None:
            return
        self._block.close()
        if self._own_test is not None:
            session.test = self._outer
        breach = self._block.judge(self._declarations)
        if not breach:
            return
        where = self._declarations[0].where
        if session.test is not None and (error is not None or _plugin_judges(self._declarations)):
            session.test.note(breach, where)
        elif error is None:
            raise BudgetExceeded(breach, where)


def _plugin_judges(declarations: tuple[Declaration, ...]) -> bool:
    """Tell whether these are declared on the test that runs now, not on a helper it calls."""
    test = session.test
    if test is None or not test.is_judged_by_plugin:
        return False
    return all(any(each is declared for declared in test.declared) for each in declarations)
