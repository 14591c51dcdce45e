"""What the [net] section accepts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from net import NetSettings


def test_defaults() -> None:
    settings = NetSettings()
    assert settings.allow == ()
    assert settings.agent == "pivotwatch/0.1"
    assert settings.deadline == 45.0


@pytest.mark.parametrize(
    "values",
    [
        {"allow": ["127.0.0.1/8"]},
        {"allow": ["nowhere"]},
        {"deadline": 0},
        {"contact": "me\r\nX-Other: 1"},
        {"contact": "я@пример.example"},
        {"user_agent": ""},
        {"proxy": "http://proxy.example"},
    ],
)
def test_wrong_values_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NetSettings.model_validate(values)


def test_single_addresses_and_both_families_may_be_opened() -> None:
    settings = NetSettings.model_validate({"allow": ["127.0.0.1", "fd00::/8"]})
    assert [str(network) for network in settings.allow] == ["127.0.0.1/32", "fd00::/8"]
