"""Which wide columns nobody reads: all of them left out at once, each that is read asks for itself."""

from __future__ import annotations

from operator import methodcaller
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models

from querybudget.records import OriginKind
from querybudget.replay.edits import applied
from querybudget.replay.engine import NotReplayable, counted, replay
from querybudget.replayed import Outcome, Replayed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from querybudget.capture.witness import Witness
    from querybudget.replay.edits import Target
    from querybudget.replay.engine import Answer
    from querybudget.replay.growth import Rows

WIDE = (models.TextField, models.JSONField, models.BinaryField)
"""Columns that are worth a word: others cost little."""


def read(witness: Witness, before: Answer, found: Mapping[Target, Rows]) -> Iterator[Replayed]:
    """Say of each wide column of each queryset of many whether anybody read it.

    Args:
        witness: the request.
        before: what it answers as it is.
        found: the querysets that it evaluated, with their rows.

    """
    for target, rows in found.items():
        names = _wide(target)
        if target.is_single or not rows.n or rows.is_partial or not names:
            continue
        try:
            after = replay(witness, applied(target, methodcaller("defer", *names)))
        except NotReplayable:
            continue
        if before.difference(after):
            continue  # it looks at what is loaded, and says nothing of what it reads
        asked = _asked_one_by_one(after, target.model)
        for name in names:
            outcome = Outcome.READ if name in asked else Outcome.UNREAD
            yield Replayed(
                action=before.request.action,
                kind="columns",
                subject=f'defer("{name}") {_whose(target)}',
                outcome=outcome,
                weight=before.queries,
            )


def _whose(target: Target) -> str:
    """Say which rows: those of a prefetch have a queryset of their own to be edited."""
    model = target.model.rpartition(".")[2]
    if not target.relation:
        return f"of {model} {target}"
    return f"in a Prefetch of {target.relation} ({model}) {target}"


def _wide(target: Target) -> list[str]:
    return [
        each.name for each in apps.get_model(target.model)._meta.concrete_fields if isinstance(each, WIDE)
    ]


def _asked_one_by_one(answer: Answer, model: str) -> set[str]:
    return {
        event.origin.relation.name
        for event in counted(answer.request)
        if event.origin.kind is OriginKind.DEFERRED
        and event.origin.relation is not None
        and event.origin.model == model
    }
