"""DKIM signatures (RFC 6376), for mail that no relay signs; needs the extra ``dkim``."""

from __future__ import annotations

from alerts.errors import ChannelError, Course
from alerts.settings import EmailSettings

# From and the headers that readers or mail programs act on. Those named twice are "oversigned":
# a second one of their kind, added on the way, breaks the signature (RFC 6376, 5.4.2).
_SIGNED = (
    b"from", b"from", b"to", b"to", b"subject", b"subject", b"date", b"message-id",
    b"in-reply-to", b"references", b"list-id", b"list-unsubscribe", b"list-unsubscribe",
    b"list-unsubscribe-post", b"list-unsubscribe-post", b"auto-submitted", b"mime-version",
    b"content-type", b"content-transfer-encoding",
)  # fmt: skip


def signed(raw: bytes, settings: EmailSettings) -> bytes:
    """Return a finished message with its signature, or as it is when none is configured.

    Raises:
        ChannelError: the key cannot be read or is not an RSA key in PEM.
    """
    if settings.dkim_selector is None or settings.dkim_key_file is None:
        return raw
    import dkim

    try:
        signature = dkim.sign(
            raw,
            settings.dkim_selector.encode("ascii"),
            settings.domain.encode("ascii"),
            settings.dkim_key_file.read_bytes(),
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=list(_SIGNED),
        )
    except (OSError, ValueError, TypeError, LookupError, dkim.DKIMException):
        raise ChannelError(
            "dkim",
            f"{settings.dkim_key_file} is not a readable RSA key in PEM; put [email] "
            "dkim_key_file right",
            Course.WAIT,
        ) from None
    return bytes(signature) + raw
