"""What collecting is set to: how often, how politely, how much."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class FeedsSettings(BaseModel):
    """The ``[feeds]`` section of the configuration.

    ``feed_spacing`` and ``page_spacing`` are seconds between two requests to one host; below
    1.0 they take effect only on hosts inside ``[net] allow``. A feed is polled again when half
    an entry can be expected, after ``least_interval`` to ``most_interval`` minutes, and
    ``interval`` minutes as long as its rhythm is not known. ``parallel`` requests run at once.
    ``workers`` processes parse and extract, each for at most ``deadline`` seconds a document. A
    page is tried ``attempts`` times, and of one feed document the first ``max_items`` entries
    are read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    feed_spacing: float = Field(default=2.0, ge=0, le=3600)
    page_spacing: float = Field(default=5.0, ge=0, le=3600)
    interval: float = Field(default=10.0, gt=0, le=10_080)
    least_interval: float = Field(default=5.0, gt=0, le=10_080)
    most_interval: float = Field(default=45.0, gt=0, le=10_080)
    parallel: int = Field(default=16, ge=1)
    workers: int = Field(default=2, ge=1)
    deadline: float = Field(default=8.0, gt=0, le=600)
    attempts: int = Field(default=3, ge=1)
    max_items: int = Field(default=1000, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least_interval > self.most_interval:
            raise ValueError(
                "least_interval is more than most_interval; make it the smaller of the two"
            )
        return self
