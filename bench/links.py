"""S5: is any forged link taken, and what does reading one cost?

    ./run bench links           1,000,000 forgeries, from one seed

Forgeries are links with letters changed, put in or taken out, parts of two good links put together,
noise in the form of a link, links signed for another purpose or with another key, and other ways to
write a good one. Prints how many were taken and how many were read in a second.
"""

from __future__ import annotations

import random
import string
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from pydantic import SecretStr

from alerts.links import LinkError, Links, Pressed, Purpose
from archive.types import VerdictKind

FORGERIES = 1_000_000
SEED = 20260304
LETTERS = string.ascii_letters + string.digits + "-_"
GOOD = Pressed(Purpose.VERDICT, "ani@desk.example", "al_abcdefghijklmnop", 2, VerdictKind.RELEVANT)
OTHERS = tuple(
    Pressed(Purpose.VERDICT, "eve@desk.example", f"al_{number:016}", 1, VerdictKind.NOT_RELEVANT)
    for number in range(50)
)


def forgeries(links: Links, seed: int = SEED) -> Iterator[str]:
    """Yield forged tokens for verdicts without end, the same for the same seed and links."""
    rng = random.Random(seed)
    foreign = Links(links.base_url, [SecretStr("f" * 40)])
    good = [links.token(one) for one in (GOOD, *OTHERS)]
    elsewhere = [
        links.token(Pressed(purpose, GOOD.person, GOOD.alert_id, GOOD.revision, GOOD.verdict))
        for purpose in Purpose
        if purpose is not Purpose.VERDICT
    ]
    fixed = [*elsewhere, *(foreign.token(one) for one in (GOOD, *OTHERS))]
    while True:
        made = rng.choice(MAKERS)(rng, rng.choice(good), rng.choice(good))
        yield rng.choice(fixed) if rng.random() < 0.05 or made in good else made


def _changed(rng: random.Random, token: str, _other: str) -> str:
    at = rng.randrange(len(token))
    return token[:at] + rng.choice(LETTERS) + token[at + 1 :]


def _last(rng: random.Random, token: str, _other: str) -> str:
    return token[:-1] + rng.choice(LETTERS)


def _longer(rng: random.Random, token: str, _other: str) -> str:
    at = rng.randrange(len(token) + 1)
    return token[:at] + rng.choice(LETTERS + "=. \n%+/") * rng.randint(1, 3) + token[at:]


def _shorter(rng: random.Random, token: str, _other: str) -> str:
    at = rng.randrange(len(token))
    return token[:at] + token[at + rng.randint(1, 4) :]


def _mixed(rng: random.Random, token: str, other: str) -> str:
    pairs = zip(token.rsplit(".", 2), other.rsplit(".", 2), strict=True)
    return ".".join(rng.choice(pair) for pair in pairs)


def _noise(rng: random.Random, token: str, _other: str) -> str:
    body, stamp, _ = token.rsplit(".", 2)
    return f"{body}.{stamp}.{''.join(rng.choices(LETTERS, k=43))}"


MAKERS = (_changed, _last, _longer, _shorter, _mixed, _noise)


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else FORGERIES
    links, now = Links("https://watch.example", [SecretStr("k" * 40)]), datetime.now(UTC)
    taken, spent = 0, 0.0
    for token in islice(forgeries(links), many):
        start = time.perf_counter()
        try:
            links.read(Purpose.VERDICT, token, now)
            taken += 1
        except LinkError:
            pass
        spent += time.perf_counter() - start
    print(f"{many:,} forged links, Python {sys.version.split()[0]}")
    print(f"  {'taken':20} {taken:>10,}")
    print(f"  {'read in a second':20} {many / spent:>10,.0f}")
    print(f"  {'letters of a token':20} {len(links.token(GOOD)):>10,}")


if __name__ == "__main__":
    main()
