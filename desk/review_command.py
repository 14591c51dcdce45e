"""``review``: the articles worth a judgement next, and an analyst's judgements by key press."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

import classifiers
from archive import Archive, reviews
from desk.console import bars, complain, out, say, show_json
from desk.opening import Opened, opened
from desk.review_card import listing
from desk.review_offer import Offer, Wanted, offers
from desk.review_session import Session
from desk.using import used_model
from flows.cycle import clock

if TYPE_CHECKING:
    from classifiers import Model

MOST = 500
LONGEST_NAME = 100
CALIBRATES, SETTLES = 30, 120
"""Reviewed articles from which on probabilities are calibrated on them, and well so."""


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(review)


def review(
    n: Annotated[int, typer.Option(help="How many articles.", min=1, max=MOST)] = 20,
    days: Annotated[int, typer.Option(help="From how many days.", min=1, max=3650)] = 30,
    signal: Annotated[str, typer.Option(help="Only this signal decides what is offered.")] = "",
    lang: Annotated[str, typer.Option(help="Only articles in this language.")] = "",
    by: Annotated[str, typer.Option(help="Who judges; default: your login name.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Offer what only others have judged, too.")
    ] = False,
    as_list: Annotated[bool, typer.Option("--list", help="Show the choice and end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the choice as JSON for a program to read.")
    ] = False,
) -> None:
    """Judge the articles that teach and tell most: near the thresholds, some above, some below."""
    if not (as_list or as_json or (sys.stdin.isatty() and sys.stdout.isatty())):
        raise _usage("review asks by key press and needs a terminal; --list shows the choice")
    annotator = _annotator(by)
    if lang and not (lang.isascii() and lang.isalpha()):
        raise _usage(f"--lang {lang!a}: not a language code; write for example en, ru or hy")
    with opened() as desk:
        with bars() as shown:
            model = used_model(desk.home, desk.settings, shown)
        if signal and signal not in model.codes:
            names = ", ".join(sorted(model.codes))
            raise _usage(f"--signal {signal}: no such signal; the signals are {names}")
        wanted = Wanted(n, days, signal or None, lang or None, annotator if again else None)
        with bars() as shown:
            chosen = offers(desk.archive, model, wanted, clock().date(), shown.share)
        if as_json:
            show_json([_described(one) for one in chosen])
        elif as_list:
            out.print(listing(chosen))
        elif not chosen:
            say(f"nothing to review: no article of the last {days} days is scored and not judged")
        else:
            _judge(desk, model, chosen, annotator)


def _judge(desk: Opened, model: Model, chosen: list[Offer], by: str) -> None:
    session = Session(
        archive=desk.archive,
        offers=chosen,
        signals=model.signals,
        thresholds=dict(model.thresholds),
        by=by,
        read_key=typer.getchar,
    )
    session.run()
    _summarise(desk.archive, session)


def _summarise(archive: Archive, session: Session) -> None:
    """Say what came of the session, and what all reviews so far are good for."""
    counts = session.outcomes()
    total = {kind: sum(c for (_, k), c in counts.items() if k == kind) for _, kind in counts}
    relevant, not_relevant = total.get("relevant", 0), total.get("not relevant", 0)
    said = f"{relevant + not_relevant} judged: {relevant} relevant, {not_relevant} not; "
    out.print(Text(said + f"{total.get('skipped', 0)} skipped", style="bold"))
    for why in ("near", "above", "below"):
        yes, no = counts[why, "relevant"], counts[why, "not relevant"]
        if yes + no:
            out.print(Text(f"  {why}: {yes} of {yes + no} relevant"))
    with archive.read() as connection:
        done = reviews.progress(connection).articles
    out.print(Text(prospect(done)))


def prospect(done: int) -> str:
    """Return what ``done`` reviewed articles are good for."""
    if done < CALIBRATES:
        rest = f"from {CALIBRATES} on they calibrate the probabilities ({CALIBRATES - done} to go)"
    elif done < SETTLES:
        rest = f"they calibrate the probabilities, well from {SETTLES} on ({SETTLES - done} to go)"
    else:
        rest = "they calibrate the probabilities well"
    return f"reviewed articles: {done} in all; {rest}; all is learnt at the next retraining"


def _described(one: Offer) -> dict[str, Any]:
    article, choice = one.article, one.choice
    return classifiers.score_line(one.score) | {
        "url": article.url,
        "title": article.title,
        "outlet": article.outlet,
        "lang": article.lang,
        "date": article.published.isoformat(timespec="seconds") if article.published else None,
        "story": one.group if one.group != article.origin else None,
        "why": choice.why.value,
        "signal": choice.signal,
        "chance": choice.chance,
    }


def _annotator(by: str) -> str:
    """Return the name that judgements are stored under."""
    try:
        name = by.strip() or getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        name = ""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise _usage(f"--by: say who judges, in 1 to {LONGEST_NAME} letters")
    return name


def _usage(message: str) -> typer.Exit:
    complain(message)
    return typer.Exit(2)
