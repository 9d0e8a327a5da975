"""What `make demo` shows: the reference application's suite, its counts, and one budget blown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS_FAILED = 1


def step(title: str, *command: str) -> int:
    """Print what is about to run, run it, and return its exit code."""
    print(
        f"\n\033[1m== {title}\033[0m\n$ {' '.join(command)}\n"
        if sys.stdout.isatty()
        else f"\n== {title}\n$ {' '.join(command)}\n",
        flush=True,
    )
    executable = Path(sys.executable).parent / command[0]
    return subprocess.run([executable, *command[1:]], cwd=ROOT, check=False).returncode


def main() -> int:
    """Run the three steps; fail unless each ends as it should."""
    suite = step("The reference application's own tests", "pytest", "-q", "-q", "reference_app/tests")
    report = step("What they recorded: query counts per action", "querybudget", "report")
    blown = step(
        "A budget blown on purpose: the naive twin of the same list",
        "pytest",
        "--no-header",
        "reference_app/tests/demo_blown_budget.py",
    )
    if (suite, report, blown) != (0, 0, TESTS_FAILED):
        print(
            f"\nThe demo did not end as it should: {suite}, {report}, {blown} instead of 0, 0, 1.",
            file=sys.stderr,
        )
        return 1
    print(
        "\nThat failure was the point: the message names the relation, the line and the edit that mends it."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
