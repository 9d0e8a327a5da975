"""One validated `Config` from `pyproject.toml` or `querybudget.toml`; each value knows its line.

Reads files below the project's root and nothing else; judges nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from querybudget.budgets.allowance import check_code, parse_texts
from querybudget.budgets.budget import (
    FINDINGS,
    MAPPINGS,
    NOT_GIVEN,
    NUMBERS,
    PER_ITEM,
    Declaration,
    Level,
    MeasuredLimit,
    Per,
    declare,
)
from querybudget.budgets.configured import Configured
from querybudget.budgets.limit import Limit, parse_limit
from querybudget.budgets.patterns import nearness
from querybudget.budgets.spelling import BESIDE, TOML, as_toml
from querybudget.config_file import FILES, HEADER, SETTINGS, ConfigFile
from querybudget.errors import InvalidConfiguration, InvalidDeclaration
from querybudget.likeness import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


UNLIMITED_ROWS = 200
"""Few lists of a test are as long by chance, and few pages are longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How requests are made again."""

    methods: frozenset[str] = frozenset()
    """Those tried besides GET, HEAD and OPTIONS."""
    body: str = ""
    """Dotted path of a function that reads of a response what two equal ones have in common."""
    grow: Mapping[str, str] = field(default_factory=dict)
    """Label of a model → dotted path of a factory, or a function that adds so many rows."""
    line: int = 0
    """Where the table is written."""


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
    unlimited_rows: int = UNLIMITED_ROWS
    """From how many rows on a list without LIMIT is a QB302."""
    replay: Replay = field(default_factory=Replay)
    configured: Configured = field(default_factory=Configured)
    """The budgets, the default and the codes that fail a test by themselves."""

    def counting(self) -> dict[str, frozenset[str]]:
        """Return what decides the numbers of a run, by setting; `settings` is the file they stand in."""
        return {
            "ignore_tables": self.ignore_tables,
            "items": frozenset(filter(None, [self.items])),
            "unlimited_rows": frozenset(map(str, {self.unlimited_rows} - {UNLIMITED_ROWS})),
            "settings": frozenset(filter(None, [self.path])),
        }


def read_config(root: Path) -> Config:
    """Read the configuration of the project at `root`.

    Raises:
        InvalidConfiguration: when two files have one, a file cannot be read, or with everything in it
            that cannot be understood, one line each, with file and line.

    """
    files = [file for name in FILES if (file := ConfigFile.read(root, name)) is not None]
    found = [(file, table) for file in files if (table := file.table()) is not None]
    if len(found) > 1:
        first, second = (f"{file.path} line {file.line()}" for file, _ in found)
        raise InvalidConfiguration(
            f"{HEADER} is written twice: {first} and {second}."
            " Keep one of them: move its settings over and delete the other table."
        )
    return _Reader(root, *found[0]).config() if found else Config()


class _Reader:
    """Reads the settings of one table and collects what is wrong with them."""

    def __init__(self, root: Path, file: ConfigFile, table: Mapping[str, Any]) -> None:
        self._root = root
        self._file = file
        self._table = table
        self._errors: list[tuple[int, str]] = []

    def config(self) -> Config:
        table = self._table
        for name in table.keys() - set(SETTINGS):
            self._wrong((name,), f"no setting {name!r}. {did_you_mean(name, SETTINGS)}")
        values = {
            name: self._attempt((name,), _READ[name], self, table[name]) for name in SETTINGS if name in table
        }
        if self._errors:
            raise InvalidConfiguration("\n".join(message for _, message in sorted(self._errors)))
        everywhere = [each for each in (values.get("default"), values.get("fail_on")) if each is not None]
        return Config(
            path=self._file.path,
            source=values.get("source", ()),
            items=values.get("items", ""),
            items_line=self._file.line("items") if "items" in table else 0,
            ignore_tables=frozenset(values.get("ignore_tables", ())),
            unlimited_rows=values.get("unlimited_rows", UNLIMITED_ROWS),
            replay=values.get("replay") or Replay(),
            configured=Configured(values.get("budgets", ()), everywhere),
        )

    def _wrong(self, keys: tuple[str, ...], message: str) -> None:
        line = self._file.line(*keys)
        self._errors.append((line, f"{self._file.path} line {line}: {message}"))

    def _attempt(self, keys: tuple[str, ...], read: Callable[..., Any], *args: Any) -> Any:
        """Read one value; what is wrong with it is kept, so that all is told at once."""
        try:
            return read(*args)
        except InvalidDeclaration as error:
            self._wrong((*keys, *error.about), str(error))
        except RecursionError:
            self._wrong(keys, "a value that is nested too deep. Expected a limit, or a table of them.")
        return ()

    def sources(self, value: Any) -> tuple[str, ...]:
        texts = parse_texts(value, "source", "src", spelling=TOML)
        for text in texts:
            if not _exists(self._root / text):
                told = f"source names {text!r}, which is not there."
                raise InvalidDeclaration(f"{told} {_in_its_place(self._root, text)}")
        return texts

    def items(self, value: Any) -> Any:
        if _is_dotted(value):
            return value
        told = f"{TOML.given('items', value)} is no dotted path of a function."
        raise InvalidDeclaration(f'{told} Expected items = "shop.budgets.count_items".')

    def ignored(self, value: Any) -> tuple[str, ...]:
        return parse_texts(value, "ignore_tables", "django_session", spelling=TOML)

    def unlimited(self, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        told = f"{TOML.given('unlimited_rows', value)} is no number of rows."
        raise InvalidDeclaration(f"{told} Expected unlimited_rows = 200, from 1 up.")

    def replay(self, value: Any) -> Replay:
        """Read the table of replays."""
        if not isinstance(value, dict):
            told = f"{TOML.given('replay', value)} is no table."
            raise InvalidDeclaration(f'{told} Expected replay = {{ methods = ["POST"] }}.')
        for name in value.keys() - set(_REPLAY):
            told = f"replay has no setting {name!r}. {did_you_mean(name, _REPLAY)}"
            raise InvalidDeclaration(told, about=(name,))
        body, grow = value.get("body", ""), value.get("grow", {})
        methods = parse_texts(value.get("methods", ()), "methods", "POST", spelling=TOML)
        for method in methods:
            if method.upper() not in _METHODS:
                told = f"methods names {method!r}, which is none. {did_you_mean(method.upper(), _METHODS)}"
                raise InvalidDeclaration(told, about=("methods",))
        named = [("body", body), *(grow.items() if isinstance(grow, dict) else [("grow", grow)])]
        for name, path in named:
            if name == "body" and not path:
                continue
            if not _is_dotted(path):
                key = name if name.isidentifier() else as_toml(name)
                about = (name,) if name in value else ("grow", name)
                told = f'{TOML.given(key, path)} is no dotted path. Expected {key} = "shop.tests.x".'
                raise InvalidDeclaration(told, about=about)
        return Replay(
            methods=frozenset(each.upper() for each in methods),
            body=body,
            grow=dict(grow),
            line=self._file.line("replay"),
        )

    def default(self, value: Any) -> Declaration:
        return self._budget(value, None, Level.DEFAULT, ("default",))

    def fail_on(self, value: Any) -> Declaration:
        """Read the codes that fail a test; a limit of 0 for each."""
        codes = parse_texts(value, "fail_on", "QB101", spelling=TOML)
        for code in codes:
            check_code(code, "fail_on")
        return Declaration(
            limits=tuple(MeasuredLimit(measure=FINDINGS, key=code, limit=Limit(upper=0)) for code in codes),
            level=Level.CONFIGURATION,
            per=Per.REQUEST,
            where=self._file.place("fail_on"),
        )

    def budgets(self, value: Any) -> tuple[Declaration, ...]:
        if not isinstance(value, dict):
            told = f"{TOML.given('budgets', value)} is no table."
            raise InvalidDeclaration(f'{told} Expected [tool.querybudget.budgets] with "View.action" = 4.')
        read = [
            self._attempt(("budgets", pattern), self._budget_of, pattern, budget)
            for pattern, budget in value.items()
            if not self._lacks_quotes(pattern, budget)
        ]
        return tuple(each for each in read if each)

    def _lacks_quotes(self, pattern: str, budget: Any) -> bool:
        """Tell of `Shop.list = 4`, which TOML reads as the table `Shop` with the key `list`."""
        if self._file.is_written("budgets", pattern) or not isinstance(budget, dict):
            return False
        strays = [name for name in budget if name not in _WORDS and nearest(name, _WORDS) is None]
        for path, value in (leaf for name in strays for leaf in self._leaves((pattern, name), budget[name])):
            told = f"{'.'.join(path)} stands without quotes, so that TOML splits it."
            self._wrong(("budgets", *path), f"{told} Write {self._quoted(path, value)}.")
        return bool(strays)

    def _leaves(self, path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Yield what dotted keys lead to: a limit, or a table of limits."""
        is_whole = self._file.is_written("budgets", *path) or not isinstance(value, dict)
        if is_whole or value.keys() & _WORDS:
            yield path, value
            return
        for key, inner in value.items():
            yield from self._leaves((*path, key), inner)

    def _quoted(self, path: tuple[str, ...], value: Any) -> str:
        """Return the line to write for an action that TOML split."""
        quoted = as_toml(".".join(path))
        is_table = self._file.place("budgets", *path).source.startswith("[")
        return f"[tool.querybudget.budgets.{quoted}]" if is_table else f"{quoted} = {as_toml(value)}"

    def _budget_of(self, pattern: str, value: Any) -> Declaration:
        if not pattern.strip():
            told = f"{as_toml(pattern)} = {TOML.value(value)} names no action."
            raise InvalidDeclaration(f'{told} Expected "View.action" = 4.')
        return self._budget(value, pattern, Level.CONFIGURATION, ("budgets", pattern))

    def _budget(self, value: Any, pattern: str | None, level: Level, keys: tuple[str, ...]) -> Declaration:
        """Read a limit, or a table of limits with what stands beside them; `false` lifts."""
        if not isinstance(value, dict):
            name = as_toml(pattern) if pattern is not None else keys[-1]
            limit = None if value is False else parse_limit(value, name=name, spelling=TOML, about=())
            return self._declared({"queries": limit}, pattern, level, keys)
        try:
            return self._declared(
                {name: _lifted(limit) for name, limit in value.items()}, pattern, level, keys
            )
        except InvalidDeclaration as error:
            subject = as_toml(pattern) if pattern is not None else keys[-1]
            told = f"{subject}: {error}{self._of_an_action(pattern, value, error.about)}"
            raise InvalidDeclaration(told, about=error.about) from None

    def _of_an_action(self, pattern: str | None, table: Mapping[str, Any], about: tuple[str, ...]) -> str:
        """Say how a table of actions is written, where a word in the table of a view is no measure."""
        if pattern is None or not pattern.isidentifier() or not about or about[0] in _WORDS:
            return ""
        leaf = next(self._leaves((pattern, about[0]), table[about[0]]), None)
        return f" If it is an action, write {self._quoted(*leaf)}." if leaf else ""

    def _declared(
        self, lifted: dict[str, Any], pattern: str | None, level: Level, keys: tuple[str, ...]
    ) -> Declaration:
        beside = {name: lifted.pop(name) for name in TOML.words if name in lifted}
        if strays := sorted(lifted.keys() & {"action", "per"}):
            raise InvalidDeclaration(_meaningless(strays[0], pattern), about=(strays[0],))
        if not lifted and "allow" not in beside:
            raise InvalidDeclaration(
                "limits nothing. Expected a count in place of the table, or queries = 4 in it."
            )
        return declare(
            NOT_GIVEN,
            lifted,
            level=level,
            default_per=Per.REQUEST,
            action=pattern,
            where=self._file.place(*keys),
            nearness=nearness(pattern or "*"),
            spelling=TOML,
            **beside,
        )


_METHODS = ("DELETE", "PATCH", "POST", "PUT")

_REPLAY = ("methods", "body", "grow")


def _is_dotted(value: Any) -> bool:
    return isinstance(value, str) and "." in value and all(part.isidentifier() for part in value.split("."))


def _exists(path: Path) -> bool:
    with suppress(OSError, ValueError):  # no path at all: too long, or with a zero byte
        return path.exists()
    return False


def _in_its_place(root: Path, text: str) -> str:
    """Name the nearest that stands where a source was looked for; hidden directories are no source."""
    directory = (root / text).parent
    if not (_exists(directory) and directory.is_dir()):
        directory = root
    inside = directory.relative_to(root) if directory.is_relative_to(root) else directory
    there = sorted(
        (inside / each.name).as_posix()
        for each in directory.iterdir()
        if not each.name.startswith((".", "__")) and (each.is_dir() or each.suffix == ".py")
    )
    if not there:
        return "Expected a directory or file of the project, from the root on."
    return did_you_mean(text, there)


def _meaningless(word: str, pattern: str | None) -> str:
    if pattern is None:
        return (
            f'{word} means nothing there. Limit one action in [tool.querybudget.budgets], "View.action" = 4.'
        )
    return (
        f"{word} means nothing here: the key is the action, and each of its requests is judged. Leave it out."
    )


def _lifted(value: Any) -> Any:
    """Read `false`, also inside a mapping, as Python's None: TOML has no null."""
    if isinstance(value, dict):
        return {key: _lifted(inner) for key, inner in value.items()}
    return None if value is False else value


_WORDS = frozenset({*NUMBERS, *MAPPINGS, *PER_ITEM, *BESIDE})
"""What a table of limits takes, and the two words that are told to mean nothing there."""

_READ: dict[str, Callable[[_Reader, Any], Any]] = {
    "source": _Reader.sources,
    "items": _Reader.items,
    "default": _Reader.default,
    "fail_on": _Reader.fail_on,
    "ignore_tables": _Reader.ignored,
    "unlimited_rows": _Reader.unlimited,
    "replay": _Reader.replay,
    "budgets": _Reader.budgets,
}
"""Setting → how it is read."""
