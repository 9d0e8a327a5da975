"""Runs pytest and the command on the project in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.story import witness
from tests.story.project import write_project

if TYPE_CHECKING:
    from pathlib import Path

_QUERYBUDGET = [sys.executable, "-c", "from querybudget.cli.main import run; run()"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run, or several that were combined, left behind."""

    root: Path
    seen: dict[str, list[dict]]
    """Test → its requests, by the witness."""
    report: dict
    """`querybudget report --format json`."""
    output: str
    """What pytest, or `querybudget combine`, printed."""


def run_tests(root: Path, *args: str, code: int = 0, **story: str) -> Told:
    """Write a new project, run its tests once and ask for the report."""
    (root / "witness").mkdir(parents=True)
    write_project(root)
    story["witness"] = str(root / "witness")
    output = _run([sys.executable, "-m", "pytest", *args], root, code=code, **story)
    return _told(root, witness.read(root / "witness"), output)


def combine(root: Path, *told: Told) -> Told:
    """Combine the data of several runs, the latest last: of a test that ran twice it counts."""
    root.mkdir()
    output = querybudget(root, "combine", *(str(each.root) for each in told))
    seen = {test: requests for each in told for test, requests in each.seen.items()}
    return _told(root, seen, output)


def querybudget(root: Path, *args: str) -> str:
    """Run the command and return what it printed."""
    return _run([*_QUERYBUDGET, *args, "--root", str(root)], root)


def _told(root: Path, seen: dict[str, list[dict]], output: str) -> Told:
    report = json.loads(querybudget(root, "report", "--format", "json"))
    return Told(root=root, seen=seen, report=report, output=output)


def _run(command: list[str], cwd: Path, *, code: int = 0, **story: str) -> str:
    # Coverage is measured by other tests; these processes would only take twice as long.
    ours = ("PYTEST_", "DJANGO_", "STORY_", "FORCE_COLOR", "PY_COLORS", "COVERAGE_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"COLUMNS": "200", **{f"STORY_{name.upper()}": value for name, value in story.items()}}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert not done.stderr
    return done.stdout
