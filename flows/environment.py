"""How Prefect is set up for pivotwatch: its own home, no telemetry, quiet logs.

Prefect reads its settings when it is first imported, so these go into the environment before.
"""

from __future__ import annotations

import os

from flows.home import VARIABLE, Home


def variables(home: Home, api_url: str | None = None) -> dict[str, str]:
    """Return the environment variables for Prefect and for the flows' processes.

    What the user has set for themselves wins, except for the home.
    """
    chosen = {
        "PREFECT_LOGGING_LEVEL": "INFO",  # what a run says is kept for the UI …
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # … the terminal is the desk's
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    }
    result = {name: os.environ.get(name, value) for name, value in chosen.items()}
    result |= {VARIABLE: str(home.root), "PREFECT_HOME": str(home.prefect)}
    if api_url is not None:
        result["PREFECT_API_URL"] = api_url
    return result


def apply(home: Home, api_url: str | None = None) -> None:
    """Set the variables in this process; call it before the first import of Prefect."""
    os.environ.update(variables(home, api_url))
