"""Looks at home pages: how often they are made, and what is counted."""

from __future__ import annotations

import pytest
from feeds_kit import Site
from home_kit import NOW, Watch, front, numbered

from archive import home_looks
from feeds import looks


def test_a_page_of_too_many_links_is_not_looked_up(
    watch: Watch, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwanted(*_: object) -> set[str]:
        raise AssertionError("the database was asked")

    site.pages["/"] = front(*numbered(site.url, *range(looks.MOST_LINKS + 1)))
    monkeypatch.setattr(home_looks, "known", unwanted)
    assert watch.look(NOW) == 1
    seen = watch.remembered()
    assert seen is not None
    assert (seen.looks, seen.tried) == (0, NOW)
