"""What an alert says of a model that stands in for a damaged one."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from alerts.message import alert_mail, plain_text
from alerts.payload import AlertPayload, read_payload
from alerts.settings import EmailSettings
from alerts.trial import trial_payload
from archive.types import Message, OutboxState

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOTE = "scored by the last good model m_a: m_b is missing or damaged"
SETTINGS = EmailSettings.model_validate(
    {"host": "mail.example", "from": "watch@example.org", "to": ["ani@example.org"]}
)


def mail(payload: AlertPayload) -> EmailMessage:
    to = Message(
        "msg_1", payload.alert_id, 1, "email", "ani@example.org", OutboxState.DUE, 0, NOW, NOW
    )
    return alert_mail(payload, to, SETTINGS)


def body(payload: AlertPayload, kind: str) -> str:
    part = mail(payload).get_body((kind,))
    assert part is not None
    return " ".join(part.get_content().split())


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_note_stands_in_every_form_of_the_alert(kind: str) -> None:
    payload = trial_payload(NOW).model_copy(update={"model_note": NOTE})
    assert f"{NOTE}." in body(payload, kind)
    assert payload.as_json()["model_note"] == NOTE


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_without_a_note_there_is_no_line(kind: str) -> None:
    assert "Model:" not in body(trial_payload(NOW), kind)


def test_an_alert_that_was_stored_before_there_were_notes_is_read() -> None:
    stored = trial_payload(NOW).as_json()
    del stored["model_note"]
    assert read_payload(stored).model_note == ""


def test_a_note_is_one_line_and_escaped() -> None:
    payload = trial_payload(NOW).model_copy(update={"model_note": "a\nb <script>"})
    assert "Model:       a b <script>." in plain_text(payload)
    assert "<script>" not in body(payload, "html")
