"""Settings: strict addresses, hidden secrets, one clear line for what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from alerts_kit import MACHINE, PERSON, SECRET, email_to, webhook_to
from pydantic import SecretStr, ValidationError

from alerts import AlertsSettings, EmailSettings, RuleSettings, WebhookSettings
from alerts.channels import recipients_of, unknown_channels


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example,c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "Name <a@b.example>",
        "a b@c.example",
        "a@b.example ",
        "a@@b.example",
        "nobody",
        "@b.example",
        "a@",
        "a@b..example",
        "а@кириллица.example",
        "a@b.example\x00",
    ],
)
@pytest.mark.parametrize("key", ["from", "to"])
def test_only_one_plain_address_is_an_address(address: str, key: str) -> None:
    value = address if key == "from" else (address,)
    with pytest.raises(ValidationError, match="not one plain email address"):
        email_to(25, **{key: value})


@pytest.mark.parametrize(
    ("security", "port"), [("plain", 25), ("starttls", 587), ("implicit", 465)]
)
def test_the_port_follows_the_security(security: str, port: int) -> None:
    assert email_to(1, port=None, security=security).effective_port == port


def test_a_password_never_goes_in_clear_to_another_machine() -> None:
    login = {"username": "u", "password": "p", "security": "plain"}
    assert email_to(25, host="::1", **login).secret() is not None
    with pytest.raises(ValidationError, match="in clear"):
        email_to(25, host="mail.example.org", **login)


def test_a_user_without_password_is_refused() -> None:
    with pytest.raises(ValidationError, match="username and password go together"):
        email_to(25, username="u")


def test_an_address_given_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="twice"):
        email_to(25, to=("a@b.example", "a@b.example"))


def test_secrets_come_from_files_and_stay_out_of_sight(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("canary-password\n")
    (tmp_path / "u").write_text("https://hooks.example/canary-url\n")
    (tmp_path / "s").write_text(SECRET)
    email = email_to(25, username="u", password_file=tmp_path / "p", host="localhost")
    hook = WebhookSettings.model_validate(
        {"name": "ops", "url_file": tmp_path / "u", "secret_file": tmp_path / "s"}
    )
    assert email.secret() == SecretStr("canary-password")
    assert hook.address().get_secret_value() == "https://hooks.example/canary-url"
    direct = webhook_to(9, url="https://hooks.example/canary-url")
    told = " ".join(map(repr, (email, hook, direct, hook.address(), direct.secret)))
    assert "canary" not in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": "ftp://canary.example/x"}, "not an http or https address"),
        ({"url": None}, "give url or url_file"),
        ({"secret": "whsec_canary"}, "24 to 64 random bytes"),
        ({"secret": "whsec_Y2FuYXJ5"}, "24 to 64 random bytes"),
        ({"name": "email"}, "choose another"),
        ({"name": "Two Words"}, "lower-case letters"),
        ({"secret": None, "secret_file": "/nowhere/canary"}, "cannot be read"),
        ({"url_file": "/nowhere/at-all"}, "both given"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_bad_webhook_says_what_is_wrong_and_no_secret(
    change: dict[str, object], said: str
) -> None:
    with pytest.raises(ValidationError, match=said) as caught:
        webhook_to(9, **change)
    assert "canary.example" not in str(caught.value)
    assert "whsec_Y" not in str(caught.value)


def test_the_founding_signals_have_rules_of_their_own_and_both_directions_are_watched() -> None:
    *founding, away, back = AlertsSettings().rules
    assert [rule.signals for rule in founding] == [
        ("csto_snub",),
        ("western_drills",),
        ("trade_retaliation",),
    ]
    assert (away.name, len(away.signals)) == ("realignment", 10)
    assert (back.name, back.signals) == ("reengagement", ("russia_reengagement",))
    assert "russia_reengagement" not in away.signals


def test_two_rules_of_one_name_are_refused() -> None:
    rule = RuleSettings(name="r", signals=("csto_snub",))
    with pytest.raises(ValidationError, match="same name"):
        AlertsSettings(rules=(rule, rule))


def test_a_rule_cannot_name_a_channel_that_is_not_there() -> None:
    everybody = recipients_of(email_to(25), (webhook_to(9),))
    assert everybody == (PERSON, MACHINE)
    rule = RuleSettings(name="r", signals=("csto_snub",), channels=("email", "opps"))
    assert unknown_channels(AlertsSettings(rules=(rule,)), everybody) == ("opps",)


def test_settings_cannot_be_changed() -> None:
    settings: EmailSettings = email_to(25)
    with pytest.raises(ValidationError):
        settings.host = "other"  # type: ignore[misc]
