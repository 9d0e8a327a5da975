"""Counts in plain Python what the witness of a run wrote down, in the words of the report."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from itertools import chain
from statistics import median_low
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CONTROL = {"BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT"}
READS = {"SELECT", "WITH"}
WRITES = {"INSERT", "UPDATE", "DELETE"}

# Enough for the statements of this project: no comments, no numbers in names, no floats.
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+\b|\bNULL\b")
_LIST = re.compile(r"\(\?(?:, \?)*\)(?:, \(\?(?:, \?)*\))*")


def read(directory: Path) -> dict[str, list[dict]]:
    """Read test → its requests, of all processes of a run; each test stands there once."""
    lines = [line for path in sorted(directory.iterdir()) for line in path.read_text().splitlines()]
    seen = [(told["test"], told["requests"]) for told in map(json.loads, lines)]
    assert len(seen) == len(dict(seen))
    return dict(seen)


def run_numbers(seen: dict[str, list[dict]]) -> dict[str, int]:
    """Count over all requests; a test without requests is none of the report's."""
    requests = [*chain.from_iterable(seen.values())]
    return {
        "n_tests": sum(bool(of_test) for of_test in seen.values()),
        "n_requests": len(requests),
        "n_queries": sum(len(queries(request)) for request in requests),
    }


def action_numbers(seen: dict[str, list[dict]]) -> dict[str, dict]:
    """Count action → its numbers as they stand in the JSON report."""
    requests = defaultdict(list)
    tests = defaultdict(set)
    for test, of_test in seen.items():
        for request in of_test:
            requests[request["action"]].append(request)
            tests[request["action"]].add(test)
    return {action: _numbers(of_action, tests[action]) for action, of_action in requests.items()}


def _numbers(requests: list[dict], tests: set[str]) -> dict:
    answered = [queries(request) for request in requests if request["status"] < 400]
    numbers = [len(ran) for ran in answered]
    return {
        "methods": sorted({request["method"] for request in requests}),
        "n_requests": len(requests),
        "n_refused": len(requests) - len(answered),
        "n_tests": len(tests),
        "n_queries": sum(len(queries(request)) for request in requests),
        "queries": {
            "minimum": min(numbers, default=None),
            "median": median_low(numbers) if numbers else None,
            "maximum": max(numbers, default=None),
        },
        "reads": _most(answered, lambda ran: sum(first_word(each) in READS for each in ran)),
        "writes": _most(answered, lambda ran: sum(first_word(each) in WRITES for each in ran)),
        "duplicates": _most(answered, lambda ran: len(ran) - len(set(ran))),
        "shapes": _most(answered, lambda ran: len(set(map(shape, ran)))),
        "items": max((each["items"] for each in requests if _is_listed(each)), default=None),
    }


def _is_listed(request: dict) -> bool:
    return request["status"] < 400 and request["items"] is not None


def _most(answered: list[list[str]], number) -> int | None:
    return max(map(number, answered), default=None)


def times_run(seen: dict[str, list[dict]], action: str, finding: dict) -> int:
    """Return how often the statement of a finding ran in the request that ran it most.

    A duplicate (QB103) counts executions with equal parameters, the others those of one shape.
    """
    same = str if finding["code"] == "QB103" else shape
    requests = [request for of_test in seen.values() for request in of_test if request["action"] == action]
    times = [pair for each in requests for pair in Counter(map(same, queries(each))).items()]
    return max(number for statement, number in times if shape(statement) == shape(finding["statement"]))


def actions_in_loops(seen: dict[str, list[dict]], *, n: int) -> set[str]:
    """Return the actions of which one request ran one read `n` times or more."""
    requests = chain.from_iterable(seen.values())
    return {each["action"] for each in requests if max(_times_of_reads(each).values(), default=0) >= n}


def _times_of_reads(request: dict) -> Counter[str]:
    return Counter(shape(each) for each in queries(request) if first_word(each) in READS)


def queries(request: dict) -> list[str]:
    """Return the statements of a request as SQLite expanded them, transaction control dropped."""
    return [each for each in request["statements"] if first_word(each) not in CONTROL]


def first_word(statement: str) -> str:
    return statement.split(None, 1)[0].upper()


def shape(statement: str) -> str:
    """Drop literals and the length of lists."""
    return _LIST.sub("(?)", _LITERAL.sub("?", statement))
