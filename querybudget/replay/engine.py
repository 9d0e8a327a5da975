"""A request made again in its test, and what became of it; nothing it does stays."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from inspect import isawaitable
from time import time as clock
from traceback import clear_frames
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django.test.client import conditional_content_removal

from querybudget import pipeline
from querybudget.capture import requests
from querybudget.capture.scopes import RequestScope
from querybudget.replay import outside
from querybudget.replay.bodies import Body
from querybudget.session import session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from querybudget.capture.witness import Witness
    from querybudget.records import Event, Request

_CSRF = re.compile(rb"""(name=["']csrfmiddlewaretoken["'] value=["'])[^"']*""")


class NotReplayable(Exception):  # noqa: N818 - no error of anybody's: a thing that cannot be told
    """A request cannot be made again, or not in the same way; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request came to."""

    status: int | None
    body: Body | None
    """None where it was streamed to the test, which has read it."""
    request: Request

    @property
    def queries(self) -> int:
        """Count its queries."""
        return self.request.queries

    def difference(self, other: Answer) -> str:
        """Say what is first different in another answer; empty where it is the same."""
        if self.status != other.status:
            return f"status {self.status}, then {other.status}"
        if self.body is None or other.body is None:
            return ""
        return self.body.difference(other.body)


def replay(witness: Witness, change: AbstractContextManager[Any] | None = None) -> Answer:
    """Make a request again, with something changed around it, and undo all it did.

    Args:
        witness: the request.
        change: entered inside the transaction that is rolled back; what it returns is called when the request
            has been answered, as the last that belongs to it.

    Raises:
        NotReplayable: when it cannot be made at all.

    """
    why = refusal(witness)
    if why:
        raise NotReplayable(why)
    scope = RequestScope(witness.method, witness.path)
    began = clock()
    with outside.put_back(), outside.rolled_back(), change or nullcontext() as ending:
        content, response = _answer(witness, scope, ending)
    return Answer(
        status=response.status_code if response is not None else None,
        body=Body(content=content, began=began, ended=clock(), made=scope.made),
        request=pipeline.request_of(scope),
    )


def refusal(witness: Witness) -> str:
    """Say why a request cannot be made now; empty where it can."""
    return witness.refusal or outside.refusal()


def _answer(witness: Witness, scope: RequestScope, ending: Callable[[], None] | None) -> tuple[bytes, Any]:
    """Let the request run in its scope, and read what it answers."""
    try:
        with requests.Running(scope):
            request, response = witness.issue()
            if isawaitable(response):
                response = async_to_sync(_awaited)(response)
            if not getattr(response, "is_rendered", True) and witness.is_rendered:
                response = response.render()
            if ending is not None:
                ending()
        requests.finish(scope, request, response)
        content = _content(request, response)
        if ending is not None:
            with requests.Running(scope):  # a body that was streamed may have gone on
                ending()
        for close in response._resource_closers:
            close()
    except NotReplayable:
        raise
    except Exception as error:  # noqa: BLE001 - the view's own, which a handler would have answered with 500
        told = f"it raised {type(error).__name__}: {error}"
        # What its frames hold open, a cursor of PostgreSQL's, has to be closed before all is rolled back.
        _let_go(error)
        raise NotReplayable(told) from None
    return content, response


def _content(request: Any, response: Any) -> bytes:
    if not getattr(response, "is_rendered", True):
        return b""
    conditional_content_removal(request, response)
    return stable(response)


def _let_go(error: BaseException | None) -> None:
    """Clear the frames of an error and of what led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


async def _awaited(response: Any) -> Any:
    return await response


def stable(response: Any) -> bytes:
    """Return a body without what no two answers have in common: the token of a form, what a project names."""
    if response.streaming:
        if response.is_async:
            raise NotReplayable("its body is streamed asynchronously")
        return b"".join(response)
    content = _CSRF.sub(rb"\1", response.content)
    if session.read_body is None:
        return content
    name = session.config.replay.body
    try:
        told = session.read_body(response)
    except Exception as error:  # noqa: BLE001 - the project's
        raise NotReplayable(f"{name} failed to read its body: {type(error).__name__}: {error}") from None
    if not isinstance(told, bytes | str):
        raise NotReplayable(f"{name} returned {told!r} for its body. Expected bytes or a text")
    return told if isinstance(told, bytes) else told.encode()


def first_answer(witness: Witness, scope: RequestScope) -> Answer:
    """Return what the test itself was answered."""
    response = witness.response
    body = None
    if response is not None and not response.streaming:
        content = stable(response) if witness.is_rendered else b""
        body = Body(content=content, began=witness.began, ended=witness.ended, made=scope.made)
    return Answer(
        status=response.status_code if response is not None else None,
        body=body,
        request=pipeline.request_of(scope),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A request made again as it was: what the changed ones are compared with."""

    answer: Answer
    n_cold: int
    """Queries that only the first run made: caches were cold."""


def unchanged(
    witness: Witness, scope: RequestScope, change: AbstractContextManager[Any] | None = None
) -> Unchanged:
    """Make a request again as it was.

    Raises:
        NotReplayable: when anything but cold caches is different from the first time.

    """
    first, again = first_answer(witness, scope), replay(witness, change)
    difference = first.difference(again)
    if difference:
        raise NotReplayable(f"made again as it was, it answers otherwise: {difference}")
    before, after = shapes(first.request), shapes(again.request)
    new = after - before
    if new:
        [(shape, _), *_] = sorted(new.items())
        raise NotReplayable(f"made again as it was, it asks what it did not ask before: {shape[1]}")
    return Unchanged(answer=again, n_cold=(before - after).total())


def shapes(request: Request) -> Counter[tuple[str, str]]:
    """Count the queries of a request by alias and shape."""
    return Counter((event.alias, event.fingerprint.shape) for event in counted(request))


def counted(request: Request) -> Iterable[Event]:
    """Yield the queries that budgets count."""
    return (event for event in request.recording.events if event.counts)
