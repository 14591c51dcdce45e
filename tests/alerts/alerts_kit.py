"""What the tests of alerts/ share: articles of our own, an archive, servers with faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

from alerts import (
    AlertsSettings,
    Circumstances,
    DeliveryReport,
    EmailSettings,
    Recipient,
    WebhookSettings,
    WeighReport,
    weigh,
)
from archive import Archive, articles
from archive.ids import article_id
from archive.types import Article, Contribution, Direction, Evidence, Passage, Score, Traits
from net import NetSettings

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NAMES = {
    "csto_snub": "CSTO and Moscow-led bodies snubbed",
    "trade_retaliation": "Russian economic pressure",
    "russia_reengagement": "Ties kept or growing",
}
THRESHOLDS = dict.fromkeys(NAMES, 0.5)
NET = NetSettings(allow=(ip_network("127.0.0.0/8"),), deadline=5.0)
PERSON = Recipient("email", "analyst@desk.example")
MACHINE = Recipient("ops", "ops")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIMPLE = AlertsSettings(rules=AlertsSettings().rules[-2:], group_wait=0, update_interval=0)
"""Two rules, one for each direction, and no waits, as most tests need no more."""
CSTO = Traits(
    frozenset({"csto", "exercise", "refuse", "kyrgyzstan"}),
    frozenset({"kok-tash", "180", "4200"}),
    frozenset({"troop", "letter", "staff", "compani"}),
)
DAIRY = Traits(
    frozenset({"dairy", "import", "ban", "food_agency"}),
    frozenset({"19", "gavar"}),
    frozenset({"chees", "appl", "lorri", "border"}),
)


def make(
    key: str,
    *,
    outlet: str = "Ararat Wire",
    title: str = "Armenia will skip the CSTO exercise",
    text: str = "Armenia will not take part in the exercise. A letter was sent to Moscow.",
    lang: str = "en",
    hours: float = 0,
    origin: str = "",
    family: str = "",
    signal: str = "csto_snub",
    probability: float = 0.74,
    direction: Direction = Direction.AWAY,
    traits: Traits = CSTO,
    version: int = 1,
    quote: str | None = None,
    counter: tuple[Passage, ...] = (),
    model: str = "m_test",
) -> tuple[Article, Score]:
    """An article and its score, with evidence unless ``probability`` is 0."""
    url = f"https://{key}.example/news"
    article = Article(
        id=article_id(url),
        url=url,
        title=title,
        text=text,
        lang=lang,
        outlet=outlet,
        published=NOW - timedelta(hours=10 - hours),
        first_seen=NOW - timedelta(hours=9.5 - hours),
        version=version,
        family=family or outlet.lower(),
        content_hash=f"{title}{text}",
        copy_of=article_id(f"https://{origin}.example/news") if origin else None,
        origin=article_id(f"https://{origin}.example/news") if origin else article_id(url),
    )
    words = text.split(". ")[0] if quote is None else quote
    start = text.index(words)
    passage = Passage(
        words,
        start,
        start + len(words),
        (
            Contribution("csto", "exercise", 1.42),
            Contribution("refusal", "will not take part", 0.96),
            Contribution("sport", "match", -0.31),
        ),
    )
    evidence = (
        Evidence(article.id, version, signal, model, probability, direction, (passage,), counter),
    )
    return article, Score(
        article_id=article.id,
        version=version,
        model_id=model,
        lang=lang,
        relevance=0.9 if probability else 0.1,
        direction=direction if probability else Direction.NONE,
        signals={signal: probability},
        evidence=evidence if probability else (),
        traits=traits,
    )


def edit(
    pair: tuple[Article, Score], text: str, *, probability: float = 0.74
) -> tuple[Article, Score]:
    """The next version of an article, with new words."""
    old, score = pair
    article = replace(old, text=text, version=old.version + 1, content_hash=text)
    words = text.split(". ")[0]
    pieces = tuple(
        replace(
            e,
            version=article.version,
            probability=probability,
            passages=(Passage(words, 0, len(words)),),
        )
        for e in score.evidence
    )
    return article, replace(score, version=article.version, evidence=pieces if probability else ())


def take(
    archive: Archive,
    *pairs: tuple[Article, Score],
    settings: AlertsSettings | None = None,
    recipients: Sequence[Recipient] = (PERSON, MACHINE),
    now: datetime = NOW,
) -> WeighReport:
    """Store articles as collecting does, then weigh them as one batch."""
    with archive.write() as connection:
        for article, _ in pairs:
            articles.put(connection, article)
    return weigh(archive, pairs, around(settings or SIMPLE, now, recipients))


def around(
    settings: AlertsSettings, now: datetime, recipients: Sequence[Recipient]
) -> Circumstances:
    """What is decided by in the tests."""
    return Circumstances(
        settings, THRESHOLDS, now, "11 of 12 sources healthy.", tuple(recipients), NAMES
    )


def counts(report: DeliveryReport) -> DeliveryReport:
    """A delivery's figures without the alerts behind them."""
    return DeliveryReport(report.sent, report.failed, report.dead)


def email_to(port: int, /, **more: object) -> EmailSettings:
    """Settings for a mail server on this machine."""
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "plain",
        "from": "alerts@pivot.example",
        "to": (PERSON.address,),
    }
    return EmailSettings.model_validate(values | more)


def webhook_to(port: int, /, **more: object) -> WebhookSettings:
    """Settings for a receiver on this machine."""
    values: dict[str, object] = {
        "name": "ops",
        "url": f"http://127.0.0.1:{port}/hooks/T0PS3CRETPATH",
        "secret": SECRET,
    }
    return WebhookSettings.model_validate(values | more)
