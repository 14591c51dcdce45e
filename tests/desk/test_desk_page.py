"""The page behind the buttons: it asks first, does what was pressed, and takes it back."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from page_kit import OTHER, WHO, Site, headings, rows_of, serving, store_alert

from archive import Archive, actions, labels, unsubscribed, verdicts
from archive import alerts as alert_store
from archive import mutes as mute_store
from archive.types import AlertState, MuteKind, VerdictKind
from desk.page.guard import Limiter

BUTTONS = ("relevant", "not_relevant", "wrong_signal", "snooze", "mute")
FORM = {"do": "press", "signal": "western_drills", "days": "1", "kind": "story", "reason": "noise"}
CHROMIUM = shutil.which("chromium")


@pytest.fixture
def site(archive: Archive) -> Iterator[Site]:
    payload = store_alert(archive, datetime.now(UTC), title="<b>Armenia</b> & co skip it")
    with serving(archive, payload) as running:
        yield running


def counting(site: Site) -> list[tuple[VerdictKind, str]]:
    """The verdicts that were not set aside, oldest first."""
    with site.archive.read() as connection:
        found = verdicts.of_alert(connection, site.payload.alert_id)
    return [(v.verdict, v.person) for v in found if v.set_aside is None]


def state(site: Site) -> tuple[str, str]:
    with site.archive.read() as connection:
        found = alert_store.get(connection, site.payload.alert_id)
    assert found is not None
    return found.state, found.state_by


@pytest.mark.parametrize("name", [*BUTTONS, "miss", "unsubscribe"])
def test_a_link_shows_what_it_would_do_and_does_nothing(site: Site, name: str) -> None:
    before = rows_of(site.archive)
    answer = site.client.get(site.urls()[name])
    assert answer.status_code == 200
    assert '<form method="post">' in answer.text
    assert "<script" not in answer.text
    if name != "unsubscribe":
        assert "&lt;b&gt;Armenia&lt;/b&gt; &amp; co" in answer.text
        assert "Armenia will not take part in the exercise." in answer.text
        assert '<a href="https://ararat.example/news/1" rel="noopener noreferrer">' in answer.text
    assert rows_of(site.archive) == before


def test_a_verdict_is_recorded_once_and_can_be_taken_back(site: Site) -> None:
    for _ in range(3):  # a replayed form is the same verdict
        assert headings(site.press("relevant")) == ["Recorded: relevant"]
        site.wait(1)
    assert counting(site) == [(VerdictKind.RELEVANT, WHO)]
    assert "So far you have said: relevant" in site.client.get(site.urls()["relevant"]).text
    assert headings(site.press("relevant", do="undo")) == ["Taken back"]
    assert counting(site) == []
    with site.archive.read() as connection:
        (kept,) = verdicts.of_alert(connection, site.payload.alert_id)
    assert (kept.verdict, kept.via, kept.revision) == (VerdictKind.RELEVANT, "link", 1)


def test_the_last_verdict_counts_and_the_history_stays(site: Site) -> None:
    site.press("relevant")
    site.wait(60)
    site.press("not_relevant")
    site.wait(1)
    site.press("relevant", OTHER)
    assert counting(site)[-2:] == [(VerdictKind.NOT_RELEVANT, WHO), (VerdictKind.RELEVANT, OTHER)]
    site.press("relevant", do="undo")  # not what counts now: nothing to take back
    assert len(counting(site)) == 3
    answer = site.press("not_relevant", do="undo")
    assert "What counts now is: relevant" in answer.text


def test_answers_that_contradict_each_other_at_once_are_set_aside(site: Site) -> None:
    site.press("relevant")
    site.wait(3)
    assert headings(site.press("not_relevant")) == ["Set aside"]
    assert headings(site.press("wrong_signal", signal="western_drills")) == ["Set aside"]
    site.press("relevant")
    assert counting(site) == []
    site.wait(11)
    assert headings(site.press("relevant")) == ["Recorded: relevant"]
    assert counting(site) == [(VerdictKind.RELEVANT, WHO)]


def test_a_wrong_signal_needs_the_right_one(site: Site) -> None:
    shown = site.client.get(site.urls()["wrong_signal"]).text
    assert '<option value="western_drills">' in shown
    assert '<option value="csto_snub">' not in shown
    before = rows_of(site.archive)
    for fields in ({}, {"signal": ""}, {"signal": "csto_snub"}, {"signal": "invented"}):
        assert site.press("wrong_signal", **fields).status_code == 400
    assert rows_of(site.archive) == before
    assert site.press("wrong_signal", signal="western_drills").status_code == 200
    with site.archive.read() as connection:
        (found,) = verdicts.of_alert(connection, site.payload.alert_id)
    assert found.signal == "western_drills"


def test_a_snooze_lasts_as_chosen_and_can_be_taken_back(site: Site) -> None:
    assert site.press("snooze").status_code == site.press("snooze", days="400").status_code == 400
    assert headings(site.press("snooze", days="3")) == ["Snoozed"]
    assert state(site) == (AlertState.SNOOZED, WHO)
    assert site.press("snooze", OTHER, do="undo").status_code == 400
    assert f"snoozed by {WHO}" in site.client.get(site.urls(OTHER)["snooze"]).text
    assert headings(site.press("snooze", do="undo")) == ["Taken back"]
    assert state(site) == (AlertState.OPEN, WHO)
    with site.archive.read() as connection:
        done = actions.of_alert(connection, site.payload.alert_id)
    assert [a.action for a in done] == ["snooze", "reopen"]
    assert done[0].until is not None
    assert timedelta(days=2.9) < done[0].until - done[0].at <= timedelta(days=3)


@pytest.mark.parametrize("kind", [MuteKind.STORY, MuteKind.SIGNAL, MuteKind.RULE])
def test_a_mute_needs_a_reason_and_an_end(site: Site, kind: MuteKind) -> None:
    values = {"story": site.payload.story.id, "signal": "csto_snub", "rule": "realignment"}
    for missing in ("kind", "days", "reason"):
        fields = FORM | {"kind": kind.value, missing: ""}
        assert site.press("mute", **fields).status_code == 400
    assert site.press("mute", **(FORM | {"kind": "outlet"})).status_code == 400
    answer = site.press("mute", **(FORM | {"kind": kind.value, "days": "7"}))
    assert headings(answer) == ["Muted"]
    with site.archive.read() as connection:
        (made,) = mute_store.active(connection, site.now)
    assert (made.kind, made.value, made.author) == (kind, values[kind], WHO)
    assert made.id in answer.text
    assert site.press("mute", OTHER, do="undo", mute=made.id).status_code == 400
    assert headings(site.press("mute", do="undo", mute=made.id)) == ["Taken back"]
    with site.archive.read() as connection:
        assert mute_store.active(connection, site.now) == []


def answers(site: Site) -> list[tuple[tuple[str, ...], str, str]]:
    with site.archive.read() as connection:
        return [(one.labels, one.direction, one.annotator) for one in labels.every(connection)]


def test_a_miss_is_recorded_with_its_signal_and_can_be_taken_back(site: Site) -> None:
    asked = site.client.get(site.urls()["miss"]).text
    assert "Armenia will not take part in the exercise." in asked
    assert "So far" not in asked
    said = headings(site.press("miss", signal="western_drills"))
    assert said == ["Recorded: missed, Drills with the West"]
    assert answers(site) == [(("western_drills",), "away", WHO)]
    assert "So far you have said: missed, Drills" in site.client.get(site.urls()["miss"]).text
    assert headings(site.press("miss", do="left out", sure="yes")) == ["Recorded: rightly left out"]
    site.press("miss", OTHER, signal="russia_reengagement")
    assert answers(site) == [((), "none", WHO), (("russia_reengagement",), "toward", OTHER)]
    assert headings(site.press("miss", do="undo")) == ["Taken back"]
    assert [who for _, _, who in answers(site)] == [OTHER]


@pytest.mark.parametrize(
    "form", [{}, {"signal": ""}, {"signal": "no_such"}, {"do": "erase"}, {"do": "left out"}]
)
def test_a_miss_needs_one_of_the_signals(site: Site, form: dict[str, str]) -> None:
    assert site.press("miss", **form).status_code == 400
    assert answers(site) == []


def test_a_miss_that_is_no_longer_here_says_so(site: Site) -> None:
    url = site.links.miss("a_gone", WHO)
    for answer in (
        site.client.get(url),
        site.client.post(url, data={"do": "left out", "sure": "yes"}),
    ):
        assert answer.status_code == 400
        assert "is not here any more" in answer.text


def test_unsubscribing_and_coming_back(site: Site) -> None:
    assert headings(site.press("unsubscribe")) == ["Unsubscribed"]
    assert headings(site.client.get(site.urls()["unsubscribe"])) == ["Unsubscribed"]
    with site.archive.read() as connection:
        assert unsubscribed.all(connection) == {WHO}
    assert headings(site.press("unsubscribe", do="undo")) == ["Subscribed again"]
    with site.archive.read() as connection:
        assert unsubscribed.all(connection) == frozenset()


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_one_click_of_a_mail_program_unsubscribes(site: Site, form: str) -> None:
    """RFC 8058: no page, no cookie, no redirect; in either form of a body."""
    said = {"List-Unsubscribe": "One-Click"}
    url = site.urls()["unsubscribe"]
    for _ in range(2):
        answer = (
            site.client.post(url, data=said)
            if form == "urlencoded"
            else site.client.post(url, files={name: (None, v) for name, v in said.items()})
        )
        assert answer.status_code == 200
    with site.archive.read() as connection:
        assert unsubscribed.all(connection) == {WHO}


@pytest.mark.parametrize("name", BUTTONS)
def test_one_click_does_nothing_but_unsubscribe(site: Site, name: str) -> None:
    before = rows_of(site.archive)
    url = site.urls()[name]
    assert site.client.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 400
    assert rows_of(site.archive) == before


Scan = Callable[[httpx.Client, str], object]
SCANNERS: dict[str, Scan] = {
    "get": lambda c, u: c.get(u),
    "head": lambda c, u: c.head(u),
    "options": lambda c, u: c.options(u),
    "prefetch": lambda c, u: c.get(u, headers={"Sec-Purpose": "prefetch", "Purpose": "prefetch"}),
    "preview": lambda c, u: c.get(u, headers={"User-Agent": "Preview-LinkExpanding 1.0"}),
    "range": lambda c, u: c.get(u, headers={"Range": "bytes=0-512", "If-None-Match": "*"}),
    "form by GET": lambda c, u: c.get(u, params=FORM),
    "method override": lambda c, u: c.get(
        u, params={"_method": "POST"} | FORM, headers={"X-HTTP-Method-Override": "POST"}
    ),
    "put": lambda c, u: c.put(u, data=FORM),
    "delete": lambda c, u: c.delete(u),
    "empty post": lambda c, u: c.post(u),
    "post of JSON": lambda c, u: c.post(u, json=FORM),
    "post of another site": lambda c, u: c.post(
        u, data=FORM, headers={"Origin": "https://evil.example"}
    ),
    "hidden frame": lambda c, u: c.post(
        u, data=FORM, headers={"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    ),
}


@pytest.mark.parametrize("scanner", SCANNERS)
def test_scanners_change_no_row(site: Site, scanner: str) -> None:
    before = rows_of(site.archive)
    for url in site.urls().values():
        SCANNERS[scanner](site.client, url)
    assert rows_of(site.archive) == before


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_scanner_that_is_a_browser_changes_no_row(site: Site, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    before = rows_of(site.archive)
    switches = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/b")
    for name in ("relevant", "unsubscribe"):
        url = site.urls()[name]
        done = subprocess.run(
            [CHROMIUM, *switches, "--virtual-time-budget=3000", "--dump-dom", url],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "<form" in done.stdout, done.stderr
    assert rows_of(site.archive) == before


def test_a_forged_or_old_link_is_refused(site: Site) -> None:
    before = rows_of(site.archive)
    urls = site.urls()
    crossed = urls["snooze"].replace("/snooze/", "/mute/")
    broken = urls["relevant"][:-2] + "AA"
    foreign = urls["unsubscribe"].replace("/u/", "/a/unsubscribe/")
    for url in (crossed, broken, foreign, f"{site.base}/a/verdict/x", f"{site.base}/u/..%2f"):
        assert site.client.get(url).status_code == 404
        assert site.client.post(url, data=FORM).status_code == 404
    site.wait(91 * 86_400)
    answer = site.client.post(urls["relevant"], data=FORM)
    assert (answer.status_code, "older than 90 days" in answer.text) == (404, True)
    site.wait(-91 * 86_400)
    assert rows_of(site.archive) == before


def test_a_link_on_an_alert_that_is_gone_says_so(site: Site) -> None:
    token = site.links.buttons("al_gone", 1, WHO)[0].url
    for answer in (site.client.get(token), site.client.post(token, data=FORM)):
        assert answer.status_code == 400
        assert "not here any more" in answer.text


def test_every_answer_carries_the_headers_that_protect_it(site: Site) -> None:
    url = site.urls()["relevant"]
    answers = [
        site.client.get(url),
        site.client.post(url, data=FORM),
        site.client.get(f"{site.base}/"),
        site.client.get(f"{site.base}/nothing"),
        site.client.put(url),
        site.client.get(f"{site.base}/a/verdict/x"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert "server" not in answer.headers


def test_the_policy_names_the_style_that_the_page_has(site: Site) -> None:
    answer = site.client.get(site.urls()["relevant"])
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]


def test_a_large_or_endless_body_is_not_read(site: Site) -> None:
    url = site.urls()["relevant"]
    assert site.client.post(url, data=FORM | {"x": "y" * 5_000}).status_code == 413
    pieces = (b"x" * 1_000 for _ in range(1_000))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with suppress(httpx.TransportError):  # it may close the connection while we still write
        assert site.client.post(url, content=pieces, headers=headers).status_code == 413
    assert counting(site) == []


def test_too_many_requests_are_turned_away(archive: Archive) -> None:
    payload = store_alert(archive, datetime.now(UTC))
    seconds = [0.0]
    limiter = Limiter(5, lambda: seconds[0])
    with serving(archive, payload, limiter=limiter) as site:
        url = site.urls()["relevant"]
        codes = [site.client.get(url).status_code for _ in range(7)]
        assert codes == [200] * 5 + [429] * 2
        assert site.press("relevant").headers["retry-after"] == "60"
        assert counting(site) == []
        seconds[0] = 12.5
        assert site.client.get(url).status_code == 200


def test_the_limit_counts_a_whole_ipv6_network_and_forgets_the_oldest() -> None:
    limiter = Limiter(1, lambda: 0.0)
    assert limiter.allows("2001:db8::1")
    assert not limiter.allows("2001:db8::2")
    assert limiter.allows("2001:db8:0:1::1")
    assert limiter.allows("no address")
    for number in range(10_000):
        limiter.allows(f"10.{number // 256}.{number % 256}.1")
    assert limiter.allows("2001:db8::1")


def test_the_front_is_for_this_machine_alone(site: Site) -> None:
    answer = site.client.get(f"{site.base}/")
    assert answer.status_code == 200
    assert "&lt;b&gt;Armenia&lt;/b&gt;" in answer.text
    assert site.payload.alert_id in answer.text
    assert "Messages: 0 due, 0 sent, 0 dead." in answer.text
    for headers in (
        {"Host": "evil.example"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-Host": "watch.example"},
        {"Via": "1.1 proxy"},
    ):
        refused = site.client.get(f"{site.base}/", headers=headers)
        assert (refused.status_code, site.payload.alert_id in refused.text) == (404, False)


def test_behind_a_public_address_there_is_no_front_and_no_link_from_the_host(
    archive: Archive,
) -> None:
    payload = store_alert(archive, datetime.now(UTC))
    with serving(archive, payload, "https://watch.example/desk") as site:
        assert site.client.get(f"{site.base}/").status_code == 404
        public = site.urls()["relevant"]
        assert public.startswith("https://watch.example/desk/a/")
        local = public.replace("https://watch.example/desk", site.base)
        shown = site.client.get(local, headers={"Host": "evil.example"})
        assert shown.status_code == 200
        assert "evil.example" not in shown.text
        origin = {"Origin": "https://watch.example"}
        assert site.client.post(local, data=FORM, headers=origin).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("ALTER TABLE alert_revision RENAME TO canary", 503),
        ("UPDATE alert_revision SET payload = '{\"canary\": 1}'", 500),
    ],
)
def test_a_fault_of_ours_is_said_without_details(site: Site, fault: str, status: int) -> None:
    with site.archive.engine.begin() as connection:
        connection.exec_driver_sql(fault)
    answer = site.press("relevant")
    assert (answer.status_code, headings(answer)) == (status, ["Nothing was done"])
    assert "canary" not in answer.text
    assert "alert_revision" not in answer.text
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert counting(site) == []


def test_no_redirect_is_made_from_the_host_that_is_asked_for(site: Site) -> None:
    url = site.urls()["relevant"] + "/"
    answer = site.client.get(url, headers={"Host": "evil.example"})
    assert (answer.status_code, "location" in answer.headers) == (404, False)


def test_nothing_else_is_spoken(site: Site) -> None:
    """A request that is no HTTP, or is for a web socket, gets an error and not a crash."""
    port = int(site.base.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 400")
    assert site.client.get(site.urls()["relevant"]).status_code == 200
