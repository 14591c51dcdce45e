"""The auditor: what keeps the heartbeat back, what does not, and where it goes."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import NamedTuple

import pytest
from flows_kit import holding, runs_of
from loopback_kit import web_server

from alerts.trial import trial_payload
from archive import (
    Archive,
    ArchiveError,
    articles,
    cycles,
    endpoints,
    heartbeats,
    ids,
    outbox,
    stories,
    upgrade,
)
from archive import alerts as alert_store
from archive import feeds as feed_store
from archive.heartbeats import Beat
from archive.types import (
    Alert,
    AlertRevision,
    Article,
    Cycle,
    FailureKind,
    Feed,
    Message,
    OutboxState,
    Reason,
)
from flows import auditing, stuck
from flows.auditing import AUDIT, HEARTBEAT, Audit
from flows.home import Home
from flows.server import Server
from flows.settings import ConfigError, load

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SECRET = "hb-1f0c-sesame-canary"


class Usage(NamedTuple):
    """What ``shutil.disk_usage`` returns."""

    total: int
    used: int
    free: int


@dataclass
class Monitor:
    """A service that heartbeats are sent to: what it was asked, and what it answers."""

    asked: list[str] = field(default_factory=list)
    status: int = 200
    location: str = ""
    body: bytes = b"OK"
    hang: threading.Event | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ping/{SECRET}?token={SECRET}"


@contextmanager
def serving(box: Monitor) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # any other method is answered with 501
            box.asked.append(f"{self.command} {self.path}")
            if box.hang is not None:
                box.hang.wait(30)
            self.send_response(box.status)
            if box.location:
                self.send_header("location", box.location)
            self.send_header("content-length", str(len(box.body)))
            self.end_headers()
            self.wfile.write(box.body)

        def log_message(self, *args: object) -> None:
            pass

    with web_server(Handler) as box.port:
        yield


@dataclass
class Watched:
    """A home, its archive, the service that it tells, and the time."""

    home: Home
    archive: Archive
    monitor: Monitor
    now: datetime = NOW
    is_up: bool = True
    is_scheduled: bool = True

    def audit(self, after: timedelta = timedelta(0)) -> Audit:
        self.now += after
        return asyncio.run(
            auditing.audit(
                self.home,
                load(self.home),
                self.archive,
                self.now,
                is_up=self.is_up,
                is_scheduled=self.is_scheduled,
            )
        )

    def audited(self, after: timedelta) -> None:
        """Let time pass with an audit every five minutes."""
        self.now += after
        with self.archive.write() as connection:
            heartbeats.put(connection, [Beat(AUDIT, self.now - 5 * MINUTE)])

    def sent(self, after: timedelta = timedelta(0)) -> bool:
        """Whether an audit ends with exactly one GET; it must agree with what is said."""
        before = len(self.monitor.asked)
        found = self.audit(after)
        asked = self.monitor.asked[before:]
        assert asked in ([], [f"GET /ping/{SECRET}?token={SECRET}"])
        assert (bool(asked), found.sent) == (found.ok, found.ok)
        return bool(asked)

    def problem(self, after: timedelta = timedelta(0)) -> str:
        """The only problem of an audit, after which nothing is sent."""
        before = len(self.monitor.asked)
        found = self.audit(after)
        assert len(self.monitor.asked) == before
        (line,) = found.problems
        return line

    def cycle(
        self, started: datetime, finished: datetime | None, report: dict[str, object] | None = None
    ) -> None:
        with self.archive.write() as connection:
            key = f"c{started.timestamp()}"
            cycles.save(connection, Cycle(key, started, finished, report or {}))

    def cycles(self, count: int, until: datetime | None = None) -> None:
        """That many cycles of two minutes, five minutes apart, the last one just over."""
        end = until or self.now
        for number in range(count):
            done = end - number * 5 * MINUTE
            self.cycle(done - 2 * MINUTE, done)

    def beats(self) -> dict[str, Beat]:
        with self.archive.read() as connection:
            return heartbeats.every(connection)

    def configure(self, more: str) -> None:
        with self.home.config.open("a", encoding="utf-8") as file:
            file.write(more)


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """A home that has been audited for an hour, and had its cycles."""
    monkeypatch.delenv("PIVOTWATCH_HOME", raising=False)
    home, box = Home(tmp_path / "home"), Monitor()
    home.root.mkdir()
    with serving(box), closing(Archive(f"sqlite:///{home.database}")) as archive:
        (tmp_path / "url").write_text(f"{box.url}\n", encoding="utf-8")
        home.config.write_text(
            f'[net]\nallow = ["127.0.0.0/8"]\n'
            f'[[webhook]]\nname = "desk"\nurl = "http://127.0.0.1:9/"\n'
            f'[audit]\nleast_free_megabytes = 0\nheartbeat_url_file = "{tmp_path / "url"}"\n',
            encoding="utf-8",
        )
        upgrade(archive)
        made = Watched(home, archive, box)
        with archive.write() as connection:
            began = Beat("audit began", NOW - HOUR)
            heartbeats.put(connection, [Beat(AUDIT, NOW - 5 * MINUTE), began])
        made.cycles(3)
        yield made


def queue(archive: Archive, at: datetime, channel: str = "desk") -> None:
    """Put one alert into the outbox."""
    url = "https://ararat.example/news"
    article = Article(
        id=ids.article_id(url),
        url=url,
        title="Armenia will skip the exercise",
        text="Armenia will skip the exercise.",
        lang="en",
        outlet="Ararat Wire",
        published=at,
        first_seen=at,
    )
    alert = Alert(ids.alert_id("kit", url), "kit", ids.story_id(url), "Kit", 1, at, at)
    payload = trial_payload(at)
    key = ids.message_id(channel, channel, alert.id, 1)
    one = Message(key, alert.id, 1, channel, channel, OutboxState.DUE, 0, at, at)
    with archive.write() as connection:
        articles.put(connection, article)
        stories.open_story(connection, alert.story_id, article, at)
        revision = AlertRevision(alert.id, 1, Reason.FIRST, payload.as_json(), at)
        alert_store.revise(connection, alert, revision)
        outbox.enqueue(connection, [one])


def test_when_all_is_well_one_get_goes_out_each_time(watched: Watched) -> None:
    assert watched.sent()
    assert watched.sent(5 * MINUTE)
    assert len(watched.monitor.asked) == 2
    beats = watched.beats()
    assert (beats[AUDIT].ok, beats[HEARTBEAT].ok, beats[HEARTBEAT].at) == (True, True, watched.now)


def test_without_an_address_nobody_is_told_and_all_is_well(watched: Watched) -> None:
    text = watched.home.config.read_text(encoding="utf-8")
    watched.home.config.write_text(text.partition("[audit]")[0], encoding="utf-8")
    found = watched.audit()
    assert (found.ok, found.sent, watched.monitor.asked) == (True, None, [])


def test_a_message_that_nobody_tries_stops_it(watched: Watched) -> None:
    queue(watched.archive, NOW - 10 * MINUTE)
    assert watched.sent()
    watched.cycles(3, NOW + 10 * MINUTE)
    line = watched.problem(10 * MINUTE)
    assert line.startswith("desk: 1 message has been due since 2026-03-04 11:50 UTC")
    assert "pivotwatch up" in line


def test_without_up_a_message_waits_for_the_end_of_a_whole_cycle(watched: Watched) -> None:
    watched.is_up = False
    queue(watched.archive, NOW - MINUTE)
    watched.cycle(NOW + 5 * MINUTE, None)
    watched.audited(30 * MINUTE)
    assert watched.sent()
    watched.cycle(NOW + 5 * MINUTE, NOW + 31 * MINUTE)
    assert "desk: 1 message" in watched.problem(5 * MINUTE)


def test_no_channel_that_works_stops_it_and_one_that_does_is_enough(watched: Watched) -> None:
    with watched.archive.write() as connection:
        endpoints.failed(connection, "desk", NOW - 2 * HOUR, "503 busy")
    line = watched.problem()
    assert line.startswith("no channel works, nobody can be told of alerts: desk: 503 busy; ")
    watched.configure('[[webhook]]\nname = "ops"\nurl = "http://127.0.0.1:9/2"\n')
    assert watched.sent()
    with watched.archive.write() as connection:
        endpoints.disable(connection, "ops", NOW)
    assert "; ops: disabled; " in watched.problem()


@pytest.mark.parametrize(
    ("every", "late", "in_time"), [(5.0, 16, 14), (0.5, 16, 14), (60.0, 121, 119), (720, 781, 779)]
)
def test_no_cycle_for_too_long_stops_it(
    watched: Watched, every: float, late: int, in_time: int
) -> None:
    watched.configure(f"[schedule]\nwatch_every = {every}\n")
    watched.audited(in_time * MINUTE)
    assert watched.sent()
    line = watched.problem((late - in_time) * MINUTE)
    assert line.startswith("no cycle has begun since 2026-03-04 12:00 UTC")
    assert f"every {every:g} minutes" in line


def test_a_cycle_that_hangs_stops_it(watched: Watched) -> None:
    watched.cycle(NOW + MINUTE, None)
    for _ in range(6):
        assert watched.sent(10 * MINUTE)
    assert "has been at work since 2026-03-04 12:01 UTC" in watched.problem(2 * MINUTE)


def test_cycles_that_are_cut_off_again_and_again_stop_it(watched: Watched) -> None:
    for number in range(1, 4):
        watched.cycle(NOW + 5 * number * MINUTE, None)
        assert watched.sent(5 * MINUTE)
    watched.cycle(NOW + 20 * MINUTE, None)
    assert watched.problem(5 * MINUTE).startswith("the last 3 cycles were cut off")


def test_cycles_that_fail_stop_it_with_the_reason_and_one_alone_does_not(watched: Watched) -> None:
    report: dict[str, object] = {"errors": ["no model\nat all"], stuck.FAILED: True}
    for number in range(1, 3):
        watched.cycle(NOW + (5 * number - 1) * MINUTE, NOW + 5 * number * MINUTE, report)
        assert watched.sent(5 * MINUTE)
    watched.cycle(NOW + 14 * MINUTE, NOW + 15 * MINUTE, report)
    assert watched.problem(5 * MINUTE) == "the last 3 cycles have failed: no model at all"


def test_a_daily_flow_that_no_longer_ends_well_stops_it(watched: Watched) -> None:
    stuck.done(watched.home, load(watched.home), "digest", NOW - 27 * HOUR)
    assert watched.sent()
    with watched.archive.write() as connection:
        heartbeats.put(connection, [Beat("audit began", NOW - 90 * HOUR)])
    watched.cycles(2, NOW + 65 * MINUTE)
    watched.audited(65 * MINUTE)
    line = watched.problem()
    assert line.startswith("the flow digest has not come to a good end since 2026-03-03 09:00 UTC")


def test_a_fleet_that_cannot_be_reached_stops_it(watched: Watched) -> None:
    found = [
        Feed(id=ids.feed_id(url), url=url, outlet=url, lang="en", family=url)
        for url in (f"https://{number}.example/rss" for number in range(6))
    ]
    with watched.archive.write() as connection:
        feed_store.add(connection, found, NOW - HOUR)
        for _, state in feed_store.every(connection):
            lost = replace(state, last_polled=NOW, failures=3, error="away", failed_since=NOW)
            feed_store.save_state(connection, replace(lost, failure=FailureKind.NETWORK))
    line = watched.problem()
    assert line.startswith("6 of 6 feeds could not be reached")


def test_a_full_disk_stops_it(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    text = watched.home.config.read_text(encoding="utf-8")
    text = text.replace("least_free_megabytes = 0", "least_free_megabytes = 200")
    watched.home.config.write_text(text, encoding="utf-8")
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**10, 0, 199_000_000))
    line = watched.problem()
    assert line.startswith(f"{watched.home.root}: 199 MB free, less than [audit] ")
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10**10, 0, 201_000_000))
    assert watched.sent()


def test_no_usable_model_stops_it_and_a_last_good_one_is_only_noted(watched: Watched) -> None:
    models = watched.home.models
    models.mkdir()
    (models / "current.json").write_text('{"model": "m_gone"}', encoding="utf-8")
    assert "m_gone.skops" in watched.problem()
    good = models / "m_good.skops"
    good.write_bytes(b"")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (models / "m_good.json").write_text(f'{{"sha256": "{digest}"}}', encoding="utf-8")
    found = watched.audit()
    assert (found.ok, found.sent) == (True, True)
    assert "last good model m_good" in found.notes[0]


def test_a_database_that_cannot_be_written_stops_it(watched: Watched) -> None:
    with watched.archive.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(ArchiveError, match="readonly"):
        watched.audit()
    assert watched.monitor.asked == []


def test_a_fresh_start_has_time_before_anything_is_late(watched: Watched) -> None:
    """After three days off, and at the very first start, which no cycle went before."""
    queue(watched.archive, NOW)
    off = timedelta(days=3)
    assert watched.sent(off)
    assert watched.sent(10 * MINUTE)
    found = watched.audit(6 * MINUTE)
    assert [line[:12] for line in found.problems] == ["desk: 1 mess", "no cycle has"]
    watched.cycle(watched.now, watched.now)
    assert watched.audit().since == found.since, "the same trouble goes on"


def test_a_person_who_asks_without_up_gets_no_excuse(watched: Watched) -> None:
    watched.is_up = watched.is_scheduled = False
    assert watched.problem(timedelta(days=3)).startswith("no cycle has begun since 2026-03-04")


def test_before_the_first_cycle_a_person_is_told_what_to_run(watched: Watched) -> None:
    watched.is_up = watched.is_scheduled = False
    watched.now = NOW - timedelta(days=30)
    assert watched.problem().startswith("no cycle has ever begun, though one is due every 5")


@pytest.mark.parametrize("jump", [-365 * 24 * HOUR, -HOUR, HOUR, 365 * 24 * HOUR])
def test_a_clock_that_jumps_gives_no_false_alarm_and_blinds_nobody(
    watched: Watched, jump: timedelta
) -> None:
    assert watched.sent(5 * MINUTE)
    for _ in range(3):
        assert watched.sent(jump + 5 * MINUTE)
        watched.cycle(watched.now, watched.now + MINUTE)
        jump = timedelta(0)
    assert watched.sent(10 * MINUTE)
    assert watched.problem(7 * MINUTE).startswith("no cycle has begun since")


def test_thirty_days_of_ordinary_life_give_no_false_alarm() -> None:
    """An audit every five minutes judges cycles of 2 to 40 minutes, of which some fail, one is
    missing or cut off now and then; the machine is off for hours, and its clock is set."""
    recent: list[Cycle] = []
    before: dict[str, Beat] = {}
    alarms: list[str] = []
    now = free = NOW
    for number in range(1, 30 * 24 * 12):
        now += 5 * MINUTE
        if number % 1000 == 0:
            now += 7 * HOUR  # off, in the middle of a cycle
        elif number % 1700 == 0:
            now += (-1) ** number * HOUR
            free = now
        if now >= free and number % 97:
            free = now + (40 if number % 50 == 0 else 2 + number % 3) * MINUTE
            is_cut = number % 500 == 499 or number % 1000 == 999
            report = {stuck.FAILED: number % 60 < 2}
            recent.insert(0, Cycle(str(number), now, None if is_cut else free, report))
        seen = [
            replace(one, finished=None) if one.finished and one.finished > now else one
            for one in recent[:20]
            if one.started <= now
        ]
        began = auditing.beginning(before, now, auditing.GAP)
        before = {AUDIT: Beat(AUDIT, now), "audit began": Beat("audit began", began)}
        alarms += stuck.troubles(seen, 5 * MINUTE, began, now)
    assert len(recent) > 7000
    assert alarms == []


@pytest.mark.parametrize(
    ("status", "said"), [(404, "it answered 404"), (500, "it answered 500"), (204, "")]
)
def test_the_answer_decides_whether_it_arrived(watched: Watched, status: int, said: str) -> None:
    watched.monitor.status = status
    watched.monitor.body = b"" if status == 204 else b"x" * 200_000
    found = watched.audit()
    assert found.ok
    assert (found.sent, (found.failure or "")[:15]) == (not said, said)
    assert watched.beats()[HEARTBEAT].ok is not bool(said)
    if said:
        watched.monitor.status = 200
        assert watched.audit(5 * MINUTE).sent, "the next one is tried anew"


@pytest.mark.parametrize(
    "location", ["/elsewhere/{}", "ftp://x.example/{}", "http://[/{}", "https://u:p@x.example/{}"]
)
def test_a_redirect_is_not_followed_and_not_shown(watched: Watched, location: str) -> None:
    watched.monitor.status, watched.monitor.location = 302, location.format(SECRET)
    found = watched.audit()
    assert len(watched.monitor.asked) == 1
    assert found.failure is not None
    assert "redirect" in found.failure
    assert SECRET not in found.failure


def test_a_service_that_hangs_or_is_not_there_costs_seconds_and_no_secret(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("flows.heartbeat.SECONDS", 0.3)
    watched.monitor.hang = threading.Event()
    found = watched.audit()
    assert (found.ok, found.sent) == (True, False)
    assert found.failure == "no complete answer in time"
    watched.monitor.hang.set()
    text = f"http://127.0.0.1:1/{SECRET}"
    (watched.home.root.parent / "url").write_text(text, encoding="utf-8")
    refused = watched.audit(5 * MINUTE)
    assert refused.failure == "no connection; is the host up and the port right?"
    assert SECRET not in "".join(auditing.lines(found) + auditing.lines(refused)) + caplog.text
    assert holding(watched.home.root, SECRET) == []


def test_an_address_of_this_network_is_refused_unless_it_is_opened(watched: Watched) -> None:
    text = watched.home.config.read_text(encoding="utf-8")
    watched.home.config.write_text(text.replace('"127.0.0.0/8"', ""), encoding="utf-8")
    found = watched.audit()
    assert found.failure is not None
    assert "[net] allow" in found.failure
    assert watched.monitor.asked == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'heartbeat_url = "ftp://x.example/{SECRET}"', "not an http or https address"),
        (f'heartbeat_url = "{SECRET}"', "not an http or https address"),
        (f'heartbeat_url = ["{SECRET}"]', "heartbeat_url"),
        (f'heartbeat_url = "https://x.example/{SECRET}"\nheartbeat_url_file = "x"', "keep one"),
        ('heartbeat_url_file = "/no/such/file"', "cannot be read"),
        ("every = 0", "[audit] every"),
    ],
)
def test_a_wrong_configuration_is_one_line_without_the_secret(
    tmp_path: Path, text: str, said: str
) -> None:
    home = Home(tmp_path)
    home.config.write_text(f"[audit]\n{text}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(home)
    (line,) = caught.value.lines
    assert said in line
    assert SECRET not in line


def test_the_flow_sends_it_and_shows_problems_where_prefect_shows_runs(
    prefect: Server, watched: Watched
) -> None:
    from flows.audit import AuditRequest
    from flows.audit import audit as flow

    with watched.archive.write() as connection:  # the flow's clock is the machine's
        heartbeats.put(connection, [Beat(AUDIT, NOW)])
    request = AuditRequest(home=watched.home.root)
    assert asyncio.run(flow(request)) == ()
    assert len(watched.monitor.asked) == 1
    watched.configure("[schedule]\nwatch_every = 5\n")
    with watched.archive.write() as connection:
        endpoints.failed(connection, "desk", NOW, "503 busy")
    found = asyncio.run(flow(request))
    assert isinstance(found, tuple)
    assert [line[:16] for line in found] == ["no channel works"]
    assert len(watched.monitor.asked) == 1
    newest, first = runs_of(prefect.api_url, watched.home)
    assert (newest["state_name"], first["state_name"]) == ("Problems", "Completed")
    assert newest["state"]["message"] == "1 problem: no heartbeat was sent"
    assert SECRET not in str((newest, first))


def test_a_digest_that_comes_to_a_good_end_is_noted(prefect: Server, watched: Watched) -> None:
    from flows.digest import DigestRequest, digest

    assert asyncio.run(digest(DigestRequest(home=watched.home.root))) == 0
    noted = watched.beats()["flow digest"]
    assert noted.ok
    assert list(stuck.daily_troubles(watched.beats(), None, noted.at + 27 * HOUR)) == []
    assert len(list(stuck.daily_troubles(watched.beats(), None, noted.at + 29 * HOUR))) == 1
