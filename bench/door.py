"""What one request costs at the door, beside bare httpx on the same server in the same run.

    ./run bench door            1,000 requests, 16 at once, all answered 304

Prints milliseconds of processor time a request, with connections kept and with a new one each
(every feed on a host of its own), and the ratio to httpx. The server is a process of its own.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import httpx

from net import Door, NetSettings

REQUESTS = 1_000
AT_ONCE = 16
ROUNDS = 3
VALIDATORS = {"if-none-match": '"a1"', "if-modified-since": "Tue, 24 Nov 2026 10:00:00 GMT"}
SAME = b'HTTP/1.1 304 Not Modified\r\netag: "a1"\r\ncache-control: max-age=300\r\n\r\n'

Ask = Callable[[str], Awaitable[int]]


class Same(asyncio.Protocol):
    """Answers everything with 304."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n"):
            self.transport.write(SAME)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Same, "0.0.0.0", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def url(number: int, port: int, hosts: int) -> str:
    host = number % hosts
    return f"http://127.0.{host // 250}.{1 + host % 250}:{port}/feed/{number}"


async def measure(ask: Ask, port: int, hosts: int) -> float:
    """Return milliseconds of processor time a request."""
    await ask(url(0, port, hosts))
    numbers = iter(range(REQUESTS))

    async def worker() -> None:
        for number in numbers:
            assert await ask(url(number, port, hosts)) == 304

    start = time.process_time()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return (time.process_time() - start) / REQUESTS * 1_000


async def through_door(port: int, hosts: int) -> float:
    async with Door(NetSettings.model_validate({"allow": ["127.0.0.0/8"]})) as door:

        async def ask(where: str) -> int:
            return (await door.get(where, headers=VALIDATORS)).status

        return await measure(ask, port, hosts)


async def bare(port: int, hosts: int) -> float:
    async with httpx.AsyncClient(trust_env=False) as client:

        async def ask(where: str) -> int:
            return (await client.get(where, headers=VALIDATORS)).status_code

        return await measure(ask, port, hosts)


def main() -> None:
    command = [sys.executable, __file__, "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        for name, hosts in (("one host", 1), ("1,000 hosts", 1_000)):
            ours = min(asyncio.run(through_door(port, hosts)) for _ in range(ROUNDS))
            theirs = min(asyncio.run(bare(port, hosts)) for _ in range(ROUNDS))
            print(f"{name:12} door {ours:.2f} ms, httpx {theirs:.2f} ms, ratio {ours / theirs:.2f}")
        server.kill()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        main()
