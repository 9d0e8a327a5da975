"""One validated `Config` from `pyproject.toml` or `querybudget.toml`; each value knows its line.

Reads files below the project's root and nothing else; judges nothing.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from querybudget.budgets.allowance import check_code, parse_texts
from querybudget.budgets.budget import FINDINGS, NOT_GIVEN, Declaration, Level, MeasuredLimit, Per, declare
from querybudget.budgets.configured import Configured
from querybudget.budgets.limit import Limit
from querybudget.budgets.patterns import nearness
from querybudget.errors import InvalidConfiguration, InvalidDeclaration
from querybudget.records import Place
from querybudget.toml_lines import line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TABLE = ("tool", "querybudget")
FILES = ("pyproject.toml", "querybudget.toml")

_BESIDE = ("exclude", "allow", "reason", "until")
"""What the table of a budget takes beside limits; its pattern is the `action`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a project sets; everything empty where it sets nothing."""

    path: str = ""
    """The file it was read from, relative to the root; empty where there is none."""
    source: tuple[str, ...] = ()
    """Directories or files of the project's own code, relative to the root; empty: all below it."""
    items: str = ""
    """Dotted path of a function that counts the items of a response; empty: the list or `results`."""
    items_line: int = 0
    """Where that is written; 0 where it is not."""
    ignore_tables: frozenset[str] = frozenset()
    configured: Configured = field(default_factory=Configured)
    """The budgets, the default and the codes that fail a test by themselves."""


def read_config(root: Path) -> Config:
    """Read the configuration of the project at `root`.

    Raises:
        InvalidConfiguration: when two files have one, a file cannot be read, or with everything in it
            that cannot be understood, one line each, with file and line.

    """
    found = [each for each in (_Source.read(root, name) for name in FILES) if each is not None]
    if len(found) > 1:
        first, second = (f"{each.path} line {each.line()}" for each in found)
        raise InvalidConfiguration(
            f"[tool.querybudget] is written twice: {first} and {second}."
            " Keep one of them: move its settings over and delete the other table."
        )
    return _Reader(root, found[0]).config() if found else Config()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """One TOML file that has the table."""

    path: str
    text: str
    table: Mapping[str, Any]

    @classmethod
    def read(cls, root: Path, name: str) -> _Source | None:
        path = root / name
        if not path.is_file():
            return None
        try:
            text = path.read_text(encoding="utf-8")
            data = tomllib.loads(text)
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidConfiguration(f"{name} cannot be read: {error}.") from None
        except tomllib.TOMLDecodeError as error:
            raise InvalidConfiguration(f"{name} is no TOML: {error}.") from None
        return cls._of(name, text, data)

    @classmethod
    def _of(cls, name: str, text: str, data: dict[str, Any]) -> _Source | None:
        is_own = name == FILES[1]
        tool = data.get("tool", {})
        if is_own and (data.keys() - {"tool"} or tool.keys() - {TABLE[1]}):
            stray = next(iter([*(data.keys() - {"tool"}), *(tool.keys() - {TABLE[1]})]))
            raise InvalidConfiguration(
                f"{name} line {line_of(text, (stray,))}: {stray!r} stands outside [tool.querybudget],"
                " the one table this file takes."
            )
        table = tool.get(TABLE[1]) if isinstance(tool, dict) else None
        if table is None:
            return None
        if not isinstance(table, dict):
            raise InvalidConfiguration(f"{name}: tool.querybudget = {table!r} is no table.")
        return cls(path=name, text=text, table=table)

    def line(self, *keys: str) -> int:
        return line_of(self.text, (*TABLE, *keys))

    def place(self, *keys: str) -> Place:
        line = self.line(*keys)
        lines = self.text.splitlines()
        source = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return Place(path=self.path, line=line, source=source)


class _Reader:
    """Reads the settings of one table and collects what is wrong with them."""

    def __init__(self, root: Path, source: _Source) -> None:
        self._root = root
        self._source = source
        self._errors: list[tuple[int, str]] = []

    def config(self) -> Config:
        table = self._source.table
        for name in table.keys() - SETTINGS.keys():
            self._wrong((name,), f"no setting {name!r}. {_nearest(name, SETTINGS)}")
        values = {
            name: self._attempt((name,), SETTINGS[name], self, table[name])
            for name in sorted(table.keys() & SETTINGS.keys())
        }
        if self._errors:
            raise InvalidConfiguration("\n".join(message for _, message in sorted(self._errors)))
        everywhere = [each for each in (values.get("default"), values.get("fail_on")) if each is not None]
        return Config(
            path=self._source.path,
            source=values.get("source", ()),
            items=values.get("items", ""),
            items_line=self._source.line("items") if "items" in table else 0,
            ignore_tables=frozenset(values.get("ignore_tables", ())),
            configured=Configured(values.get("budgets", ()), everywhere),
        )

    def _wrong(self, keys: tuple[str, ...], message: str) -> None:
        line = self._source.line(*keys)
        of = f"{keys[1]!r}: " if len(keys) > 1 else ""
        self._errors.append((line, f"{self._source.path} line {line}: {of}{message}"))

    def _attempt(self, keys: tuple[str, ...], read: Callable[..., Any], *args: Any) -> Any:
        """Read one value; what is wrong with it is kept, so that all is told at once."""
        try:
            return read(*args)
        except InvalidDeclaration as error:
            self._wrong(keys, str(error))
            return ()

    def sources(self, value: Any) -> tuple[str, ...]:
        texts = parse_texts(value, "source", 'source = ["src"]')
        for text in texts:
            if not (self._root / text).exists():
                there = sorted(each.name for each in self._root.iterdir() if each.is_dir())
                raise InvalidDeclaration(
                    f"source names {text!r}, which is not there. {_nearest(text, there) if there else ''}"
                )
        return texts

    def items(self, value: Any) -> str:
        if isinstance(value, str) and all(part.isidentifier() for part in value.split(".")) and "." in value:
            return value
        raise InvalidDeclaration(
            f'items={value!r} is no dotted path of a function. Expected items = "shop.budgets.count_items".'
        )

    def ignored(self, value: Any) -> tuple[str, ...]:
        return parse_texts(value, "ignore_tables", 'ignore_tables = ["django_session"]')

    def default(self, value: Any) -> Declaration:
        return self._budget(value, None, Level.DEFAULT, ("default",))

    def fail_on(self, value: Any) -> Declaration:
        """Read the codes that fail a test; a limit of 0 for each."""
        codes = parse_texts(value, "fail_on", 'fail_on = ["QB101"]')
        for code in codes:
            check_code(code, "fail_on")
        return Declaration(
            limits=tuple(MeasuredLimit(measure=FINDINGS, key=code, limit=Limit(upper=0)) for code in codes),
            level=Level.CONFIGURATION,
            per=Per.REQUEST,
            where=self._source.place("fail_on"),
        )

    def budgets(self, value: Any) -> tuple[Declaration, ...]:
        if not isinstance(value, dict):
            raise InvalidDeclaration(
                f'budgets={value!r} is no table. Expected [tool.querybudget.budgets] with "View.action" = 4.'
            )
        read = [
            self._attempt(("budgets", pattern), self._budget_of, pattern, budget)
            for pattern, budget in value.items()
        ]
        return tuple(each for each in read if each)

    def _budget_of(self, pattern: str, value: Any) -> Declaration:
        return self._budget(value, pattern, Level.CONFIGURATION, ("budgets", pattern))

    def _budget(self, value: Any, pattern: str | None, level: Level, keys: tuple[str, ...]) -> Declaration:
        """Read a limit, or a table of limits with what stands beside them; `false` lifts."""
        table = value if isinstance(value, dict) else {"queries": value}
        lifted = {name: _lifted(limit) for name, limit in table.items()}
        beside = {name: lifted.pop(name) for name in _BESIDE if name in lifted}
        if not lifted and "allow" not in beside:
            raise InvalidDeclaration("limits nothing. Expected a count, or { queries = 4 }.")
        if strays := sorted(lifted.keys() & {"action", "per"}):
            raise InvalidDeclaration(_meaningless(strays[0], pattern))
        return declare(
            NOT_GIVEN,
            lifted,
            level=level,
            default_per=Per.REQUEST,
            action=pattern,
            where=self._source.place(*keys),
            nearness=nearness(pattern or "*"),
            **beside,
        )


def _meaningless(word: str, pattern: str | None) -> str:
    if pattern is None:
        return f"{word} means nothing in the default. Limit one action in [tool.querybudget.budgets]."
    return f"{word} means nothing here: the key is the action, and each of its requests is judged."


def _lifted(value: Any) -> Any:
    """Read `false`, also inside a mapping, as Python's None: TOML has no null."""
    if isinstance(value, dict):
        return {key: _lifted(inner) for key, inner in value.items()}
    return None if value is False else value


SETTINGS: dict[str, Callable[[_Reader, Any], Any]] = {
    "source": _Reader.sources,
    "items": _Reader.items,
    "default": _Reader.default,
    "fail_on": _Reader.fail_on,
    "ignore_tables": _Reader.ignored,
    "budgets": _Reader.budgets,
}
"""Setting → how it is read; the reference documents each."""


def _nearest(name: str, known: Any) -> str:
    nearest = get_close_matches(name, known, n=1, cutoff=0)[0]
    return f"Did you mean {nearest!r}? Known: {', '.join(known)}."
