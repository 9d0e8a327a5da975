"""Tell whether the process that wrote a file is still at work, where the kernel says so; guesses nothing."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
"""Linux only: elsewhere it is not told apart whether a process runs or was killed."""

_STATE, _BEGAN = 0, 19
"""Fields 3 and 22 of `/proc/<pid>/stat` by proc_pid_stat(5), counted from behind the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process, as it can be known again."""

    pid: int
    machine: str
    """A digest of the boot and the namespace in which the number is valid; empty where there is none."""
    began: str
    """Clock ticks from the boot to its beginning; empty where they cannot be read."""


def process(pid: int, proc: Path = PROC) -> Process:
    """Describe a process that runs now."""
    return Process(pid=pid, machine=_machine(proc), began=_began(pid, proc))


def is_alive(known: Process, proc: Path = PROC) -> bool | None:
    """Tell whether a process still runs; None where it ran elsewhere or that cannot be told."""
    if not known.began or not known.machine or known.machine != _machine(proc):
        return None
    return _began(known.pid, proc) == known.began


def _machine(proc: Path) -> str:
    with suppress(OSError):
        boot = (proc / "sys/kernel/random/boot_id").read_bytes()
        namespace = str((proc / "self/ns/pid").readlink())
        return hashlib.blake2b(boot + namespace.encode(), digest_size=8).hexdigest()
    return ""


def _began(pid: int, proc: Path) -> str:
    """Return when a process began; empty for one that is gone, or that only waits to be buried."""
    with suppress(OSError):
        # The name may hold anything, brackets too.
        fields = (proc / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
        return "" if fields[_STATE] in {b"Z", b"X"} else fields[_BEGAN].decode()
    return ""
