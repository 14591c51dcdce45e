"""The concept lexicon: ``lexicon gaps``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import classifiers
from archive import Archive, articles, is_ready
from archive.types import Article
from desk.console import Bars, bars, out, say, show_json, table
from desk.errors import DeskError
from desk.opening import settings_if_any
from desk.using import used_model
from flows import model as models
from flows.home import Home
from flows.settings import Settings

if TYPE_CHECKING:
    from classifiers import Gap

RELEVANT = 0.5
NEWEST = 5_000
_SHOWN = 60
"""Characters of a quote in the table."""

app = typer.Typer(
    help="The concepts that all languages share, and what they miss.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.callback()
def _lexicon() -> None:
    """Keep ``gaps`` a verb of its own, though it is the only one."""


@app.command()
def gaps(
    file: Annotated[
        Path | None,
        typer.Argument(help="Articles, JSON Lines; default: the newest relevant ones stored."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many names at most.")] = 30,
    least: Annotated[int, typer.Option("--min", min=1, help="In how many articles at least.")] = 3,
    as_json: Json = False,
) -> None:
    """List frequent names in relevant articles that no concept covers."""
    home = Home.find()
    settings = settings_if_any(home)
    lexicon = classifiers.load_lexicon(models.seeds_folder(settings) / "lexicon.toml")
    with bars() as shown:
        read = _from_file(file, home, settings, shown) if file else _stored(home, settings)
        found = classifiers.find_gaps(read, lexicon, top, least, shown.share)
    if as_json:
        show_json([_plain(gap) for gap in found])
        return
    rows = [
        (gap.name, gap.lang, gap.articles, "\n".join(_example(gap, at) for at in range(2)).strip())
        for gap in found
    ]
    title = f"{len(rows)} names without a concept, in {len(read)} relevant articles"
    out.print(table(title, ["name", "lang", "articles", "examples"], rows))


def _from_file(file: Path, home: Home, settings: Settings | None, shown: Bars) -> list[Article]:
    """Return the articles of ``file`` that are labelled relevant, or are scored so."""
    try:
        with file.open(encoding="utf-8-sig") as source:
            read = list(classifiers.read_articles(source, str(file)))
    except OSError as error:
        raise DeskError(f"{file}: {error.strerror}; name a file of JSON Lines") from None
    if not read:
        raise DeskError(f"{file}: no articles in it; write one JSON object a line")
    silent = [one.article for one in read if not one.is_judged]
    kept = [one.article for one in read if one.is_judged and one.is_relevant]
    if silent:
        model = used_model(home, settings, shown)
        scores = model.score(silent, shown.share)
        pairs = zip(silent, scores, strict=True)
        kept += [article for article, score in pairs if score.relevance >= RELEVANT]
    return kept


def _stored(home: Home, settings: Settings | None) -> list[Article]:
    if settings is None:
        raise DeskError(f"{home.config}: not there yet; run `pivotwatch init` or name a FILE")
    with closing(Archive(settings.database_url(home))) as archive:
        if not is_ready(archive):
            raise DeskError("the database is not prepared; run `pivotwatch init` or name a FILE")
        with archive.read() as connection:
            found = articles.relevant(connection, RELEVANT, NEWEST)
    if not found:
        say("note: no relevant article is stored yet; name a FILE, or let the monitor run first")
    return found


def _example(gap: Gap, at: int) -> str:
    """Return one example for the table: a quote and where it is from."""
    if at >= len(gap.examples):
        return ""
    example = gap.examples[at]
    place = example.quote.find(example.surface)
    first = max(0, min(place - _SHOWN // 3, len(example.quote) - _SHOWN))
    quote = example.quote[first : first + _SHOWN].strip()
    return f"“{quote}” ({example.outlet or example.article_id})"


def _plain(gap: Gap) -> dict[str, object]:
    return {
        "name": gap.name,
        "lang": gap.lang,
        "articles": gap.articles,
        "examples": [
            {
                "surface": example.surface,
                "quote": example.quote,
                "article": example.article_id,
                "outlet": example.outlet,
            }
            for example in gap.examples
        ],
    }
