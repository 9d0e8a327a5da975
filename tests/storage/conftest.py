"""Files of several processes and runs, without the processes."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta

import pytest

from querybudget.storage.datafile import DataFile, new_run_id
from querybudget.storage.files import files_of_run
from tests.storage.test_datafile import STARTED


@pytest.fixture
def process(tmp_path, monkeypatch):
    """Make the file of a process of a run: `process(pid)`, `process(pid, minute=1)` of a later run."""
    made = []

    def make(number, *, minute=0, root=tmp_path, late_s=0):
        pid = 90_000_000 + number  # of no process there is
        started = STARTED + timedelta(minutes=minute)
        file = DataFile(root, new_run_id(started, "0badcafe"), started + timedelta(seconds=late_s))
        made.append((pid, file))
        monkeypatch.setattr(os, "getpid", lambda: pid)
        return file

    yield make
    for pid, file in made:
        monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        file.close()


@pytest.fixture
def killed(tmp_path):
    """Copy what a process would leave if it were killed now, without its log on demand."""

    def copy(file, *, log=True):
        there = tmp_path / "killed"
        there.mkdir(exist_ok=True)
        for path in files_of_run(file.directory):
            shutil.copy(path, there)
            if log:
                shutil.copy(f"{path}-wal", there)
        return there

    return copy
