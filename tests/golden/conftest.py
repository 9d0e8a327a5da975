"""What makes a mistake and keeps what querybudget prints about it, without what differs between machines."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

import querybudget
from querybudget.cli.main import main
from tests.cli.conftest import project as recorded  # noqa: F401 - a project whose last run left data
from tests.pytester.conftest import bare_project, project  # noqa: F401 - projects to run pytest in

OURS = str(Path(querybudget.__file__).parent)

_POINTER = re.compile(r"\s*\^+$")
"""Below a line of source; not the same in every version of Python and pytest."""

_RULE = re.compile(r"[_=]{3,} (.+) [_=]{3,}$")


def write(directory, files):
    """Write files by their path; what is there already is added to."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(dedent(text).lstrip("\n"))


def normalised(text, directory):
    """Replace what is of this machine: directories, our own lines, the process in the name of a data file."""
    for own in (str(directory.resolve()), str(directory)):
        text = text.replace(own, "/project")
    text = re.sub(rf"{re.escape(OURS)}/(\S+):\d+:", r"querybudget/\1:", text)
    lines = [line.rstrip() for line in re.sub(r"-\d+\.sqlite3", "-PID.sqlite3", text).splitlines()]
    return "\n".join(line for line in lines if not _POINTER.match(line)).strip("\n") + "\n"


class Printed:
    """All that one run of pytest printed."""

    def __init__(self, text):
        self.text = text
        self._lines = text.splitlines()

    def _from(self, is_first, is_last):
        start = next((number for number, line in enumerate(self._lines) if is_first(line)), None)
        assert start is not None, f"nothing of that is printed:\n{self.text}"
        rest = self._lines[start + 1 :]
        end = next((number for number, line in enumerate(rest) if is_last(line)), len(rest))
        return [self._lines[start], *rest[:end]]

    def error(self):
        """Return what stopped the run."""
        return "\n".join(self._from(lambda line: line.startswith("ERROR: "), lambda _: False)) + "\n"

    def line(self, start):
        """Return the line that begins so."""
        return self._from(lambda line: line.startswith(start), lambda _: True)[0] + "\n"

    def section(self, title):
        """Return what stands below a title: the line with the mistake, the message, the place."""

        def is_title(line):
            found = _RULE.match(line)
            return found is not None and found[1] == title

        _, *body = self._from(is_title, _RULE.match)
        return "\n".join(body).strip("\n") + "\n"

    def failed_run(self, start):
        """Return the line that fails the run as a whole and begins so, with what is indented below it."""
        begin = f"FAILED the run: {start}"
        found = self._from(lambda line: line.startswith(begin), lambda line: not line.startswith("  "))
        return "\n".join(found) + "\n"


class Bench:
    """Where mistakes are made."""

    def __init__(self, request, printed):
        self._request = request
        self._printed = printed

    def fixture(self, name):
        """Return the directory of a project, or another fixture."""
        return self._request.getfixturevalue(name)

    def command(self, directory, *argv, code=2):
        """Run the command in a project and return what it prints."""
        capsys = self.fixture("capsys")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(directory)
            assert main(argv) == code
        return normalised("".join(capsys.readouterr()), directory)

    def pytest(self, name, files, *, kind="project"):
        """Run pytest in a project with these files, once for all cases that ask for it."""
        if name not in self._printed:
            project = self.fixture(kind)
            write(project.path, files)
            result = project.python("-m", "pytest", "--no-header")
            assert result.ret != 0
            text = "\n".join([*result.outlines, *result.errlines])
            self._printed[name] = Printed(normalised(text, project.path))
        return self._printed[name]


@pytest.fixture(scope="session")
def printed():
    """What the runs of pytest printed, by name."""
    return {}


@pytest.fixture
def bench(request, printed):
    return Bench(request, printed)
