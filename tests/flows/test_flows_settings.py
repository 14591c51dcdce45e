"""The configuration: what is accepted, and the one line that each mistake gets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flows.home import Home
from flows.settings import ConfigError, load

MAIL = '[email]\nhost = "smtp.example.org"\nfrom = "a@example.org"\nto = ["b@example.org"]\n'
TEMPLATE = Path(__file__).parents[2] / "desk" / "pivotwatch.toml"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    import os

    for name in list(os.environ):
        if name.startswith("PIVOTWATCH_"):
            monkeypatch.delenv(name)
    return Home(tmp_path)


def problem(home: Home, text: str) -> str:
    home.config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(home)
    return str(caught.value)


def test_an_empty_file_gives_the_defaults(home: Home) -> None:
    home.config.write_text("", encoding="utf-8")
    settings = load(home)
    assert settings.email is None
    assert settings.database_url(home) == f"sqlite:///{home.root}/pivotwatch.db"
    assert settings.feeds.feed_spacing == 2.0
    assert settings.feeds.page_spacing == 5.0


def test_the_template_of_init_is_valid_with_and_without_its_comments(home: Home) -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    home.config.write_text(text, encoding="utf-8")
    load(home)
    shown = re.sub(r"(?m)^# (\[|[a-z_]+ = )", r"\1", text)
    secrets = {
        "smtp": "a password",
        "hook": "whsec_cGl2b3R3YXRjaC1kZW1vLXNlY3JldC1ub3Qtc2VjcmV0",
        "old": "whsec_cGl2b3R3YXRjaC1hbi1vbGRlci1zZWNyZXQtb2Ygb3Vycw==",
        "room": "https://chat.example/services/x",
        "heartbeat": "https://beat.example/x",
    }
    for name, secret in secrets.items():
        shown = shown.replace(f"/run/secrets/{name}", str(home.root / name))
        (home.root / name).write_text(secret)
    shown = shown.replace("/path/to/seeds", str(TEMPLATE.parents[1] / "seeds"))
    home.config.write_text(shown, encoding="utf-8")
    settings = load(home)
    assert settings.email is not None
    assert [one.name for one in settings.receivers] == ["desk", "room"]
    assert [r.name for r in settings.alerts.rules] == ["bases"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[emial]\n", ["[emial]", "unknown key", "did you mean email?"]),
        (MAIL + 'securty = "plain"\n', ["[email] securty", "did you mean security?"]),
        (MAIL + 'security = "tls"\n', ["[email] security = 'tls'", "starttls"]),
        (MAIL + "port = 99999\n", ["[email] port = 99999", "65535"]),
        (MAIL + 'port = "smtp"\n', ["[email] port = 'smtp'", "integer"]),
        ('[email]\nhost = "h"\nto = ["b@example.org"]\n', ["[email] from", "missing"]),
        ("[feeds]\nfeed_spacing = -1\n", ["[feeds] feed_spacing = -1", "greater than"]),
        ("[feeds]\nfeed_spacing = 0\n", ["[feeds] feed_spacing = 0", "[net] allow"]),
        ('[net]\nallow = ["127.0.0.0/99"]\n', ["[net]", "allow"]),
        ('[net]\nallow = "127.0.0.0/8"\n', ["[net] allow"]),
        ('[schedule]\ndigest_at = "25:00"\n', ["[schedule] digest_at = '25:00'"]),
        ('[schedule]\ntimezone = "Mars/Olympus"\n', ["[schedule] timezone", "Asia/Yerevan"]),
        ('[schedule]\ntimezone = "Asia"\n', ["[schedule] timezone", "Asia/Yerevan"]),
        ("[captures]\nmost_megabytes = 0\n", ["[captures] most_megabytes", "0"]),
        ('[[webhook]]\nname = "a b"\nurl = "https://x.example"\n', ["[webhook] #1", "name"]),
        ("[alerts]\ndaily_budget = true\n", ["[alerts] daily_budget = true"]),
        ('[[alerts.rules]]\nname = "x"\nsignals = ["nope"]\n', ["[alerts]", "nope"]),
        (
            '[[alerts.rules]]\nname = "x"\nsignals = ["csto_snub"]\nchannels = ["pager"]\n',
            ["[alerts] rules", "'pager' is not configured"],
        ),
        ("[email\n", ["not valid TOML", "line 1"]),
        ('[database]\nurl = "nonsense"\n', ["[database] url"]),
        ('[database]\nurl = "mysql://h/d"\n', ["[database] url"]),
        (MAIL.replace('"b@example.org"', '"x"'), ["[email] #1 to", "address"]),
        (MAIL.replace('"b@example.org"', "1"), ["[email] #1 to"]),
        ("[net]\nallow = [5]\n", ["[net] #1 allow", "in quotes"]),
        ("[net]\nallow = [true]\n", ["[net] allow #1", "true"]),
        ("[feeds]\ninterval = inf\n", ["[feeds] interval"]),
        ("[feeds]\npage_spacing = 1e9\n", ["[feeds] page_spacing", "3600"]),
        (
            '[[webhook]]\nname = "d"\nurl = "https://x.example/1"\n'
            '[[webhook]]\nname = "d"\nurl = "https://x.example/2"\n',
            ["[webhook] name 'd' is given twice"],
        ),
        (
            '[[webhook]]\nname = "d"\nurl = "https://x.example/1"\n'
            '[[chat]]\nname = "d"\nkind = "slack"\nurl = "https://x.example/2"\n',
            ["[webhook] name 'd' is given twice"],
        ),
        (
            '[[chat]]\nname = "d"\nkind = "slack"\nurl = "https://x.example/1"\n'
            '[[chat]]\nname = "d"\nkind = "teams"\nurl = "https://x.example/2"\n',
            ["[chat] name 'd' is given twice"],
        ),
        ('[[apprise]]\nname = "d"\nurl = "json://x/y"\n', ["[apprise] #1", "not a service"]),
        ('[[apprise]]\nname = "d"\n', ["[apprise] #1", "url"]),
        (
            '[[chat]]\nname = "d"\nkind = "irc"\nurl = "https://x.example/2"\n',
            ["[chat] #1 kind = 'irc'", "slack"],
        ),
    ],
)
def test_a_mistake_names_file_key_value_and_remedy(home: Home, text: str, parts: list[str]) -> None:
    lines = problem(home, text).splitlines()
    assert len(lines) == 1, lines
    assert str(home.config) in lines[0]
    for part in parts:
        assert part in lines[0]


def test_every_switch_can_be_turned_on(home: Home) -> None:
    home.config.write_text(MAIL + "picture = true\n", encoding="utf-8")
    settings = load(home)
    assert settings.email is not None
    assert settings.email.picture
    assert "[email] port" in problem(home, MAIL + "port = true\n")


def test_several_mistakes_are_told_at_once(home: Home) -> None:
    lines = problem(home, "[feeds]\nparalel = 1\ninterval = -1\n").splitlines()
    assert len(lines) == 2


def test_a_missing_file_says_what_to_run(home: Home) -> None:
    with pytest.raises(ConfigError, match="pivotwatch init"):
        load(home)


def test_a_file_that_is_not_utf8_is_named(home: Home) -> None:
    home.config.write_bytes(b"# \xff\xfe\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(home)


def test_the_environment_wins_and_is_named_in_errors(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.config.write_text("[feeds]\ninterval = 7\n", encoding="utf-8")
    monkeypatch.setenv("PIVOTWATCH_FEEDS__INTERVAL", "9")
    assert load(home).feeds.interval == 9
    monkeypatch.setenv("PIVOTWATCH_FEEDS__INTERVAL", "soon")
    with pytest.raises(ConfigError, match=r"environment PIVOTWATCH_FEEDS__INTERVAL: \[feeds\]"):
        load(home)


def test_a_variable_that_names_no_section_is_a_mistake(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.config.write_text("", encoding="utf-8")
    monkeypatch.setenv("PIVOTWATCH_HOME", "elsewhere")
    load(home)
    monkeypatch.setenv("PIVOTWATCH_EMIAL__HOST", "mail.example")
    with pytest.raises(ConfigError, match=r"^environment PIVOTWATCH_EMIAL__HOST: names no sect"):
        load(home)


def test_secrets_are_taken_from_the_environment_and_never_shown(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "sesame-canary"
    home.config.write_text(MAIL + 'username = "u"\n', encoding="utf-8")
    monkeypatch.setenv("PIVOTWATCH_EMAIL__PASSWORD", canary)
    settings = load(home)
    assert settings.email is not None
    password = settings.email.secret()
    assert password is not None
    assert password.get_secret_value() == canary
    assert canary not in repr(settings)


@pytest.mark.parametrize(
    "text",
    [
        MAIL + 'username = "u"\npassword = 17\nsecurity = "sesame-canary"\n',
        MAIL + 'password = "sesame-canary"\n',
        MAIL + 'username = "u"\npassword = ["sesame-canary"]\n',
        '[[webhook]]\nname = "d"\nurl = "sesame-canary"\n',
        '[[webhook]]\nname = "d"\nurl = "https://x.example/sesame-canary"\nsecret = 3\n',
        '[[chat]]\nname = "d"\nkind = "slack"\nurl = "sesame-canary"\n',
        '[database]\nurl = ["sesame-canary"]\n',
    ],
)
def test_errors_about_secrets_do_not_tell_them(home: Home, text: str) -> None:
    message = problem(home, text)
    if "security" not in message:
        assert "sesame-canary" not in message


def test_the_database_url_may_stand_in_a_file(home: Home) -> None:
    (home.root / "url").write_text("postgresql://a@localhost/b\n", encoding="utf-8")
    home.config.write_text(f'[database]\nurl_file = "{home.root}/url"\n', encoding="utf-8")
    assert load(home).database_url(home) == "postgresql://a@localhost/b"
    home.config.write_text('[database]\nurl_file = "/no/such/file"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="url_file"):
        load(home).database_url(home)
