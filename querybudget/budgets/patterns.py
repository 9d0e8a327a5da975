"""Which requests a pattern names: by a suffix of the action's key, by its route, by its method."""

from __future__ import annotations

import re
from collections import Counter
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    method, rest = split_method(pattern)
    # Of a function in the URLconf nothing tells the methods: it may be asked with any.
    if method and identity.method and not _is_method(method, identity.method):
        return False
    if rest.startswith("/"):
        return _matches(rest, identity.route)
    return _matches(rest, identity.action) or _matches(f"*.{rest}", identity.action)


def split_method(pattern: str) -> tuple[str, str]:
    """Split `GET /api/` into method and rest; without a method the first is empty."""
    match = _METHOD.match(pattern)
    return (match["method"], match["rest"]) if match else ("", pattern)


def _is_method(wanted: str, method: str) -> bool:
    return wanted in {"*", method} or (wanted == "GET" and method == "HEAD")


def _matches(pattern: str, text: str) -> bool:
    return pattern == text or ("*" in pattern and fnmatchcase(text, _literal(pattern)))


@lru_cache(maxsize=4096)
def _literal(pattern: str) -> str:
    """Escape what else `fnmatch` knows: `ModelAdmin[app.Store].add_view` is a name."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


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
