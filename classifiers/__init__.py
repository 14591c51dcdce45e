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
    from .corpus import Corpus, LabelledPassage, load_corpus, read_passages
    from .current import current_id
    from .errors import ClassifierError, CorpusError, ModelError
    from .evaluation import evaluate
    from .exchange import LabelledArticle, read_articles, score_line
    from .explanation import Explanation, SignalVerdict, explain
    from .figures import Figures
    from .files import current_model, load_model, save_model, set_current
    from .lexicon import Concept, Hit, Lexicon
    from .lexicon_file import load_lexicon
    from .metrics import Report
    from .model import Model
    from .signals import Signal, load_signals
    from .training import train
    from .words import detect_language

_HOMES = {
    "ClassifierError": "errors",
    "Concept": "lexicon",
    "Corpus": "corpus",
    "CorpusError": "errors",
    "Explanation": "explanation",
    "Figures": "figures",
    "Hit": "lexicon",
    "LabelledArticle": "exchange",
    "LabelledPassage": "corpus",
    "Lexicon": "lexicon",
    "Model": "model",
    "ModelError": "errors",
    "Report": "metrics",
    "Signal": "signals",
    "SignalVerdict": "explanation",
    "current_id": "current",
    "current_model": "files",
    "detect_language": "words",
    "evaluate": "evaluation",
    "explain": "explanation",
    "load_corpus": "corpus",
    "load_lexicon": "lexicon_file",
    "load_model": "files",
    "load_signals": "signals",
    "read_articles": "exchange",
    "read_passages": "corpus",
    "save_model": "files",
    "score_line": "exchange",
    "set_current": "files",
    "train": "training",
}

__all__ = [
    "ClassifierError",
    "Concept",
    "Corpus",
    "CorpusError",
    "Explanation",
    "Figures",
    "Hit",
    "LabelledArticle",
    "LabelledPassage",
    "Lexicon",
    "Model",
    "ModelError",
    "Report",
    "Signal",
    "SignalVerdict",
    "current_id",
    "current_model",
    "detect_language",
    "evaluate",
    "explain",
    "load_corpus",
    "load_lexicon",
    "load_model",
    "load_signals",
    "read_articles",
    "read_passages",
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
