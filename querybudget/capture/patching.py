"""Reversible replacement of attributes: taken out by identity, and only what we put there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Patches:
    """The attributes replaced for one recording."""

    def __init__(self) -> None:
        self._made: list[tuple[Any, str, Any, Any]] = []

    def replace(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        """Set `owner.name` to `wrap(original)`."""
        original = owner.__dict__[name]
        replacement = wrap(original)
        setattr(owner, name, replacement)
        self._made.append((owner, name, original, replacement))

    def undo(self) -> None:
        """Put the originals back, last first; what somebody else replaced since is left alone."""
        while self._made:
            owner, name, original, replacement = self._made.pop()
            if owner.__dict__.get(name) is replacement:
                setattr(owner, name, original)
