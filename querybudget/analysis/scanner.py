"""Reads SQL text, once and from left to right, into the words of its shape.

A word of the shape is a keyword or unquoted name in upper case, a quoted name as it was written, an operator,
or `?` for whatever was a literal or a placeholder. Nothing is parsed, validated or refused: any text has
words, an unclosed quote or comment reaches to the end, and the shape's own words are the words again. What is
decided here:

- Unquoted words are folded to upper case, ASCII letters only; quoted names are never touched. NULL, TRUE,
  FALSE and DEFAULT are words, not literals: `IS NULL` and `IS TRUE` are different predicates.
- A sign belongs to the literal it precedes (`= -5`) unless an operand stands before it (`a - 5`).
- Comments are dropped, optimizer hints (`/*+ */`) too; the inside of MySQL's `/*! */` is run, so it is kept.
- `%%` is `%`, as it is sent when there are parameters. `?` is a placeholder, on PostgreSQL as well, where it
  may be the jsonb operator: both read `?` in a shape.
- `:name` is a placeholder unless it follows an operand, where it bounds an array slice.
- Semicolons at the end are dropped.
- Lists are sets: after IN, VALUES and ARRAY an element that reads like an earlier one is dropped, and so is a
  WHEN of one CASE. That makes one shape of every length of a list of literals, of rows and of a bulk update's
  cases, while `IN (a, 1)` and `IN (b, 1)` stay apart. An ARRAY of nothing but literals is a literal.
  Arguments of functions stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LITERAL: Final = "?"

# Words before an expression: a sign behind them belongs to its literal, a parenthesis is no call.
KEYWORDS: Final = frozenset(
    (  # noqa: SIM905 - not forty lines
        "ALL AND AS BETWEEN BY CASE DEFAULT DISTINCT DIV ELSE ESCAPE EXCEPT FROM GLOB HAVING ILIKE IN "
        "INTERSECT INTERVAL INTO IS JOIN LIKE LIMIT MATCH NOT ON OR REGEXP RETURNING RLIKE SELECT SET THEN "
        "UNION USING VALUES WHEN WHERE WITH XOR"
    ).split()
)

_WITH_LISTS: Final = frozenset({"IN", "VALUES", "ARRAY", "CASE"})
_QUERIES: Final = frozenset({"SELECT", "WITH", "VALUES", "TABLE"})
_LONGEST_ELEMENT: Final = 1000
"""Longer elements of a list are not compared, or lists nested in lists would be read once for every level."""

_ASCII_UPPER: Final = str.maketrans(ascii_lowercase, ascii_uppercase)
_NAME: Final = re.compile(r'[\w"`]|\[.|@+\w', re.DOTALL)
_NESTED: Final = re.compile(r"/\*|\*/")


_Group: TypeAlias = Literal["word", "literal", "skipped", "colon", "percent", "nested"]
"""What becomes of a match; without one it is kept as written."""

_Alternative: TypeAlias = tuple[str, _Group | None]

# Once begun, each piece below either matches, up to the end of the text if need be, or stops at a character
# at which no other match of it begins: no text is read more than a fixed number of times. Characters repeat
# possessively, groups do not: before 3.11.5 that lost characters (python/cpython#100061).
_STRING: Final = r"'[^']*+(?:''[^']*+)*(?:'|\Z)"
_ESCAPED: Final = r"'[^'\\]*+(?:(?:''|\\.)[^'\\]*+)*(?:'|\\?\Z)"
_DOUBLE: Final = r'"[^"]*+(?:""[^"]*+)*(?:"|\Z)'
_BACKTICK: Final = r"`[^`]*+(?:``[^`]*+)*(?:`|\Z)"
_BRACKET: Final = r"\[[^\]]*+(?:\]|\Z)"
_OPERATORS: Final = r"->>?|#>>?|#-|<=>|<->|<#>|<@|@>|@@|\|\||&&|<>|<=|>=|!=|!~\*?|~\*|::|:=|<<|>>|==|=>|\S"

_STRINGS: Final[tuple[_Alternative, ...]] = (
    (_STRING, "literal"),
    (rf"[bBnNxX]{_STRING}", "literal"),
)
_LITERALS: Final[tuple[_Alternative, ...]] = (
    (r"%s(?![\w$])", "literal"),
    (r"[0-9]++(?:\.[0-9]*+)?(?:[eE][+-]?[0-9]++)?(?![\w$])", "literal"),
    (r"\.[0-9]++(?:[eE][+-]?[0-9]++)?(?![\w$])", "literal"),
    (r"0(?:[xX][0-9a-fA-F]++|[bB][01]++|[oO][0-7]++)(?![\w$])", "literal"),
    (r"%\([^()]*+\)s(?![\w$])", "literal"),
    (r"\$[0-9]++", "literal"),
)
_LINE_COMMENT: Final[_Alternative] = (r"--[^\n]*+", "skipped")
_BLOCK_COMMENT: Final[_Alternative] = (r"/\*.*?(?:\*/|\Z)", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grammar:
    """The words of one database: a pattern, and what becomes of a match by the number of its last group."""

    pattern: re.Pattern[str]
    groups: tuple[_Group | None, ...]


def _grammar(
    *special: _Alternative, quoted: tuple[str, ...] = (_DOUBLE,), names: tuple[str, ...] = (r"\w[\w$]*+",)
) -> _Grammar:
    """Compile the alternatives, the database's own first.

    Each ends, rather than begins, with the group that marks it: so the first character rules most of them
    out. White space behind a word belongs to the match, which saves a search at each.
    """
    quote, name = "|".join(quoted), "|".join(names)
    alternatives: list[_Alternative] = [
        *((rf"{one}(?:\.(?:{quote}))*", None) for one in quoted),
        (r"[(),]", None),
        *special,
        *_LITERALS,
        *((rf"{one}(?:\.(?:{name}))*", "word") for one in names),
        (r"\?[0-9]*+", "literal"),
        (r":\w++", "colon"),
        (r"%%", "percent"),
        (_OPERATORS, None),
    ]
    groups: list[_Group | None] = [None]
    pieces = []
    for piece, group in alternatives:
        pieces.append(piece + ("()" if group else ""))
        groups += [group] * re.compile(pieces[-1]).groups
    return _Grammar(pattern=re.compile(rf"(?:{'|'.join(pieces)})\s*+", re.DOTALL), groups=tuple(groups))


_ANSI: Final = _grammar(*_STRINGS, _LINE_COMMENT, _BLOCK_COMMENT)
_GRAMMARS: Final = {
    "sqlite": _grammar(*_STRINGS, _LINE_COMMENT, _BLOCK_COMMENT, quoted=(_DOUBLE, _BACKTICK, _BRACKET)),
    # https://www.postgresql.org/docs/current/sql-syntax-lexical.html; operators of jsonb are
    # `?|`, `?&` and `@?`.
    "postgresql": _grammar(
        *_STRINGS,
        (rf"[eE]{_ESCAPED}", "literal"),
        (rf"[uU]&{_STRING}", "literal"),
        (r"\$(?P<tag>(?:[^\W\d]\w*+)?)\$.*?(?:\$(?P=tag)\$|\Z)", "literal"),
        _LINE_COMMENT,
        (r"/\*", "nested"),
        (r"\?(?:\|(?!\|)|&(?!&))|@\?", None),
    ),
    # https://dev.mysql.com/doc/refman/8.4/en/comments.html: `--` needs a space behind. An introducer, as in
    # `_utf8mb4'x'`, is part of its literal.
    "mysql": _grammar(
        (_ESCAPED, "literal"),
        (_ESCAPED.replace("'", '"'), "literal"),
        (rf"[bBnNxX]{_ESCAPED}", "literal"),
        (r"""_[0-9A-Za-z]++(?=\s*+(?:"|[bBnNxX]?'))""", "skipped"),
        (r"--(?=[\x00-\x20]|\Z)[^\n]*+", "skipped"),
        (r"#[^\n]*+", "skipped"),
        (r"/\*M?!\d*+", "skipped"),
        (r"\*/(?!\*)", "skipped"),
        _BLOCK_COMMENT,
        quoted=(_BACKTICK,),
        names=(r"\w[\w$]*+", r"@{1,2}\w[\w$]*+"),
    ),
    "oracle": _grammar(
        *_STRINGS,
        *(
            (rf"[nN]?[qQ]'{opening}.*?(?:{closing}'|\Z)", "literal")
            for opening, closing in (
                (r"\[", r"\]"),
                (r"\{", r"\}"),
                (r"\(", r"\)"),
                ("<", ">"),
                (r"(?P<q>\S)", "(?P=q)"),
            )
        ),
        _LINE_COMMENT,
        _BLOCK_COMMENT,
        names=(r"\w[\w$#]*+",),
    ),
}


def scan(text: str, *, vendor: str) -> list[str]:
    """Return the words of the text; an unknown `vendor` follows ANSI rules."""
    grammar = _GRAMMARS.get(vendor, _ANSI)
    words: list[str] = []
    position = 0
    while position < len(text):
        position = _scan_from(text, position, grammar=grammar, words=words)
    while words and words[-1] == ";":
        words.pop()
    if "." in words:
        words = _join_names(words)
    return words if _WITH_LISTS.isdisjoint(words) else _Lists().collapse(words)


def is_name(word: str) -> bool:
    """Tell names and keywords from operators and `?`."""
    return _NAME.match(word) is not None


def _scan_from(text: str, position: int, *, grammar: _Grammar, words: list[str]) -> int:
    """Append words up to the next comment that may hold comments; return where to go on, behind it."""
    fold = str.upper if text.isascii() else _upper_ascii
    groups = grammar.groups
    add = words.append
    for match in grammar.pattern.finditer(text, position):
        group = groups[match.lastindex or 0]
        if group is None:
            add(match[0].rstrip())
        elif group == "word":
            add(fold(match[0].rstrip()))
        elif group == "literal":
            add_literal(words)
        elif group == "nested":
            return _end_of_comment(text, match.start() + 2)
        elif group != "skipped":
            _add_special(words, match[0].rstrip())
    return len(text)


def add_literal(words: list[str]) -> None:
    """Append `?`, and take back the signs that belong to it."""
    while words and words[-1] in {"-", "+"} and not (len(words) > 1 and _ends_operand(words[-2])):
        words.pop()
    words.append(LITERAL)


def _add_special(words: list[str], text: str) -> None:
    if text == "%%":
        words.append("%")
    elif not words or (words[-1] != "[" and not _ends_operand(words[-1])):
        add_literal(words)
    else:
        words += [":", LITERAL if text[1].isdigit() else _upper_ascii(text[1:])]


def _ends_operand(word: str) -> bool:
    return word in {LITERAL, ")", "]"} or (word not in KEYWORDS and is_name(word))


def _upper_ascii(word: str) -> str:
    """Fold ASCII letters only: `str.upper` may turn one letter into several, some of them no letters."""
    return word.translate(_ASCII_UPPER)


def _end_of_comment(text: str, position: int) -> int:
    depth = 1
    for match in _NESTED.finditer(text, position):
        depth += 1 if match[0] == "/*" else -1
        if not depth:
            return match.end()
    return len(text)


def _join_names(words: list[str]) -> list[str]:
    """Make one word of `a . b` and `a . *`, as the pattern does where nothing stands between."""
    joined: list[str] = []
    start = 0
    while start < len(words):
        end = start + 1
        if is_name(words[start]):
            while end + 1 < len(words) and words[end] == "." and is_name(words[end + 1]):
                end += 2
            if words[end : end + 2] == [".", "*"]:
                end += 2
        joined.append("".join(words[start:end]))
        start = end
    return joined


@dataclass(slots=True)
class _Frame:
    """An open bracket, CASE, or list of rows."""

    opener: str
    start: int = 0
    """Where the current element begins among the words kept."""
    seen: set[tuple[str, ...]] | None = None
    """The elements so far; None if this is no list."""
    inside: int = 0
    """Where the first element begins."""


@dataclass(slots=True)
class _Lists:
    """Drops repeated elements of lists; frames are a stack, its bottom stands for the statement."""

    words: list[str] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=lambda: [_Frame("")])

    def collapse(self, words: list[str]) -> list[str]:
        """Return the words without what repeats in lists; an unclosed list keeps its last element."""
        for word, following in zip(words, [*words[1:], ""], strict=True):
            if self.frames[-1].opener == "VALUES" and word not in {"(", ",", "ROW"}:
                self._end_element()
                self.frames.pop()
            step = _STEPS.get(word)
            if step is None:
                self.words.append(word)
            else:
                step(self, word, following=following)
        if self.frames[-1].opener == "VALUES":
            self._end_element()
        return self.words

    def open_parenthesis(self, word: str, *, following: str) -> None:
        is_list = self.words[-1:] == ["IN"] and following not in _QUERIES
        self._open(word, is_list=is_list)

    def open_bracket(self, word: str, *, following: str) -> None:  # noqa: ARG002 - one signature for all steps
        top = self.frames[-1]
        nested = top.opener == "[" and top.seen is not None and top.start == len(self.words)
        self._open(word, is_list=nested or self.words[-1:] == ["ARRAY"])

    def open_values(self, word: str, *, following: str) -> None:
        self.words.append(word)
        if following in {"(", "ROW"}:
            self.frames.append(_Frame("VALUES", len(self.words), set()))

    def open_case(self, word: str, *, following: str) -> None:  # noqa: ARG002
        self._open(word, is_list=False)

    def comma(self, word: str, *, following: str) -> None:  # noqa: ARG002
        frame = self.frames[-1]
        if frame.opener == "CASE":
            self.words.append(word)
        else:
            self._end_element()
            self.words.append(word)
            frame.start = len(self.words)

    def when(self, word: str, *, following: str) -> None:  # noqa: ARG002
        """WHEN, ELSE and END end the WHEN before them."""
        frame = self.frames[-1]
        if frame.opener == "CASE":
            self._end_element()
            frame.start = len(self.words)
            frame.seen = (frame.seen or set()) if word == "WHEN" else None
            if word == "END":
                self.frames.pop()
        self.words.append(word)

    def close(self, word: str, *, following: str) -> None:  # noqa: ARG002
        opener = "(" if word == ")" else "["
        while len(self.frames) > 1 and self.frames[-1].opener != opener:
            self.frames.pop()
        self._end_element()
        frame = self.frames.pop() if len(self.frames) > 1 else self.frames[0]
        if frame.opener == "[" and frame.seen is not None and frame.seen <= {(LITERAL,), ()}:
            del self.words[frame.inside - 1 :]
            if self.words[-1:] == ["ARRAY"]:
                self.words.pop()
            add_literal(self.words)
        else:
            self.words.append(word)

    def _open(self, word: str, *, is_list: bool) -> None:
        self.words.append(word)
        self.frames.append(_Frame(word, len(self.words), set() if is_list else None, len(self.words)))

    def _end_element(self) -> None:
        frame = self.frames[-1]
        if frame.seen is None or len(self.words) - frame.start > _LONGEST_ELEMENT:
            return
        element = tuple(self.words[frame.start :])
        if element in frame.seen:
            # The comma before goes too; a WHEN has none.
            del self.words[frame.start - (frame.opener != "CASE") :]
        frame.seen.add(element)


_STEPS: Final[Mapping[str, Callable[..., None]]] = {
    "(": _Lists.open_parenthesis,
    "[": _Lists.open_bracket,
    "VALUES": _Lists.open_values,
    "CASE": _Lists.open_case,
    ",": _Lists.comma,
    "WHEN": _Lists.when,
    "ELSE": _Lists.when,
    "END": _Lists.when,
    ")": _Lists.close,
    "]": _Lists.close,
}
