"""The README's own words: its code runs, its numbers and names are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from querybudget.budgets.budget import MAPPINGS, NUMBERS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_its_python_runs(project):
    (code,) = blocks("python")
    project.run(test_readme=code).assert_outcomes(passed=3)


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
    codes = set(re.findall(r'(?:CODE|code) = "(QB\d{3})"', sources)) - {"QB900"}
    assert codes == set(re.findall(r"^### (QB\d{3})", messages, re.MULTILINE))
