"""What `querybudget report` costs on a run of 10,000 requests: time and memory, beside those of `--version`.

Then what `combine` costs of two such runs, and the same commands after it.

The data is written by the recorder's own writer: 60 actions, 2,000 tests of five requests, seven
queries a request, a budget for each action, every tenth request with an n-plus-one.

usage: benchmarks/report.py [N_FILES]    as many processes wrote the run; default 1
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from querybudget.budgets.budget import Level, Per, declare
from querybudget.budgets.judge import Facts, Judge
from querybudget.budgets.resolve import holding
from querybudget.storage.datafile import DataFile, new_run_id
from querybudget.storage.rows import TestRecord
from querybudget.verdicts import Judgement

if TYPE_CHECKING:
    from collections.abc import Sequence

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.builders import FINDING, WHERE, event, request

N_TESTS, N_EACH, N_ACTIONS, N_QUERIES = 2_000, 5, 60, 7
ROUNDS = 5
STATEMENT = 'SELECT {} FROM "t{}"'
COMMAND = [sys.executable, "-m", "querybudget.cli"]


def judgement(number: int) -> Judgement:
    """Make the request of a number, judged by a budget of its own action."""
    declared = declare(
        9, {}, level=Level.VIEW, default_per=Per.REQUEST, action=f"V{number % N_ACTIONS}.list", where=WHERE
    )
    found = [FINDING] if number % 10 == 0 else []
    made = request(
        f"shop.views.V{number % N_ACTIONS}.list",
        queries=N_QUERIES,
        reads=N_QUERIES,
        found=found,
        events=[event(STATEMENT.format(each, number % N_ACTIONS)) for each in range(N_QUERIES)],
        tables={"t": N_QUERIES},
    )
    verdicts = Judge().judge(holding([declared], made.identity), Facts(analysis=made.analysis))
    return Judgement(
        analysis=made.analysis, request=made, name=made.action, verdicts=verdicts, declared=(declared,)
    )


def write(root: Path, n_files: int, shard: str = "t") -> None:
    """Write the run as that many processes would."""
    root.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    run_id = new_run_id(now, "00000000")
    for part in range(n_files):
        with mock.patch.object(os, "getpid", lambda part=part: 100_000 + part):
            file = DataFile(root, run_id, now)
            for test in range(part, N_TESTS, n_files):
                judgements = [judgement(test * N_EACH + each) for each in range(N_EACH)]
                file.write(
                    TestRecord(
                        node_id=f"{shard}.py::t{test}", attempt=1, outcome="passed", judgements=judgements
                    )
                )
            file.close()


def measure(*arguments: str) -> float:
    """Return the seconds of the fastest of some runs of the command."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        times.append(time.perf_counter() - started)
    return min(times)


def table(root: str, commands: Sequence[Sequence[str]]) -> None:
    """Run commands on a project and print what each took, beside one that does nothing."""
    nothing = measure("--version")
    print(f"--version           {nothing:5.2f} s  {memory():4.0f} MB at most")
    for arguments in commands:
        took = measure(*arguments, "--root", root)
        label = " ".join(each for each in arguments if not each.startswith("/"))
        print(f"{label:19} {took:5.2f} s  {memory():4.0f} MB at most  {took / nothing:4.1f} × --version")


def memory() -> float:
    """Return the most megabytes that any command took so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


READING = (("report",), ("report", "--format", "json"), ("show", "V7.list"), ("check",))


def main() -> None:
    """Write the data, run the commands, print times and memory."""
    n_files = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as name:
        one, two, both = (Path(name) / each for each in ("one", "two", "both"))
        write(one, n_files, "one")
        print(f"{N_TESTS * N_EACH:,} requests in {n_files} file(s)")
        table(str(one), READING)
        write(two, n_files, "two")
        both.mkdir()
        print(f"two of these, combined: {2 * N_TESTS * N_EACH:,} requests")
        table(str(both), (("combine", str(one), str(two)), *READING))


if __name__ == "__main__":
    main()
