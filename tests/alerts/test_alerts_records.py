"""The records that a sender's domain should have, and how they compare with what is published."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from alerts import EmailSettings
from alerts.check import Check, CheckState
from alerts.records import NoAnswerError, check_records, dkim_record, spf

DOMAIN = "pivot.am"


def sender(**more: object) -> EmailSettings:
    values: dict[str, object] = {
        "host": "smtp.relay.am",
        "from": f"watch@mail.{DOMAIN}",
        "to": ["ani@desk.example"],
    }
    return EmailSettings.model_validate(values | more)


def key_file(folder: Path, *, curve: bool = False) -> Path:
    key = (
        ec.generate_private_key(ec.SECP256R1())
        if curve
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    path = folder / "dkim.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def checked(settings: EmailSettings, **records: Sequence[str]) -> dict[str, Check]:
    """Check against published records, whose names are written with two underscores for a dot."""
    table = {name.replace("__", "."): texts for name, texts in records.items()}
    asked: list[str] = []

    def lookup(name: str) -> Sequence[str]:
        asked.append(name)
        return table.get(name, ())

    found = {one.name: one for one in check_records(settings, lookup)}
    assert all(name.endswith(DOMAIN) for name in asked)
    return found


@pytest.mark.parametrize(
    ("host", "record"),
    [
        ("smtp.relay.am", "v=spf1 a:smtp.relay.am -all"),
        ("198.51.100.7", "v=spf1 ip4:198.51.100.7 -all"),
        ("2001:db8::7", "v=spf1 ip6:2001:db8::7 -all"),
        ("127.0.0.1", "v=spf1 ip4:THIS-MACHINE'S-ADDRESS -all"),
    ],
)
def test_the_spf_record_lets_the_mail_server_send(host: str, record: str) -> None:
    assert spf(sender(host=host)) == record


def test_all_published_is_ok_and_dmarc_is_found_above(tmp_path: Path) -> None:
    settings = sender(dkim_selector="s1", dkim_key_file=key_file(tmp_path))
    assert settings.dkim_key_file is not None
    record = dkim_record(settings.dkim_key_file)
    assert record is not None
    spaced = record.replace("p=", "p= ").replace("MIIB", "MI IB")  # as long texts are published
    found = checked(
        settings,
        mail__pivot__am=["other=1", "v=spf1 include:relay.am -all"],
        s1___domainkey__mail__pivot__am=["v=DKIM1; p=AAAA", spaced],
        _dmarc__pivot__am=["v=DMARC1; p=reject"],
    )
    assert {name: one.state for name, one in found.items()} == dict.fromkeys(
        ("SPF", "DKIM", "DMARC"), CheckState.OK
    )


def test_what_is_missing_is_told_ready_to_be_published(tmp_path: Path) -> None:
    found = checked(sender(dkim_selector="s1", dkim_key_file=key_file(tmp_path)))
    assert found["SPF"].state is CheckState.NOTE
    assert '"v=spf1 a:smtp.relay.am -all"' in found["SPF"].remedy
    assert found["DMARC"].state is CheckState.NOTE
    assert '"v=DMARC1; p=none; rua=mailto:postmaster@mail.pivot.am"' in found["DMARC"].remedy
    assert found["DKIM"].state is CheckState.PROBLEM
    assert '"v=DKIM1; k=rsa; p=MII' in found["DKIM"].remedy
    assert "s1._domainkey.mail.pivot.am" in found["DKIM"].remedy


def test_a_record_with_another_key_and_two_spf_records_are_problems(tmp_path: Path) -> None:
    settings = sender(dkim_selector="s1", dkim_key_file=key_file(tmp_path))
    found = checked(
        settings,
        s1___domainkey__mail__pivot__am=["v=DKIM1; p=AAAA"],
        mail__pivot__am=["v=spf1 -all", "v=spf1 +all"],
    )
    assert found["DKIM"].state is found["SPF"].state is CheckState.PROBLEM
    assert "another key" in found["DKIM"].detail
    assert "2 SPF records" in found["SPF"].detail


def test_the_dkim_record_is_the_public_half_alone(tmp_path: Path) -> None:
    path = key_file(tmp_path)
    record = dkim_record(path)
    assert record is not None
    public = serialization.load_der_public_key(base64.b64decode(record.partition("p=")[2]))
    private = serialization.load_pem_private_key(path.read_bytes(), None)
    assert public == private.public_key()
    assert dkim_record(tmp_path / "none.pem") is None
    assert dkim_record(key_file(tmp_path, curve=True)) is None  # dkimpy signs with RSA alone


def test_without_a_resolver_the_line_that_asks_is_told() -> None:
    for one in check_records(sender(), None)[::2]:
        assert one.state is CheckState.NOTE
        assert "`dig +short TXT " in one.detail
        assert "publish" in one.remedy


def test_a_resolver_that_does_not_answer_proves_nothing(tmp_path: Path) -> None:
    def silent(name: str) -> Sequence[str]:
        raise NoAnswerError(name)

    settings = sender(dkim_selector="s1", dkim_key_file=key_file(tmp_path))
    found = check_records(settings, silent)
    assert [one.state for one in found] == [CheckState.NOTE] * 3


@pytest.mark.parametrize("domain", ["desk.example", "mail.example.org", "localhost", "a.test"])
def test_of_a_name_for_documents_nobody_is_asked(domain: str) -> None:
    def never(name: str) -> Sequence[str]:
        raise AssertionError(name)

    (found,) = check_records(sender(**{"from": f"watch@{domain}"}), never)
    assert found.state is CheckState.NOTE
