"""What a test puts around its requests and takes away before its end: mocks, settings, a held clock."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any
from unittest import mock

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from querybudget.capture.patching import Patches

_active: dict[int, str] = {}
"""By `id` of the patch, what `unittest.mock` has replaced now."""


def watch(patches: Patches) -> None:
    """Follow what `unittest.mock` replaces; `patches` stops it."""
    _active.clear()
    patches.replace(mock._patch, "__enter__", _entering)
    patches.replace(mock._patch, "__exit__", _leaving)


def _entering(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def enter(patch: Any) -> Any:
        replacement = original(patch)
        _active[id(patch)] = str(patch.attribute)
        return replacement

    return enter


def _leaving(original: Callable[..., Any]) -> Callable[..., Any]:
    def leave(patch: Any, *exception: Any) -> Any:
        _active.pop(id(patch), None)
        return original(patch, *exception)

    return leave


class Surroundings:
    """What stands around a request now."""

    def __init__(self) -> None:
        self._mocked = dict(_active)
        self._settings = settings._wrapped
        self._clock = time.time, dt.datetime

    def gone(self) -> str:
        """Say what of it is gone by now; empty where all of it is there still."""
        names = sorted({name for number, name in self._mocked.items() if number not in _active})
        if names:
            return f"what it ran with is replaced no more: {', '.join(names)} (unittest.mock)"
        if settings._wrapped is not self._settings:
            return "the settings it ran with are overridden no more"
        if (time.time, dt.datetime) != self._clock:
            return "the clock it ran by stands still no more"
        return ""
