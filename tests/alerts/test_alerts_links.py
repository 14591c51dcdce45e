"""Signed links: what they say comes back, and nothing that is not ours is taken."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from alerts.links import LIFETIME, LONGEST, LinkError, Links, Pressed, Purpose
from alerts.rendering import link
from archive.types import VerdictKind

BASE = "https://watch.example/desk"
NEW, OLD = SecretStr("n" * 40), SecretStr("o" * 40)
WHO = "ani@desk.example"
PRESSED = Pressed(Purpose.VERDICT, WHO, "al_1", 2, VerdictKind.RELEVANT)
LETTERS = string.ascii_letters + string.digits + "-_"


@pytest.fixture(scope="module")
def links() -> Links:
    return Links(BASE + "/", [NEW])


def now() -> datetime:
    return datetime.now(UTC)


def is_taken(links: Links, purpose: Purpose, token: str) -> bool:
    try:
        links.read(purpose, token, now())
    except LinkError:
        return False
    return True


def test_buttons_say_who_may_do_what(links: Links) -> None:
    made = links.buttons("al_1", 2, WHO)
    assert [(b.name, b.label) for b in made] == [
        ("relevant", "Relevant"),
        ("not_relevant", "Not relevant"),
        ("wrong_signal", "Wrong signal"),
        ("snooze", "Snooze"),
        ("mute", "Mute"),
    ]
    read = []
    for button in made:
        place, purpose, token = button.url.rsplit("/", 2)
        assert place == f"{BASE}/a"
        assert link(button.url) == button.url
        read.append(links.read(Purpose(purpose), token, now()))
    assert read == [
        *(Pressed(Purpose.VERDICT, WHO, "al_1", 2, kind) for kind in VerdictKind),
        Pressed(Purpose.SNOOZE, WHO, "al_1", 2),
        Pressed(Purpose.MUTE, WHO, "al_1", 2),
    ]


def test_a_link_on_a_miss_names_the_article(links: Links) -> None:
    place, token = links.miss("a_1", WHO).rsplit("/", 1)
    assert place == f"{BASE}/m"
    assert links.read(Purpose.MISS, token, now()) == Pressed(Purpose.MISS, WHO, article_id="a_1")


def test_an_unsubscribing_link_names_the_address(links: Links) -> None:
    place, token = links.unsubscribe(WHO).rsplit("/", 1)
    assert place == f"{BASE}/u"
    assert links.read(Purpose.UNSUBSCRIBE, token, now()) == Pressed(Purpose.UNSUBSCRIBE, WHO)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("other", Purpose)
def test_a_link_is_good_for_its_own_purpose_alone(
    links: Links, purpose: Purpose, other: Purpose
) -> None:
    token = links.token(Pressed(purpose, WHO, "al_1", 2))
    assert is_taken(links, other, token) == (purpose is other)


def test_a_link_ends_after_ninety_days(links: Links) -> None:
    token = links.token(PRESSED)
    assert links.read(Purpose.VERDICT, token, now() + LIFETIME - timedelta(hours=1)) == PRESSED
    with pytest.raises(LinkError, match="older than 90 days"):
        links.read(Purpose.VERDICT, token, now() + LIFETIME + timedelta(hours=1))


def test_keys_can_be_changed_without_breaking_what_is_out() -> None:
    before, during, after = Links(BASE, [OLD]), Links(BASE, [NEW, OLD]), Links(BASE, [NEW])
    old, new = before.token(PRESSED), during.token(PRESSED)
    assert is_taken(during, Purpose.VERDICT, old)
    assert is_taken(during, Purpose.VERDICT, new)
    assert is_taken(after, Purpose.VERDICT, new)
    assert not is_taken(before, Purpose.VERDICT, new)
    assert not is_taken(after, Purpose.VERDICT, old)


def test_without_a_key_there_are_no_links() -> None:
    with pytest.raises(ValueError, match="need a key"):
        Links(BASE, [])


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c", "é.b.c", "a" * 43 + ".b." + "c" * 43, "x" * (LONGEST + 1)],
)
def test_what_is_no_token_is_refused(links: Links, token: str) -> None:
    assert not is_taken(links, Purpose.VERDICT, token)


def test_every_change_of_one_letter_is_refused(links: Links) -> None:
    """Also of the last one, of which base64 itself does not look at two bits."""
    token = links.token(PRESSED)
    forged = {
        token[:at] + letter + token[at + 1 :] for at in range(len(token)) for letter in LETTERS
    } - {token}
    forged |= {token[:at] + extra + token[at:] for at in range(len(token) + 1) for extra in "=!. "}
    assert len(forged) > 60 * len(token)
    assert not [one for one in forged if is_taken(links, Purpose.VERDICT, one)]


def test_forged_links_are_refused(links: Links) -> None:
    """20,000 here; ``bench/links.py`` tries a million."""
    dice = random.Random(7)
    token = links.token(PRESSED)
    body, stamp, signature = token.rsplit(".", 2)
    other, _, _ = links.token(Pressed(Purpose.VERDICT, "eve@x.example", "al_9", 1)).rsplit(".", 2)
    for number in range(20_000):
        noise = "".join(dice.choices(LETTERS, k=43))
        forged = (
            f"{body}.{stamp}.{noise}",
            f"{other}.{stamp}.{signature}",
            f"{noise}.{stamp}.{noise}",
            f"{body}.{noise[:6]}.{signature}",
        )[number % 4]
        assert not is_taken(links, Purpose.VERDICT, forged)
