"""Verdicts become labels that say where they come from, and go with them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alerts_kit import CSTO, NOW, edit, make, take

from alerts import AlertError, AlertPayload, read_payload
from alerts.verdicts import judge, standing_of, take_back
from archive import Archive, labels, verdicts
from archive import alerts as alert_store
from archive.types import Direction, Label, VerdictKind

WHO, OTHER = "ani@desk.example", "davit@desk.example"
RELEVANT, NOT_RELEVANT, WRONG = VerdictKind


def alerted(archive: Archive, direction: Direction = Direction.AWAY) -> AlertPayload:
    """Weigh one article that is worth an alert; return what the alert says."""
    take(archive, make("a", direction=direction))
    with archive.read() as connection:
        (alert,) = alert_store.recent(connection, 5)
        found = alert_store.revision(connection, alert.id, 1)
    assert found is not None
    return read_payload(found.payload)


def say(
    archive: Archive,
    alert: AlertPayload,
    kind: VerdictKind,
    *,
    who: str = WHO,
    minutes: float = 0,
    signal: str = "",
    revision: int = 1,
) -> None:
    at = NOW + timedelta(minutes=minutes)
    with archive.write() as connection:
        judge(connection, alert.alert_id, revision, who, kind, at, signal=signal)


def undo(archive: Archive, alert: AlertPayload, kind: VerdictKind) -> None:
    with archive.write() as connection:
        take_back(connection, alert.alert_id, WHO, kind, NOW + timedelta(hours=2))


def labelled(archive: Archive) -> list[Label]:
    with archive.read() as connection:
        return labels.every(connection)


def said(archive: Archive) -> list[tuple[tuple[str, ...], Direction]]:
    return [(one.labels, one.direction) for one in labelled(archive)]


def test_a_verdict_is_a_label_with_its_origin(any_archive: Archive) -> None:
    alert = alerted(any_archive)
    say(any_archive, alert, RELEVANT)
    (label,) = labelled(any_archive)
    quote = alert.passages[0]
    assert label == Label(
        id=label.id,
        article_id=quote.source.article_id,
        text=quote.text,
        lang="en",
        labels=("csto_snub",),
        direction=Direction.AWAY,
        annotator=WHO,
        source=f"alert {alert.alert_id}",
        at=NOW,
    )
    say(any_archive, alert, NOT_RELEVANT, who=OTHER, minutes=1)
    assert [(x.annotator, x.labels) for x in labelled(any_archive)] == [
        (WHO, ("csto_snub",)),
        (OTHER, ()),
    ]


def test_the_label_follows_the_verdict_that_counts(any_archive: Archive) -> None:
    alert = alerted(any_archive)
    say(any_archive, alert, RELEVANT)
    say(any_archive, alert, NOT_RELEVANT, minutes=5)
    assert said(any_archive) == [((), Direction.NONE)]
    say(any_archive, alert, RELEVANT, minutes=5.1)  # at once, and different: neither counts
    assert said(any_archive) == [(("csto_snub",), Direction.AWAY)]
    undo(any_archive, alert, NOT_RELEVANT)
    assert len(labelled(any_archive)) == 1
    undo(any_archive, alert, RELEVANT)
    assert labelled(any_archive) == []
    with any_archive.read() as connection:
        assert len(verdicts.of_alert(connection, alert.alert_id)) == 3
        assert standing_of(connection, alert.alert_id, WHO) is None


@pytest.mark.parametrize(
    ("was", "signal", "becomes"),
    [
        (Direction.AWAY, "western_drills", Direction.AWAY),
        (Direction.MIXED, "western_drills", Direction.MIXED),
        (Direction.AWAY, "russia_reengagement", Direction.TOWARD),
    ],
)
def test_a_wrong_signal_becomes_the_right_one(
    archive: Archive, was: Direction, signal: str, becomes: Direction
) -> None:
    alert = alerted(archive, was)
    say(archive, alert, WRONG, signal=signal)
    assert said(archive) == [((signal,), becomes)]


def test_a_revision_that_quotes_nothing_is_judged_by_what_was_quoted_before(
    archive: Archive,
) -> None:
    first = make("a", traits=CSTO)
    alert = alerted(archive)
    take(archive, edit(first, "The ministry took its words back.", probability=0))
    with archive.read() as connection:
        second = alert_store.revision(connection, alert.alert_id, 2)
    assert second is not None
    assert read_payload(second.payload).passages == ()
    say(archive, alert, NOT_RELEVANT, revision=2)
    (label,) = labelled(archive)
    assert (label.text, label.labels) == (alert.passages[0].text, ())


def test_what_cannot_be_judged_is_refused(archive: Archive) -> None:
    alert = alerted(archive)
    for kind, signal, revision in (
        (WRONG, "", 1),
        (RELEVANT, "western_drills", 1),
        (RELEVANT, "", 7),
    ):
        with pytest.raises(AlertError):
            say(archive, alert, kind, signal=signal, revision=revision)
    assert labelled(archive) == []
