"""From whatever a library raised to one line that a person can act on."""

from __future__ import annotations

import ssl

import httpcore

from net.errors import NetError, TimedOut, Unreachable


def explain(error: Exception) -> NetError:
    """Return the ``NetError`` that ``error`` amounts to; its reason names neither URL nor host."""
    if isinstance(error, NetError):
        return error
    if isinstance(error, httpcore.ConnectTimeout):
        return TimedOut("no connection in time")
    if isinstance(error, TimeoutError | httpcore.TimeoutException):
        return TimedOut("no complete answer in time")
    broken = _cause(error, ssl.SSLError)
    if isinstance(broken, ssl.SSLCertVerificationError):
        return Unreachable(_certificate(broken))
    if broken is not None:
        return Unreachable("TLS failed; does it speak https on this port?")
    if isinstance(error, httpcore.ConnectError):
        return Unreachable("no connection; is the host up and the port right?")
    if isinstance(error, httpcore.RemoteProtocolError):
        return Unreachable("the answer is not HTTP, has endless headers, or was cut off")
    if isinstance(error, httpcore.LocalProtocolError | UnicodeError):
        return Unreachable("the request cannot be written: a header holds a forbidden character")
    return Unreachable("the connection broke")


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH
    if error.verify_code in {62, 64}:
        return "its TLS certificate is for another name"
    if error.verify_code == 10:  # X509_V_ERR_CERT_HAS_EXPIRED
        return "its TLS certificate has expired"
    return "its TLS certificate is not trusted"


def _cause(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, kind):
            return error
        error, seen = error.__cause__ or error.__context__, seen + 1
    return None
