"""D3: are mails of any alert of the form that mail programs need?

    ./run bench mails           10,000 alerts at random, from one seed

Each alert is made into a mail with links, as it goes over the wire. Prints how many had an id or
a URL in an encoded word, an id or header line that is too long, HTML above 80 kB, or no HTML.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from email import message_from_bytes, policy

from alerts.buttons import Button
from alerts.clean import seal
from alerts.message import MAX_HTML, alert_mail
from alerts.payload import AlertPayload
from alerts.settings import EmailSettings
from archive.ids import message_id
from archive.types import Message, OutboxState

ALERTS = 10_000
SEED = 20260304
PERSON = "analyst@desk.example"
SETTINGS = EmailSettings.model_validate(
    {"host": "mail.example", "from": "watch@pivot.example", "to": [PERSON]}
)
PLAIN = (  # headers with ids and URLs: an encoded word in them breaks threads and unsubscribing
    "Message-ID", "In-Reply-To", "References", "List-Id", "List-Unsubscribe",
    "List-Unsubscribe-Post", "Date", "From", "To",
)  # fmt: skip


class Links:
    """Links as long as signed ones are."""

    def buttons(self, alert_id: str, revision: int, person: str) -> tuple[Button, ...]:
        token = f"{alert_id}.{revision}.{len(person)}".ljust(140, "t")
        names = ("Relevant", "Not relevant", "Wrong signal", "Snooze", "Mute")
        return tuple(Button(n, n, f"https://watch.example/a/{n[:4].strip()}{token}") for n in names)

    def miss(self, article_id: str, person: str) -> str:
        return f"https://page.example/m/{article_id}/{person}"

    def unsubscribe(self, address: str) -> str:
        return f"https://watch.example/u/{len(address)}{'t' * 140}"


def faults(payload: AlertPayload) -> list[str]:
    """Return what is wrong with an alert's mail, and "no HTML" if it had to be left out."""
    local_id = message_id("email", PERSON, payload.alert_id, payload.revision)
    row = Message(
        local_id, payload.alert_id, payload.revision, "email", PERSON, OutboxState.DUE, 0,
        payload.created, payload.created,
    )  # fmt: skip
    raw = seal(alert_mail(payload, row, SETTINGS, Links()))
    head = message_from_bytes(raw)
    mail = message_from_bytes(raw, policy=policy.default)
    found = [f"encoded {name}" for name in PLAIN if "=?" in str(head[name])]
    found += [f"missing {name}" for name in PLAIN if head[name] is None]
    if max(map(len, raw.split(b"\r\n"))) > 998:
        found.append("long line")
    if len(str(head["Message-ID"])) > 80:
        found.append("long id")
    page, text = mail.get_body(("html",)), mail.get_body(("plain",))
    if text is None or not text.get_content().strip():
        found.append("no text")
    if page is None:
        found.append("no HTML")
    elif len(page.get_content().encode()) > MAX_HTML:
        found.append("large HTML")
    return found


def main() -> None:
    from alerts_at_random import Alerts

    many = int(sys.argv[1]) if len(sys.argv) > 1 else ALERTS
    start = time.perf_counter()
    made = Alerts(SEED)
    found = Counter(fault for _ in range(many) for fault in faults(made.alert()))
    print(f"{many:,} alerts at random, {time.perf_counter() - start:.0f} s")
    for what, number in sorted(found.items()):
        print(f"  {what:30} {number:>8,}")
    print(f"  faults in all {sum(found.values()):,}")


if __name__ == "__main__":
    main()
