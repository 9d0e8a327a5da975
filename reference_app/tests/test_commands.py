"""`python -m reference_app` runs Django's commands, on whatever database `DATABASE_URL` names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "url", ["", "postgresql://nobody@127.0.0.1:1/none", "mysql://nobody@127.0.0.1:1/none"]
)
def test_the_application_checks_itself(url):
    """With the settings it is run with, not those of the tests; nothing has to answer at that address."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "reference_app", "check"]
    done = subprocess.run(  # noqa: S603
        command,
        cwd=Path(__file__).resolve().parents[2],
        env=environment | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("System check identified no issues")
