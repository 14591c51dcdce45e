"""A web server on this machine that many may ask at once."""

from __future__ import annotations

from http.server import ThreadingHTTPServer


class LoopbackServer(ThreadingHTTPServer):
    """Python's own lets five connections wait, and the kernel drops those that come beyond."""

    request_queue_size = 128
