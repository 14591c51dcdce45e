"""From what a user names (a file, a URL, an id) to the articles it means."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from alerts import AlertsSettings
from alerts.why import Answer, answers
from archive import Archive, articles, ids, is_ready, stories
from archive import alerts as alert_store
from archive.types import Article
from classifiers import read_articles
from desk.errors import DeskError
from desk.opening import settings_if_any
from feeds import fetch_article
from feeds.urls import canonical
from flows.cycle import clock
from flows.home import Home
from net import Door, NetSettings


@dataclass(frozen=True, slots=True)
class Found:
    """An article, where it stands in the archive, and what the rules decided on its story.

    ``story_id`` is None for an article without one, ``kept`` whether the archive holds it.
    """

    article: Article
    story_id: str | None = None
    answers: tuple[Answer, ...] = ()
    kept: bool = False


def find_articles(home: Home, what: str) -> list[Found]:
    """Return the articles that ``what`` names, each with what the rules decided on its story.

    A file of JSON Lines gives its articles, any other file is one article's text; an id or URL
    is looked up in the archive; a URL that is not there is fetched.

    Raises:
        DeskError: there is no such thing.
        CorpusError: the file's lines are malformed.
        NetError, FeedError: the page cannot be fetched or has no article in it.
    """
    path = Path(what)
    if path.is_file():
        return _from_file(path)
    settings = settings_if_any(home)
    if settings is not None:
        with closing(Archive(settings.database_url(home))) as archive:
            found = _from_archive(archive, what, settings.alerts) if is_ready(archive) else []
        if found:
            return found
    address = canonical(what)
    if address is None:
        raise DeskError(f"{what}: neither a file, nor a URL, nor an id in the archive")
    net = settings.net if settings is not None else NetSettings()
    return [Found(asyncio.run(_fetch(net, what)))]


def _from_file(path: Path) -> list[Found]:
    try:
        if path.suffix in {".jsonl", ".json"}:
            with path.open(encoding="utf-8-sig") as source:
                return [Found(labelled.article) for labelled in read_articles(source, str(path))]
        title, _, text = path.read_text(encoding="utf-8").strip().partition("\n")
    except UnicodeDecodeError:
        raise DeskError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise DeskError(f"{path}: {error.strerror}; name a readable file") from None
    now = clock()
    return [Found(Article(path.name, "", title, text or title, "", "", now, now))]


def _from_archive(archive: Archive, what: str, settings: AlertsSettings) -> list[Found]:
    with archive.read() as connection:
        alert = alert_store.get(connection, what)
        story = stories.get(connection, alert.story_id if alert else what)
        if story is not None:
            said = answers(connection, story.id, settings)
            return [Found(m.article, story.id, said, kept=True) for m in story.members]
        key = what if what.startswith("a_") else canonical(what) or what
        article = articles.get(connection, key) or articles.get(connection, ids.article_id(key))
        if article is None:
            return []
        belongs = stories.story_of(connection, article.id)
        said = answers(connection, belongs, settings) if belongs else ()
        return [Found(article, belongs, said, kept=True)]


async def _fetch(net: NetSettings, url: str) -> Article:
    async with Door(net) as door:
        return await fetch_article(door, url, clock())
