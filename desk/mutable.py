"""Whether there is what a person wants to mute: a misspelt mute would keep back nothing."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from sqlalchemy.engine import Connection

from alerts.rule_settings import INDEX_RULE
from archive import alerts as alert_store
from archive import articles, feeds, stories, story_aliases
from archive.types import MuteKind
from classifiers import load_signals
from desk.errors import DeskError
from flows.model import seeds_folder
from flows.settings import Settings

_NEAREST = 3
_SHORT = 12
"""So many names, if none is near, are all named."""
_RECENT = 1000
"""Among so many stories, the last updated, the nearest ids are looked for."""
_SHOWN_BY = {
    MuteKind.RULE: "the configuration's [alerts] has the rules",
    MuteKind.SIGNAL: "`pivotwatch alerts show` names an alert's signal",
    MuteKind.OUTLET: "`pivotwatch feeds list` shows them",
    MuteKind.STORY: "`pivotwatch explain` shows the story of an alert, an article or a URL",
}


def check_mutable(connection: Connection, settings: Settings, kind: MuteKind, value: str) -> None:
    """Check that there is a rule, an outlet, a signal or a story of this name, code or id.

    Rules are those configured and the realignment index's, signals those of the codebook, outlets
    those of watched feeds and of articles held; an id that a story has had is as good as its own.

    Raises:
        DeskError: there is none; the message names the nearest there are.
        CorpusError: the codebook has mistakes.
    """
    value = " ".join(value.split())  # as a mute stores it
    if not value:
        return  # what is missing, the mute itself says
    if kind is MuteKind.STORY and stories.get(connection, story_aliases.resolve(connection, value)):
        return
    known = _known(connection, settings, kind)
    if kind is MuteKind.STORY or value not in known:
        near = _nearest(connection, kind, value, known)
        raise DeskError(f"{kind} {value}: no such {kind}, so nothing is muted; {near}")


def _known(connection: Connection, settings: Settings, kind: MuteKind) -> frozenset[str]:
    if kind is MuteKind.RULE:
        return frozenset(rule.name for rule in settings.alerts.rules) | {INDEX_RULE}
    if kind is MuteKind.SIGNAL:
        codebook = load_signals(seeds_folder(settings) / "signals.toml")
        return frozenset(signal.code for signal in codebook)
    if kind is MuteKind.OUTLET:
        watched = (feed.outlet for feed, _ in feeds.every(connection))
        return articles.outlets(connection) | frozenset(watched)
    return frozenset(stories.newest_ids(connection, _RECENT))


def _nearest(connection: Connection, kind: MuteKind, value: str, known: Iterable[str]) -> str:
    """Return the words that help to the right name."""
    alert = alert_store.get(connection, value) if kind is MuteKind.STORY else None
    if alert is not None:
        return f"it is an alert, whose story is {alert.story_id}"
    names = {name.casefold(): name for name in sorted(known)}
    wanted = value.casefold()
    near = get_close_matches(wanted, names, n=_NEAREST)
    near += [name for name in names if wanted in name and name not in near][:_NEAREST]
    if near:
        return f"the nearest: {', '.join(names[name] for name in near[:_NEAREST])}"
    if names and len(names) <= _SHORT and kind is not MuteKind.STORY:
        return f"there are: {', '.join(names.values())}"
    return _SHOWN_BY[kind]
