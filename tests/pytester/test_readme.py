"""The README's own words: its code runs, its numbers and names are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from querybudget.budgets.budget import MAPPINGS, NUMBERS
from querybudget.cli.main import cli
from querybudget.config import read_config

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_its_python_runs(project):
    view, tests = blocks("python")
    project.run(test_readme=f"{view}\n{tests}").assert_outcomes(passed=3)


def test_its_configuration_is_read(tmp_path):
    (text,) = blocks("toml")
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert len(read_config(tmp_path).configured.all) == 5


def test_its_commands_are_there():
    used = re.findall(r"^querybudget (\w+)", "\n".join(blocks("sh")), re.MULTILINE)
    assert set(used) == set(cli.commands)


def test_its_make_targets_are_there():
    targets = set(re.findall(r"^make (\w+)", "\n".join(blocks("sh")), re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets == {"demo", "test"}
    assert all(f"\n{target}:" in makefile for target in targets)


def test_every_measure_is_in_its_table():
    assert all(f"`{name}`" in README for name in NUMBERS)
    assert all(f"`{name}=" in README for name in MAPPINGS)


def test_every_code_is_explained():
    messages = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "querybudget").rglob("*.py"))
    codes = set(re.findall(r'(?:CODE|code) = "(QB\d{3})"', sources))
    assert codes == set(re.findall(r"^### (QB\d{3})", messages, re.MULTILINE))
