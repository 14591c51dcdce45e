"""S6: is any secret found where it was not put, whatever goes wrong?

    ./run bench canaries        every fault, with a Prefect server of its own; about two minutes

Plants a canary in each field that takes a secret; then receivers and mail servers repeat what they
got, break, hang and are away, configurations are wrong in and beside each secret, and a run fails.
Looks for each canary plain, quoted as in a URL, in base64 and in hex: in what commands print, in
logs at DEBUG, in the database and its dump, in Prefect's, in mails, posted bodies and exports.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / part) for part in ("tests", "")]

from canary_kit import SMTP_FAULTS, Faults, everything_under, serving  # noqa: E402
from canary_scenes import Scene, delivery, mail, mistakes  # noqa: E402

from flows import environment  # noqa: E402
from flows.home import Home  # noqa: E402
from flows.server import Server, free_port  # noqa: E402


def scenes(folder: Path) -> Iterator[tuple[str, Scene]]:
    """Play each scene with servers of its own."""
    with serving(Faults()) as faults:
        yield "receivers, a failing run", delivery(folder / "delivery", faults, failing_run)
    for fault in SMTP_FAULTS:
        with serving(Faults()) as faults:
            yield f"mail server: {fault}", mail(folder / f"mail-{fault}", faults, fault)
    with serving(Faults()) as faults:
        yield "wrong configurations", mistakes(folder / "mistakes", faults)


def failing_run(home: Home) -> None:
    """Run the flow ``watch``, which delivers and then fails for want of a model."""
    from flows import watch
    from flows.closing import drain

    def gone(*_: object) -> None:
        raise RuntimeError("the model has gone")

    watch.model.in_use = gone  # type: ignore[assignment]
    with suppress(RuntimeError):
        asyncio.run(watch.watch(watch.WatchRequest(home=home.root)))
    drain()


def main() -> None:
    began = time.perf_counter()
    planted = hits = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prefect = Home(folder / "prefect")
        server = Server(prefect, free_port(), ui=False)
        os.environ.update(environment.variables(prefect, server.api_url))
        with server:
            server.wait()
            played = list(scenes(folder / "scenes"))
        for what, scene in played:
            found = scene.hits()
            for source, raw in everything_under(prefect.root, frozenset()):
                found += scene.flock.in_bytes(source, raw)
            planted, hits = planted + len(scene.flock.canaries), hits + len(found)
            print(f"  {what:28} {len(scene.flock.canaries):>4} canaries {len(found):>5} found")
            for line in found:
                print(f"    {line}")
    print(f"{planted} canaries, {hits} found, {time.perf_counter() - began:.0f} s")
    sys.exit(hits > 0)


if __name__ == "__main__":
    main()
