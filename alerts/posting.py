"""Handing a body to a URL through the guarded door, and what the answer means for the delivery."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import SecretStr

from alerts.answers import GONE, PAYLOAD_FAULTS, REFUSED, course_of, is_broken
from alerts.channels import Clock, Receipt
from alerts.clean import clean
from alerts.errors import ChannelError, Course
from alerts.masking import masked, pieces
from archive.types import Message
from net import BadRedirect, Door, NetError, Refused, Response, TimedOut

SEND_LIMIT = 30.0
_FAULTS = frozenset(str(code) for code in PAYLOAD_FAULTS)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where bodies are put: a URL behind the door. Neither it nor ``secrets`` are ever shown, not
    even in an error whose words are the other side's."""

    url: SecretStr
    door: Door
    clock: Clock
    secrets: tuple[SecretStr, ...] = ()

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Receipt:
        """Post a body; return what a 2xx answer says.

        Raises:
            ChannelError: the answer was not 2xx, or there was none.
        """
        try:
            async with asyncio.timeout(SEND_LIMIT):
                answer = await self.door.post(self.url.get_secret_value(), body, headers)
        except NetError as error:
            raise _unanswered(error) from None
        except TimeoutError:
            raise _unanswered(TimedOut(f"no answer within {SEND_LIMIT:.0f} s")) from None
        said = clean(masked(answer.body.decode("utf-8", "replace"), self._unsaid()), 200)
        if 200 <= answer.status < 300:
            return Receipt(str(answer.status), said if answer.body else "")
        raise _refused(answer, said if answer.body else "no explanation", self.clock())

    def _unsaid(self) -> tuple[str, ...]:
        """Return what no answer may tell: what is secret in the URL, and the signing keys."""
        keys = (one.get_secret_value() for one in self.secrets)
        return (*pieces(self.url.get_secret_value()), *(k.removeprefix("whsec_") for k in keys))


def was_too_much(message: Message) -> bool:
    """Whether the last answer blamed the content, so that a shorter one is to be sent."""
    return (message.error or "")[:3] in _FAULTS


def _unanswered(error: NetError) -> ChannelError:
    if isinstance(error, Refused | BadRedirect):
        return ChannelError(REFUSED, error.reason, Course.GONE, broken=True)
    code = "timeout" if isinstance(error, TimedOut) else "unreachable"
    return ChannelError(code, error.reason, Course.FULL, broken=True)


def _refused(answer: Response, said: str, now: datetime) -> ChannelError:
    status = answer.status
    if status == GONE:
        said = f"the receiver is gone for good; remove it ({said})"
    if 300 <= status < 400:
        said = "the receiver answers with a redirect, which is not followed; correct its url"
    return ChannelError(
        str(status),
        said,
        course_of(status),
        retry_after=_retry_after(answer.headers.get("retry-after", ""), now),
        broken=is_broken(status),
    )


def _retry_after(value: str, now: datetime) -> timedelta | None:
    """Read a Retry-After header: seconds or a date (RFC 9110, 10.2.3)."""
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return timedelta(seconds=int(value))
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(timedelta(0), when - now)
