"""The capture side on PostgreSQL and MariaDB: each check in `checks.py`, on each server."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

HERE = Path(__file__).parent
CHECKS = [
    node.name
    for node in ast.parse((HERE / "checks.py").read_text()).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
]


def _own_database(url):
    """Name a database nobody else has; Django puts `test_` before it and drops it at the end."""
    return urlunsplit(urlsplit(url)._replace(path=f"/querybudget_{os.getpid()}"))


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def outcomes(request, tmp_path_factory):
    """Run all checks on one server and return what pytest printed."""
    url = request.getfixturevalue(request.param)
    root = tmp_path_factory.mktemp("checks")
    shutil.copy(HERE / "checks.py", root / "test_checks.py")
    (root / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = reference_app.settings_test\n")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "--create-db", "-p", "no:randomly", "-p", "no:cacheprovider"],
        cwd=root,
        env={**os.environ, "DATABASE_URL": _own_database(url), "PYTHONPATH": str(HERE.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


@pytest.mark.parametrize("name", CHECKS)
def test_on_a_real_server(name, outcomes):
    found = re.findall(rf"^(PASSED|FAILED|ERROR) \S+::{name}\b.*$", outcomes, re.MULTILINE)
    assert set(found) == {"PASSED"}, _section(outcomes, name)


def _section(outcomes, name):
    match = re.search(rf"^_+ {name}\b.*?(?=^_{{3,}} |^=+ )", outcomes, re.MULTILINE | re.DOTALL)
    return match.group(0) if match else outcomes
