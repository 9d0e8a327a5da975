"""Make the tables of docs/reference_app.md from a run of the reference application's tests, or check them.

The tests that count run in a directory of their own; `querybudget report --format json --requests` tells what
each of their requests counted; formulas are fitted to that. What is stated is read from the docstrings beside
the views, what is specified from reference_rows.toml. `DATABASE_URL` names the database.

usage: scripts/reference_table.py [--check]    exit 1 where the page differs from what was measured
"""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.arithmetic import FORMULA, Observation, Polynomial, fitted, parsed, residuals

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference_app.md"
ROWS = ROOT / "scripts" / "reference_rows.toml"
TESTS = ROOT / "reference_app" / "tests"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
RENEW = "Renew it with: python scripts/reference_table.py"
REFUSED = 400
SMALL, LARGE = 2, 5
_NUMBERS = re.compile(r"([A-Za-z]+)=(\d+)")

OPTIMISED, NAIVE = ["action", "optimised: observed", "stated"], ["naive: fitted", "stated"]
OTHERS = [*OPTIMISED, *NAIVE, "slope", "requests"]
SPECIFIED = [*OPTIMISED, "ceiling", *NAIVE, "specified", "slope", "requests"]


Measured = dict[tuple[str, bool], list[Observation]]
"""Action without its package, whether it was refused → what was observed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One action of the specification, or one that it does not name."""

    title: str
    action: str
    """Module, class, action."""
    refused: bool = False
    naive: str = ""
    ceiling: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What was observed of one action, what is stated beside its view, and what fits."""

    observations: list[Observation]
    stated: str
    fit: Polynomial

    @property
    def is_exact(self) -> bool:
        """Tell whether the fit goes through every observation."""
        return residuals(self.fit, self.observations) == {0}

    @property
    def slope(self) -> str:
        """Return what one more of everything costs, on the average between two and five."""
        slope = (self.fit.at_all(LARGE) - self.fit.at_all(SMALL)) / (LARGE - SMALL)
        return str(slope) if self.is_exact else "?"

    @property
    def observed(self) -> str:
        """Return the least and the most that one request ran."""
        counts = sorted({each.queries for each in self.observations})
        return str(counts[0]) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"

    @property
    def formula(self) -> str:
        """Return the fit, in the form in which it is stated if that is the same."""
        if not self.is_exact:
            return f"not exact: about {self.fit}"
        return self.stated if parsed(self.stated).terms == self.fit.terms else str(self.fit)


def run(*also: str) -> list[dict[str, Any]]:
    """Run the tests that count, and those in `also`; return the actions of the report."""
    counting = [str(path.relative_to(ROOT)) for path in sorted(TESTS.glob("test_*_counts.py"))]
    with tempfile.TemporaryDirectory() as name:
        for each in ("pyproject.toml", "reference_app"):
            Path(name, each).symlink_to(ROOT / each)
        # Neither a worker of the run that asked for this, nor measured for that run's coverage once more.
        foreign = ("PYTEST_XDIST_", "COVERAGE_")
        environment = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
        environment["PYTHONPATH"] = name
        options = ["-q", "-q", "--create-db", "-p", "no:cacheprovider"]
        for command in (
            ["pytest", *options, *counting, *also],
            ["querybudget.cli", "report", "--format", "json", "--requests", "-o", "report.json"],
        ):
            done = subprocess.run(
                [sys.executable, "-m", *command], cwd=name, env=environment, check=False, capture_output=True
            )
            if done.returncode:
                raise SystemExit(done.stdout.decode() + done.stderr.decode())
        return json.loads(Path(name, "report.json").read_text("utf-8"))["actions"]


def tables(actions: list[dict[str, Any]]) -> str:
    """Return both tables with their notes, as they stand in the page."""
    measured = observations_of(actions)
    rows = specified_rows()
    notes: list[str] = []
    first = _table(SPECIFIED, [line(row, measured, notes) for row in rows])
    second = _table(OTHERS, [line(row, measured, notes) for row in other_rows(rows, measured)])
    numbered = "\n".join(f"{number}. {note}" for number, note in enumerate(notes, 1))
    return f"{first}\n\n{numbered}\n\nThe actions that the specification does not name:\n\n{second}"


def specified_rows() -> list[Row]:
    """Return the actions that the specification names, in its order."""
    return [Row(**each) for each in tomllib.loads(ROWS.read_text("utf-8"))["row"]]


def other_rows(rows: list[Row], measured: Measured) -> list[Row]:
    """Return the actions that were measured besides, sorted."""
    named = {row.action for row in rows}
    return [
        Row(title=action.partition(".")[2], action=action)
        for action in sorted({action for action, _ in measured} - named)
        if not action.startswith("naive.")
    ]


def observations_of(actions: list[dict[str, Any]]) -> Measured:
    """Return what was measured, by the action's key without its package, and whether it was refused.

    A request is a measurement where the id of its test names numbers.
    """
    found: defaultdict[tuple[str, bool], list[Observation]] = defaultdict(list)
    for action in actions:
        key = action["action"].removeprefix("reference_app.").replace("views.", "", 1)
        for request in action["requests"]:
            if numbers := _NUMBERS.findall(request["test"].partition("[")[2]):
                read = {letter: int(number) for letter, number in numbers}
                refused = (request["status"] or REFUSED) >= REFUSED
                found[key, refused].append(Observation(queries=request["queries"], numbers=read))
    return dict(found)


def stated(action: str, *, refused: bool = False) -> str:
    """Return the formula that stands beside the view: in the action's docstring, or its class's.

    Raises:
        ValueError: where none stands.

    """
    *tree, module, name, method = action.split(".")
    path = ROOT.joinpath("reference_app", *tree, "views", f"{module}.py")
    view = _member(ast.parse(path.read_text("utf-8")), name)
    own = _member(view, method)
    text = " ".join((ast.get_docstring(own or view) or "").split())
    pattern = rf"\b({FORMULA}) queries\b" if own else rf"\b{method}, ({FORMULA})(?= queries| for|[:;.,])"
    found = re.search(rf"[Rr]efused by .*?after ({FORMULA})" if refused else pattern, text)
    if not found:
        raise ValueError(f"{path.relative_to(ROOT)}: no formula stands beside {name}.{method}: {text!r}")
    return found[1]


def _member(tree: Any, name: str) -> Any:
    """Return the class or function of that name in the body of `tree`, or None."""
    kinds = (ast.ClassDef, ast.FunctionDef)
    return next((each for each in tree.body if isinstance(each, kinds) and each.name == name), None)


def side(action: str, measured: Measured, *, specified: str = "", refused: bool = False) -> Side:
    """Fit the terms of what is stated and of what is specified to the observations of one action.

    Raises:
        ValueError: where nothing was measured.

    """
    observations = measured.get((action, refused), [])
    if not observations:
        raise ValueError(f"{action}: no test that names its numbers requests it")
    text = stated(action, refused=refused)
    terms = [*parsed(text).terms, *(parsed(specified).terms if specified else ())]
    return Side(observations=observations, stated=text, fit=fitted(observations, terms))


def line(row: Row, measured: Measured, notes: list[str]) -> list[str]:
    """Return the cells of one row, and add its note to the notes."""
    module, name, action = row.action.split(".")
    twin = f"naive.{module}.Naive{name}.{action}"
    optimised = side(row.action, measured, refused=row.refused)
    naive = side(twin, measured, specified=row.naive, refused=row.refused)
    mark = ""
    if row.note:
        notes.append(" ".join(row.note.split()))
        mark = f" <sup>{len(notes)}</sup>"
    specification = [_ceiling(row, optimised)] if row.ceiling else []
    return [
        row.title + mark,
        optimised.observed,
        optimised.formula if optimised.formula == optimised.stated else f"{optimised.stated}, not kept",
        *specification,
        naive.formula,
        naive.stated,
        *([row.naive] if row.naive else []),
        f"{optimised.slope} · {naive.slope}",
        f"{len(optimised.observations)} + {len(naive.observations)}",
    ]


def _ceiling(row: Row, optimised: Side) -> str:
    """Return the ceiling, and say so where an observation is above it."""
    ceiling = parsed(row.ceiling)
    over = any(each.queries > ceiling.at(each.numbers) for each in optimised.observations)
    return f"**{row.ceiling}, exceeded**" if over else row.ceiling


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def renewed(page: str, made: str) -> str:
    """Return the page with the tables in the place of those that stand between its markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.relative_to(ROOT)} lacks the markers {BEGIN} … {END}")
    return f"{before}{begin}\n\n{made}\n\n{end}{after}"


def difference(made: str) -> str:
    """Return how the page differs from what was measured, and how to renew it; nothing where it does not."""
    page = PAGE.read_text("utf-8")
    lines = difflib.unified_diff(
        page.splitlines(), renewed(page, made).splitlines(), PAGE.name, "measured", lineterm="", n=0
    )
    told = "\n".join(lines)
    return told and f"{told}\n{PAGE.relative_to(ROOT)} does not match what was measured. {RENEW}"


def main(arguments: list[str]) -> int:
    """Write the tables, or check them."""
    made = tables(run())
    if "--check" in arguments:
        told = difference(made)
        print(told or f"{PAGE.relative_to(ROOT)} matches what was measured.")
        return bool(told)
    PAGE.write_text(renewed(PAGE.read_text("utf-8"), made), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
