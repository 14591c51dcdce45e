"""Any title, any alert: the headers stay ours, ids and URLs stay readable, pages stay small."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

import bench.headers
from alerts.message import MAX_HTML, alert_html
from alerts.payload import AlertPayload
from bench.alerts_at_random import Alerts
from bench.headers import fault, titles
from bench.mails import faults


@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_titles_change_no_header_and_stop_no_mail(seed: int) -> None:
    """100,000 of them: ``./run bench headers``."""
    found = Counter(fault(title) for title in islice(titles(seed), 1_000))
    assert found == {"": 1_000}


def test_without_the_cleaner_they_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.headers, "clean", lambda title: title)
    found = Counter(_without(title) for title in islice(titles(1), 300))
    assert found["refused"] > 30


def _without(title: str) -> str:
    try:
        return fault(title)
    except (ValueError, UnicodeError):
        return "refused"  # such a title would have blocked the sender


@pytest.mark.parametrize("seed", range(2))
def test_mails_of_alerts_at_random_have_the_form_that_programs_need(seed: int) -> None:
    """10,000 of them: ``./run bench mails``."""
    made = Alerts(seed)
    found = Counter(fault for _ in range(150) for fault in faults(made.alert()))
    assert not found


def largest() -> AlertPayload:
    """An alert in which everything is as long as can be, of signs that HTML writes in five."""
    made = Alerts(5)
    alert = made.alert()
    signs = "&" * 1_200
    quote = made.quote().model_copy(update={"text": signs})
    source = made.source().model_copy(
        update={"title": signs, "outlet": signs, "url": "https://x.example/?" + "&" * 1_900}
    )
    quote = quote.model_copy(update={"source": source})
    origin = alert.origins[0] if alert.origins else None
    assert origin is not None
    crowd = origin.model_copy(update={"articles": (source,) * 9, "copies": (source,) * 40})
    return alert.model_copy(
        update={
            "passages": (quote,) * 3,
            "superseded": (quote,) * 3,
            "origins": (crowd,) * 60,
            "counter": alert.counter.model_copy(
                update={"passages": (quote,) * 3, "articles": (source,) * 20}
            ),
        }
    )


def test_the_largest_alert_is_shown_shorter_and_says_how_much_is_left_out() -> None:
    html = alert_html(largest())
    assert 0 < len(html.encode()) <= MAX_HTML
    assert "and 57 more" in html
    assert "more by the same owner" in html
    assert "and 37 more" in html
