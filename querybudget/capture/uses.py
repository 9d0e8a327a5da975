"""What the source of a function does with rows, where the run alone cannot tell.

`if books:` that is never read here may be read in the branch not taken; `len(list(books))` reads rows and
keeps none. Read from the expression that an instruction stands for, when a request is judged.
"""

from __future__ import annotations

import ast
import linecache
import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from querybudget.records import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

_MAKES_LIST = re.compile(r"\b(?:list|tuple|sorted)\(|\bfor\b.*\bin\b")
_LISTS = {"list", "tuple", "sorted"}
_SAYS = {"len": Unread.COUNTED, "sum": Unread.COUNTED, "bool": Unread.TESTED, "any": Unread.TESTED}


@lru_cache(maxsize=4096)
def unread_by(code: CodeType, lasti: int, unread: Unread | None) -> Unread | None:
    """Say what rows were loaded for, by the source around the instruction that loaded them.

    Args:
        code: of the function that evaluated the queryset.
        lasti: at which instruction.
        unread: what the run says of the rows; None where they were read.

    """
    span = _span(code, lasti)
    if span is None:
        return unread
    if unread is None and not _MAKES_LIST.search(linecache.getline(code.co_filename, span[0])):
        return None
    source = _source(code.co_filename)
    node = source.by_span.get(span) if source is not None else None
    if source is None or node is None:
        return unread
    if unread is None:
        return _of_passing_list(node, source)
    others = {use for tested in _tested(node) for use in _other_uses(tested, source)}
    if None in others:
        return None
    return Unread.COUNTED if Unread.COUNTED in others else unread


_ASKED = re.compile(r"\{%-?\s*(?:el)?if\s+(?:not\s+)?([\w.]+)|\{\{\s*([\w.]+)\s*\|\s*length")


@lru_cache(maxsize=1024)
def is_read_in_template(path: str, line: int) -> bool:
    """Tell whether a template anywhere goes over what it counts or tests at a line."""
    names = {name for pair in _ASKED.findall(linecache.getline(path, line)) for name in pair if name}
    text = "".join(linecache.getlines(path))
    return any(
        re.search(rf"\bin\s+{re.escape(name)}\b|\b{re.escape(name)}\s*\|\s*(?!length)", text)
        for name in names
    )


@lru_cache(maxsize=4096)
def attributes_read(code: CodeType, lasti: int) -> tuple[str, ...]:
    """Return all that a function reads of the object that an expression gives: `name`, `shelf.name`.

    Followed are `….first().name`, and a variable that nothing else is done with but to test it. Empty
    where there may be more: the object is returned, or handed on.
    """
    span = _span(code, lasti)
    source = _source(code.co_filename) if span is not None else None
    node = source.by_span.get(span) if source is not None and span is not None else None
    if source is None or node is None:
        return ()
    uses = [node]
    parent = source.parents.get(node)
    if isinstance(parent, ast.Assign):
        uses = list(_variable(parent, source))
    read = [source.attributes_of(each) for each in uses if not source.is_tested(each)]
    return tuple(dict.fromkeys(read)) if all(read) else ()


def _variable(assigned: ast.Assign, source: _Source) -> Iterator[ast.AST]:
    """Yield where else a function names the variable that is assigned; the statement if there is none."""
    [target, *others] = assigned.targets
    function = source.function(assigned)
    if others or not isinstance(target, ast.Name) or isinstance(function, ast.Module):
        yield assigned
        return
    named = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == target.id]
    for node in sorted(named, key=lambda each: (each.lineno, each.col_offset)):
        if node is not target:
            yield node


_Span = tuple[int, int, int, int]
"""First and last line, first and last column."""


def _span(code: CodeType, lasti: int) -> _Span | None:
    """Return where the expression of an instruction stands; None where positions are not kept."""
    line, end_line, column, end_column = next(islice(code.co_positions(), lasti // 2, None), (None,) * 4)
    if line is None or end_line is None or column is None or end_column is None:
        return None
    return line, end_line, column, end_column


class _Source:
    """The syntax of a file, with what stands around each node."""

    def __init__(self, tree: ast.Module) -> None:
        self.parents: dict[ast.AST, ast.AST] = {}
        self.by_span: dict[_Span, ast.AST] = {}
        """What stands there; of two the inner one."""
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if isinstance(node, ast.expr | ast.stmt):
                span = (node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0)
                self.by_span[span] = node

    def reach(self, tested: ast.expr) -> ast.AST:
        """Return where a variable may be used: its function, or the class of `self.books`."""
        kinds: tuple[type[ast.AST], ...] = (ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(tested, ast.Attribute):
            kinds = (ast.ClassDef,)
        return self._around(tested, kinds)

    def function(self, node: ast.AST) -> ast.AST:
        """Return the function around a node, or the whole file."""
        return self._around(node, (ast.FunctionDef, ast.AsyncFunctionDef))

    def _around(self, node: ast.AST, kinds: tuple[type[ast.AST], ...]) -> ast.AST:
        while node in self.parents and not isinstance(node, kinds):
            node = self.parents[node]
        return node

    def attributes_of(self, node: ast.AST) -> str:
        """Return what is read of an expression, `shelf.name`; empty where it is anything but read."""
        names = []
        parent = self.parents.get(node)
        while isinstance(parent, ast.Attribute) and isinstance(parent.ctx, ast.Load):
            names.append(parent.attr)
            parent = self.parents.get(parent)
        return ".".join(names)

    def is_tested(self, node: ast.AST) -> bool:
        """Tell whether nothing but the truth of an expression is asked, or whether it is None."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.Compare):
            return all(isinstance(each, ast.Is | ast.IsNot) for each in parent.ops)
        if (
            isinstance(parent, ast.BoolOp)
            and isinstance(parent.op, ast.And)
            and node is not parent.values[-1]
        ):
            return True  # if it is false it is None, whatever becomes of it
        return self.asks(node) is Unread.TESTED

    def asks(self, node: ast.AST) -> Unread | None:
        """Say what an expression is asked, where nothing more is done with it; None where it is used."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.Call):
            return _SAYS.get(_called(parent)) if node in parent.args else None
        if isinstance(parent, ast.If | ast.While | ast.IfExp | ast.Assert):
            return Unread.TESTED if node is parent.test else None
        if isinstance(parent, ast.UnaryOp):
            return Unread.TESTED if isinstance(parent.op, ast.Not) else None
        return self.asks(parent) if isinstance(parent, ast.BoolOp) else None


@lru_cache(maxsize=256)
def _source(path: str) -> _Source | None:
    try:
        return _Source(ast.parse("".join(linecache.getlines(path))))
    except (SyntaxError, ValueError, RecursionError):
        return None  # no Python, or changed since it was imported


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _tested(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the variables whose truth or length an expression or statement asks for."""
    if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
        yield from _tested(node.test)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _tested(value)
    elif isinstance(node, ast.UnaryOp):
        yield from _tested(node.operand)
    elif isinstance(node, ast.Call) and _called(node) in _SAYS and node.args:
        yield from _tested(node.args[0])
    elif isinstance(node, ast.Name | ast.Attribute):
        yield node


def _other_uses(tested: ast.expr, source: _Source) -> Iterator[Unread | None]:
    """Yield what the function asks of a tested variable elsewhere, None where it does anything else."""
    text = ast.dump(tested)
    for other in ast.walk(source.reach(tested)):
        is_same = isinstance(other, type(tested)) and other is not tested and ast.dump(other) == text
        if is_same and not isinstance(source.parents.get(other), ast.Attribute):  # a method asks anew
            yield source.asks(other)


def _of_passing_list(node: ast.AST, source: _Source) -> Unread | None:
    """Tell `len(list(books))` and `sum(1 for _ in books)`, which load rows for their number alone."""
    if isinstance(node, ast.Call) and _called(node) in _LISTS:
        return source.asks(node)
    around = source.parents.get(node)
    made = source.parents.get(around) if isinstance(around, ast.comprehension) else node
    if isinstance(made, ast.ListComp | ast.GeneratorExp) and _keeps_nothing(made):
        return source.asks(made)
    return None


def _keeps_nothing(made: ast.ListComp | ast.GeneratorExp) -> bool:
    """Tell whether a comprehension looks into no row: `[book for book in books]`, `(1 for _ in books)`."""
    [first, *more] = made.generators
    is_bare = isinstance(made.elt, ast.Constant) or (
        isinstance(made.elt, ast.Name) and isinstance(first.target, ast.Name)
    )
    return is_bare and not more and not first.ifs
