"""Reversible replacement of attributes: taken out by identity, and only what we put there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


_INHERITED = object()


class Patches:
    """The attributes replaced for one recording."""

    def __init__(self) -> None:
        self._made: list[tuple[Any, str, Any, Any]] = []

    def replace(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        """Set `owner.name` to `wrap(original)`; what a class inherits it then has itself."""
        replacement = wrap(getattr(owner, name))
        self._made.append((owner, name, owner.__dict__.get(name, _INHERITED), replacement))
        setattr(owner, name, replacement)

    def undo(self) -> None:
        """Put the originals back, last first; what somebody else replaced since is left alone."""
        while self._made:
            owner, name, original, replacement = self._made.pop()
            if owner.__dict__.get(name) is not replacement:
                continue
            if original is _INHERITED:
                delattr(owner, name)
            else:
                setattr(owner, name, original)
