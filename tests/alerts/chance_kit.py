"""Alerts at random, of words that no channel and no format may stumble over."""

from __future__ import annotations

import random
from typing import Any

from alerts_kit import NOW

from alerts.payload import AlertPayload, Earlier, OpposingStory, Origin, Quote, Source, Why
from archive.types import Reason

ALPHABET = "aZ 9<>&@#*_~`|\\[](){}:/.\"'\n\t\x00\u202e\u200béЖՀ漢🙂👩‍👩‍👧"


class Chance:
    """Alerts at random: any text, of any length, in any number."""

    def __init__(self, seed: int) -> None:
        self._by = random.Random(seed)

    def text(self, most: int = 3_000) -> str:
        length = min(most, int(self._by.paretovariate(0.5) * 10))
        piece = "".join(self._by.choices(ALPHABET, k=1 + length % 61))
        return (piece * (length // len(piece) + 1))[:length]

    def number(self, most: int) -> int:
        return self._by.randrange(most + 1)

    def url(self) -> str:
        kinds = ("https://a.example/" + self.text(600), "https://a.example/x?a=1&b=%20", "")
        return self._by.choice((*kinds, self.text(40), "https://новости.example/я"))

    def source(self, like: Source) -> Source:
        made = {"outlet": self.text(), "title": self.text(), "url": self.url()}
        return like.model_copy(update=made | {"lang": self.text(20)})

    def quote(self, like: Quote) -> Quote:
        reasons = tuple(
            Why(concept=self.text(), surface=self.text(), weight=self._by.uniform(-2, 2))
            for _ in range(self.number(6))
        )
        made = {"text": self.text(), "source": self.source(like.source), "reasons": reasons}
        return like.model_copy(update=made)

    def alert(self, like: AlertPayload) -> AlertPayload:
        quote, source = like.passages[0], like.passages[0].source
        origins = tuple(
            Origin(
                family="f",
                articles=tuple(self.source(source) for _ in range(1 + self.number(2))),
                copies=tuple(self.source(source) for _ in range(self.number(3))),
            )
            for _ in range(self.number(4))
        )
        counter = like.counter.model_copy(
            update={
                "summary": self.text(),
                "passages": tuple(self.quote(quote) for _ in range(self.number(2))),
                "stories": tuple(self.opposing() for _ in range(self.number(2))),
            }
        )
        made: dict[str, Any] = {
            "subject": self.text(),
            "news": self.text(),
            "revision": 1 + self.number(4),
            "confidence_why": self.text(),
            "coverage": self.text(),
            "model_note": self.text(),
            "severity": self._by.choice(("watch", "notable", "important", "critical")),
            "outlook": tuple(self.text() for _ in range(self.number(3))),
            "passages": tuple(self.quote(quote) for _ in range(self.number(3))),
            "origins": origins,
            "counter": counter,
            "earlier": tuple(self.earlier() for _ in range(self.number(3))),
        }
        return like.model_copy(update=made)

    def opposing(self) -> OpposingStory:
        return OpposingStory(
            story_id="s_other",
            title=self.text(),
            lang="en",
            outlets=(self.text(), self.text()),
            signal="russia_reengagement",
            probability=0.6,
            url=self.url(),
            published=NOW,
        )

    def earlier(self) -> Earlier:
        return Earlier(revision=1, reason=Reason.FIRST, probability=0.5, news=self.text(), at=NOW)
