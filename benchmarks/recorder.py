"""What recording adds to a query, as a ratio to what Django's own CaptureQueriesContext adds.

One process, interleaved rounds in an order drawn anew each time, CPU time, the minimum of many short rounds
and, steadier, their tenth percentile: the machine may be noisy. A single-row `get` on in-memory SQLite, at
the bottom of a stack of forty frames, inside a block.
"""

from __future__ import annotations

import argparse
import random
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES = 40


def prepare() -> Any:
    """Set Django up with one table of one row and return its model."""
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    )
    django.setup()
    from django.contrib.auth.models import Group  # noqa: PLC0415 - needs the settings
    from django.db import connection  # noqa: PLC0415

    with connection.schema_editor() as editor:
        editor.create_model(Group)
    Group.objects.create(name="one")
    return Group


def at_depth(frames: int, call: Callable[[], None]) -> None:
    """Call at the bottom of a stack of so many more frames."""
    if frames:
        at_depth(frames - 1, call)
    else:
        call()


def cost(call: Callable[[], None], context: Callable[[], Any], *, ahead: int, queries: int) -> float:
    """Return microseconds of CPU time a query, for one short round.

    Some queries go ahead of it. What ran before (the analysis of another round's block) leaves the
    processor's caches to the first, whoever that is. And a test run begins to record once, a round of ours
    each time: CPython takes some fifty executions to specialise anew what it has specialised for classes
    that were changed since, Django's querysets and connections among them.
    """
    with context():
        for _ in range(ahead):
            call()
        started = time.process_time_ns()
        at_depth(FRAMES, lambda: [call() for _ in range(queries)] and None)
        return (time.process_time_ns() - started) / queries / 1_000


def main() -> None:
    """Measure, and print what two ranks of the rounds say."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=400)
    arguments.add_argument("--queries", type=int, default=20, help="queries a round")
    arguments.add_argument("--ahead", type=int, default=100, help="queries before them, which are not timed")
    options = arguments.parse_args()
    model = prepare()
    from django.db import connection  # noqa: PLC0415 - needs the settings
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from querybudget import query_budget  # noqa: PLC0415

    contexts = {
        "bare": nullcontext,
        "CaptureQueriesContext": lambda: CaptureQueriesContext(connection),
        "querybudget": query_budget,
    }
    costs: dict[str, list[float]] = {name: [] for name in contexts}
    order = list(contexts)
    for _ in range(options.rounds):
        random.shuffle(order)
        for name in order:
            costs[name].append(
                cost(
                    lambda: model.objects.get(pk=1),
                    contexts[name],
                    ahead=options.ahead,
                    queries=options.queries,
                )
            )
    for title, rank in (("minimum", 0), ("tenth percentile", options.rounds // 10)):
        report(title, {name: sorted(rounds)[rank] for name, rounds in costs.items()})


def report(title: str, costs: dict[str, float]) -> None:
    """Print the three costs, in microseconds a query, and the ratio of what two of them add to the third."""
    captured = costs["CaptureQueriesContext"] - costs["bare"]
    recorded = costs["querybudget"] - costs["bare"]
    print(f"{title}:")
    for name, microseconds in costs.items():
        print(f"{name:>22}: {microseconds:7.2f} µs a query")
    print(f"  CaptureQueriesContext adds {captured:.2f} µs, querybudget {recorded:.2f} µs")
    print(f"  ratio {recorded / captured:.2f}")


if __name__ == "__main__":
    main()
