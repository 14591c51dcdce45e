"""The room's exceptions: messages for people, complete in themselves."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class AlertError(Exception):
    """Something a person must put right; the message names it and the remedy."""


class Course(StrEnum):
    """How a failed delivery goes on.

    ``full``: the whole retry schedule; ``slow``: the other side must change something first;
    ``once``: one more try; ``wait``: hourly, until the configuration is put right; ``never``;
    ``gone``: the channel is disabled at once, and its messages wait for a person.
    """

    FULL = "full"
    SLOW = "slow"
    ONCE = "once"
    WAIT = "wait"
    NEVER = "never"
    GONE = "gone"


class ChannelError(AlertError):
    """A channel did not take a message; never names a URL, which may be a secret.

    Attributes:
        code: the other side's status code, or one word for what happened.
        detail: what it said, or what to do.
        course: how delivery goes on.
        retry_after: the least time the other side asked to be left alone.
        broken: whether the channel as a whole is at fault, so that the rest of a batch must wait.
        strike: whether the recipient's address was refused for good; three strikes pause it.
        uncertain: whether the other side may have taken the message all the same.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        course: Course = Course.FULL,
        *,
        retry_after: timedelta | None = None,
        broken: bool = False,
        strike: bool = False,
        uncertain: bool = False,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.course = course
        self.retry_after = retry_after
        self.broken = broken
        self.strike = strike
        self.uncertain = uncertain
