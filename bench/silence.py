"""Is a feed that breaks without a word noticed, and is a healthy one left alone?

    ./run bench silence [SEEDS [FIRST]]

Simulates outlets of six sizes, healthy for five weeks and then broken in each of the ways of
``breakages``. Goals: at least 95 % noticed within twice the feed's own p99 gap, and at most one
false notice in a hundred feed-weeks of healthy feeds. Neither is met: with 2 seeds 91.2 % are
noticed in time (88.3 % by counting alone) and 1.5 in a hundred are false. What is late is silence
at night, silence of outlets whose page is of no use, and texts that get worse. ``FIRST`` chooses
other outlets, for tuning.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from datetime import timedelta

from breakages import BREAKAGES, MENDED, PROFILES, START, Country, Profile, Simulated, simulated
from home_pages import home_page

WARM = 35  # days until a feed breaks
HEALTHY = 70  # days that are watched for false notices, after three weeks
LEARN = 21
LONGEST = 45  # days after which nobody waits for a notice any more


def run_to(sim: Simulated, end: float) -> Counter[str]:
    """Poll a healthy feed until that many days have passed; return the notices that came up."""
    found: Counter[str] = Counter()
    until = START + timedelta(days=end)
    now = sim.state.next_poll or START + timedelta(days=1)
    while now < until:
        found.update(sim.poll(now))
        assert sim.state.next_poll is not None
        now = max(sim.state.next_poll, now + timedelta(minutes=5))
    return found


def time_to_notice(warm: Simulated, kind: str, seed: int) -> tuple[float, str]:
    """Break a feed; return how many of its p99 gaps later that is noticed, and by which notice."""
    sim = warm.copy(seed)
    begun = sim.state.next_poll
    assert begun is not None
    sim.broken, sim.at_break = begun, sim.healthy(begun)
    gap, now = sim.p99(), begun
    while now - begun < timedelta(days=LONGEST):
        if kind in MENDED and now - begun > 2 * gap and not sim.has_lost(now):
            return 2.0, "nothing lost"
        if new := sim.poll(now, BREAKAGES[kind]):
            return (now - begun) / gap, "+".join(sorted(new))
        assert sim.state.next_poll is not None
        now = max(sim.state.next_poll, now + timedelta(minutes=5))
    return float("inf"), "-"


def breakage(seeds: int, first: int) -> float:
    """Print how soon each breakage is noticed; return the share within two p99 gaps."""
    times: dict[str, list[float]] = {kind: [] for kind in BREAKAGES}
    by: dict[str, Counter[str]] = {kind: Counter() for kind in BREAKAGES}
    late: Counter[str] = Counter()
    for number, profile in enumerate(PROFILES):
        for seed in range(first, first + seeds):
            country = Country(seed, WARM + LONGEST + 1)
            warm = simulated(profile, 1000 * number + seed, WARM + LONGEST + 1, country)
            warm.page = home_page(warm.stream, number + len(PROFILES) * seed, seed)
            run_to(warm, WARM + (0.37 * seed + 0.17 * number) % 1)  # at any hour of the day
            for kind in BREAKAGES:
                taken, notice = time_to_notice(warm, kind, seed)
                times[kind].append(taken)
                by[kind][notice] += 1
                if taken > 2:
                    late[profile.name] += 1
    print(f"{'breakage':34} {'noticed':>8} {'median':>7} {'worst':>7}  by  (in p99 gaps)")
    for kind, found in times.items():
        share = sum(one <= 2 for one in found) / len(found)
        middle = sorted(found)[len(found) // 2]
        names = ", ".join(name for name, _ in by[kind].most_common(2))
        print(f"{kind:34} {share:8.0%} {middle:7.2f} {max(found):7.2f}  {names}")
    every = [one for found in times.values() for one in found]
    print(f"late or never, by outlet: {dict(late)}")
    return sum(one <= 2 for one in every) / len(every)


def false_notices(profile: Profile, number: int, seeds: range) -> tuple[Counter[str], int]:
    """Return the notices that healthy feeds of a profile got, and how often home pages were
    looked at."""
    found: Counter[str] = Counter()
    looked = 0
    for seed in seeds:
        country = Country(100 + seed, LEARN + HEALTHY + 1)
        sim = simulated(profile, 50_000 + 1000 * number + seed, LEARN + HEALTHY + 1, country)
        sim.page = home_page(sim.stream, number + len(PROFILES) * seed, seed)
        run_to(sim, LEARN)
        before = sim.looked
        found += run_to(sim, LEARN + HEALTHY)
        looked += sim.looked - before
    return found, looked


def main(seeds: int = 4, first: int = 0) -> None:
    began = time.monotonic()
    share = breakage(seeds, first)
    print(f"\n{len(BREAKAGES)} breakages x {len(PROFILES)} outlets x {seeds}: {share:.1%} noticed")
    total, weeks = Counter[str](), 0.0
    healthy = range(4 * first, 4 * (first + seeds))
    for number, profile in enumerate(PROFILES):
        found, looked = false_notices(profile, number, healthy)
        lived = len(healthy) * HEALTHY / 7
        total, weeks = total + found, weeks + lived
        said = ", ".join(f"{count} {kind}" for kind, count in found.items()) or "none"
        pages = f"{looked / lived / 7:.1f} home pages a day"
        print(f"healthy {profile.name:13} {lived:6.0f} feed-weeks, false: {said}; {pages}")
    rate = 100 * total.total() / weeks
    print(f"{weeks:.0f} feed-weeks: {rate:.2f} false notices in a hundred")
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
