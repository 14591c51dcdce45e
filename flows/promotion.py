"""Which model is used after a retraining: is there anything to learn, and is it not worse?"""

from __future__ import annotations

import json
from dataclasses import dataclass

import classifiers
from classifiers import (
    Comparison,
    InUse,
    Model,
    ModelError,
    corpus_file,
    current,
    reviews,
    training,
)
from classifiers.current import Standing
from flows.home import Home
from flows.model import Material

MARGIN = 0.01
"""How much worse, in average precision, a new model may measure where only cross-validated
figures can be compared: about one standard error of such a figure."""


@dataclass(frozen=True, slots=True)
class Champion:
    """The model before a retraining; ``used`` is ``None`` where there is none that loads."""

    used: InUse | None
    named: str | None

    @property
    def is_faulty(self) -> bool:
        """Whether the model that should be in use is not."""
        return self.used is None or bool(self.used.fault)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a challenger is used from now on, and why; ``comparison`` where there was one."""

    promoted: bool
    why: str
    comparison: Comparison | None = None


def find_champion(home: Home) -> Champion:
    """Return the model in use, or what stands in for it."""
    standing = _standing(home)
    try:
        used = classifiers.in_use(home.models)
    except ModelError:
        used = None
    return Champion(used, standing.model if standing else None)


def is_due(home: Home, champion: Champion, found: Material) -> bool:
    """Whether there is something new to learn, or a model to repair.

    A challenger that was refused is not trained again while corpus, lexicon, reviewed articles
    and code stay what they were.
    """
    wanted = training.model_id(found.corpus, 0, True, found.reviewed)
    if champion.used is None or (champion.is_faulty and champion.named in {None, wanted}):
        return True
    if _made_of(champion.used.model) == _wanted(found):
        return champion.is_faulty
    standing = _standing(home)
    return standing is None or wanted not in standing.refused


def rule(home: Home, champion: Champion, challenger: Model, found: Material) -> Ruling:
    """Return whether ``challenger`` may replace the champion.

    It is compared by training both recipes on the same folds; where the champion was saved
    without its corpus, by the cross-validated figures of both.
    """
    if champion.used is None:
        return Ruling(True, "there was no model that could be used")
    if champion.is_faulty and champion.named == challenger.id:
        return Ruling(True, "it is the model whose file was missing or damaged, made again")
    before = champion.used.model
    try:
        kept = corpus_file.load_kept(before, home.models)
        reason = "the champion was saved without its corpus"
    except ModelError as error:
        kept, reason = None, str(error)
    if kept is None:
        promoted = is_not_worse(challenger, before)
        words = "not worse" if promoted else "worse"
        return Ruling(promoted, f"{words} by cross-validated figures alone: {reason}")
    if (kept.hash, before.lexicon.hash) == (found.corpus.hash, found.corpus.lexicon.hash):
        return Ruling(True, "made of the same corpus and lexicon")
    comparison = classifiers.compare(kept, found.corpus, found.reviewed)
    if comparison.passed:
        return Ruling(True, "no figure is worse by more than its margin", comparison)
    failed = ", ".join(comparison.failed)
    return Ruling(False, f"worse by more than the margin: {failed}", comparison)


def settle(home: Home, champion: Champion, challenger: Model, ruling: Ruling) -> Ruling:
    """Put the challenger, already saved, into use, or remember that it was refused.

    Where another model was put into use meanwhile, that one stays, and the challenger is neither
    used nor remembered as refused. Where the model that should be in use stays faulty, the one
    that stands in for it takes its place.

    Returns:
        The ruling that was carried out.
    """
    with current.held(home.models):
        now = _standing(home)
        if now is not None and now.model != champion.named:
            why = f"{now.model} was put into use meanwhile; the next run compares with it"
            ruling = Ruling(False, why, ruling.comparison)
            _tell(home, champion, challenger, ruling)
            return ruling
        _tell(home, champion, challenger, ruling)
        if ruling.promoted or champion.used is None:
            classifiers.set_current(challenger, home.models)
            return ruling
        after = _kept(home, champion.used, now)
        current.save_standing(home.models, after.refusing(challenger.id))
    return ruling


def _kept(home: Home, used: InUse, now: Standing | None) -> Standing:
    """Return the standing in which a model that loads is in use, and no damaged one a former."""
    if now is None:
        return Standing(used.model.id)
    if now.model == used.model.id or _loads(home, now.model):
        return now
    name, history = used.model.id, now.history
    history = history[: history.index(name)] if name in history else history
    return Standing(name, history, tuple(one for one in now.refused if one != name))


def _tell(home: Home, champion: Champion, challenger: Model, ruling: Ruling) -> None:
    """Write the ruling beside the challenger."""
    about = {
        "champion": champion.used.model.id if champion.used else None,
        "challenger": challenger.id,
        "promoted": ruling.promoted,
        "why": ruling.why,
        "comparison": ruling.comparison.as_dict() if ruling.comparison else None,
    }
    data = (json.dumps(about, indent=2) + "\n").encode()
    current.write_whole(home.models / f"{challenger.id}.comparison.json", data)


def _loads(home: Home, name: str) -> bool:
    try:
        classifiers.load_model(home.models / f"{name}.skops")
    except ModelError:
        return False
    return True


def _standing(home: Home) -> Standing | None:
    """Return what ``current.json`` says, ``None`` where it is missing or damaged."""
    try:
        return current.standing(home.models)
    except ModelError:
        return None


def is_not_worse(challenger: Model, champion: Model) -> bool:
    """Whether a challenger's cross-validated figures allow it to replace the champion."""
    pairs = zip(figures(challenger), figures(champion), strict=True)
    return all(after >= before - MARGIN for after, before in pairs)


def figures(one: Model) -> tuple[float, float]:
    """Return relevance AP and macro-AP; a model without figures counts as nothing."""
    if one.figures is None:
        return 0.0, 0.0
    report = one.figures.report
    return report.relevance.ap or 0.0, report.macro_ap or 0.0


def _made_of(model: Model) -> tuple[str, ...]:
    return model.corpus_hash, model.lexicon.hash, model.code_version, model.reviews


def _wanted(found: Material) -> tuple[str, ...]:
    corpus, judged = found.corpus, reviews.hash_of(found.reviewed)
    return corpus.hash, corpus.lexicon.hash, training.CODE_VERSION, judged
