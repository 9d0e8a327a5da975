"""The command: what it prints where, and its exit codes."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from querybudget.cli.main import main


def test_report_prints_the_counts_of_the_last_run(project, capsys):
    assert main(["report", "--root", str(project)]) == 0
    out, err = capsys.readouterr()
    assert "PackageViewSet.list" in out
    assert "4–4–4" in out
    assert err == ""


def test_without_data_it_exits_with_2_and_says_what_to_do(tmp_path, capsys):
    assert main(["report", "--root", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("querybudget: No run data in")


@pytest.mark.parametrize("argv", [["reprot"], ["report", "--rot"], ["report", "--root", "nowhere/at/all"]])
def test_wrong_usage_exits_with_2(argv, capsys):
    assert main(argv) == 2
    assert "Usage:" in capsys.readouterr().err


def test_help_and_version_need_no_project(capsys):
    assert main(["--help"]) == 0
    assert main(["--version"]) == 0
    assert "report" in capsys.readouterr().out


def test_the_command_reads_data_without_django(project):
    """A broken project must not stand between people and their numbers."""
    code = (
        "import sys; sys.modules['django'] = None; from querybudget.cli.main import main;"
        f"sys.exit(main(['report', '--root', {str(project)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "PackageViewSet.list" in done.stdout


def test_no_color_and_force_color_are_honoured(project):
    command = [
        sys.executable,
        "-c",
        "from querybudget.cli.main import run; run()",
        "report",
        "--root",
        str(project),
    ]
    forced = subprocess.run(command, capture_output=True, env={"FORCE_COLOR": "1"}, check=True)
    plain = subprocess.run(command, capture_output=True, env={"NO_COLOR": "1"}, check=True)
    assert b"\x1b[" in forced.stdout
    assert b"\x1b[" not in plain.stdout


@pytest.mark.parametrize("environment", [{}, {"FORCE_COLOR": "1"}], ids=["plain", "coloured"])
@pytest.mark.parametrize(
    ("arguments", "end"), [(["report"], "QB101"), (["show", "app.views.PackageViewSet.list"], '"id" = ?')]
)
def test_what_is_piped_is_neither_cut_nor_fitted(project, environment, arguments, end):
    """Nobody looks at a screen; its width is what the terminal that started it had."""
    command = [sys.executable, "-m", "querybudget.cli", *arguments, "--root", str(project)]
    done = subprocess.run(
        command, capture_output=True, text=True, env={"COLUMNS": "40", **environment}, check=True
    )
    lines = re.sub(r"\x1b\[[\d;]*m", "", done.stdout).splitlines()
    assert any(len(line) > 60 and line.endswith(end) for line in lines)
    assert ("\x1b[" in done.stdout) == bool(environment)
