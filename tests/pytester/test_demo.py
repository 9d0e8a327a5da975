"""What `make demo` shows last, and the README quotes: a budget blown on purpose."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOWN = "reference_app/tests/demo_blown_budget.py"


def test_the_demo_fails_with_the_message_that_the_readme_quotes(tmp_path):
    """In a copy: it has data of its own, and lines are told of files below the root."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "reference_app", tmp_path / "reference_app")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    command = [sys.executable, "-m", "pytest", "--no-header", "-p", "no:cacheprovider", BLOWN]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^[>E] +\S.*$", readme, re.MULTILINE)
    assert len(quoted) == 11
    assert [line for line in quoted if line not in done.stdout] == []
