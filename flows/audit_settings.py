"""When the auditor looks, what it minds, and whom it tells that all is well."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from alerts.fields import StrictModel, is_web_address, one_of, read_secret


class AuditSettings(StrictModel):
    """The ``[audit]`` section of the configuration.

    ``heartbeat_url`` may come from a file. It is a secret, never shown: whoever knows it can
    say in our name that all is well.
    """

    every: float = Field(5.0, ge=1, le=60, description="minutes between two audits")
    overdue: float = Field(15.0, ge=1, le=1440, description="minutes an alert may lie untried")
    least_free_megabytes: int = Field(500, ge=0, le=10_000_000, description="on the disk")
    heartbeat_url: SecretStr | None = None
    heartbeat_url_file: Path | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        one_of(self.heartbeat_url, self.heartbeat_url_file, "heartbeat_url")
        url = self.address()
        if url is not None and not is_web_address(url.get_secret_value()):
            raise ValueError(
                "heartbeat_url: not an http or https address without a login; "
                "write https://example.org/ping/…"
            )
        return self

    def address(self) -> SecretStr | None:
        """Return the URL to ask when all is well, wherever it was given; None: nobody is told.

        Raises:
            ValueError: ``heartbeat_url_file`` cannot be read.
        """
        return self.heartbeat_url or read_secret(self.heartbeat_url_file, "heartbeat_url_file")
