"""Which requests a pattern names: by a suffix of the action's key, by its route, by its method."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from querybudget.records import Identity

_METHOD = re.compile(r"(?P<method>[A-Z]+|\*) (?P<rest>\S.*)$", re.DOTALL)

# Between the parts of a key, not inside the model of an admin: `ModelAdmin[app.Model].change_view`.
DOT = re.compile(r"\.(?![^\[]*\])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern, taken apart once."""

    method: str
    """Empty for any."""
    rest: str
    """The route or the end of a key."""
    regex: re.Pattern[str] | None
    """What a route or key must match as a whole; None where the pattern is a name."""

    def names(self, identity: Identity, whole: Container[str] = ()) -> bool:
        """Tell whether it names a request, as the function `names` does."""
        # Of a function in the URLconf nothing tells the methods: it may be asked with any.
        if self.method and identity.method and not _is_method(self.method, identity.method):
            return False
        text = identity.route if self.is_route else identity.action
        if self.regex is not None:
            return self.regex.match(text) is not None
        if text == self.rest:
            return True
        return not self.is_route and text.endswith(f".{self.rest}") and self.rest not in whole

    @property
    def is_route(self) -> bool:
        """Tell whether it is compared with routes."""
        return self.rest.startswith("/")

    @property
    def part(self) -> str:
        """Return the longest part between dots, or slashes, that it names in full: `PackageViewSet`.

        Every key or route it names has that part; empty where each part has a `*`.
        """
        return max((each for each in parts_of(self.rest) if "*" not in each), key=len, default="")


@lru_cache(maxsize=16_384)
def compiled(pattern: str) -> Pattern:
    """Take a pattern apart."""
    method, rest = split_method(pattern)
    regex = None
    if "*" in rest:
        ways = [rest] if rest.startswith("/") else [rest, f"*.{rest}"]
        regex = re.compile("|".join(translate(_literal(way)) for way in ways))
    return Pattern(method=method, rest=rest, regex=regex)


def parts_of(text: str) -> list[str]:
    """Split a route at its slashes, and a key at its dots."""
    return text.split("/" if text.startswith("/") else ".")


def names(pattern: str, identity: Identity, whole: Container[str] = ()) -> bool:
    """Tell whether a pattern names a request.

    Args:
        pattern: `PackageViewSet.list`, a suffix of the dotted key; `GET /api/packages/<pk>/`, a route;
            either may begin with a method, and `*` stands for any text. GET covers HEAD.
        identity: of the request.
        whole: the keys there are. A name that is one of them means that action, and no longer key.

    """
    return pattern == identity.action or compiled(pattern).names(identity, whole)


def split_method(pattern: str) -> tuple[str, str]:
    """Split `GET /api/` into method and rest; without a method the first is empty."""
    match = _METHOD.match(pattern)
    return (match["method"], match["rest"]) if match else ("", pattern)


def _is_method(wanted: str, method: str) -> bool:
    return wanted in {"*", method} or (wanted == "GET" and method == "HEAD")


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
