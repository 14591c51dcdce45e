"""What does the realignment index do by chance, how soon does it find a shift, what does it cost?

    ./run bench index

Evidence at random, each report of a weight from .5 to .95: false shifts a year, days until a shift
is found, false crossings of the threshold, and the time for 90 days over 5,000 stories.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from statistics import median
from time import process_time

from alerts.crossing import SURE
from alerts.index import WINDOW, index_of
from alerts.shift import Balance, shifts
from alerts.weights import Weight
from archive.types import Direction

START = date(2026, 1, 1)
YEAR, WARM, AFTER = 365, 70, 60
WORLDS, YEARS = 30, 8
THRESHOLD, REARM = 0.5, 0.4


def world(chance: random.Random, days: int, volume: float, share: float) -> list[Weight]:
    """Return that many stories a day, at random times, ``share`` of them away."""
    seed = chance.random()
    return [
        Weight(
            f"{seed}_{n}",
            f"f{n % 9}",
            Direction.AWAY if chance.random() < share else Direction.TOWARD,
            START + timedelta(days=chance.randrange(days)),
            chance.uniform(0.5, 0.95),
        )
        for n in range(round(volume * days))
    ]


def balances(found: list[Weight], later: int = 0) -> dict[date, Balance]:
    """Return the days' own balances, moved by some days."""
    sums: dict[date, list[float]] = {}
    for one in found:
        own = sums.setdefault(one.day + timedelta(days=later), [0.0, 0.0])
        own[one.direction is Direction.TOWARD] += one.weight
    return {day: Balance(*own) for day, own in sums.items()}


def delay(chance: random.Random, volume: float) -> float:
    """Return after how many days a share that moves from .5 to .9 is found."""
    days = balances(world(chance, WARM, volume, 0.5))
    days |= balances(world(chance, AFTER, volume, 0.9), WARM)
    found = ((one.day - START).days - WARM + 1 for one in shifts(days))
    return next((one for one in found if one > 0), float("inf"))


def crossings(chance: random.Random, volume: float, share: float) -> int:
    """Return how often the index is told within a year."""
    found = world(chance, WINDOW + YEAR, volume, share)
    first = START + timedelta(days=WINDOW)
    count, armed = 0, {1: True, -1: True}
    for day in index_of(found, first, first + timedelta(days=YEAR)).days:
        if day.value is None or day.low is None or day.high is None:
            continue
        for sign, bound in ((1, day.low), (-1, -day.high)):
            if sign * day.value < REARM:
                armed[sign] = True
            elif sign * day.value >= THRESHOLD and bound >= SURE * THRESHOLD and armed[sign]:
                count, armed[sign] = count + 1, False
    return count


def main() -> None:
    """Print all figures."""
    chance = random.Random(1)
    for volume in (1.0, 3.0, 8.0, 30.0):
        for share in (0.5, 0.7, 0.9, 0.95):
            days = (balances(world(chance, YEAR, volume, share)) for _ in range(WORLDS))
            false = sum(len(shifts(one)) for one in days) / WORLDS
            print(f"{volume:g} stories a day, {share} away: {false:.1f} false shifts a year")
        late = median(delay(chance, volume) for _ in range(WORLDS))
        print(f"{volume:g} stories a day: .5 to .9 is found after {late:g} days (median)")
    for volume in (0.3, 1.0, 3.0):
        for share in (0.5, 0.7):
            told = sum(crossings(chance, volume, share) for _ in range(YEARS)) / YEARS
            print(f"{volume:g} stories a day, {share} away: told {told:.1f} times a year")
    found = world(chance, 206, 25, 0.6)
    began = process_time()
    index_of(found, START + timedelta(days=116), START + timedelta(days=205))
    print(f"90 days over {len(found)} stories: {process_time() - began:.2f} s of a core")


if __name__ == "__main__":
    main()
