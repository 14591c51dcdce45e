"""What an alert offers its reader to press: the buttons, and whoever makes their links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Button:
    """One button: ``name`` says what it does, ``label`` is what the reader sees."""

    name: str
    label: str
    url: str


class AlertLinks(Protocol):
    """Whoever signs the links of alerts; there is none when no ``base_url`` is configured."""

    def buttons(self, alert_id: str, revision: int, person: str) -> tuple[Button, ...]:
        """Return the buttons of one revision for one person, in the order they are shown."""
        ...

    def miss(self, article_id: str, person: str) -> str:
        """Return the URL at which a person says whether an article was missed."""
        ...

    def unsubscribe(self, address: str) -> str:
        """Return the URL at which an address ends its alerts (RFC 8058)."""
        ...
