"""Looking over what is on this machine: configuration, secrets' files, disk, model, Prefect."""

from __future__ import annotations

import ipaddress
import os
import shutil
import stat
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, SecretStr

import classifiers
from alerts.check import Check, CheckState, note, ok, problem
from alerts.settings import is_loopback
from archive import ArchiveError
from archive.soundness import hasty, size_of
from classifiers import ModelError
from classifiers.current import about
from flows.audit_settings import AuditSettings
from flows.home import Home
from flows.room import room
from flows.server import noted
from flows.settings import ConfigError, Settings, load

LITTLE_FREE = 1_000_000_000
PREFECT_SECONDS = 10.0
"""A server that is at work on many runs takes seconds."""
OLD_MODEL = timedelta(days=180)
_FLOWS = ("watch", "digest", "retrain", "audit")
_MOUNTED = Path("/run/secrets")  # where containers see secrets; their mode is the container's


def read_settings(home: Home) -> tuple[Settings | None, list[Check]]:
    """Read the configuration; a mistake in it is a finding, not an end."""
    try:
        settings = load(home)
    except ConfigError as error:
        lines = [line.removeprefix(f"{home.config}: ") for line in error.lines]
        remedy = "correct the line; docs/configuration.md names every key"
        return None, [problem("configuration", line, remedy) for line in lines]
    unsafe = list(_unsafe(settings))
    if any(one.state is CheckState.PROBLEM for one in unsafe):
        return settings, unsafe
    return settings, [ok("configuration", f"{home.config} has no mistakes"), *unsafe]


def check_secrets(home: Home, settings: Settings | None) -> list[Check]:
    """Say which files with secrets others on this machine can read, and who may write the home."""
    files = [home.config, home.link_key]
    if settings is not None:
        files += _secret_files(settings)
        if not _holds_a_secret(home.config, settings):
            files.remove(home.config)
    seen = [path for path in dict.fromkeys(files) if path.is_file()]
    found = [
        problem("secrets", f"{path} can be read by others on this machine", f"chmod 600 {path}")
        for path in seen
        if _mode(path) & 0o077 and not path.is_relative_to(_MOUNTED)
    ]
    if home.root.is_dir() and _mode(home.root) & 0o022:
        said = f"{home.root} can be written by others: they could put their files there"
        found.append(problem("secrets", said, f"chmod go-w {home.root}"))
    return found or [ok("secrets", f"{len(seen)} files, readable by you alone")]


def check_disk(home: Home, settings: Settings | None) -> list[Check]:
    """Say how much room there is, and what the home takes of it."""
    if not home.root.is_dir():
        return [problem("disk", f"{home.root}: no such folder", "run `pivotwatch init`")]
    database = home.database if settings is None else _database(home, settings)
    disks = room(home, database)
    captures = _size(home.captures)
    free = "; ".join(f"{folder}: {_bytes(left)} free" for folder, left in disks.items())
    said = (
        f"{free}; database {_bytes(size_of(database)) if database else 'elsewhere'}, "
        f"raw pages {_bytes(captures)}, logs {_bytes(_size(home.logs))}, "
        f"Prefect {_bytes(_size(home.prefect))}"
    )
    least = (settings.audit if settings else AuditSettings()).least_free_megabytes
    if min(disks.values()) < least * 1_000_000:
        said = f"less than [audit] least_free_megabytes = {least} is free: {said}"
        remedy = "free some; `pivotwatch archive prune` deletes old raw pages"
        return [problem("disk", said, remedy)]
    allowed = settings.captures.most_bytes if settings else 0
    if min(disks.values()) < LITTLE_FREE or shutil.disk_usage(home.root).free < allowed - captures:
        remedy = "free some, or lower [captures] most_megabytes: raw pages may take more than that"
        return [note("disk", said, remedy)]
    return [ok("disk", said)]


def check_model(home: Home, now: datetime) -> list[Check]:
    """Load the model that scores, as a cycle would; its file is checked against its hash."""
    try:
        found = classifiers.in_use(home.models)
    except ModelError as error:
        return [problem("model", str(error), "`pivotwatch train` makes a new one")]
    if found is None:
        return [note("model", "none yet", "the first cycle trains one; or run `pivotwatch train`")]
    if found.fault:
        return [problem("model", found.fault, "`pivotwatch models list` shows which there are")]
    model = found.model
    made = _made(home.models, model.id)
    since = f", made {made:%Y-%m-%d}" if made else ""
    fitted = "fitted to the stream" if found.stream else "of its cross-validation"
    said = f"{model.id}{since}; {len(model.signals)} signals, thresholds {fitted}"
    if found.note:
        return [note("model", said, found.note)]
    if made is not None and now - made > OLD_MODEL:
        return [note("model", said, "judge some articles (`pivotwatch review`) and `retrain`")]
    return [ok("model", said)]


def up_since(home: Home) -> datetime | None:
    """Return when the ``up`` that runs on the home noted its server; None: none runs."""
    if noted(home) is None:
        return None
    try:
        return datetime.fromtimestamp(home.server.stat().st_mtime, UTC)
    except OSError:  # it has just ended
        return None


def check_prefect(home: Home, settings: Settings | None) -> list[Check]:
    """Ask the server of a running ``up`` for the schedules."""
    running = noted(home)
    if running is None and home.server.exists():
        said = f"{home.server} names a process that is gone: `up` has ended badly"
        return [problem("Prefect", said, f"start `pivotwatch up`; its log is in {home.logs}")]
    if running is None:
        return [note("Prefect", "`pivotwatch up` does not run on this home", "start it")]
    log = home.logs / "prefect-server.log"
    try:
        with httpx.Client(trust_env=False, timeout=PREFECT_SECONDS) as client:
            answer = client.post(f"{running.api_url}/deployments/filter", json={"limit": 100})
            answer.raise_for_status()
            planned = {str(one["name"]) for one in answer.json() if _is_planned(one)}
    except httpx.ReadTimeout:
        said = f"the server at {running.ui_url} is busy: no answer in {PREFECT_SECONDS:g} s"
        return [note("Prefect", said, f"look again; if it stays so, restart `up`, and see {log}")]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        said = f"the server at {running.ui_url} does not tell its schedules"
        return [problem("Prefect", said, f"restart `pivotwatch up`; see {log}")]
    weekly = settings is not None and settings.schedule.weekly_cron
    missing = [name for name in (*_FLOWS, *(("weekly",) if weekly else ())) if name not in planned]
    if missing:
        said = f"{running.ui_url} has no active schedule for {', '.join(missing)}"
        remedy = f"resume it in the UI, or see {home.logs / 'scheduler.log'}"
        return [problem("Prefect", said, remedy)]
    return [ok("Prefect", f"{running.ui_url}: {len(planned)} flows are scheduled")]


def _database(home: Home, settings: Settings) -> Path | None:
    """Return the file of the database; None for one on a server, or whose folder is not there."""
    try:
        with closing(hasty(settings.database_url(home))) as archive:
            path = archive.path
    except ArchiveError:  # told by the check of the database
        return None
    return path if path is not None and path.parent.is_dir() else None


def _unsafe(settings: Settings) -> Iterator[Check]:
    """Yield a note for each setting that is allowed and yet risky."""
    name = "configuration"
    if settings.email is None and not settings.receivers:
        yield problem(
            name, "nobody is told of alerts", "add [email], [[webhook]] or [[chat]] to it"
        )
    if any(one.prefixlen == 0 for one in settings.net.allow):
        yield problem(
            name, "[net] allow opens every address, private ones too", "name only your own ranges"
        )
    if not is_loopback(settings.page.host):
        said = f"[page] host = {settings.page.host!r}: others can reach the page without TLS"
        yield note(name, said, "keep 127.0.0.1 and put a proxy with TLS before it")
    base = urlsplit(settings.alerts.base_url)
    if base.scheme == "http" and not _is_private(base.hostname or ""):
        said = "[alerts] base_url is http: links and who presses them can be read on the way"
        yield note(name, said, "serve the page over https; one-click unsubscribing needs it too")


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return is_loopback(host)


def _secret_files(model: BaseModel) -> Iterator[Path]:
    for name, value in _values(model):
        if isinstance(value, Path) and name.endswith("_file") and name != "ca_file":
            yield value
        elif isinstance(value, BaseModel):
            yield from _secret_files(value)


def _holds_a_secret(config: Path, settings: Settings) -> bool:
    """Whether a secret of ours stands in a file, however it is written there."""
    try:
        texts = set(_texts(tomllib.loads(config.read_text(encoding="utf-8"))))
    except (OSError, ValueError):
        return True
    secrets = {one.get_secret_value() for one in _secrets(settings)}
    return not texts.isdisjoint(secrets - {""})


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a parsed file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _secrets(model: BaseModel) -> Iterator[SecretStr]:
    for _, value in _values(model):
        if isinstance(value, SecretStr):
            yield value
        elif isinstance(value, BaseModel):
            yield from _secrets(value)


def _values(model: BaseModel) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a section by name; those of a list one by one."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        for one in value if isinstance(value, tuple) else (value,):
            yield name, one


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _size(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).lstat().st_size
            except OSError:  # gone meanwhile
                continue
    return total


def _bytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def _made(models: Path, name: str) -> datetime | None:
    try:
        made = datetime.fromisoformat(str(about(models, name)["created"]))
    except (KeyError, ValueError):
        return None
    return made if made.tzinfo else None


def _is_planned(one: dict[str, Any]) -> bool:
    active = any(plan.get("active") for plan in one.get("schedules") or ())
    return active and not one.get("paused")
