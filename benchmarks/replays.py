"""What `--querybudget-verify` adds to a suite, as a ratio to the plain run.

The reference application's suite, plain and with each kind of replay in turn, a process each: CPU time of the
children, the minimum of several rounds.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUITE = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "reference_app/tests"]
KINDS = ("", "fix", "guard", "growth", "all")


def seconds(kind: str) -> float:
    """Return the CPU seconds of one run of the suite."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    options = [f"--querybudget-verify={kind}"] if kind else []
    subprocess.run([*SUITE, *options], cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own suite
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the seconds of each kind, and the ratio to the plain run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=2)
    options = arguments.parse_args()
    best = dict.fromkeys(KINDS, float("inf"))
    for _ in range(options.rounds):
        for kind in KINDS:
            best[kind] = min(best[kind], seconds(kind))
    for kind, took in best.items():
        print(f"{kind or 'plain':>8}: {took:6.1f} s, ratio {took / best['']:.2f}")


if __name__ == "__main__":
    main()
