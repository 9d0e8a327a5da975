"""Requests of these tests are kept, so that they can be made again."""

import pytest

from querybudget.capture import watch_for_replays
from querybudget.capture.patching import Patches
from querybudget.session import session


@pytest.fixture(autouse=True)
def _keeping(monkeypatch):
    monkeypatch.setattr(session, "replays", frozenset({"fix", "guard", "growth"}))
    monkeypatch.setattr(session, "read_body", None)
    patches = Patches()
    watch_for_replays(patches)
    yield
    patches.undo()
