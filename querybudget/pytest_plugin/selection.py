"""Which tests a run is about: what only a complete run can tell, a narrowed one must not."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass, field
from typing import Any

import pytest

# Options of pytest, and of its plugins, that leave tests out; as people type them.
_NARROWING = (
    "--deselect",
    "--ignore",
    "--ignore-glob",
    "--lf",
    "--last-failed",
    "--sw",
    "--stepwise",
    "--co",
    "--collect-only",
)


# `-k` and `-m`, also behind flags that take no value: `-vk name`, `-xm slow`.
_AMONG_OTHERS = re.compile(r"-[hlqsvx]*[km]")

_NODE_ID = pytest.StashKey[str]()


@dataclass(slots=True, kw_only=True)
class Selection:
    """Counts what was collected, left out and run in this process, and adds up what workers counted."""

    n_collected: int = 0
    n_deselected: int = 0
    ran: set[str] = field(default_factory=set)
    """Node ids of the tests that began."""

    def note_collected(self, item: pytest.Item) -> None:
        """Count a test, and remember its name before others add to it."""
        self.n_collected += 1
        item.stash[_NODE_ID] = item.nodeid

    def for_controller(self) -> dict[str, Any]:
        """Return what an xdist worker counted, in types that travel between processes."""
        return {
            "n_collected": self.n_collected,
            "n_deselected": self.n_deselected,
            "ran": sorted(self.ran),
        }

    def hear(self, counted: dict[str, Any]) -> None:
        """Add what one worker counted: each collects everything and runs a part."""
        self.n_collected = max(self.n_collected, counted.get("n_collected", 0))
        self.n_deselected = max(self.n_deselected, counted.get("n_deselected", 0))
        self.ran.update(counted.get("ran", ()))

    def n_expected(self, config: pytest.Config) -> int:
        """Count the tests there are.

        What `-m` or `-k` in the project's own settings leaves out is none of its tests; what another
        plugin leaves out (a shard's other part) is.
        """
        is_by_project = bool(config.getoption("markexpr") or config.getoption("keyword"))
        return self.n_collected - (self.n_deselected if is_by_project else 0)


def node_id(item: pytest.Item) -> str:
    """Return the name a test was collected by: `--dist loadgroup` of pytest-xdist may add to it."""
    return item.stash.get(_NODE_ID, item.nodeid)


def is_narrowed(config: Any) -> bool:
    """Tell whether somebody asked for part of the tests, on the command line or in `PYTEST_ADDOPTS`."""
    given = [*config.invocation_params.args, *shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))]
    if any(_is_narrowing(str(argument)) for argument in given):
        return True
    return config.args_source.name == "ARGS" and not _covers_everything(config)


def _is_narrowing(argument: str) -> bool:
    return argument.split("=", 1)[0] in _NARROWING or bool(_AMONG_OTHERS.match(argument))


def _covers_everything(config: Any) -> bool:
    """Tell whether the paths given hold all that would be collected without them."""
    given = {(config.invocation_params.dir / argument).resolve() for argument in config.args}
    wanted = [config.rootpath / path for path in config.getini("testpaths")] or [config.rootpath]
    return all(any(path.resolve().is_relative_to(each) for each in given) for path in wanted)
