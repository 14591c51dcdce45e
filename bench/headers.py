"""S1: does any title change a mail's headers, or keep the mail from being made?

    ./run bench headers         100,000 generated titles, from one seed

Each title becomes a subject as an alert's does; the finished bytes are parsed again by both of
Python's parsers, and written and parsed once more as a relay might. Prints how many titles changed
the set of headers, raised, were withheld, or made a line longer than mail allows.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from functools import cache
from itertools import islice

from alerts.clean import WITHHELD, clean, seal
from alerts.message import new_mail
from alerts.settings import EmailSettings

TITLES = 100_000
SEED = 20260304
SETTINGS = EmailSettings.model_validate(
    {"host": "mail.example", "from": "watch@pivot.example", "to": ["ani@desk.example"]}
)
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
WORDS = ("Armenia", "CSTO", "Հայաստանը", "ՀԱՊԿ", "учения", "Ереван", "رزمایش", "演習", "letter")
CHARSETS = ("utf-8", "UTF-8", "us-ascii*en", "utf-7", "utf-16", "punycode", "rot13", "hz", "x", "")
BREAKS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\r\n ", "\r\n\t")
MARKS = "\u200e\u200f\u202a\u202e\u2066\u2069\u061c\u200b\ufeff\u00ad\x00\x07\x1b\x7f"
INJECTED = ("Bcc: a@b.c", "To: a@b.c", "Subject: x", "Content-Type: text/html", ".", "From: x@y")
SIGNS = "=?_<>@,;:\"'()[]\\!&%$#*~`^|{}/.-"


def titles(seed: int = SEED) -> Iterator[str]:
    """Yield titles without end, the same for the same seed."""
    rng = random.Random(seed)
    while True:
        pieces = (rng.choice(MAKERS)(rng) for _ in range(rng.randint(1, 8)))
        yield rng.choice(("", " ")).join(pieces)


def _encoded_word(rng: random.Random) -> str:
    break_ = rng.choice(("=0D=0A", "=0d=0a", "=0A", "DQo=", "=E2=80=A8", "\n", ""))
    inside = rng.choice(INJECTED).replace(" ", rng.choice(("_", " ", "=20")))
    gap = rng.choice(("", "", "", " ", "\u200e", "\u202e", "\t", "\u00a0", "="))
    return f"={gap}?{rng.choice(CHARSETS)}?{rng.choice('qQbBxX')}?x{break_}{inside}?{gap}="


def _any_text(rng: random.Random) -> str:
    top = rng.choice((0x7F, 0x7FF, 0xFFFF, 0x10FFFF))  # lone surrogates among them
    return "".join(chr(rng.randint(0, top)) for _ in range(rng.randint(1, 12)))


MAKERS = (
    lambda rng: rng.choice(WORDS),
    lambda rng: rng.choice(WORDS),
    _encoded_word,
    _any_text,
    lambda rng: rng.choice(BREAKS) + rng.choice(INJECTED) + rng.choice(BREAKS),
    lambda rng: rng.choice(MARKS),
    lambda rng: "".join(rng.choice(SIGNS) for _ in range(rng.randint(1, 6))),
    lambda rng: rng.choice((*WORDS, "=?", "?=", "\U0001f600", "a")) * rng.randint(1, 90),
)


def fault(title: str) -> str:
    """Return what a title does to a mail, or an empty string."""
    subject = f"[pivotwatch] likely: {title}"
    mail = _mail("x")
    del mail["Subject"]
    mail["Subject"] = clean(subject)  # as new_mail sets it; the rest is the same for every title
    try:
        raw = seal(mail)
    except Exception as error:
        return f"raised {type(error).__name__}"
    modern = message_from_bytes(raw, policy=policy.default)
    relayed = message_from_bytes(modern.as_bytes())
    if any(_others(one) != _wanted() for one in (message_from_bytes(raw), relayed)):
        return "changed the headers"
    if sorted(modern.keys()) != sorted(mail.keys()):
        return "changed the headers"
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        return "made a long line"
    if mail["Subject"] == WITHHELD:
        return "was withheld"
    return "" if modern["Subject"] == clean(subject) else "was misread"


@cache
def _mail(subject: str) -> EmailMessage:
    mail = new_mail(SETTINGS, "ani@desk.example", subject, "msg_1", NOW)
    mail.set_content("body")
    return mail


@cache
def _wanted() -> list[tuple[str, str]]:
    return _others(message_from_bytes(_mail("an honest title").as_bytes()))


def _others(mail: Message) -> list[tuple[str, str]]:
    """Return all headers, the subject's without its words."""
    found = sorted(mail.items())
    return [("Subject", "") if name == "Subject" else (name, value) for name, value in found]


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else TITLES
    start = time.perf_counter()
    found = Counter(fault(title) for title in islice(titles(), many))
    took = time.perf_counter() - start
    print(f"{many:,} titles, Python {sys.version.split()[0]}, {took:.0f} s")
    for what in ("changed the headers", "raised", "made a long line", "was withheld"):
        print(f"  {what:20} {sum(n for k, n in found.items() if k.startswith(what)):>8,}")
    print(f"  {'was misread':20} {found['was misread']:>8,}")


if __name__ == "__main__":
    main()
