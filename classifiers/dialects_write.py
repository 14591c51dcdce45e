"""Labels in the form of an annotation tool; what it has no field for goes into its metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from archive.types import Direction, Label

from .signals import Signal

Record = dict[str, Any]
Writer = Callable[[Label, Sequence[Signal]], Record]


def as_pivotwatch(label: Label, signals: Sequence[Signal] = ()) -> Record:  # noqa: ARG001
    """Return ``label`` as a passage of ``seeds/passages``, with its time."""
    return {
        "id": label.id,
        "text": label.text,
        "lang": label.lang,
        "labels": list(label.labels),
        "direction": label.direction.value,
        "role": "news",
        "event": label.article_id or label.id,
        "source": {"document": "analyst", "outlet": "", "date": f"{label.at:%Y-%m-%d}"},
        "annotator": label.annotator,
        "split": "train",
        "at": label.at.isoformat(),
    } | _article(label)


def as_prodigy(label: Label, signals: Sequence[Signal]) -> Record:
    """Return ``label`` as an answered ``choice`` task."""
    options = [{"id": signal.code, "text": signal.name} for signal in signals]
    options += [{"id": f"direction:{d}", "text": f"direction: {d}"} for d in Direction]
    notes = {"id": label.id, "lang": label.lang, "at": label.at.isoformat()}
    return {
        "text": label.text,
        "options": options,
        "accept": _choices(label),
        "answer": "accept",
        "config": {"choice_style": "multiple"},
        "meta": notes | _article(label),
        "_view_id": "choice",
        "_annotator_id": label.annotator,
        "_timestamp": int(label.at.timestamp()),
    }


def as_doccano(label: Label, signals: Sequence[Signal] = ()) -> Record:  # noqa: ARG001
    """Return ``label`` as a line of a text classification; further keys become metadata there."""
    return {
        "text": label.text,
        "label": _choices(label),
        "label_id": label.id,
        "lang": label.lang,
        "annotator": label.annotator,
        "at": label.at.isoformat(),
    } | _article(label)


def as_label_studio(label: Label, signals: Sequence[Signal] = ()) -> Record:  # noqa: ARG001
    """Return ``label`` as a task with one annotation in the fields ``signals`` and ``direction``.

    Whoever judged stands in ``data``: Label Studio takes only its own users in ``completed_by``.
    """
    notes = {"label_id": label.id, "lang": label.lang, "annotator": label.annotator}
    return {
        "data": {"text": label.text} | notes | _article(label),
        "annotations": [
            {
                "result": list(_results(label)),
                "was_cancelled": False,
                "ground_truth": False,
                "created_at": label.at.isoformat(),
            }
        ],
    }


def _results(label: Label) -> Iterator[Record]:
    for name, found in (("signals", list(label.labels)), ("direction", [label.direction.value])):
        if found:
            yield {
                "id": f"{label.id}-{name}",
                "from_name": name,
                "to_name": "text",
                "type": "choices",
                "value": {"choices": found},
            }


def _choices(label: Label) -> list[str]:
    """Return the signals and the direction, so that there is always a choice."""
    return [*label.labels, f"direction:{label.direction}"]


def _article(label: Label) -> Record:
    return {"article": label.article_id} if label.article_id else {}
