"""How values and words are spelled where a declaration is written: in Python, on a view, in TOML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

WIDTH = 60
"""Longer values are cut: what is wrong with them shows in their beginning."""

BESIDE = ("action", "per", "exclude", "allow", "reason", "until")
"""What `query_budget` takes beside limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One way of writing declarations, for what errors show of them."""

    write: Callable[[Any], str]
    equals: str
    """Between a name and its value."""
    words: tuple[str, ...]
    """What may stand beside limits."""

    def value(self, value: Any) -> str:
        """Write a value as its author did, cut where it is long."""
        text = self.write(value)
        return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"

    def given(self, name: str, value: Any) -> str:
        """Write a name with its value: `queries='four'`, `queries = "four"`."""
        return f"{name}{self.equals}{self.value(value)}"


def as_toml(value: Any) -> str:
    """Write a value as TOML; None as the `false` that it was read from."""
    if value is None or isinstance(value, bool):
        return str(bool(value)).lower()
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_key(key)} = {as_toml(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    return repr(value)


def toml_key(key: str) -> str:
    """Write a key as TOML: bare where it may be."""
    is_bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if is_bare else _quoted(key)


def _quoted(text: str) -> str:
    """Quote a text: the escapes of JSON are TOML's too, which refuses one character more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


BESIDE_A_KEY = tuple(word for word in BESIDE if word not in {"action", "per"})
"""Where a key says which action is meant, these are left."""

PYTHON = Spelling(write=repr, equals="=", words=BESIDE)
VIEW = Spelling(write=repr, equals="=", words=BESIDE_A_KEY)
TOML = Spelling(write=as_toml, equals=" = ", words=BESIDE_A_KEY)
