"""The stories of a digest: what no alert has told, who went over a budget, and a random sample."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from alerts.budget import overrun_of
from alerts.digest_types import DigestStory, MuteCount, Overrun
from alerts.mutes import ruled_by
from alerts.rule_settings import INDEX_RULE
from archive import ids, stories
from archive.types import Decision, Mute, Outcome

MOST_STORIES = 20
SAMPLE = 5
"""How many stories below every threshold are shown to ask whether one was missed."""
MOST_TOP = 10


@dataclass(frozen=True, slots=True)
class Untold:
    """The best decision on every story, by what kept it from the reader, highest score first.

    ``partly`` are stories that some were told and others, over their budgets, were not.
    """

    budget: tuple[Decision, ...] = ()
    partly: tuple[Decision, ...] = ()
    held: tuple[Decision, ...] = ()
    muted: tuple[Decision, ...] = ()
    below: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The decisions whose stories a digest shows, list by list."""

    budget: tuple[Decision, ...]
    held: tuple[Decision, ...]
    below: tuple[Decision, ...]
    sampled: tuple[Decision, ...]
    top: tuple[Decision, ...] = ()

    def story_ids(self) -> frozenset[str]:
        """Return the ids of all stories that are shown."""
        lists = (self.budget, self.held, self.below, self.sampled, self.top)
        return frozenset(one.story_id for decided in lists for one in decided)


def untold(decided: Sequence[Decision], people: Collection[str] | None = None) -> Untold:
    """Sort decisions, the highest score first, by what kept their stories from the reader.

    A story stands in one list alone, that nearest to an alert. One that a rule has told is in
    none, unless a budget kept it from one of ``people`` (None: from anybody). What the realignment
    index's rule decided is about all stories, so it hides none, and is hidden by none.
    """
    told = {_subject(d) for d in decided if d.outcome is Outcome.SENT}
    seen: set[tuple[str, bool]] = set()

    def pick(outcome: Outcome) -> tuple[Decision, ...]:
        found = []
        for one in decided:
            subject = _subject(one)
            hidden = subject in seen or (outcome is not Outcome.BUDGET and subject in told)
            if one.outcome is outcome and not hidden:
                seen.add(subject)
                found.append(one)
        return tuple(found)

    budget = pick(Outcome.BUDGET)
    partly = _partly(decided, seen, people)
    held, muted = pick(Outcome.HELD), pick(Outcome.MUTED)  # in this order, as each hides the next
    below = tuple(one for one in pick(Outcome.BELOW) if one.rule != INDEX_RULE)
    return Untold(budget, partly, held, muted, below)


def choose(found: Untold, day: str, decided: Sequence[Decision] = ()) -> Chosen:
    """Return what of a digest's stories is shown.

    Args:
        found: everything that was not told.
        day: what the sample is drawn by: the same on every attempt, another each day.
        decided: all decisions, to show the likeliest stories of; none for a daily digest.
    """
    over = sorted((*found.budget, *found.partly), key=lambda one: -one.score)
    return Chosen(
        budget=tuple(over[:MOST_STORIES]),
        held=found.held[:MOST_STORIES],
        below=found.below[:MOST_STORIES],
        sampled=sample(found.below, day),
        top=likeliest(decided)[:MOST_TOP],
    )


def likeliest(decided: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return the best decision on each story, highest score first, without what is muted.

    The realignment index's is left out: it is about all stories, and no story's probability.
    """
    own = [one for one in decided if one.rule != INDEX_RULE]
    told = {one.story_id for one in own if one.outcome is Outcome.SENT}
    muted = {one.story_id for one in own if one.outcome is Outcome.MUTED} - told
    return _first_of_each(
        one for one in own if one.outcome is not Outcome.MUTED and one.story_id not in muted
    )


def sample(below: Iterable[Decision], day: str) -> tuple[Decision, ...]:
    """Draw five stories, each as likely as any other: those whose hash with the day is lowest."""
    drawn = sorted(below, key=lambda one: ids.digest("sample", day, one.story_id))
    return tuple(drawn[:SAMPLE])


def overruns(found: Untold, budgets: Mapping[str, int]) -> tuple[Overrun, ...]:
    """Return, by person, how many stories their budgets kept from them; nobody with none."""
    counted = (
        Overrun(address, budget, len(found.budget) + _missed(found.partly, address))
        for address, budget in budgets.items()
    )
    return tuple(one for one in counted if one.stories)


def mute_counts(decided: Iterable[Decision], mutes: Sequence[Mute]) -> tuple[MuteCount, ...]:
    """Return the mutes that kept stories back and how many, the busiest first.

    ``mutes`` are the newest first, each story's under the id it has now. What two of them keep
    back, as their stories have become one, counts with the newer.
    """
    kept: dict[Mute, set[str]] = {}
    for one in decided:
        if one.outcome is Outcome.MUTED:
            by = next((m for m in mutes if ruled_by(m, one.detail)), None)
            if by is not None:
                kept.setdefault(by, set()).add(one.story_id)
    counted = (MuteCount(one, len(kept[one])) for one in mutes if one in kept)
    return tuple(sorted(counted, key=lambda c: -c.stories))


class StoryLines:
    """Turns decisions into the lines of a digest; all stories are read in one go."""

    def __init__(
        self, connection: Connection, chosen: Iterable[str], names: Mapping[str, str]
    ) -> None:
        self._stories = {one.id: one for one in stories.several(connection, chosen)}
        self._names = names

    def of(self, decided: Iterable[Decision]) -> tuple[DigestStory, ...]:
        """Return a line for each decision whose story still has articles."""
        return tuple(line for one in decided if (line := self._line(one)) is not None)

    def _line(self, one: Decision) -> DigestStory | None:
        story = self._stories.get(one.story_id)
        if story is None:
            return None
        article = story.members[0].article
        code = one.signal or ""
        return DigestStory(
            title=story.title,
            lang=article.lang,
            url=article.final_url or article.url,
            outlets=story.outlets,
            signal=self._names.get(code, code.replace("_", " ")) or "no signal",
            score=one.score,
            threshold=one.threshold,
            detail="" if _over(one) else one.detail,  # the detail of those names other people
            code=code,
            article_id=article.id,
            over=_over(one),
        )


def _subject(one: Decision) -> tuple[str, bool]:
    """Return what a decision is about: a story, or with it the realignment index."""
    return one.story_id, one.rule == INDEX_RULE


def _partly(
    decided: Iterable[Decision],
    seen: set[tuple[str, bool]],
    people: Collection[str] | None,
) -> tuple[Decision, ...]:
    mailed = None if people is None else {address.lower() for address in people}

    def kept(one: Decision) -> bool:
        over = _over(one)
        return bool(over) and (mailed is None or not mailed.isdisjoint(over))

    return _first_of_each(d for d in decided if _subject(d) not in seen and kept(d))


def _first_of_each(decided: Iterable[Decision]) -> tuple[Decision, ...]:
    best: dict[tuple[str, bool], Decision] = {}
    for one in decided:
        best.setdefault(_subject(one), one)
    return tuple(best.values())


def _over(one: Decision) -> tuple[str, ...]:
    if one.outcome is not Outcome.SENT:
        return ()
    return tuple(address.lower() for address in overrun_of(one.detail))


def _missed(partly: Iterable[Decision], address: str) -> int:
    return sum(address.lower() in _over(one) for one in partly)
