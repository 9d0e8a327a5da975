"""Which requests a pattern names: by a suffix of the action's key, by its route, by its method."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from querybudget.records import Identity

_METHOD = re.compile(r"(?P<method>[A-Z]+|\*) (?P<rest>\S.*)$", re.DOTALL)

# Between the parts of a key, not inside the model of an admin: `ModelAdmin[app.Model].change_view`.
DOT = re.compile(r"\.(?![^\[]*\])")


def names(pattern: str, identity: Identity) -> bool:
    """Tell whether a pattern names a request.

    Args:
        pattern: `PackageViewSet.list`, a suffix of the dotted key; `GET /api/packages/<pk>/`, a route;
            either may begin with a method, and `*` stands for any text. GET covers HEAD.
        identity: of the request.

    """
    if pattern == identity.action:
        return True
    wanted = _compiled(pattern)
    # Of a function in the URLconf nothing tells the methods: it may be asked with any.
    if wanted.method and identity.method and not _is_method(wanted.method, identity.method):
        return False
    return wanted.matches(identity.route if wanted.is_route else identity.action) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A pattern, ready to be tried on thousands of actions."""

    method: str
    is_route: bool
    matches: Callable[[str], re.Match[str] | None]


@lru_cache(maxsize=8192)
def _compiled(pattern: str) -> _Wanted:
    method, rest = split_method(pattern)
    is_route = rest.startswith("/")
    text = ".*".join(map(re.escape, rest.split("*")))
    matches = re.compile(text if is_route else rf"(?:.*\.)?{text}", re.DOTALL).fullmatch
    return _Wanted(method=method, is_route=is_route, matches=matches)


def split_method(pattern: str) -> tuple[str, str]:
    """Split `GET /api/` into method and rest; without a method the first is empty."""
    match = _METHOD.match(pattern)
    return (match["method"], match["rest"]) if match else ("", pattern)


def _is_method(wanted: str, method: str) -> bool:
    return wanted in {"*", method} or (wanted == "GET" and method == "HEAD")


def nearness(pattern: str) -> tuple[int, int]:
    """Rank a pattern among others that name the same request; the most specific is the smallest.

    One without `*` comes before any with it, and of two alike the one that says more.
    """
    return int("*" in pattern), -len(pattern.replace("*", ""))


def is_exact(pattern: str) -> bool:
    """Tell whether a pattern means one action, so that naming two would be ambiguous."""
    return "*" not in pattern and "/" not in pattern


def suffixes(action: str) -> Iterator[str]:
    """Yield the suffixes of a key at its dots, the whole key first: what exact patterns may say."""
    parts = DOT.split(action)
    for start in range(len(parts)):
        yield ".".join(parts[start:])


def short_names(actions: Iterable[str]) -> dict[str, str]:
    """Map each key to the shortest of its suffixes that no other key shares: `PackageViewSet.list`.

    At least class and action, or module and function; names that are no dotted key stay whole.
    """
    keys = sorted(set(actions))
    shared = Counter(suffix for key in keys for suffix in suffixes(key))
    return {key: _shortest(key, shared) for key in keys}


def _shortest(key: str, shared: Counter[str]) -> str:
    if " " in key:
        return key
    *longer, _ = suffixes(key)
    return next((suffix for suffix in reversed(longer) if shared[suffix] == 1), key)
