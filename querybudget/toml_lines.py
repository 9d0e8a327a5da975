"""Find the lines on which the keys of a TOML file are written: `tomllib` keeps no positions."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = re.compile(
    r'''
      (?P<skip>  [ \t\r]+ | \#[^\n]* )
    | (?P<string>
          """(?:\\.|[^\\])*?""""{0,2}    # may end with two quotes of its own
        | \'\'\'.*?\'\'\'\'{0,2}
        | "(?:\\.|[^"\\\n])*"
        | '[^'\n]*' )
    | (?P<mark>  [\[\]{}=,.\n] )
    | (?P<bare>  [^\s\[\]{}=,.\#"']+ )
    ''',
    re.VERBOSE | re.DOTALL,
)

Path = tuple[str, ...]
"""Table names and key: `("tool", "querybudget", "budgets", "PackageViewSet.list")`."""


class KeyLines:
    """The line of every key of a file, tables and inline tables included."""

    def __init__(self, text: str) -> None:
        """Scan a text that has been parsed already, so that it is known to be TOML."""
        self._written: dict[Path, int] = {}
        self._implied: dict[Path, int] = {}
        for path, line in _Scan(text).found():
            self._written.setdefault(path, line)
            for length in range(1, len(path)):
                self._implied.setdefault(path[:length], line)

    def line(self, path: Path) -> int:
        """Return the line (from 1) that writes a key, or else the nearest key around it; 1 for none."""
        around = (path[:length] for length in range(len(path), 0, -1))
        lines = (self._written.get(each) or self._implied.get(each) for each in around)
        return next(filter(None, lines), 1)

    def is_written(self, path: Path) -> bool:
        """Tell whether a key is written as such, and not only part of a dotted one."""
        return path in self._written


class _Scan:
    """One pass over the pieces of a text."""

    def __init__(self, text: str) -> None:
        self._pieces = _pieces(text)
        self._table: Path = ()
        self._open: list[tuple[str, Path]] = []
        """The inline tables and arrays around the place that is read: bracket, and path of what it holds."""

    def found(self) -> Iterator[tuple[Path, int]]:
        """Yield each key with its line, in the order of the text."""
        for piece, line in self._pieces:
            if piece == "[" and not self._open:
                self._table = self._header()
                yield self._table, line
            elif piece == "}":
                self._open.pop()
                self._skip_value(self._around())
            elif piece not in "\n,":
                path = (*self._around(), *self._key(piece))
                yield path, line
                self._skip_value(path)

    def _around(self) -> Path:
        return self._open[-1][1] if self._open else self._table

    def _header(self) -> Path:
        """Read `[a.b]` or `[[a.b]]`, after its first bracket."""
        parts = []
        for piece, _ in self._pieces:
            if piece == "\n":
                break
            if piece not in "[].":
                parts.append(_unquoted(piece))
        return tuple(parts)

    def _key(self, first: str) -> Path:
        parts = [_unquoted(first)]
        for piece, _ in self._pieces:
            if piece == "=":
                break
            if piece != ".":
                parts.append(_unquoted(piece))
        return tuple(parts)

    def _skip_value(self, path: Path) -> None:
        """Pass over a value, up to where the next key may stand."""
        for piece, _ in self._pieces:
            if piece in "{[":
                is_in_array = bool(self._open) and self._open[-1][0] == "["
                self._open.append((piece, self._around() if is_in_array else path))
                if piece == "{":
                    return
            elif piece in "}]":
                self._open.pop()
            elif self._ends_value(piece):
                return

    def _ends_value(self, piece: str) -> bool:
        """Tell whether a comma or line end leads to a key: in an array both only lead to its next value."""
        if not self._open:
            return piece == "\n"
        return piece == "," and self._open[-1][0] == "{"


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _PIECE.finditer(text):
        if match.lastgroup != "skip":
            yield match[0], line
        line += match[0].count("\n")


def _unquoted(key: str) -> str:
    if key[0] not in "\"'":
        return key
    (value,) = tomllib.loads(f"key = {key}").values()
    return str(value)
