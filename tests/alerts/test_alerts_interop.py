"""A thousand signed messages, read by the reference libraries of Python and of npm."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from alerts.signing import signed_headers

MESSAGES = 1_000
EXPECTED = {"new": MESSAGES, "old": MESSAGES, "tampered": 0, "stranger": 0}
READER = """
const { Webhook } = require("standardwebhooks");
const counts = { new: 0, old: 0, tampered: 0, stranger: 0 };
const lines = require("fs").readFileSync(process.argv[2], "utf8").split("\\n").filter(Boolean);
for (const line of lines) {
  const one = JSON.parse(line);
  const tries = { new: [one.secrets[0], one.body], old: [one.secrets[1], one.body],
                  tampered: [one.secrets[0], one.tampered], stranger: [one.stranger, one.body] };
  for (const [name, [secret, body]] of Object.entries(tries)) {
    try { new Webhook(secret).verify(body, one.headers); counts[name] += 1; } catch (error) {}
  }
}
console.log(JSON.stringify(counts));
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message while its secret is replaced, and what is no such message."""

    secrets: tuple[str, str]
    stranger: str
    headers: dict[str, str]
    body: str
    tampered: str


@cache
def messages() -> tuple[Sent, ...]:
    chance = random.Random(20)
    return tuple(_sent(chance, number) for number in range(MESSAGES))


def _sent(chance: random.Random, number: int) -> Sent:
    letters = "".join(chance.choice('ab"\\{}\n éЖԲ漢🙂=<>&\u2028') for _ in range(200))
    body = json.dumps({"text": letters, "number": number}, ensure_ascii=False)
    new, old, stranger = (_secret(chance) for _ in range(3))
    headers = signed_headers(
        f"msg_{number}", body.encode(), datetime.now(UTC), SecretStr(new), SecretStr(old)
    )
    place = chance.randrange(len(body))
    tampered = f"{body[:place]}{'x' if body[place] != 'x' else 'y'}{body[place + 1 :]}"
    return Sent((new, old), stranger, headers, body, tampered)


def _secret(chance: random.Random) -> str:
    return "whsec_" + base64.b64encode(chance.randbytes(chance.randint(24, 64))).decode()


def test_the_python_library_reads_all_and_none_that_was_tampered_with() -> None:
    found: Counter[str] = Counter(dict.fromkeys(EXPECTED, 0))
    for one in messages():
        tries = {
            "new": (one.secrets[0], one.body),
            "old": (one.secrets[1], one.body),
            "tampered": (one.secrets[0], one.tampered),
            "stranger": (one.stranger, one.body),
        }
        for name, (secret, body) in tries.items():
            try:
                Webhook(secret).verify(body, one.headers, json_parse=False)
            except WebhookVerificationError:
                continue
            found[name] += 1
    assert dict(found) == EXPECTED


def test_the_npm_library_reads_all_and_none_that_was_tampered_with(tmp_path: Path) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "standardwebhooks"]
    try:
        done = subprocess.run(install, cwd=tmp_path, capture_output=True, timeout=90, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm's registry did not answer within 90 s")
    if done.returncode:
        pytest.skip("npm could not install standardwebhooks")
    (tmp_path / "read.js").write_text(READER)
    lines = "\n".join(
        json.dumps(
            {
                "secrets": one.secrets,
                "stranger": one.stranger,
                "headers": one.headers,
                "body": one.body,
                "tampered": one.tampered,
            }
        )
        for one in messages()
    )
    (tmp_path / "messages.jsonl").write_text(lines)
    read = subprocess.run(
        [node, "read.js", "messages.jsonl"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(read.stdout) == EXPECTED
