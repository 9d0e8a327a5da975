"""Whether a process that has not ended still runs: told where the kernel tells it, and guessed nowhere."""

from __future__ import annotations

import pytest

from querybudget.storage.processes import Process, is_alive, process

STAT = "{pid} (a) b) {state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 {began} 20 21\n"


class Proc:
    """A `/proc` of its own, with one process."""

    def __init__(self, root, boot="one"):
        self.root = root
        (root / "sys/kernel/random").mkdir(parents=True)
        (root / "self/ns").mkdir(parents=True)
        (root / "self/ns/pid").symlink_to("pid:[1]")
        self.boot(boot)
        self.run(7, began=100)

    def boot(self, boot):
        (self.root / "sys/kernel/random/boot_id").write_text(boot, "utf-8")

    def run(self, pid, *, began, state="S"):
        (self.root / str(pid)).mkdir(exist_ok=True)
        (self.root / str(pid) / "stat").write_text(STAT.format(pid=pid, state=state, began=began), "utf-8")


@pytest.fixture
def proc(tmp_path):
    return Proc(tmp_path)


def test_a_process_that_runs_is_alive(proc):
    assert is_alive(process(7, proc.root), proc.root) is True


def test_a_process_that_is_gone_is_not(proc):
    known = process(7, proc.root)
    (proc.root / "7/stat").unlink()
    assert is_alive(known, proc.root) is False


def test_a_later_process_of_the_same_number_is_another(proc):
    known = process(7, proc.root)
    proc.run(7, began=200)
    assert is_alive(known, proc.root) is False


@pytest.mark.parametrize("state", ["Z", "X"])
def test_a_dead_process_that_nobody_has_waited_for_is_gone(proc, state):
    known = process(7, proc.root)
    proc.run(7, began=100, state=state)
    assert is_alive(known, proc.root) is False


def test_of_another_machine_nothing_is_told(proc):
    known = process(7, proc.root)
    proc.boot("another")
    assert is_alive(known, proc.root) is None


def test_of_another_container_nothing_is_told(proc):
    known = process(7, proc.root)
    (proc.root / "self/ns/pid").unlink()
    (proc.root / "self/ns/pid").symlink_to("pid:[2]")
    assert is_alive(known, proc.root) is None


def test_where_the_kernel_tells_nothing_nothing_is_told(tmp_path):
    known = process(7, tmp_path / "nowhere")
    assert known == Process(pid=7, machine="", began="")
    assert is_alive(known, tmp_path / "nowhere") is None
