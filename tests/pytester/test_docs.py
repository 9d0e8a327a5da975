"""The documentation's own words: every block of code runs, and prints what it says."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from querybudget.budgets.budget import MAPPINGS, NUMBERS, PER_ITEM, WORDS_BESIDE
from querybudget.cli.main import cli
from querybudget.config import SETTINGS, read_config
from querybudget.records import Phase

DOCS = Path(__file__).resolve().parents[2] / "docs"
REFERENCE = (DOCS / "reference.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(?P<language>\w+)(?P<word> \w+)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of code; one that begins with `# a/path.py` is that file."""

    language: str
    word: str
    text: str

    @property
    def file(self):
        match = re.match(r"# (\S+\.\w+)\n", self.text)
        return match[1] if match else None


def blocks(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    return [
        Block(language=match["language"], word=(match["word"] or "").strip(), text=match["text"])
        for match in _BLOCK.finditer(text)
    ]


def put(directory, block):
    path = directory / block.file
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "__init__.py").touch() if path.parent != directory else None
    path.write_text(block.text.partition("\n")[2], encoding="utf-8")


def timeless(line):
    """Leave out of a line what differs from run to run."""
    return re.sub(r"\d+\.\d ms", "… ms", line.rstrip())


class Reader:
    """Follows a page: writes its files, runs its commands and compares what they print."""

    def __init__(self, bare_project):
        self.project = bare_project
        bare_project.path.joinpath("pytest.ini").unlink()
        self.printed = ""

    def run(self, block):
        self.printed = ""
        for line in block.text.splitlines():
            name, *arguments = shlex.split(line)
            if name == "pip":
                continue
            module = {"pytest": ["-m", "pytest", *QUIET], "querybudget": ["-m", "querybudget.cli"]}[name]
            done = self.project.pytester.run(sys.executable, *module, *arguments)
            assert done.ret == (1 if block.word == "fails" else 0), line
            self.printed += done.stdout.str() + "\n"

    def compare(self, block):
        lines = {timeless(line) for line in self.printed.splitlines()}
        for wanted in block.text.splitlines():
            if not wanted.startswith("==="):
                assert timeless(wanted) in lines, f"{wanted}\n\nnot in\n\n{self.printed}"

    def follow(self, block):
        if block.file:
            shutil.rmtree(self.project.path / "__pycache__", ignore_errors=True)
            put(self.project.path, block)
        elif block.language == "sh":
            self.run(block)
        elif block.language == "text":
            self.compare(block)


QUIET = [
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
    "-p",
    "no:faker",
    "-p",
    "no:asyncio",
    "-p",
    "no:hypothesispytest",
]


def test_the_tutorial_does_what_it_says(bare_project, monkeypatch):
    """Its last chapter is the project that the others talk about."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    page = blocks("tutorial.md")
    start = next(number for number, block in enumerate(page) if block.file == "shop/settings.py") - 1
    reader = Reader(bare_project)
    for block in [*page[start:], *page[:start]]:
        reader.follow(block)


def test_the_code_of_the_reference_runs(project):
    for block in blocks("reference.md"):
        if block.language == "python":
            put(project.path, block)
    project.write(test_views="from library.budgeted import BudgetedBookViewSet\n" + VIEW)
    project.run().assert_outcomes(passed=7)


VIEW = """
def test_a_view(rf, books):
    BudgetedBookViewSet.as_view({"get": "list"})(rf.get("/"))
"""


def test_the_settings_of_the_reference_are_read(tmp_path):
    (block,) = [each for each in blocks("reference.md") if each.language == "toml"]
    (tmp_path / "library").mkdir()
    put(tmp_path, block)
    config = read_config(tmp_path)
    assert set(tomllib.loads(block.text)["tool"]["querybudget"]) == set(SETTINGS)
    assert len(config.configured.budgets) == 5


@pytest.mark.parametrize(
    "names",
    [(*NUMBERS, *MAPPINGS, *PER_ITEM), WORDS_BESIDE, tuple(SETTINGS), tuple(map(str, Phase))],
    ids=["measures", "arguments", "settings", "phases"],
)
def test_every_name_is_in_the_reference(names):
    assert [name for name in names if f"`{name}`" not in REFERENCE] == []


def test_every_command_and_its_options_are_in_the_reference():
    for name, command in cli.commands.items():
        assert f"`querybudget {name}" in REFERENCE
        long = [option for each in command.params for option in each.opts if option.startswith("--")]
        assert [option for option in long if option not in REFERENCE and option != "--output"] == []


def test_every_option_of_pytest_is_in_the_reference(bare_project):
    shown = set(re.findall(r"--querybudget-\w+", bare_project.run("--help").stdout.str()))
    assert shown == set(re.findall(r"--querybudget-\w+", REFERENCE))


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_links_between_pages_lead_somewhere(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [target for target in targets if not (DOCS / target).exists()] == []
