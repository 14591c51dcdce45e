"""The room's exceptions: messages for people, complete in themselves."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class AlertError(Exception):
    """Something a person must put right; the message names it and the remedy."""


class Course(StrEnum):
    """How a failed delivery goes on.

    ``full``: the whole retry schedule; ``slow``: the other side must change something first;
    ``once``: one more try; ``wait``: hourly, until the configuration is put right; ``never``.
    """

    FULL = "full"
    SLOW = "slow"
    ONCE = "once"
    WAIT = "wait"
    NEVER = "never"


class ChannelError(AlertError):
    """A channel did not take a message; never names a URL, which may be a secret.

    Attributes:
        code: the other side's status code, or one word for what happened.
        detail: what it said, or what to do.
        course: how delivery goes on.
        retry_after: the least time the other side asked to be left alone.
        broken: whether the channel as a whole is at fault, so that the rest of a batch must wait.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        course: Course = Course.FULL,
        *,
        retry_after: timedelta | None = None,
        broken: bool = False,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.course = course
        self.retry_after = retry_after
        self.broken = broken

    @property
    def permanent(self) -> bool:
        """Whether trying again is pointless."""
        return self.course is Course.NEVER
