"""How a fingerprint compares with sqlparse, and whether its time stays linear.

Run it with `python benchmarks/fingerprint.py`. Prints ratios of minima over interleaved rounds, so that what
else the machine does falls on all alike.
"""

# ruff: noqa: S608 - the statement is read, never run

from __future__ import annotations

import gc
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import sqlparse
from sqlparse import lexer

from querybudget.analysis.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROUNDS = 200
BATCH = 10
"""Calls in a row, so that none is timed with the caches another left behind."""
MEGABYTE = 1_000_000

COLUMNS = ["id", "name", "slug", "version", "size", "checksum", "status", "released_at"]
COLUMNS += ["created_at", "updated_at", "project_id", "owner_id"]
STATEMENT = (
    "SELECT "
    + ", ".join(f'"reference_app_package"."{column}"' for column in COLUMNS)
    + ' FROM "reference_app_package" INNER JOIN "reference_app_project"'
    ' ON ("reference_app_package"."project_id" = "reference_app_project"."id")'
    ' WHERE ("reference_app_project"."slug" = %s AND "reference_app_package"."size" > 5)'
    ' ORDER BY "reference_app_package"."name" ASC LIMIT 21'
)

tokenize: Callable[[str], Iterable[object]] = lexer.tokenize
RIVALS: dict[str, Callable[[], object]] = {
    "fingerprint": lambda: fingerprint(STATEMENT, vendor="postgresql"),
    "sqlparse.lexer.tokenize": lambda: list(tokenize(STATEMENT)),
    "sqlparse.parse": lambda: sqlparse.parse(STATEMENT),
}

ADVERSARIES = [
    ("sqlite", "("),
    ("sqlite", "'"),
    ("sqlite", '"a".'),
    ("sqlite", "[a"),
    ("postgresql", "/*"),
    ("postgresql", "/**/"),
    ("postgresql", "$a$ $b$"),
    ("postgresql", "$a"),
    ("postgresql", "IN (1, "),
    ("postgresql", "CASE WHEN "),
    ("postgresql", "SELECT 1 FROM ("),
    ("mysql", "\\'"),
    ("mysql", "_a "),
    ("oracle", "q'["),
    ("unknown", "%("),
]


def seconds(call: Callable[[], object], *, times: int = 1) -> float:
    """Return what one call takes, of several in a row."""
    start = perf_counter()
    for _ in range(times):
        call()
    return (perf_counter() - start) / times


def compare_with_sqlparse() -> None:
    """Print the minimum of each rival, and its ratio to ours."""
    best = dict.fromkeys(RIVALS, float("inf"))
    for _ in range(ROUNDS):
        for name, call in RIVALS.items():
            best[name] = min(best[name], seconds(call, times=BATCH))
    print(f"A SELECT of {len(COLUMNS)} columns with a join, minimum of {ROUNDS} interleaved rounds:")
    for name, minimum in best.items():
        print(f"  {name:<24} {minimum * 1e6:8.0f} µs  {minimum / best['fingerprint']:6.1f} ×")


def double_the_text(*, vendor: str, unit: str, rounds: int = 3) -> tuple[float, float]:
    """Return the least seconds for one megabyte and for two."""
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        for size in (1, 2):
            call = partial(fingerprint, unit * (size * MEGABYTE // len(unit)), vendor=vendor)
            best[size - 1] = min(best[size - 1], seconds(call))
    return best[0], best[1]


def main() -> None:
    """Print both tables."""
    compare_with_sqlparse()
    print("A text of one unit, 1 MB and 2 MB; linear is 2 ×:")
    gc.disable()  # a collection that falls into one text and not the other would pass for growth
    for vendor, unit in ADVERSARIES:
        one, two = double_the_text(vendor=vendor, unit=unit)
        gc.collect()
        print(f"  {vendor:<10} {unit!r:<18} {one:6.2f} s {two:6.2f} s  {two / one:4.1f} ×")


if __name__ == "__main__":
    main()
