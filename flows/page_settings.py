"""Where the page with an alert's buttons listens."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PageSettings(BaseModel):
    """Where the page listens; where it is reached from outside is [alerts] base_url.

    Another ``host`` than this machine is only needed where the proxy that speaks TLS runs on
    another one, or in another container.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(8480, ge=1, le=65535, description="port to listen on")

    @property
    def local_url(self) -> str:
        """The page's address without a proxy before it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"
