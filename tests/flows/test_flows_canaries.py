"""S6: whatever goes wrong, no secret is found in a log, a database, Prefect, a mail or an export.

``./run bench canaries`` plays every scene, these and those that take longer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import canary_scenes
import pytest
from canary_kit import LEAST_CANARIES, Faults, Flock, everything_under, serving
from flows_kit import runs_of

from flows.home import Home
from flows.server import Server


@pytest.fixture
def faults() -> Iterator[Faults]:
    with serving(Faults()) as made:
        yield made


def test_the_search_finds_what_is_there() -> None:
    """In each form, in any letters, anywhere in a longer text."""
    import base64
    from urllib.parse import quote

    flock = Flock()
    value = flock.token("one", "/+&")
    for text in (value, value.upper(), quote(value, safe=""), value.encode().hex()):
        assert flock.in_bytes("x", f"so {text} it".encode())
    for before in range(4):
        raw = b"x" * before + value.encode() + b"yy"
        assert flock.in_bytes("x", base64.b64encode(raw))
        assert flock.in_bytes("x", base64.urlsafe_b64encode(raw))
    assert not flock.in_bytes("x", value[:-9].encode())


def test_a_failing_run_with_every_receiver_at_fault_tells_nothing(
    tmp_path: Path, faults: Faults, prefect: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.settings import PREFECT_API_KEY, temporary_settings

    from flows import watch
    from flows.closing import drain

    def gone(*_: object) -> None:
        raise RuntimeError("the model has gone")

    monkeypatch.setattr(watch.model, "in_use", gone)
    api_key = Flock()
    key = api_key.token("PREFECT_API_KEY")

    def run(home: Home) -> None:
        with temporary_settings({PREFECT_API_KEY: key}), pytest.raises(RuntimeError, match="gone"):
            asyncio.run(watch.watch(watch.WatchRequest(home=home.root)))
        drain()

    scene = canary_scenes.delivery(tmp_path / "scene", faults, run)
    scene.flock.canaries |= api_key.canaries
    assert len(scene.flock.canaries) >= LEAST_CANARIES
    assert scene.hits() == []
    found = [
        line
        for source, raw in everything_under(prefect.log.parents[1], frozenset())
        for line in scene.flock.in_bytes(source, raw)
    ]
    assert found == []

    # The faults did happen, and were told.
    (state,) = [one["state_type"] for one in runs_of(prefect.api_url, scene.home)]
    assert state == "FAILED"
    said = "\n".join(scene.said)
    for words in ("500: ", "410: ", "redirect", "not HTTP", "a public address", "not resolve"):
        assert words in said, words
    assert "ani@desk.example: accepted (250" in said
    assert sum(b"DKIM-Signature" in raw for raw in faults.got) >= 2


@pytest.mark.parametrize("fault", ["echo", "echo64", "quoted", "data", "tls"])
def test_a_mail_server_tells_nothing(tmp_path: Path, faults: Faults, fault: str) -> None:
    scene = canary_scenes.mail(tmp_path / "scene", faults, fault, thorough=fault == "echo64")
    assert scene.hits() == []
    assert "error: " in scene.said[0]
    if fault in {"echo", "echo64", "quoted"}:
        assert re.search(r"535: .*…", scene.said[0])


def test_a_mistake_in_or_beside_a_secret_tells_nothing(tmp_path: Path, faults: Faults) -> None:
    scene = canary_scenes.mistakes(tmp_path / "scene", faults, thorough=False)
    assert len(scene.flock.canaries) >= LEAST_CANARIES
    assert scene.hits() == []
