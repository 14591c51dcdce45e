"""From an article to evidence: text features, training, scoring, explanation, model files.

Articles (``archive.types.Article``) enter; scores with verbatim evidence leave
(``archive.types.Score``). The room learns from the seed corpus (``load_corpus``, ``train``),
keeps what it learnt in model files (``save_model``, ``load_model``), and tells how good it is
(``evaluate``) and why it says what it says (``explain``). It fetches, stores and sends nothing.

A name is loaded when it is first used: scikit-learn takes seconds to import, and most commands do
not need it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bootstrap import Interval
    from .comparison import compare
    from .corpus import Corpus, LabelledPassage, load_corpus, read_passages
    from .current import current_id
    from .curves import Reliability, precision_recall, reliability, reliability_by_lang
    from .dialects import Dialect, label_records, read_judgements
    from .errors import ClassifierError, CorpusError, ModelError
    from .evaluation import evaluate
    from .exchange import LabelledArticle, read_articles, score_line
    from .explanation import Explanation, SignalVerdict, explain
    from .figures import Figures
    from .files import current_model, load_model, save_model, set_current
    from .gaps import Gap, find_gaps
    from .judgement import Judgement
    from .lastgood import InUse, in_use
    from .lexicon import Concept, Hit, Lexicon
    from .lexicon_file import load_lexicon
    from .metrics import Judged, Report
    from .model import Model
    from .proposals import Proposal, SourceDocument, propose
    from .reviews import ReviewedArticle
    from .seedcheck import SeedFinding, balance, check_seeds
    from .selection import Candidate, Choice, choose
    from .signals import Signal, load_signals
    from .training import train
    from .trial import Rival, Trial, hold_trial
    from .verdict import Comparison
    from .words import detect_language

_HOMES = {
    "Candidate": "selection",
    "Choice": "selection",
    "ClassifierError": "errors",
    "Comparison": "verdict",
    "Concept": "lexicon",
    "Corpus": "corpus",
    "CorpusError": "errors",
    "Dialect": "dialects",
    "Explanation": "explanation",
    "Figures": "figures",
    "Gap": "gaps",
    "Hit": "lexicon",
    "InUse": "lastgood",
    "Interval": "bootstrap",
    "Judged": "metrics",
    "Judgement": "judgement",
    "LabelledArticle": "exchange",
    "LabelledPassage": "corpus",
    "Lexicon": "lexicon",
    "Model": "model",
    "ModelError": "errors",
    "Proposal": "proposals",
    "Reliability": "curves",
    "Report": "metrics",
    "ReviewedArticle": "reviews",
    "Rival": "trial",
    "SeedFinding": "seedcheck",
    "Signal": "signals",
    "SignalVerdict": "explanation",
    "SourceDocument": "proposals",
    "Trial": "trial",
    "balance": "seedcheck",
    "check_seeds": "seedcheck",
    "choose": "selection",
    "compare": "comparison",
    "current_id": "current",
    "current_model": "files",
    "detect_language": "words",
    "evaluate": "evaluation",
    "explain": "explanation",
    "find_gaps": "gaps",
    "hold_trial": "trial",
    "in_use": "lastgood",
    "label_records": "dialects",
    "load_corpus": "corpus",
    "load_lexicon": "lexicon_file",
    "load_model": "files",
    "load_signals": "signals",
    "precision_recall": "curves",
    "propose": "proposals",
    "read_articles": "exchange",
    "read_judgements": "dialects",
    "read_passages": "corpus",
    "reliability": "curves",
    "reliability_by_lang": "curves",
    "save_model": "files",
    "score_line": "exchange",
    "set_current": "files",
    "train": "training",
}

__all__ = [
    "Candidate",
    "Choice",
    "ClassifierError",
    "Comparison",
    "Concept",
    "Corpus",
    "CorpusError",
    "Dialect",
    "Explanation",
    "Figures",
    "Gap",
    "Hit",
    "InUse",
    "Interval",
    "Judged",
    "Judgement",
    "LabelledArticle",
    "LabelledPassage",
    "Lexicon",
    "Model",
    "ModelError",
    "Proposal",
    "Reliability",
    "Report",
    "ReviewedArticle",
    "Rival",
    "SeedFinding",
    "Signal",
    "SignalVerdict",
    "SourceDocument",
    "Trial",
    "balance",
    "check_seeds",
    "choose",
    "compare",
    "current_id",
    "current_model",
    "detect_language",
    "evaluate",
    "explain",
    "find_gaps",
    "hold_trial",
    "in_use",
    "label_records",
    "load_corpus",
    "load_lexicon",
    "load_model",
    "load_signals",
    "precision_recall",
    "propose",
    "read_articles",
    "read_judgements",
    "read_passages",
    "reliability",
    "reliability_by_lang",
    "save_model",
    "score_line",
    "set_current",
    "train",
]


def __getattr__(name: str) -> object:
    """Load a public name from its module (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
