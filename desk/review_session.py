"""A review session: keys in, judgements out. Each judgement is stored as soon as it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from string import ascii_uppercase
from typing import TYPE_CHECKING

from rich.text import Text

from alerts.misses import lead
from archive import Archive, ids, reviews
from archive.types import Article, Direction, Label
from desk.console import out
from desk.review_card import HELP, card, whole
from desk.review_offer import Offer
from flows.cycle import clock

if TYPE_CHECKING:
    from classifiers import Signal

SIGNAL_KEYS = "1234567890-=" + ascii_uppercase
DIRECTIONS = {"a": Direction.AWAY, "t": Direction.TOWARD, "m": Direction.MIXED}
PROMPT = "y yes · n no · 1-9 signals · a/t/m · f text · s skip · u undo · q quit · ? "


@dataclass(frozen=True, slots=True)
class Marks:
    """The signals and the direction that ``y`` would store; None is a direction not yet set."""

    codes: frozenset[str]
    direction: Direction | None

    def toggled(self, code: str) -> Marks:
        """Return the marks with a signal marked that was not, or the other way round."""
        return replace(self, codes=self.codes ^ {code})

    def turned(self, direction: Direction) -> Marks:
        """Return the marks with a direction, or with none when they have that one already."""
        there = self.direction is direction
        return replace(self, direction=Direction.NONE if there else direction)


@dataclass(frozen=True, slots=True)
class Step:
    """What was done with an offer: a label stored in place of others, or none when skipped."""

    at: int
    label: Label | None = None
    replaced: tuple[Label, ...] = ()


@dataclass
class Session:
    """Offers one article after the other.

    ``read_key`` waits for a key press and returns what the terminal sent for it; it raises
    ``EOFError`` or ``KeyboardInterrupt`` when the annotator wants to leave.
    """

    archive: Archive
    offers: Sequence[Offer]
    signals: Sequence[Signal]
    thresholds: dict[str, float]
    by: str
    read_key: Callable[[], str]
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._keys = dict(zip(SIGNAL_KEYS, self.signals, strict=False))
        self._marks = [self._proposed(offer) for offer in self.offers]

    def run(self) -> None:
        """Ask until every article is judged or skipped, or the annotator quits.

        Raises:
            ArchiveError: a judgement could not be stored; those before it are.
        """
        step: int | None = 0
        try:
            while step is not None:
                step = self._ask(step) if step < len(self.offers) else self._close(step)
        except (EOFError, KeyboardInterrupt):
            out.print()

    def outcomes(self) -> Counter[tuple[str, str]]:
        """Return how many offers of each kind were found relevant, not, or skipped."""
        return Counter((self.offers[s.at].choice.why.value, _outcome(s.label)) for s in self.steps)

    def _ask(self, at: int) -> int | None:
        """Show an offer and take keys for it; return which one comes next, or None to end."""
        place = f"{at + 1} of {len(self.offers)}"
        out.print(card(self.offers[at], place, self._keys, self.thresholds))
        while True:
            marks = self._marks[at]
            out.print(Text(f"marked: {_said(marks)}", style="bold"))
            out.print(Text(PROMPT, style="dim"), end="")
            key = self._press()
            out.print(Text(key if key.isprintable() else ""))
            if key == "q":
                return None
            if key == "u":
                return self._undo(at)
            if key == "s":
                self.steps.append(Step(at))
                return at + 1
            if key in ("y", "n") and self._judge(at, relevant=key == "y"):
                return at + 1
            self._change(at, key)

    def _close(self, at: int) -> int | None:
        """Offer to undo the very last step, too."""
        out.print(Text("— that was the last; u: undo it; any other key: end —", style="dim"))
        return self._undo(at) if self._press() == "u" else None

    def _change(self, at: int, key: str) -> None:
        """Do what leaves the article open: mark, turn, show."""
        marks = self._marks[at]
        if key in self._keys:
            self._marks[at] = marks.toggled(self._keys[key].code)
        elif key in DIRECTIONS:
            self._marks[at] = marks.turned(DIRECTIONS[key])
        elif key == "f":
            self._page(self.offers[at].article)
        elif key == "?":
            out.print(Text(HELP))
        elif key not in ("y", "n"):
            out.print(Text("no such key; ? shows them"))

    def _judge(self, at: int, *, relevant: bool) -> bool:
        """Store the judgement; return False and say why when it is not complete."""
        marks = self._marks[at] if relevant else Marks(frozenset(), Direction.NONE)
        if relevant and not marks.codes:
            out.print(Text("no signal is marked; mark one with its key, or press n"))
            return False
        if marks.direction is None:
            out.print(Text("no direction is set; press a, t or m, or one of them twice for none"))
            return False
        codes = tuple(s.code for s in self.signals if s.code in marks.codes)
        label = judgement(self.offers[at].article, codes, marks.direction, self.by)
        with self.archive.write() as connection:
            replaced = reviews.judge(connection, label)
        self.steps.append(Step(at, label, tuple(replaced)))
        return True

    def _undo(self, at: int) -> int:
        """Take back the last step; return the offer it was about."""
        if not self.steps:
            out.print(Text("nothing to undo"))
            return at
        last = self.steps[-1]
        if last.label is not None:
            with self.archive.write() as connection:
                reviews.take_back(connection, last.label, list(last.replaced))
        self.steps.pop()
        return last.at

    def _page(self, article: Article) -> None:
        """Show the whole text, a screen at a time."""
        lines = whole(article).wrap(out, out.width)
        height = max(out.height - 2, 5)
        for first in range(0, len(lines), height):
            out.print(Text("\n").join(lines[first : first + height]))
            if first + height < len(lines):
                out.print(Text("— any key: more; q: back —", style="dim"))
                if self._press() == "q":
                    return

    def _proposed(self, offer: Offer) -> Marks:
        """Return the signals that the model has found and its direction, if it has one."""
        probability = offer.score.signals
        found = frozenset(
            s.code for s in self.signals if probability[s.code] >= self.thresholds[s.code]
        )
        direction = offer.score.direction
        return Marks(found, None if direction is Direction.NONE else direction)

    def _press(self) -> str:
        """Return the next key; what comes as several letters, such as an arrow, stands for none.

        So a text that is pasted by mistake judges nothing.
        """
        try:
            sent = self.read_key()
        except OSError:
            sent = ""
        if not sent:
            raise EOFError  # the terminal has gone
        return sent if len(sent) == 1 else "\x1b"


def judgement(article: Article, codes: tuple[str, ...], direction: Direction, by: str) -> Label:
    """Return the label that says ``by`` found ``codes`` in the article, or nothing, just now."""
    return Label(
        id="lb_" + ids.digest(article.id, by, length=16),
        article_id=article.id,
        text=lead(article),
        lang=article.lang,
        labels=codes,
        direction=direction,
        annotator=by,
        source="review",
        at=clock(),
    )


def _said(marks: Marks) -> str:
    codes = ", ".join(sorted(marks.codes)) or "no signal"
    return f"{codes} · direction {marks.direction or 'not set'}"


def _outcome(label: Label | None) -> str:
    if label is None:
        return "skipped"
    return "relevant" if label.labels else "not relevant"
