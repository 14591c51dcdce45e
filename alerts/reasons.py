"""Why a story is told, or told again: a revision needs one of the enumerated reasons.

Everything is compared with what the last revision said, so that weighing the same articles twice
finds nothing new. A further copy of a known text is never a reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from alerts import likelihood
from alerts.corroboration import origins_of
from alerts.opposition import opponents
from alerts.payload import AlertPayload, Quote
from alerts.rules import Finding
from archive.types import Article, Reason, Severity, Story, StoryMember


@dataclass(frozen=True, slots=True)
class News:
    """A reason and the one sentence that says what is new.

    ``superseded`` are earlier passages that their outlet has edited away.
    """

    reason: Reason
    sentence: str
    superseded: tuple[Quote, ...] = ()


def news(finding: Finding, last: AlertPayload | None) -> News | None:
    """Return why a finding is told now, or None when there is nothing new.

    Of several reasons the most urgent is given: a retraction or correction, an opposing account,
    a further independent origin, a higher severity (where the rule fixes it, a higher likelihood).
    Corrections and opposing accounts are told even when the story no longer reaches the rule's
    threshold. A critical severity comes before a further origin, which is what makes it so.
    """
    if last is None:
        return News(Reason.FIRST, _first(finding)) if finding.matches else None
    found = _corrected(finding, last) or _contradicted(finding.story, last)
    if found or not finding.matches:
        return found
    ordered = (_new_source, _more_likely)
    if finding.severity is Severity.CRITICAL:
        ordered = (_more_likely, _new_source)
    return ordered[0](finding, last) or ordered[1](finding, last)


def _first(finding: Finding) -> str:
    first = finding.supporters[0].article
    outlets = len({m.article.outlet for m in finding.supporters})
    if outlets == 1:
        return f"New story: {first.outlet} alone reports it so far."
    origins = len(finding.origins)
    independent = f"from {origins} independent origins" if origins > 1 else "all from one origin"
    return f"New story: {outlets} outlets report it, {independent}; {first.outlet} was first."


def _corrected(finding: Finding, last: AlertPayload) -> News | None:
    now = {m.article.id: m.article for m in finding.story.members}
    gone = tuple(q for q in last.passages if _edited_away(q, now.get(q.source.article_id)))
    if not gone:
        return None
    source = gone[0].source
    if not finding.supports:
        return News(
            Reason.RETRACTED,
            f"{source.outlet} has withdrawn what was quoted, and no article of the story says it "
            "any more.",
            gone,
        )
    return News(
        Reason.CORRECTED,
        f"{source.outlet} has edited its article: the words quoted before no longer stand there.",
        gone,
    )


def _edited_away(quote: Quote, article: Article | None) -> bool:
    if article is None or article.version <= quote.source.version:
        return False
    return _folded(quote.text) not in _folded(article.text)


def _contradicted(story: Story, last: AlertPayload) -> News | None:
    known = {s.article_id for s in last.counter.articles} | {
        s.origin for s in last.counter.articles
    }
    for one in opponents(story, last.direction):
        article = one.member.article
        if article.id not in known and _origin(one.member) not in known:
            return News(
                Reason.CONTRADICTED,
                f"{article.outlet} carries an opposing account or a denial: “{article.title}”.",
            )
    return None


def _new_source(finding: Finding, last: AlertPayload) -> News | None:
    known = {o.family for o in last.origins}
    if len(finding.origins) <= len(known):
        return None
    fresh = next(o for o in origins_of(finding.supporters) if o.family not in known)
    outlet = fresh.articles[0].outlet
    return News(
        Reason.NEW_INDEPENDENT_SOURCE,
        f"{outlet} now reports it independently: {len(finding.origins)} independent origins, "
        f"{len(known)} before.",
    )


def _more_likely(finding: Finding, last: AlertPayload) -> News | None:
    best = finding.supports[0].member
    known_articles = {s.article_id for s in last.articles}
    known_origins = {s.origin for s in last.articles}
    if best.article.id not in known_articles and _origin(best) in known_origins:
        return None  # a further copy of a known text
    risen = finding.severity.rank > Severity(last.severity).rank
    if risen:
        level = f"The severity has risen from {last.severity} to {finding.severity}"
        return News(Reason.SEVERITY_UP, f"{level}: {_grounds(finding)}.")
    if finding.rule.severity is None or likelihood.rank(finding.score) <= last.rank:
        return None
    before = f"{last.likelihood} ({likelihood.shown(last.probability):.2f})"
    words = likelihood.band(finding.score).words
    after = f"{words} ({likelihood.shown(finding.score):.2f})"
    return News(Reason.SEVERITY_UP, f"The likelihood has risen from {before} to {after}.")


def _grounds(finding: Finding) -> str:
    row = likelihood.band(finding.score).words
    number = len(finding.origins)
    return (
        f"{row} ({likelihood.shown(finding.score):.2f}), {number} independent "
        f"origin{'s' * (number != 1)}"
    )


def _origin(member: StoryMember) -> str:
    return member.article.origin or member.article.id


def _folded(text: str) -> str:
    return " ".join(text.split())
