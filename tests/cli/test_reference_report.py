"""The reference application carries a budget for each of its actions, in all the places there are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "reference_app" / "tests"
ADMIN = "reference_app/tests/test_admin.py"


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """Run what counts the application's queries in a directory of its own, and report it as JSON."""
    root = tmp_path_factory.mktemp("reference")
    for name in ("pyproject.toml", "reference_app"):
        (root / name).symlink_to(ROOT / name)
    environment = {**os.environ, "PYTHONPATH": str(root)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    counting = [path.relative_to(ROOT) for path in sorted(TESTS.glob("test_*_counts.py"))]
    suite = [sys.executable, "-m", "pytest", "-q", "-q", "-p", "no:cacheprovider", *counting, ADMIN]
    subprocess.run(suite, cwd=root, env=environment, check=True, capture_output=True)
    report = [sys.executable, "-m", "querybudget.cli", "report", "--format", "json"]
    done = subprocess.run(report, cwd=root, env=environment, check=True, capture_output=True)
    return json.loads(done.stdout)["actions"]


def test_every_action_was_judged_and_stands_within_its_limits(reported):
    assert [each["name"] for each in reported if not each["budgets"]] == []
    broken = [each["name"] for each in reported if any(budget["n_broken"] for budget in each["budgets"])]
    assert broken == []


def test_every_place_there_is_declares_some(reported):
    budgets = [budget for each in reported for budget in each["budgets"]]
    assert {budget["level"] for budget in budgets} == {
        "function",
        "module",
        "view",
        "configuration",
        "default",
    }
    assert all(budget["declared"]["line"] for budget in budgets)
