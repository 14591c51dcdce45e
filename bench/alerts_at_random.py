"""Alerts at random, of every length and shape that the payload allows, from a seed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from alerts import likelihood
from alerts.payload import (
    AlertPayload,
    Counter,
    Credibility,
    DayCount,
    Earlier,
    OpposingStory,
    Origin,
    Quote,
    Signal,
    Source,
    StoryPart,
    Why,
)
from archive.types import Direction, Reason

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ALPHABETS = (
    "Armenia will not take part in the exercise, the ministry said. ",
    "Армения не примет участия в учениях ОДКБ, сообщило министерство. ",
    "Հայաստանը չի մասնակցի ՀԱՊԿ զորավարժություններին, ասաց նախարարությունը։ ",
    "ارمنستان در رزمایش شرکت نمی‌کند ",
    "<b>&amp; \"quoted\" 'words' & <i>signs</i></b> ",
    "アルメニアは演習に参加しない😀🇦🇲 ",
    "a&b\n\n<>\t=?utf-8?q?x?= ",
)


class Alerts:
    """A maker of alerts; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def text(self, most: int) -> str:
        """Words in one of several scripts, now and then as long as can be."""
        rng = self._rng
        length = most if rng.random() < 0.1 else rng.randint(1, max(1, most // 3))
        words = rng.choice(ALPHABETS)
        start = rng.randrange(len(words))
        return ((words[start:] + words * (length // len(words) + 1))[:length]).strip() or "x"

    def when(self) -> datetime:
        return NOW - timedelta(minutes=self._rng.randint(0, 40_000))

    def url(self) -> str:
        rng = self._rng
        path = "".join(rng.choice("abcdefgh0123456789-/") for _ in range(rng.randint(3, 60)))
        query = "&".join(f"k{n}=%D5%80" for n in range(rng.randint(0, 5)))
        long = "&utm=" + "y" * rng.randint(100, 1_800) if rng.random() < 0.05 else ""
        return rng.choice(
            (f"https://outlet{rng.randint(1, 99)}.example/{path}?{query}{long}",) * 9
            + ("javascript:alert(1)",)
        )

    def source(self) -> Source:
        rng = self._rng
        return Source(
            article_id=f"a_{rng.randrange(10**9)}",
            version=rng.randint(1, 3),
            origin=f"a_{rng.randrange(10**9)}",
            outlet=self.text(60),
            family=self.text(30),
            kind=rng.choice(("independent", "wire", "official", "state", "think-tank")),
            reliability=rng.choice("ABCDEF"),
            title=self.text(300),
            url=self.url(),
            lang=rng.choice(("en", "ru", "hy", "fa", "ja")),
            published=None if rng.random() < 0.1 else self.when(),
            first_seen=self.when(),
        )

    def quote(self) -> Quote:
        rng = self._rng
        text = self.text(1_200)
        start = rng.randint(0, 9_000)
        return Quote(
            source=self.source(),
            text=text,
            start=start,
            end=start + len(text),
            cut=rng.random() < 0.2,
            reasons=tuple(
                Why(concept=self.text(40), surface=self.text(90), weight=rng.uniform(-3, 3))
                for _ in range(rng.randint(0, 9))
            ),
        )

    def some(self, most: int) -> int:
        """A number up to ``most``, mostly small, as in life."""
        rng = self._rng
        return most if rng.random() < 0.05 else rng.randint(0, min(most, 4))

    def counter(self) -> Counter:
        return Counter(
            passages=tuple(self.quote() for _ in range(self._rng.randint(0, 3))),
            articles=tuple(self.source() for _ in range(self.some(20))),
            stories=tuple(
                OpposingStory(
                    story_id="s_other",
                    title=self.text(300),
                    lang="hy",
                    outlets=tuple(self.text(60) for _ in range(3)),
                    signal="russia_reengagement",
                    probability=0.7,
                    url=self.url(),
                    published=self.when(),
                )
                for _ in range(self.some(5))
            ),
            searched=self._rng.randint(1, 900),
            summary=self.text(300),
        )

    def alert(self) -> AlertPayload:
        """The next alert."""
        rng = self._rng
        probability = rng.random()
        band = likelihood.band(probability)
        title = self.text(400)
        revision = rng.randint(1, 12)
        origins = tuple(
            Origin(
                family=self.text(40),
                articles=tuple(self.source() for _ in range(1 + self.some(6))),
                copies=tuple(self.source() for _ in range(self.some(30))),
            )
            for _ in range(self.some(40))
        )
        return AlertPayload(
            alert_id=f"al_{rng.randrange(16**16):016x}",
            rule="csto-snub",
            revision=revision,
            reason=rng.choice(list(Reason)),
            created=NOW,
            subject=f"[pivotwatch] {band.words}: {title[:150]}",
            signal=Signal(code="csto_snub", name=self.text(60)),
            direction=rng.choice(list(Direction)),
            probability=probability,
            likelihood=band.words,
            likelihood_span=band.span,
            confidence=rng.choice(("low", "moderate", "high")),
            confidence_why="2 independent origins",
            story=StoryPart(
                id=f"s_{rng.randrange(16**12):012x}", title=title, lang="hy", languages=("hy", "en")
            ),
            news=self.text(400),
            passages=tuple(self.quote() for _ in range(rng.randint(1, 3))),
            superseded=tuple(self.quote() for _ in range(rng.choice((0, 0, 0, 1, 3)))),
            outlets=tuple(self.text(60) for _ in range(1 + self.some(60))),
            origins=origins,
            counter=self.counter(),
            earlier=tuple(
                Earlier(
                    revision=n,
                    reason=Reason.FIRST,
                    probability=0.5,
                    news=self.text(400),
                    at=self.when(),
                )
                for n in range(1, revision)
            ),
            coverage="38 of 41 sources healthy.",
            model_id="m_test",
            threshold=0.5,
            model_note=self.text(300) if rng.random() < 0.1 else "",
            severity=rng.choice(("watch", "notable", "important", "critical")),
            credibility=Credibility(number=2, words="probably true", why=self.text(160)),
            outlook=tuple(self.text(200) for _ in range(rng.randint(0, 3))),
            days=tuple(
                DayCount(day=(NOW - timedelta(days=n)).date(), story=own, every=own + other)
                for n in range(13, -1, -1)
                for own, other in [(self.some(9), self.some(90))]
            ),
        )
