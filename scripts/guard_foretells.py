"""Whether guard foretells what happens: takes each eager load out of the reference application's source.

The suite runs once with `--querybudget-verify=guard`. Then, in a copy, each argument of `select_related` and
`prefetch_related` is taken out alone and the suite runs again: guarded must fail, anything else must pass.

usage: python scripts/guard_foretells.py [--only TEXT] [--workers N]
"""

from __future__ import annotations

import argparse
import ast
import json
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
COPIED = ("reference_app", "querybudget", "scripts", "conftest.py", "pyproject.toml", "docs")
LEFT_OUT = {"tests", "naive", "traps", "migrations"}
WRITES = 'replay = { methods = ["POST", "PUT", "PATCH", "DELETE"] }'
METHODS = {"select_related", "prefetch_related"}


class Removal(NamedTuple):
    """One argument to be taken out of a file."""

    path: str
    line: int
    name: str
    """As guard calls it: the path of a join, the lookup or attribute of a prefetch."""
    start: tuple[int, int]
    end: tuple[int, int]


def removals(root: Path) -> Iterator[Removal]:
    """Yield each argument of an eager load in the application's own source."""
    for path in sorted((root / "reference_app").rglob("*.py")):
        if LEFT_OUT & set(path.relative_to(root).parts):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        helpers = {
            each.name: _attribute(each) for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)
        }
        for call in ast.walk(tree):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr in METHODS
            ):
                inside = call.func.value  # without an argument `select_related()` would join everything
                for argument in call.args:
                    whole = len(call.args) == 1
                    start = (inside.end_lineno, inside.end_col_offset) if whole else _start(argument)
                    end = (
                        (call if whole else argument).end_lineno,
                        (call if whole else argument).end_col_offset,
                    )
                    name = _name(argument, helpers)
                    place = path.relative_to(root).as_posix()
                    yield Removal(place, argument.lineno, name, start, end)  # type: ignore[arg-type]  # parsed nodes have ends


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _attribute(function: ast.FunctionDef) -> str:
    """Return what the prefetch that a helper makes is called; empty where it makes none."""
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
            return _name(node.value, {})
    return ""


def _name(argument: ast.expr, helpers: dict[str, str]) -> str:
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    if isinstance(argument, ast.Call) and isinstance(argument.func, ast.Name):
        if argument.func.id in helpers:
            return helpers[argument.func.id]
        to = [
            each.value.value
            for each in argument.keywords
            if each.arg == "to_attr" and isinstance(each.value, ast.Constant)
        ]
        lookup = (
            argument.args[0].value if argument.args and isinstance(argument.args[0], ast.Constant) else ""
        )
        *above, last = str(lookup).split("__")
        return "__".join([*above, str(to[0]) if to else last])
    return ""


def without(text: str, removal: Removal) -> str:
    """Return the source without the argument and the comma behind it."""
    lines = text.splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line.encode()))
    raw = text.encode()
    start = offsets[removal.start[0] - 1] + removal.start[1]
    end = offsets[removal.end[0] - 1] + removal.end[1]
    rest = raw[end:]
    if not raw[start:].startswith(b".") and rest.lstrip().startswith(b","):
        rest = rest[rest.index(b",") + 1 :]
    return (raw[:start] + rest).decode()


def suite(root: Path, workers: int, *options: str) -> str:
    """Run the suite of a copy, counts first; return what it says where it fails, nothing where it passes."""
    tests = sorted(
        (root / "reference_app" / "tests").glob("test_*.py"), key=lambda each: "counts" not in each.name
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-n",
        str(workers),
        "-p",
        "no:cacheprovider",
        *options,
    ]
    left_out = {"test_replays.py", "test_fixes_applied.py"}
    run = subprocess.run(
        [*command, *(str(each.relative_to(root)) for each in tests if each.name not in left_out)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return (run.stdout + run.stderr) if run.returncode else ""


def verdicts(root: Path) -> dict[str, set[str]]:
    """Return what guard said of each eager load of the application, by its name."""
    command = [sys.executable, "-m", "querybudget.cli", "report", "--format", "json"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    found = defaultdict(set)
    for each in json.loads(run.stdout)["run"]["replayed"]:
        if each["kind"] == "guard" and each["action"].startswith("reference_app.views."):
            found[each["subject"].split('"')[1]].add(each["outcome"])
    return found


def tried(root: Path, removal: Removal, said: dict[str, set[str]], workers: int) -> bool:
    """Run the suite without one eager load, and print whether guard foretold the outcome."""
    file = root / removal.path
    original = file.read_text("utf-8")
    file.write_text(without(original, removal), "utf-8")
    has_passed = not suite(root, workers)
    file.write_text(original, "utf-8")
    outcomes = said.get(removal.name, {"not seen"})
    agrees = ("guarded" in outcomes) is not has_passed
    outcome, told = "passes" if has_passed else "fails", "" if agrees else "   DISAGREES"
    said_so = ", ".join(sorted(outcomes))
    print(f"{removal.path}:{removal.line} {removal.name}: {said_so}; {outcome}{told}", flush=True)
    return agrees


def main() -> int:
    """Print a line for each eager load; exit 1 where guard and the suite disagree."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--only", default="", help="those in files whose path holds this")
    arguments.add_argument("--workers", type=int, default=2)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for name in COPIED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, root / name)
        project = root / "pyproject.toml"
        text = project.read_text("utf-8")
        project.write_text(text.replace("[tool.querybudget]\n", f"[tool.querybudget]\n{WRITES}\n"), "utf-8")
        failed = suite(root, options.workers, "--querybudget-verify=guard")
        if failed:
            print(f"the suite fails by itself:\n{failed[-3000:]}", file=sys.stderr)
            return 2
        said = verdicts(root)
        chosen = [each for each in removals(root) if options.only in each.path]
        agreeing = [tried(root, each, said, options.workers) for each in chosen]
    print(f"{sum(agreeing)} of {len(agreeing)} foretold")
    return 0 if all(agreeing) else 1


if __name__ == "__main__":
    raise SystemExit(main())
