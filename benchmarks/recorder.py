"""What recording adds to a query, as a ratio to what Django's own CaptureQueriesContext adds.

One process, interleaved rounds, CPU time, the minimum of many short rounds: the machine may be noisy.
A single-row `get` on in-memory SQLite, at the bottom of a stack of forty frames, inside a block.
"""

from __future__ import annotations

import argparse
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


def cost(call: Callable[[], None], context: Callable[[], Any], queries: int) -> float:
    """Return microseconds of CPU time a query, for one short round."""
    with context():
        started = time.process_time_ns()
        at_depth(FRAMES, lambda: [call() for _ in range(queries)] and None)
        return (time.process_time_ns() - started) / queries / 1_000


def main() -> None:
    """Print the three costs and the ratio."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=400)
    arguments.add_argument("--queries", type=int, default=50, help="queries a round")
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
    best = dict.fromkeys(contexts, float("inf"))
    for _ in range(options.rounds):
        for name, context in contexts.items():
            now = cost(lambda: model.objects.get(pk=1), context, options.queries)
            best[name] = min(best[name], now)
    captured, recorded = best["CaptureQueriesContext"] - best["bare"], best["querybudget"] - best["bare"]
    for name, microseconds in best.items():
        print(f"{name:>22}: {microseconds:7.2f} µs a query")
    print(f"\nCaptureQueriesContext adds {captured:.2f} µs, querybudget {recorded:.2f} µs")
    print(f"ratio {recorded / captured:.2f}")


if __name__ == "__main__":
    main()
