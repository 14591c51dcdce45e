"""An event in the envelope of CloudEvents 1.0, for receivers that route by it."""

from __future__ import annotations

from datetime import datetime

CONTENT_TYPE = "application/cloudevents+json"
SOURCE = "urn:pivotwatch:alerts"


def enveloped(
    event_id: str, kind: str, subject: str, when: datetime, data: object
) -> dict[str, object]:
    """Return an event in structured mode.

    Source: CloudEvents specification 1.0.2, "Required Attributes" and "Optional Attributes", and
    its JSON Event Format. It says nothing of signing: the request is signed as any other.

    Args:
        event_id: the message's id, the same on every attempt.
        kind: what happened, such as ``alert.opened``; ``org.pivotwatch.`` is put before it.
        subject: the alert's id.
        when: when it happened.
        data: the content, in plain JSON values.
    """
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": f"org.pivotwatch.{kind}",
        "subject": subject,
        "time": when.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
