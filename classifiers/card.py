"""The model card: what a model is, was made of, can and cannot do (Mitchell et al. 2019)."""

from __future__ import annotations

from .model import Model

_TEMPLATE = """\
# Model {id}

Finds, in English, Russian and Armenian news, signals that Armenia moves away from Russia or
back. Logistic regressions (scikit-learn) over word stems and the concepts of a trilingual
lexicon; {features} features, {size} kB.

## Data
Corpus {corpus}, lexicon {lexicon} ({concepts} concepts), code version {code_version}, seed {seed};
probabilities calibrated on {calibrated}. Labelled passages in our own words,
facts up to mid-2024, and pseudo-articles made of them; see `seeds/README.md`.

## Figures
{figures}

## Thresholds
| signal | probability |
|---|---|
{thresholds}

## Intended use
Early warning for analysts who read the evidence and judge it themselves.

## Limits
- Trained on short passages, not on real articles: probabilities need reviewed articles before
  they can be taken at their word, and thresholds should follow the stream's alert budget.
- Accusations and renewed ties are told apart by tone more than by topic and are its weakest
  signals. Irony and unnamed allusions are missed.
- Names and bodies that the lexicon does not know are only words. Languages other than the three
  score low whatever they say.
- It says what a text reports, not whether that is true.
"""


def model_card(model: Model, size: int) -> str:
    """Return the card of ``model``, whose file has ``size`` bytes, as Markdown."""
    return _TEMPLATE.format(
        id=model.id,
        features=len(model.names),
        size=size // 1000,
        corpus=model.corpus_hash[:12],
        lexicon=model.lexicon.hash[:12],
        concepts=len(model.lexicon.concepts),
        code_version=model.code_version,
        seed=model.seed,
        calibrated=_calibrated(model),
        figures=_figures(model),
        thresholds="\n".join(f"| {code} | {p:.2f} |" for code, p in model.thresholds.items()),
    )


def _calibrated(model: Model) -> str:
    if model.figures is None:
        return "nothing"
    return "reviewed articles" if model.reviews else "held-out passages"


def _figures(model: Model) -> str:
    if model.figures is None:
        return "Trained without cross-validation: no figures, not calibrated."
    report = model.figures.report
    rows = [
        ("relevance AP", report.relevance.ap),
        ("relevance AUC", report.relevance.auc),
        ("recall at 5 % false positives", report.relevance.recall_at_5fpr),
        ("macro-AP over signals", report.macro_ap),
        ("macro-F1 over signals", report.macro_f1),
        ("direction accuracy", report.direction_accuracy),
        ("expected calibration error", report.ece),
        ("hard negatives called at recall .95", model.figures.hard_negative_alarms),
        ("background alone called at recall .95", model.figures.recap_alarms),
        *((f"{figure.lang} AUC", figure.auc) for figure in report.by_lang),
        *((f"{figure.code} AP", figure.ap) for figure in report.signals),
    ]
    lines = [f"| {name} | {'–' if value is None else f'{value:.3f}'} |" for name, value in rows]
    head = "Cross-validated on held-out pseudo-articles, no event on both sides of a fold.\n\n"
    return head + "\n".join(["| figure | value |", "|---|---|", *lines])
