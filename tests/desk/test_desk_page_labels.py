"""What is pressed on the page is learnt by the next training."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from page_kit import OTHER, WHO, serving, store_alert

from archive import Archive, upgrade
from flows.home import Home
from flows.model import material
from flows.settings import load


def test_training_sees_what_was_pressed_until_it_is_taken_back(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.config.write_text("", encoding="utf-8")
    with closing(Archive(f"sqlite:///{home.database}")) as archive:
        upgrade(archive)
        payload = store_alert(archive, datetime.now(UTC) - timedelta(hours=1))
        with serving(archive, payload) as site:
            before = material(home, load(home))
            site.press("relevant")
            (learnt,) = material(home, load(home)).reviewed
            assert learnt.article.id == payload.passages[0].source.article_id
            assert (learnt.labels, learnt.direction) == (("csto_snub",), payload.direction)
            site.wait(1)
            site.press("not_relevant", OTHER)  # somebody else: the newest on an article is it
            (learnt,) = material(home, load(home)).reviewed
            assert learnt.labels == ()
            fresh = len(material(home, load(home)).corpus.passages) - len(before.corpus.passages)
            assert fresh == 2
            site.press("not_relevant", OTHER, do="undo")
            site.press("relevant", WHO, do="undo")
            assert material(home, load(home)).reviewed == ()
