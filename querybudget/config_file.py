"""The TOML file that has the settings, and names beside them that were probably meant for them.

Finds and parses; what the settings say is read by `config`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import TYPE_CHECKING, Any

from querybudget.budgets.spelling import as_toml, toml_key
from querybudget.errors import InvalidConfiguration
from querybudget.likeness import nearest
from querybudget.records import Place
from querybudget.toml_lines import KeyLines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

TABLE = ("tool", "querybudget")
FILES = ("pyproject.toml", "querybudget.toml")

HEADER = f"[{'.'.join(TABLE)}]"

_NEAR = 0.9
"""`querybugdet`, `querybudgets`; no more, for the tables of other tools are none of our business."""


@dataclass(frozen=True, kw_only=True)
class ConfigFile:
    """One TOML file, parsed."""

    path: str
    text: str
    data: Mapping[str, Any]

    @classmethod
    def read(cls, root: Path, name: str) -> ConfigFile | None:
        """Read a file at the root; None where there is none.

        Raises:
            InvalidConfiguration: when it cannot be read, or is no TOML.

        """
        path = root / name
        if not path.is_file():
            return None
        try:
            text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidConfiguration(f"{name} cannot be read: {error}. Expected TOML in UTF-8.") from None
        try:
            return cls(path=name, text=text, data=tomllib.loads(text))
        except RecursionError:
            raise InvalidConfiguration(f"{name} cannot be read: its values are nested too deep.") from None
        except ValueError as error:  # a number of thousands of digits is not even a TOMLDecodeError
            raise InvalidConfiguration(f"{name} is no TOML: {error}.") from None

    @cached_property
    def _lines(self) -> KeyLines:
        return KeyLines(self.text)

    def line(self, *keys: str) -> int:
        """Return the line of a key of our table, or of the nearest key around it."""
        return self._lines.line((*TABLE, *keys))

    def is_written(self, *keys: str) -> bool:
        """Tell whether a key of our table is written as such, and not only part of a dotted one."""
        return self._lines.is_written((*TABLE, *keys))

    def place(self, *keys: str) -> Place:
        """Return the place of a key of our table, with its line."""
        line = self.line(*keys)
        return Place(path=self.path, line=line, source=self.text.split("\n")[line - 1].strip())

    def table(self) -> Mapping[str, Any] | None:
        """Return our table; None where the file has none.

        Raises:
            InvalidConfiguration: when it is no table, or what was probably meant for it stands beside it.

        """
        self._refuse(self._misplaced())
        tool = self.data.get(TABLE[0])
        table = tool.get(TABLE[1]) if isinstance(tool, dict) else None
        if table is None or isinstance(table, dict):
            return table
        if isinstance(table, list) and all(isinstance(each, dict) for each in table):
            told = f"{HEADER} is written as a list of tables. Expected single brackets: {HEADER}."
        else:
            told = (
                f"tool.querybudget = {as_toml(table)} is no table. Expected {HEADER} with settings below it."
            )
        raise InvalidConfiguration(f"{self.path} line {self.line()}: {told}")

    def _misplaced(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield the path of what stands beside our table and was meant for it, and what to say of it."""
        tool = self.data.get(TABLE[0], {})
        is_own = self.path == FILES[1]
        if is_own and not isinstance(tool, dict):
            yield (
                (TABLE[0],),
                f"tool = {as_toml(tool)} is no table. Expected {HEADER} with settings below it.",
            )
        for path in self._strays(tool if isinstance(tool, dict) else {}):
            name = path[-1]
            if _is_near(name, TABLE[1]):
                written = ".".join(map(toml_key, path))
                yield path, f"[{written}] is not read. Did you mean {HEADER}?"
            elif is_own:
                told = f"{name!r} stands outside {HEADER}, the one table this file takes."
                yield path, f"{told} {_mend(name)}"

    def _strays(self, tool: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
        for name, value in self.data.items():
            if name == TABLE[0]:
                continue
            near = [each for each in value if _is_near(each, TABLE[1])] if isinstance(value, dict) else []
            if near and _is_near(name, TABLE[0]):
                yield (name, near[0])
            else:
                yield (name,)
        yield from ((TABLE[0], name) for name in tool if name != TABLE[1])

    def _refuse(self, misplaced: Iterable[tuple[tuple[str, ...], str]]) -> None:
        told = sorted((self._lines.line(path), message) for path, message in misplaced)
        if told:
            lines = (f"{self.path} line {line}: {message}" for line, message in told)
            raise InvalidConfiguration("\n".join(lines))


SETTINGS = ("source", "items", "default", "fail_on", "ignore_tables", "unlimited_rows", "replay", "budgets")
"""What our table takes; the reference documents each."""


def _mend(name: str) -> str:
    setting = nearest(name, SETTINGS)
    if setting is None:
        return "Move it to the file of its tool, or delete it."
    written = "it" if setting == name else setting
    return f"Write {written} below a line {HEADER}."


def _is_near(name: str, ours: str) -> bool:
    """Tell whether a name is ours but for its case, a dash or a slip of the hand."""
    plain = "".join(filter(str.isalnum, name.casefold()))
    if abs(len(plain) - len(ours)) > 1:
        return False
    # A short name has less to be alike in: `tools` is near to `tool`.
    return SequenceMatcher(None, plain, ours).ratio() >= min(_NEAR, 1 - 1 / (len(ours) + 1))
