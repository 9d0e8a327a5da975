"""The hooks pytest calls: when to record, when to judge, what to print."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest

from querybudget.pytest_plugin import markers
from querybudget.pytest_plugin.fixtures import query_budget, query_growth  # noqa: F401 - pytest finds the fixtures here
from querybudget.pytest_plugin.run import Run
from querybudget.replayed import KINDS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from typing import Any

RUN = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options."""
    group = parser.getgroup("querybudget", "query budgets")
    group.addoption(
        "--querybudget-off",
        action="store_true",
        help="Record no request and judge no budget. A `with` still counts for the test that reads it.",
    )
    group.addoption(
        "--querybudget-show",
        choices=("all", "worst", "none"),
        default="worst",
        help="How much a breached budget tells: every statement, the findings (default), or one line.",
    )

    group.addoption(
        "--querybudget-verify",
        metavar="fix,guard,growth|all",
        type=_kinds,
        default=frozenset(),
        help="Make requests again in their tests, each time with one thing changed: `fix` tries every printed"
        " fix, `guard` takes every eager load away, `growth` adds rows.",
    )


def _kinds(text: str) -> frozenset[str]:
    kinds = frozenset(filter(None, (each.strip() for each in text.split(","))))
    unknown = sorted(kinds - {*KINDS, "all"})
    if unknown or not kinds:
        told = f"{text!r} names nothing that can be verified. Expected fix, guard, growth or all"
        raise argparse.ArgumentTypeError(told)
    return frozenset(KINDS) if "all" in kinds else kinds


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and prepare the run; imports no Django."""
    config.addinivalue_line("markers", markers.HELP)
    config.stash[RUN] = Run(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker which run it is part of."""
    node.workerinput["querybudget"] = node.config.stash[RUN].for_worker()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear what an xdist worker could not do, and what it counted; one that died says nothing."""
    node.config.stash[RUN].hear(getattr(node, "workeroutput", {}).get("querybudget", {}))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the process as it was found."""
    run = config.stash.get(RUN, None)
    if run is not None:
        run.restore()


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Record from the first test to the last, if this run has a configured Django."""
    run = session.config.stash[RUN]
    run.start()
    try:
        return (yield)
    finally:
        run.stop()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Make decorators markers, so that `-m query_budget` selects them."""
    item.config.stash[RUN].selection.note_collected(item)
    markers.mark(item)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Count what is left out."""
    if items:
        items[0].config.stash[RUN].selection.n_deselected += len(items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Begin an attempt: this hook runs again for a rerun."""
    item.config.stash[RUN].begin(item)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Judge around the call: a breach is FAILED, and a test's own outcome stays."""
    __tracebackhide__ = True
    run = item.config.stash[RUN]
    with run.body(item):
        try:
            result = yield
        except BaseException:
            run.tell_beside(item)
            raise
    run.judge(item)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a breach at the place where its budget was declared."""
    report = yield
    item.config.stash[RUN].note_report(call, report)
    return report


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """End an attempt once its fixtures are torn down, and write what it recorded."""
    run = item.config.stash[RUN]
    try:
        return (yield)
    except pytest.skip.Exception:
        raise
    except BaseException:
        run.note_failed_teardown()
        raise
    finally:
        run.end()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Judge what only the whole run can tell, before the terminal sums up."""
    session.config.stash[RUN].finish(session)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print at most twelve lines; nothing under -q and nothing in a run without Django."""
    config.stash[RUN].summarise(terminalreporter)
