"""Where a query is said to come from, checked in a project that is no part of any test directory."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent / "shop_project"
CHECKS = [
    node.name
    for node in ast.parse((PROJECT / "checks.py").read_text()).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Run the small project's tests where its code is a project's, not a test's."""
    root = tmp_path_factory.mktemp("shop")
    shutil.copytree(PROJECT / "shop", root / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "tests").mkdir()
    shutil.copy(PROJECT / "checks.py", root / "tests" / "test_checks.py")
    (root / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\npythonpath = .\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:randomly", "-p", "no:cacheprovider"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


@pytest.mark.parametrize("name", CHECKS)
def test_in_a_small_project(name, outcomes):
    found = re.findall(rf"^(PASSED|FAILED|ERROR) \S+::{name}\b.*$", outcomes, re.MULTILINE)
    assert set(found) == {"PASSED"}, _section(outcomes, name)


def _section(outcomes, name):
    match = re.search(rf"^_+ {name}\b.*?(?=^_{{3,}} |^=+ )", outcomes, re.MULTILINE | re.DOTALL)
    return match.group(0) if match else outcomes
