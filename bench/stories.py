"""Grouping articles to stories: B-cubed F1 on the corpus's events, told by several outlets.

    ./run bench stories

Half of the events are measured that no parameter was chosen on, and the other half beside it. The
model that finds the evidence has learnt from the half that is not measured. An event's outlets
write within two days of it, in up to three languages; a third of the events have wire copies too.
There are five events a day, so that each has others of its signal to be told from.

- full: one to three outlets a language, each with most of what the corpus says of the event in it,
  and some background, as much at most.
- brief: one outlet for each passage, with nothing of what the others say, and some background: a
  sentence or two, in which hardly a name or number recurs.

Goals: F1 .93, also on events told in several languages; at most 2 % of alerts tell an event again.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from threadpoolctl import threadpool_limits

from alerts.stories import group
from archive.ids import article_id
from archive.sketches import Sketch, sketch_of
from archive.types import Article
from classifiers import Corpus, Model, load_corpus, train
from classifiers.corpus import LabelledPassage

SEEDS = Path(__file__).parent.parent / "seeds"
START = datetime(2026, 1, 1, tzinfo=UTC)
EVENTS_A_DAY = 5
STORY_DAYS = 3.0


@dataclass(frozen=True, slots=True)
class Text:
    """What an outlet says of an event: passages of the corpus in one language."""

    lang: str
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """An article of the measurement, the event it tells, and what grouping sees of it."""

    article: Article
    event: str
    sketch: Sketch


def main() -> None:
    """Measure both halves in both manners."""
    corpus = load_corpus(SEEDS)
    for tuning in (False, True):
        model = _model(corpus, tuning=tuning)
        for is_full in (True, False):
            half = "parameters were chosen on" if tuning else "unseen"
            print(f"{half}, {'full' if is_full else 'brief'} articles:")
            told = articles(corpus, model, tuning=tuning, is_full=is_full)
            report(told, found(told))


def articles(
    corpus: Corpus, model: Model, *, tuning: bool, is_full: bool, seed: int = 0
) -> list[Told]:
    """Return the articles on one half of the events that the model sees, in order of arrival."""
    chance = random.Random(seed)
    background: dict[str, list[str]] = defaultdict(list)
    events: dict[str, list[LabelledPassage]] = defaultdict(list)
    for one in corpus.passages:
        if one.labels:
            events[one.event].append(one)
        elif one.role == "background":
            background[one.lang].append(one.text)
    chosen = sorted(e for e in events if is_tuning(e) == tuning)
    chance.shuffle(chosen)
    made: list[tuple[Article, str]] = []
    for event in chosen:
        day = chance.uniform(0, len(chosen) / EVENTS_A_DAY)
        texts = _full(events[event], chance) if is_full else _brief(events[event])
        own = [_article(text, background[text.lang], day, chance) for text in texts]
        if chance.random() < 1 / 3:
            own += [_copy(chance.choice(own), chance) for _ in range(2)]
        made += [(one, event) for one in own]
    scores = model.score([one for one, _ in made])
    told = [
        Told(one, event, sketch_of(one, score))
        for (one, event), score in zip(made, scores, strict=True)
        if score.evidence
    ]
    return sorted(told, key=lambda t: (t.article.first_seen, t.article.id))


def is_tuning(event: str) -> bool:
    """Whether an event belongs to the half that parameters may be chosen on."""
    return sha256(event.encode()).digest()[0] % 2 == 0


def found(told: Sequence[Told], *, batch: int = 20) -> dict[str, str]:
    """Return each article's story, the articles arriving in batches."""
    known: dict[str, list[Sketch]] = {}
    for start in range(0, len(told), batch):
        arrivals = {t.article.id: t.sketch for t in told[start : start + batch]}
        stories = {k: _texts(own) for k, own in known.items() if _is_near(own, arrivals.values())}
        grouped = group(stories, arrivals.values(), story_days=STORY_DAYS)
        for one in grouped.merges:
            known[one.into] += known.pop(one.old)
        for placed in grouped.placements:
            known.setdefault(placed.story_id, []).append(arrivals[placed.article_id])
    return {m.article_id: story for story, members in known.items() for m in members}


def report(told: Sequence[Told], stories: dict[str, str]) -> None:
    """Print the figures."""
    gold = {t.article.id: t.event for t in told}
    langs: dict[str, set[str]] = defaultdict(set)
    for one in told:
        langs[one.event].add(one.article.lang)
    several = {a for a, e in gold.items() if len(langs[e]) > 1}
    print(f"{len(gold)} articles on {len(set(gold.values()))} events")
    for name, among in (("all", set(gold)), ("in several languages", several)):
        precision, recall, f1 = b_cubed(stories, gold, among)
        print(f"{name}: B-cubed F1 {f1:.3f} (precision {precision:.3f}, recall {recall:.3f})")
    again, opened = repeats(told, stories)
    print(f"{opened} stories, {again} of them ({again / opened:.1%}) on an event told before")


def b_cubed(
    found: dict[str, str], gold: dict[str, str], among: set[str]
) -> tuple[float, float, float]:
    """Return B-cubed precision, recall and F1 over the articles ``among``."""
    clusters: dict[str, set[str]] = defaultdict(set)
    events: dict[str, set[str]] = defaultdict(set)
    for one in gold:
        clusters[found[one]].add(one)
        events[gold[one]].add(one)
    precision = recall = 0.0
    for one in among:
        cluster, event = clusters[found[one]], events[gold[one]]
        precision += len(cluster & event) / len(cluster)
        recall += len(cluster & event) / len(event)
    precision, recall = precision / len(among), recall / len(among)
    return precision, recall, 2 * precision * recall / (precision + recall)


def repeats(told: Sequence[Told], stories: dict[str, str]) -> tuple[int, int]:
    """Return how many stories open with an event that an earlier story has told, and all."""
    opened: set[str] = set()
    events: set[str] = set()
    again = 0
    for one in told:
        story = stories[one.article.id]
        again += story not in opened and one.event in events
        opened.add(story)
        events.add(one.event)
    return again, len(opened)


def _model(corpus: Corpus, *, tuning: bool) -> Model:
    """Return a model that has learnt from the other half of the events."""
    other = (p for p in corpus.passages if not p.labels or is_tuning(p.event) != tuning)
    with threadpool_limits(1):
        return train(replace(corpus, passages=tuple(other)))


def _full(event: Sequence[LabelledPassage], chance: random.Random) -> list[Text]:
    made: list[Text] = []
    for lang in sorted({p.lang for p in event}):
        own = [p.text for p in event if p.lang == lang]
        for _ in range(chance.randint(1, 3)):
            most = chance.randint(-(-len(own) * 3 // 5), len(own))
            made.append(Text(lang, tuple(chance.sample(own, most))))
    return made


def _brief(event: Sequence[LabelledPassage]) -> list[Text]:
    return [Text(p.lang, (p.text,)) for p in event]


def _article(text: Text, background: Sequence[str], day: float, chance: random.Random) -> Article:
    url = f"https://example.org/{chance.getrandbits(64):x}"
    when = START + timedelta(days=day) + timedelta(days=min(chance.expovariate(2.0), 2.0))
    more = chance.sample(background, chance.randint(0, len(text.passages)))
    return Article(
        id=article_id(url),
        url=url,
        title=text.passages[0].split(". ")[0][:90],
        text="\n\n".join([*text.passages, *more]),
        lang=text.lang,
        outlet=f"outlet {chance.randrange(60)}",
        published=when,
        first_seen=when + timedelta(hours=chance.expovariate(1.0)),
    )


def _copy(one: Article, chance: random.Random) -> Article:
    url = f"{one.url}/{chance.getrandbits(64):x}"
    later = timedelta(hours=chance.uniform(0.5, 20))
    return replace(
        one,
        id=article_id(url),
        url=url,
        published=(one.published or START) + later,
        first_seen=one.first_seen + later,
        copy_of=one.id,
        origin=one.id,
    )


def _texts(members: Sequence[Sketch]) -> list[Sketch]:
    ordered = sorted(members, key=lambda one: (one.when, one.article_id), reverse=True)
    return sorted({one.origin: one for one in ordered}.values(), key=lambda one: one.when)


def _is_near(members: Sequence[Sketch], arrivals: Iterable[Sketch]) -> bool:
    days = timedelta(days=STORY_DAYS)
    times = [one.when for one in arrivals]
    return any(min(times) - days <= one.when <= max(times) + days for one in members)


if __name__ == "__main__":
    main()
