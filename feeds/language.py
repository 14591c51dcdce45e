"""Which language a text is in."""

from __future__ import annotations

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

KNOWN = ("az", "be", "bg", "de", "en", "fa", "fr", "ka", "ru", "tr", "uk")
"""What the region's outlets write in, and the neighbours that are easily mistaken for it."""

_SCRIPTS = (
    ("hy", "\u0531", "\u0587"),
    ("ka", "\u10a0", "\u10ff"),
    ("el", "\u0370", "\u03ff"),
    ("he", "\u05d0", "\u05ea"),
)
"""Scripts that one of the languages here is written in, by their first and last letters."""

_SCHWA = "əƏ"  # Azerbaijani has it in most words, Turkish in none
_SCHWAS = 0.02  # of the letters
_FEW = 30  # letters below which statistics guess; see py3langid's own evaluation
_SAMPLE = 600  # characters are enough


def detect(text: str, declared: str) -> str:
    """Return the ISO 639-1 code of ``text``'s language.

    A script of its own decides alone: Armenian (Western Armenian is ``hy`` too), Georgian, Greek,
    Hebrew; and so does the letter ``ə``. Below 30 letters the ``declared`` language of the feed
    is believed; above, statistics over ``KNOWN``.
    """
    letters = [c for c in text[:_SAMPLE] if c.isalpha()]
    for language, first, last in _SCRIPTS:
        if sum(first <= c <= last for c in letters) * 2 > len(letters):
            return language
    if sum(c in _SCHWA for c in letters) > _SCHWAS * len(letters):
        return "az"
    if len(letters) < _FEW:
        return declared
    found, _ = _identifier().classify(text[:_SAMPLE])
    return str(found)


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(KNOWN)
    return identifier
