"""What is wrong or weak in a labelled corpus that loads: copies, conflicts, gaps, close wording."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from .corpus import ROLES, Corpus, LabelledPassage
from .lexicon import LANGUAGES
from .likeness import near_pairs, words_of

LONGEST_RUN = 8
"""Words in a row that a passage may not share with a founding document."""

MOST_SHARED = 0.5
"""Share of a passage's runs of five words that may not be in a founding document."""

_GRAM = 5
_LEAST = 12
_LEAST_OF = {"public_rift": 20, "russia_reengagement": 20}
_LEAST_NEGATIVES = 100
_LEAST_BACKGROUND = 60
NO_SIGNAL = "none"
"""What the balance calls passages without a signal."""

_Key = tuple[tuple[str, ...], str, str]


@dataclass(frozen=True, slots=True)
class SeedFinding:
    """One fault or note: its kind, the ids of the passages, and one line for people.

    Kinds: ``copy``, ``near_copy``, ``conflict``, ``event``, ``few``, ``wording``.
    """

    kind: str
    is_fault: bool
    passages: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """How many passages of each language have a signal (or ``none``) and a role."""

    signal: str
    role: str
    counts: Mapping[str, int]


def check_seeds(
    corpus: Corpus,
    originals: Mapping[str, str] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[SeedFinding, ...]:
    """Return the faults of ``corpus``, then the notes.

    Copies of one wording are faults where they cross events, for then they stand on both sides of
    a fold, and where their labels differ. ``originals`` are the texts of founding documents by
    name: a passage that shares a run of eight words with one of them, or half of its runs of five,
    is a fault too.
    """
    found: list[SeedFinding] = []
    steps: tuple[Callable[[], Iterator[SeedFinding]], ...] = (
        lambda: _copies(corpus.passages),
        lambda: _events(corpus.passages),
        lambda: _few(corpus),
        lambda: _wording(corpus.passages, originals or {}),
    )
    for number, step in enumerate(steps, 1):
        found += step()
        if progress:
            progress("checking the corpus", number / len(steps))
    return tuple(sorted(found, key=lambda one: not one.is_fault))


def balance(corpus: Corpus) -> tuple[BalanceRow, ...]:
    """Return the counts of ``corpus``: each signal, then what has none, role by role."""
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for passage in corpus.passages:
        for label in passage.labels or (NO_SIGNAL,):
            counted[label, passage.role][passage.lang] += 1
    rows = [(signal.code, ROLES[0]) for signal in corpus.signals]
    rows += [(NO_SIGNAL, role) for role in ROLES]
    return tuple(
        BalanceRow(signal, role, {lang: counted[signal, role][lang] for lang in LANGUAGES})
        for signal, role in rows
    )


def _copies(passages: Sequence[LabelledPassage]) -> Iterator[SeedFinding]:
    for lang in LANGUAGES:
        own = [passage for passage in passages if passage.lang == lang]
        for at, other, cosine in sorted(near_pairs([passage.text for passage in own])):
            yield _copy(own[at], own[other], cosine)


def _copy(one: LabelledPassage, other: LabelledPassage, cosine: float) -> SeedFinding:
    pair = (one.id, other.id)
    names = f"{one.id} and {other.id}"
    exact = words_of(one.text) == words_of(other.text)
    how = "say the same" if exact else f"say nearly the same ({cosine:.2f})"
    if _key(one) != _key(other):
        return SeedFinding(
            "conflict", True, pair, f"{names} {how} with other labels; correct one of them"
        )
    kind = "copy" if exact else "near_copy"
    if one.event != other.event:
        remedy = f"write another or give both one event ({one.event!r}, {other.event!r})"
        return SeedFinding(kind, True, pair, f"{names} {how} on two events; {remedy}")
    if exact:
        return SeedFinding(kind, True, pair, f"{names} {how}; remove one")
    return SeedFinding(kind, False, pair, f"{names} {how} on event {one.event!r}")


def _key(passage: LabelledPassage) -> _Key:
    return tuple(sorted(passage.labels)), passage.direction.value, passage.role


def _events(passages: Iterable[LabelledPassage]) -> Iterator[SeedFinding]:
    """Yield a note for each event whose passages are judged unlike, in or across languages."""
    events: dict[str, list[LabelledPassage]] = defaultdict(list)
    for passage in passages:
        events[passage.event].append(passage)
    for event, own in events.items():
        keys = {lang: {_key(one) for one in own if one.lang == lang} for lang in LANGUAGES}
        keys = {lang: found for lang, found in keys.items() if found}
        whys = []
        if any(len(found) > len({role for *_, role in found}) for found in keys.values()):
            whys.append("unlike labels in one language and role")
        if any(_disagree(one, other) for one, other in combinations(keys.values(), 2)):
            whys.append("unlike labels, direction or role across languages")
        if whys:
            told = "; ".join(f"{lang} {_told(found)}" for lang, found in keys.items())
            ids = tuple(one.id for one in own)
            yield SeedFinding("event", False, ids, f"event {event!r}: {', '.join(whys)}: {told}")


def _disagree(one: Set[_Key], other: Set[_Key]) -> bool:
    """Tell whether two languages judge an event unlike: one that says less does not disagree."""
    roles = {role for *_, role in one} & {role for *_, role in other}
    if not roles:
        return True
    shared = [({k for k in one if k[2] == r}, {k for k in other if k[2] == r}) for r in roles]
    return any(not (left <= right or right <= left) for left, right in shared)


def _told(keys: Iterable[_Key]) -> str:
    return " | ".join(
        f"{role} {'+'.join(labels) or NO_SIGNAL} {direction}"
        for labels, direction, role in sorted(keys)
    )


def _few(corpus: Corpus) -> Iterator[SeedFinding]:
    """Yield a note for each language with fewer passages of a kind than training needs."""
    rows = balance(corpus)
    for lang in LANGUAGES:
        for signal in corpus.signals:
            have = sum(row.counts[lang] for row in rows if row.signal == signal.code)
            least = _LEAST_OF.get(signal.code, _LEAST)
            if have < least:
                yield _short(lang, f"passages with {signal.code}", have, least)
        background = sum(r.counts[lang] for r in rows if r.role == "background")
        negatives = sum(r.counts[lang] for r in rows if r.signal == NO_SIGNAL) - background
        if negatives < _LEAST_NEGATIVES:
            yield _short(lang, "negatives", negatives, _LEAST_NEGATIVES)
        if background < _LEAST_BACKGROUND:
            yield _short(lang, "background passages", background, _LEAST_BACKGROUND)


def _short(lang: str, what: str, have: int, least: int) -> SeedFinding:
    return SeedFinding("few", False, (), f"{lang}: {have} {what}; write {least - have} more")


def _wording(
    passages: Iterable[LabelledPassage], originals: Mapping[str, str]
) -> Iterator[SeedFinding]:
    grams = {name: frozenset(_runs(words_of(text), _GRAM)) for name, text in originals.items()}
    for passage in passages:
        words = words_of(passage.text)
        for name, known in grams.items():
            hits = [run in known for run in _runs(words, _GRAM)]
            if not any(hits):
                continue
            shared = _longest(words, hits)
            share = sum(hits) / len(hits)
            if len(shared) >= LONGEST_RUN or share >= MOST_SHARED:
                told = f"“{' '.join(shared)}” ({len(shared)} words in a row, {share:.0%} shared)"
                yield SeedFinding(
                    "wording", True, (passage.id,), f"{passage.id}: as in {name}: {told}; rewrite"
                )


def _runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + length]) for at in range(len(words) - length + 1)]


def _longest(words: Sequence[str], hits: Sequence[bool]) -> tuple[str, ...]:
    """Return the longest run of ``words`` whose runs of five are all among the ``hits``."""
    best: tuple[str, ...] = ()
    first: int | None = None
    for at, hit in enumerate((*hits, False)):
        if hit and first is None:
            first = at
        elif not hit and first is not None:
            run = tuple(words[first : at + _GRAM - 1])
            best, first = max(best, run, key=len), None
    return best
