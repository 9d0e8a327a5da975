"""The walk goes up a stack once: what it met is kept with the frames, and ends with them."""

import dataclasses
import gc
import sys
import weakref

import pytest

from querybudget import query_budget
from querybudget.capture import walk
from querybudget.capture.callsite import codes
from querybudget.capture.scopes import RawEvent
from querybudget.session import session

pytestmark = pytest.mark.django_db

SHOP = """
from django.contrib.auth.models import Group
from rest_framework import serializers

def ask():
    return Group.objects.count()

def ask_often(times):
    for _ in range(times):
        ask()

def ask_and_do(*between):
    ask()
    for each in between:
        each()
        ask()

def steps():
    while True:
        ask()
        yield

class Field:
    def get_one(self, row):
        return self.context["ask"]()

    get_two = get_one

class First(Field, serializers.Serializer):
    one = serializers.SerializerMethodField()
    two = serializers.SerializerMethodField()

class Second(Field, serializers.Serializer):
    two = serializers.SerializerMethodField()
"""


class Shop:
    """A module of the project's own code: its file would lie in what is its source."""

    def __init__(self):
        names = {"__name__": "shop"}
        exec(compile(SHOP, str(session.root / "shop" / "walked.py"), "exec"), names)  # noqa: S102 - a constant of this file, in the project's place
        self.__dict__.update(names)


@pytest.fixture
def shop(monkeypatch):
    source = (*session.config.source, "shop")
    monkeypatch.setattr(session, "config", dataclasses.replace(session.config, source=source))
    codes.forget_if_moved()
    yield Shop()
    monkeypatch.undo()
    codes.forget_if_moved()


@pytest.fixture
def untraced():
    """Without what measures coverage, which has a trace function in every frame of the project's."""
    traced = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(traced)


@pytest.fixture
def walks(monkeypatch, untraced):
    """Count the walks above a line of the project."""
    walked = []
    original = walk._met_above

    def met_above(*args):
        met, sites = original(*args)
        walked.append(met)
        return met, sites

    monkeypatch.setattr(walk, "_met_above", met_above)
    return walked


def fields(seen):
    return [event.field for group in seen.groups for event in group.events]


def test_a_stack_that_is_still_there_is_walked_once(shop, walks):
    with query_budget() as seen:
        shop.ask_often(5)
    assert (seen.queries, len(walks)) == (5, 1)


def test_another_call_is_walked_again(shop, walks):
    """Its frame may lie where the other's lay."""
    with query_budget():
        shop.ask_often(2)
        shop.ask_often(2)
    assert len(walks) == 2


def test_rows_of_a_list_are_walked_up_to_the_list(shop, walks):
    """What was kept above it is what each row's walk ends with; their own frames are new for each."""
    with query_budget() as seen:
        _ = shop.First(range(3), many=True, context={"ask": shop.ask}).data
    assert sorted(fields(seen)) == ["First.one"] * 3 + ["First.two"] * 3
    assert len(walks) == 6
    assert len({id(met[-1]) for met in walks}) == 1, "whatever ends the stack was met once"


def test_fields_of_one_serializer_are_told_apart(shop):
    """One frame asks for both: what it does is read anew each time."""
    with query_budget() as seen:
        _ = shop.First(1, context={"ask": shop.ask}).data
    assert fields(seen) == ["First.one", "First.two"]


def test_a_generator_belongs_to_whoever_resumes_it(shop):
    resume = shop.steps().__next__
    with query_budget() as seen:
        _ = shop.First(1, context={"ask": resume}).data
        _ = shop.Second(1, context={"ask": resume}).data
    assert fields(seen) == ["First.one", "First.two", "Second.two"]


@pytest.fixture
def no_collector():
    """Only what nothing refers to any more goes away."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Row:
    """What a frame holds."""


def test_what_a_function_holds_goes_when_it_returns(shop, no_collector):
    """Kept with a frame is nothing that keeps the frame."""

    def call():
        row = Row()
        shop.ask_and_do(row.__init__)
        return weakref.ref(row)

    with query_budget():
        assert call()() is None


def test_what_a_serializer_holds_goes_when_it_returns(shop, no_collector):
    """Its frame tells something itself."""

    def call():
        row = Row()
        serializer.to_representation(row)
        return weakref.ref(row)

    serializer = shop.First(context={"ask": shop.ask})

    with query_budget():
        assert call()() is None


def test_the_trace_function_of_a_debugger_stays(shop):
    def mine(*_):
        return None

    def mark():
        sys._getframe(1).f_trace = mine

    def is_mine():
        seen.append(sys._getframe(1).f_trace is mine)

    seen = []
    with query_budget() as block:
        traced = sys.gettrace()
        shop.ask_and_do(mark, is_mine)
        assert sys.gettrace() is traced
    assert seen == [True]
    assert block.queries == 3


def test_a_debugger_that_comes_in_between_works_as_ever(shop):
    lines = []

    def trace(frame, event, _):
        if frame.f_code is shop.ask.__code__:
            lines.append(event)
        return trace

    before = sys.gettrace()
    sys.settrace(None)
    try:
        with query_budget() as seen:
            shop.ask_and_do(lambda: sys.settrace(trace), lambda: sys.settrace(None))
    finally:
        sys.settrace(before)
    assert lines == ["call", "line", "return"]
    assert seen.queries == 3


def test_nothing_is_kept_that_was_told_by_another_source(shop, walks, monkeypatch):
    def move():
        source = (*session.config.source, "elsewhere")
        monkeypatch.setattr(session, "config", dataclasses.replace(session.config, source=source))
        codes.forget_if_moved()

    with query_budget():
        shop.ask_and_do(move)
    assert len(walks) == 2


def test_a_projects_own_line_may_have_nothing_above(shop):
    """As where a thread begins with it."""
    event = RawEvent()
    walk.look(shop.steps().gi_frame, event)
    assert event.code.co_name == "steps"
