"""What the link of a digest's story shows and does: was it a miss? Showing changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from alerts import misses
from alerts.errors import AlertError
from archive.types import Label
from desk.page.acts import UNDO, Desk
from desk.page.views import Choice, Field, Form, View

_CHOOSE = Choice("", "choose …")


def show(desk: Desk) -> View:
    """Return the page that asks before anything is recorded.

    Raises:
        AlertError: the article is not here any more.
    """
    pressed = desk.pressed
    article = misses.article_of(desk.connection, pressed.article_id)
    said = [
        "When the digest was made no rule had told it: too improbable, or outside the rules.",
        f"What you say is recorded for {pressed.person}; the next retraining learns from it.",
    ]
    known = misses.standing(desk.connection, pressed.article_id, pressed.person)
    forms = _forms(desk)
    if known is not None:
        said.append(f"So far you have said: {_words(desk, known)}.")
        forms += (UNDO,)
    return View("Was this a miss?", tuple(said), forms=forms, article=article)


def do(desk: Desk, form: Mapping[str, str]) -> View:
    """Record what was pressed, or take it back; return the page that says what was done.

    Raises:
        AlertError: nothing was pressed, no signal was chosen, or the article is gone.
    """
    pressed = desk.pressed
    article = misses.article_of(desk.connection, pressed.article_id)
    wanted = form.get("do")
    if wanted == "undo":
        misses.take_back(desk.connection, pressed.article_id, pressed.person)
        view = View("Taken back", ("Nothing of yours on it counts now.",), forms=_forms(desk))
        return replace(view, article=article)
    if wanted not in {"press", "left out"}:
        raise AlertError("Nothing was pressed, so nothing was done.")
    if wanted == "left out" and form.get("sure") != "yes":
        raise AlertError("Choose the answer before you press.")
    signal = form.get("signal", "") if wanted == "press" else ""
    if wanted == "press" and signal not in {choice.value for choice in desk.signals}:
        raise AlertError("Choose the signal that the story is about.")
    made = misses.answer(desk.connection, pressed.article_id, pressed.person, signal, desk.now)
    heading = f"Recorded: {_words(desk, made)}"
    return View(heading, ("Thank you.",), forms=(UNDO,), article=article)


def _forms(desk: Desk) -> tuple[Form, ...]:
    signals = Field("signal", "Its signal", (_CHOOSE, *desk.signals))
    # A program that presses every button chooses nothing, so neither answer is recorded for it.
    sure = Field("sure", "Not about any of the signals", (_CHOOSE, Choice("yes", "yes, left out")))
    return (
        Form("Yes, it should have been told", "press", (signals,)),
        Form("No, rightly left out", "left out", (sure,)),
    )


def _words(desk: Desk, label: Label) -> str:
    if not label.labels:
        return "rightly left out"
    names = {choice.value: choice.label for choice in desk.signals}
    return f"missed, {', '.join(names.get(code, code) for code in label.labels)}"
