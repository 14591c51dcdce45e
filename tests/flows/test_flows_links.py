"""The keys behind the links: made once, for their owner alone, or taken from the configuration."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.home import Home
from flows.links import link_keys, mail_links, page_links
from flows.settings import ConfigError, Settings, load

FIRST, SECOND = "first-" + "k" * 40, "second-" + "k" * 40


def settings_of(tmp_path: Path, text: str = "") -> tuple[Home, Settings]:
    home = Home(tmp_path)
    home.config.write_text(text, encoding="utf-8")
    return home, load(home)


def test_without_a_configured_key_one_is_made_and_kept(tmp_path: Path) -> None:
    home, settings = settings_of(tmp_path)
    (key,) = link_keys(home, settings)
    assert link_keys(home, settings) == (key,)
    assert len(key.get_secret_value()) >= 40
    assert stat.S_IMODE(home.link_key.stat().st_mode) == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.key", "pivotwatch.toml"]


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    home, settings = settings_of(tmp_path)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: link_keys(home, settings), range(64)))
    assert len({key.get_secret_value() for (key,) in found}) == 1


def test_configured_keys_are_taken_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{FIRST}\n{SECOND}\n", encoding="utf-8")
    home, settings = settings_of(tmp_path, f'[alerts]\nlink_keys_file = "{file}"\n')
    assert [key.get_secret_value() for key in link_keys(home, settings)] == [FIRST, SECOND]
    assert not home.link_key.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("", "is empty"),
        ("short\n", "shorter than 32 characters"),
    ],
)
def test_keys_that_cannot_be_used_are_said(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "keys"
    home, settings = settings_of(tmp_path, f'[alerts]\nlink_keys_file = "{file}"\n')
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        link_keys(home, settings)


def test_mails_have_links_only_where_a_page_answers(tmp_path: Path) -> None:
    home, settings = settings_of(tmp_path)
    assert mail_links(home, settings) is None
    assert page_links(home, settings).base_url == "http://127.0.0.1:8480"
    home, settings = settings_of(tmp_path, '[alerts]\nbase_url = "https://w.example/p/"\n')
    links = mail_links(home, settings)
    assert links is not None
    assert links.unsubscribe("ani@desk.example").startswith("https://w.example/p/u/")
    assert page_links(home, settings).base_url == links.base_url
