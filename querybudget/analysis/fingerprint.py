"""Says of a statement what budgets and findings ask: its shape and id, its kind and the tables it names.

The words come from the scanner; this reads them once more, with a small stack for parentheses. It does not
parse SQL: a text that is no statement has a shape, an id and a kind like any other. What is decided here:

- The id is of the shape alone, so equal shapes of two databases have one id. Kind and tables follow from the
  shape.
- A clause is never literal: `LIMIT 5` and `LIMIT 5 OFFSET 10`, and MySQL's `LIMIT 5, 10`, are different
  shapes.
- The kind is that of the first word, of the first statement if there are several; but BEGIN with statements
  behind it is OTHER, so that it counts. A WITH that changes data anywhere is a write. `SELECT … FOR UPDATE`
  reads; EXPLAIN is neither, whatever it explains.
- Unquoted table names are folded as the database does: upper case on Oracle, lower case elsewhere.
- Tables are looked for in queries, INSERT, UPDATE, DELETE, MERGE, TRUNCATE, after TABLE and after REFERENCES;
  of other DDL, SHOW and PRAGMA none are told. A CTE hides tables of its name in the whole statement, unless
  they have a schema or are inserted into; DUAL is no table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from querybudget.analysis.scanner import KEYWORDS, LITERAL, is_name, scan
from querybudget.records import Fingerprint, StatementKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_KINDS: Final[Mapping[str, StatementKind]] = {
    **dict.fromkeys(("SELECT", "VALUES", "TABLE", "WITH"), StatementKind.READ),
    **dict.fromkeys(("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"), StatementKind.WRITE),
    **dict.fromkeys(
        ("BEGIN", "START", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT", "END", "ABORT"),
        StatementKind.TRANSACTION,
    ),
}
_WRITES: Final = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"})
_BEFORE_SAVEPOINT: Final = frozenset({"SAVEPOINT", "RELEASE", "TO"})
_WITHIN_ROLLBACK: Final = _BEFORE_SAVEPOINT | {"ROLLBACK", "WORK", "TRANSACTION"}

# A parenthesis after one of these is no call: written with a space.
_SPACED: Final = KEYWORDS | frozenset(
    "CHECK CONFLICT FILTER GROUP INSERT KEY LATERAL MATERIALIZED OVER UNIQUE".split()  # noqa: SIM905
)
_CLOSING: Final = frozenset({",", ")", "]"})
_OPENING: Final = frozenset({"(", "["})
_CLINGING: Final = _OPENING | {"::"}
_PART: Final = re.compile(r'"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?|[^."`\[]+', re.DOTALL)


def fingerprint(text: str, *, vendor: str) -> Fingerprint:
    """Return the fingerprint of a statement as `cursor.execute` takes it.

    `vendor` is Django's `connection.vendor`; any but sqlite, postgresql, mysql and oracle follows ANSI rules.
    Takes any text, in time linear to its length; the fingerprint of a shape is that fingerprint again.
    """
    words = scan(text, vendor=vendor)
    kind = _kind(words)
    tables: tuple[str, ...] = ()
    if kind is StatementKind.TRANSACTION:
        _drop_savepoint_name(words)
    else:
        tables = _Tables(words, fold=str.upper if vendor == "oracle" else str.lower).find()
    shape = _write(words)
    digest = blake2b(shape.encode(errors="surrogatepass"), digest_size=6)
    return Fingerprint(id=digest.hexdigest(), shape=shape, kind=kind, tables=tables)


def _kind(words: Sequence[str]) -> StatementKind:
    start = next((position for position, word in enumerate(words) if word not in {"(", ";"}), 0)
    head, following = [*words[start : start + 2], "", ""][:2]
    kind = _KINDS.get(head, StatementKind.OTHER)
    if head == "WITH" and _changes_data(words):
        return StatementKind.WRITE
    if kind is StatementKind.TRANSACTION and (
        ";" in words or (head == "START" and following != "TRANSACTION")
    ):
        return StatementKind.OTHER
    return kind


def _changes_data(words: Sequence[str]) -> bool:
    """Tell whether a query of a WITH, or the one behind them, writes; INSERT( and REPLACE( are functions."""
    return any(
        word in _WRITES and before in {"(", ")"} and is_name(after)
        for before, word, after in zip(words, words[1:], words[2:], strict=False)
    )


def _drop_savepoint_name(words: list[str]) -> None:
    for position, word in enumerate(words):
        if word not in _WITHIN_ROLLBACK:
            if position and words[position - 1] in _BEFORE_SAVEPOINT and is_name(word):
                words[position] = LITERAL
            return


def _write(words: Sequence[str]) -> str:
    """Join the words so that a person can read them and the scanner finds the same words again."""
    pieces: list[str] = []
    previous = "("
    for word in words:
        if (
            word in _CLOSING
            or previous in _OPENING
            or ((word in _CLINGING or previous == "::") and _clings(word, previous=previous))
        ):
            pieces.append(word)
        else:
            pieces.append(" " + word)
        previous = word
    return "".join(pieces)


def _clings(word: str, *, previous: str) -> bool:
    """Tell whether a bracket, or a cast, is written without a space before it: after an operand."""
    if word == "(":
        return previous not in _SPACED and is_name(previous) and previous[0] not in '"`['
    if previous == "::":
        return is_name(word)
    return previous in {LITERAL, ")", "]"} or is_name(previous)


@dataclass(slots=True)
class _Query:
    """What is known of the query, or the parenthesis, that is being read."""

    verb: str = ""
    """SELECT, UPDATE, DELETE or MERGE. Without one FROM is part of a call: EXTRACT(YEAR FROM x)."""
    in_sources: bool = False
    """A comma leads to the next table."""
    in_ctes: bool = False
    """A comma leads to the next CTE."""


@dataclass(slots=True)
class _Tables:
    """Finds the tables a statement names, in one pass over its words."""

    words: Sequence[str]
    fold: Callable[[str], str]
    query: _Query = field(default_factory=_Query)
    outer: list[_Query] = field(default_factory=list)
    joined: int = -1
    """Position of the last parenthesis that stands for a table: a join may be inside."""
    certain: set[str] = field(default_factory=set)
    unless_cte: set[str] = field(default_factory=set)
    ctes: set[str] = field(default_factory=set)

    def find(self) -> tuple[str, ...]:
        """Return the names, sorted."""
        for position, word in enumerate(self.words):
            if word in _STEPS:
                _STEPS[word](self, position)
        return tuple(sorted(self.certain | (self.unless_cte - self.ctes)))

    def open(self, position: int) -> None:
        self.outer.append(self.query)
        self.query = _Query()
        if position == self.joined:
            self._sources(position)

    def close(self, position: int) -> None:  # noqa: ARG002 - one signature for all steps
        if self.outer:
            self.query = self.outer.pop()

    def comma(self, position: int) -> None:
        if self.query.in_sources:
            self._source(position)
        elif self.query.in_ctes:
            self.with_(position)

    def begin(self, position: int) -> None:
        self.query = _Query(verb=self.words[position])

    def from_(self, position: int) -> None:
        before, first = self._at(position - 1), self._at(position - 2)
        if self.query.verb and not (before == "DISTINCT" and first in {"IS", "NOT"}):
            self._sources(position)

    def join(self, position: int) -> None:
        """Outside of FROM it is MySQL's `SELECT STRAIGHT_JOIN`, or a name."""
        if self.query.in_sources:
            self._source(position)

    def update(self, position: int) -> None:
        before = self._at(position - 1)
        if before == "KEY":
            self.end_sources(position)
        elif before not in {"FOR", "ON", "DO", "THEN"}:
            self.begin(position)
            self._sources(position)

    def using(self, position: int) -> None:
        """In a join, columns follow; elsewhere it is part of DDL or of a call."""
        if self.query.verb in {"DELETE", "MERGE"} and self._at(position + 1) != "(":
            self._sources(position)

    def table(self, position: int) -> None:
        self.into(position)
        self.query.in_sources = self._at(position - 1) in {"DROP", "TRUNCATE"}

    def truncate(self, position: int) -> None:
        if not position:
            self._sources(position)

    def into(self, position: int) -> None:
        """Take the table behind a word; a parenthesis behind the name holds its columns."""
        self._add_table(self._behind(position), certain=True)

    def with_(self, position: int) -> None:
        name = self._behind(position)
        word = self._at(name)
        if is_name(word) and word != "ORDINALITY" and self._at(name + 1) in {"AS", "("}:
            self.ctes.add(self._unquote(word)[-1])
            self.query.in_ctes = True

    def end_sources(self, position: int) -> None:  # noqa: ARG002
        self.query.in_sources = False

    def _sources(self, position: int) -> None:
        self.query.in_sources = True
        self._source(position)

    def _source(self, position: int) -> None:
        """Take the table behind a word; not a function, which a parenthesis follows."""
        name = self._behind(position)
        if self._at(name) == "(":
            self.joined = name
        elif self._at(name + 1) != "(":
            self._add_table(name)

    def _behind(self, position: int) -> int:
        position += 1
        while self._at(position) in _PASSED_OVER:
            position += 1
        return position

    def _add_table(self, position: int, *, certain: bool = False) -> None:
        word = self._at(position)
        if is_name(word) and word[0] != "@" and word not in _STEPS and word not in _NO_TABLES:
            *schema, name = self._unquote(word)
            if name:
                (self.certain if schema or certain else self.unless_cte).add(name)

    def _unquote(self, word: str) -> list[str]:
        """Return the parts of a name, the schema first; one at least."""
        parts = [part for part in _PART.findall(word) if part != "*"]
        return [self._unquote_part(part) for part in parts] or [""]

    def _unquote_part(self, part: str) -> str:
        quote = {"[": "]"}.get(part[0], part[0])
        if quote not in {'"', "`", "]"}:
            return self.fold(part)
        return part[1:].removesuffix(quote).replace(quote * 2, quote)

    def _at(self, position: int) -> str:
        return self.words[position] if 0 <= position < len(self.words) else ""


_STEPS: Final[Mapping[str, Callable[[_Tables, int], None]]] = {
    "(": _Tables.open,
    ")": _Tables.close,
    ",": _Tables.comma,
    **dict.fromkeys(("SELECT", "VALUES", "DELETE", "MERGE"), _Tables.begin),
    "FROM": _Tables.from_,
    **dict.fromkeys(("JOIN", "STRAIGHT_JOIN", "APPLY"), _Tables.join),
    **dict.fromkeys(("INTO", "REFERENCES"), _Tables.into),
    "UPDATE": _Tables.update,
    "USING": _Tables.using,
    "TABLE": _Tables.table,
    "TRUNCATE": _Tables.truncate,
    "WITH": _Tables.with_,
    **dict.fromkeys(
        (  # noqa: SIM905 - not twenty lines
            "CONFLICT CONNECT DUPLICATE EXCEPT FETCH FOR GROUP HAVING INTERSECT LIMIT MINUS OFFSET ORDER "
            "RETURNING SET UNION WHEN WHERE WINDOW"
        ).split(),
        _Tables.end_sources,
    ),
}
# Words between a keyword and its table.
_PASSED_OVER: Final = frozenset(
    (  # noqa: SIM905 - not fifteen lines
        "ABORT CONCURRENTLY EXISTS FAIL IF IGNORE LATERAL LOW_PRIORITY NOT ONLY OR QUICK RECURSIVE REPLACE "
        "ROLLBACK"
    ).split()
)
_NO_TABLES: Final = frozenset({"DUAL", "DUMPFILE", "OF", "ON", "OUTFILE"})
