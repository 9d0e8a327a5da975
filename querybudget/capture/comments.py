"""Comments that accept findings: `# querybudget: allow[QB102] reason`, in Python and in templates.

A comment speaks for the innermost function it stands in, whatever the line; in a template, for all of it.
"""

from __future__ import annotations

import ast
import io
import linecache
import re
import tokenize
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from querybudget.capture import callsite
from querybudget.errors import InvalidDeclaration
from querybudget.finding import Suppression
from querybudget.likeness import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_MARK = re.compile(r"querybudget:\s*allow\b")
_COMMENT = re.compile(
    r"querybudget:\s*allow\[\s*(?P<code>\w+)\s*(?::(?P<target>(?:[^\[\]]|\[\])*))?\](?P<reason>.*)"
)
_IN_TEMPLATE = re.compile(r"\{#(.*?)#\}")
EXAMPLE = "# querybudget: allow[QB102] why that is right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comments:
    """What the comments of one file accept, and which of them nobody can understand."""

    suppressions: tuple[Suppression, ...] = ()
    mistakes: tuple[str, ...] = ()


_NONE = Comments()


@lru_cache(maxsize=4096)
def comments_in(path: str, codes: frozenset[str]) -> Comments:
    """Read the comments of a file; most have none and are searched for one word only.

    Args:
        path: of the file, absolute.
        codes: those that findings have.

    """
    lines = linecache.getlines(path)
    if not any(map(_MARK.search, lines)):
        return _NONE
    is_python = path.endswith(".py")
    found = _of_python("".join(lines)) if is_python else list(_of_template(lines))
    spans = list(_functions("".join(lines))) if found and is_python else []
    read = [_read(path, line, text, codes, _span(line, spans, len(lines))) for line, text in found]
    return Comments(
        suppressions=tuple(each for each in read if isinstance(each, Suppression)),
        mistakes=tuple(each for each in read if isinstance(each, str)),
    )


def _of_python(text: str) -> list[tuple[int, str]]:
    """Return the lines with a comment that is meant, not with a text that holds the words."""
    try:
        ast.parse(text)
    except SyntaxError:
        return []  # it has changed since it was imported
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]
    return [(line, comment) for line, comment in comments if _MARK.search(comment)]


def _of_template(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        for comment in _IN_TEMPLATE.findall(line):
            if _MARK.search(comment):
                yield number, comment


def _functions(text: str) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each function, decorators included."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            yield first, node.end_lineno or node.lineno


def _span(line: int, functions: Collection[tuple[int, int]], n_lines: int) -> tuple[int, int]:
    """Return the lines a comment speaks for; outside of functions all of the file."""
    around = [(first, last) for first, last in functions if first <= line <= last]
    return max(around, default=(1, n_lines))


def _read(
    path: str, line: int, text: str, codes: Collection[str], span: tuple[int, int]
) -> Suppression | str:
    """Understand a comment, or say why it cannot be."""
    place = callsite.place(path, line)
    found = _COMMENT.search(text)
    if found is None:
        return f"{place}: {text.strip()!r} accepts nothing. Expected {EXAMPLE}"
    code, target, reason = found["code"], (found["target"] or "").strip(), found["reason"].strip()
    if code not in codes:
        return f"{place}: the comment names {code!r}, which no finding has. {did_you_mean(code, codes)}"
    if not reason:
        return f"{place}: {text.strip()!r} needs a reason behind the bracket. Expected {EXAMPLE}"
    return Suppression(
        code=code, target=target or "*", reason=reason, place=place, first=span[0], last=span[1]
    )


def mistake_in(mistakes: Iterable[str]) -> InvalidDeclaration | None:
    """Return the error that tells of comments that cannot be understood."""
    told = "\n".join(mistakes)
    return InvalidDeclaration(told) if told else None
