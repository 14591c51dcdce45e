"""From an article to evidence: text features, training, scoring, explanation, model files.

Articles (``archive.types.Article``) enter; scores with verbatim evidence leave
(``archive.types.Score``). The room learns from the seed corpus (``load_corpus``, ``train``),
keeps what it learnt in model files (``save_model``, ``load_model``), and tells how good it is
(``evaluate``) and why it says what it says (``explain``). It fetches, stores and sends nothing.
"""

from .corpus import Corpus, LabelledPassage, load_corpus, read_passages
from .errors import ClassifierError, CorpusError, ModelError
from .evaluate import evaluate
from .exchange import LabelledArticle, read_articles, score_line
from .explain import Explanation, SignalVerdict, explain
from .figures import Figures
from .files import current_model, load_model, save_model, set_current
from .lexicon import Concept, Hit, Lexicon
from .lexicon_file import load_lexicon
from .metrics import Report
from .model import Model
from .signals import Signal, load_signals
from .train import train
from .words import detect_language

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
