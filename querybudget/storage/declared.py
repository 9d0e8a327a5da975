"""A declaration as JSON and back: the same whichever process wrote it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from querybudget.budgets.allowance import Allowance
from querybudget.budgets.budget import Declaration, Level, MeasuredLimit, Per
from querybudget.budgets.limit import Limit
from querybudget.records import Place

if TYPE_CHECKING:
    from collections.abc import Mapping


@lru_cache(maxsize=4096)
def packed(declaration: Declaration) -> tuple[str, str]:
    """Return the id and the JSON of a declaration; equal ones have one id."""
    body = json.dumps(asdict(declaration), default=str, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(body.encode(), digest_size=12).hexdigest(), body


@lru_cache(maxsize=4096)
def unpacked(body: str) -> Declaration:
    """Return the declaration that was packed."""
    values = json.loads(body)
    return Declaration(
        limits=tuple(map(_limit, values["limits"])),
        level=Level(values["level"]),
        per=Per(values["per"]),
        action=values["action"],
        exclude=tuple(values["exclude"]),
        allow=tuple(Allowance(**each) for each in values["allow"]),
        reason=values["reason"],
        until=date.fromisoformat(values["until"]) if values["until"] else None,
        where=Place(**values["where"]) if values["where"] else None,
        nearness=tuple(values["nearness"]),
    )


def _limit(values: Mapping[str, Any]) -> MeasuredLimit:
    limit = Limit(**values["limit"]) if values["limit"] else None
    return MeasuredLimit(
        measure=values["measure"], key=values["key"], limit=limit, per_item=values["per_item"]
    )
