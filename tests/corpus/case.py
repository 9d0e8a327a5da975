"""What a case is: code with a problem, its clean twin, and the label that says what must be found."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

CASES: dict[str, type[Case]] = {}
"""By name, in the order in which they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a tool must say of a problem."""

    code: str
    relation: str | None = None
    """`Book.author`; None where a statement has none."""
    fix: str | None = None
    """A part of the edit; None where none is known."""
    table: str = ""
    """A table its statement names, where there is no relation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of one case in one setting."""

    name: str
    way: str
    code: str
    """The code that is due; empty for clean code."""
    is_found: bool = False
    is_placed: bool = False
    is_fixed: bool | None = None
    """None where no fix is due."""
    mistakes: tuple[str, ...] = ()
    """What is wrong, or was said of it and is not true."""


def n_plus_one(relation: str, fix: str | None = None) -> Due:
    return Due(code="QB101", relation=relation, fix=fix)


def loop(relation: str | None = None, fix: str | None = None, *, table: str = "") -> Due:
    return Due(code="QB102", relation=relation, fix=fix, table=table)


def duplicate(table: str) -> Due:
    return Due(code="QB103", table=table)


def writes(relation: str, fix: str | None = None) -> Due:
    return Due(code="QB104", relation=relation, fix=fix)


class Case:
    """A problem, with `Clean` for what its twin does otherwise; without `due` it is clean itself.

    A case that goes over rows has `rows` and `see`, and runs in every setting; another has `run`. The line
    that must be named ends with `# due`, or is the last of `see`.
    """

    due: Due | None = None
    template = ""
    """How a template asks for the same of `row`, where it can."""
    grows = True
    """Whether the problem asks more for more rows; a duplicate need not."""
    ways: tuple[str, ...] = ()
    """The settings it makes sense in; all that it has code for by default."""
    exempt: tuple[str, ...] = ()
    """Codes that may be told of it as well, since they are true."""
    latent = True
    """Whether one row of it is a latent problem."""
    Clean: type | None = None

    def __init_subclass__(cls, *, twin: bool = False) -> None:
        has_code = (
            cls.run is not Case.run
            or cls.see is not Case.see
            or hasattr(cls, "view")
            or hasattr(cls, "plain")
        )
        if has_code and not twin:
            CASES[cls.__name__] = cls

    def rows(self) -> Any:
        raise NotImplementedError

    def see(self, row: Any) -> Any:
        raise NotImplementedError

    def run(self) -> Any:
        raise NotImplementedError

    @classmethod
    def clean(cls) -> Case:
        """Return the clean twin."""
        own = vars(cls.Clean) if cls.Clean else {}
        body = {name: value for name, value in own.items() if not name.startswith("__")}
        return type(f"{cls.__name__}Clean", (cls,), {"due": None, "grows": False, **body}, twin=True)()

    @classmethod
    def goes_over_rows(cls) -> bool:
        return cls.run is Case.run

    def line(self) -> tuple[str, int]:
        """Return the file and line that must be named."""
        page = getattr(self, "page", "")
        if page:
            file = Path(__file__).parent / "templates" / page
            lines = file.read_text("utf-8").splitlines()
            return str(file), next((n for n, line in enumerate(lines, 1) if "{# due #}" in line), 1)
        function = type(self).see if self.goes_over_rows() else type(self).run
        for each in (function, type(self).rows, *vars(type(self)).values()):
            if inspect.isfunction(each):
                lines, start = inspect.getsourcelines(each)
                found = [
                    number for number, text in enumerate(lines, start) if text.rstrip().endswith("# due")
                ]
                if found:
                    return inspect.getsourcefile(each) or "", found[0]
        lines, start = inspect.getsourcelines(function)
        return inspect.getsourcefile(function) or "", start + len(lines) - 1


def latent(due: Due) -> Due:
    """Return what is due where the list holds one row."""
    return replace(due, code="QB105")


def line_of(function: Any) -> tuple[str, int]:
    """Return the last line of a function."""
    lines, start = inspect.getsourcelines(function)
    return inspect.getsourcefile(function) or "", start + len(lines) - 1


def line_in_models(text: str) -> tuple[str, int]:
    """Return the line of the models that holds a text."""
    from tests.corpus import models

    lines, _ = inspect.getsourcelines(models)
    return models.__file__, next(number for number, line in enumerate(lines, 1) if text in line)
