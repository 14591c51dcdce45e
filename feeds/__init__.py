"""From a feed's URL to a clean article.

In: the feeds of a catalogue and what they answer (RSS, RDF, Atom, JSON Feed; HTML pages), all of
it hostile until read. Out: entries, then articles with versions, language, date and the article
they copy, in the archive; a report with one line for each failure.

``poll`` asks the feeds that are due, ``collect`` turns what they named into articles. Documents
are read in worker processes that can be killed; one ``Pace`` keeps the distance to each host.
"""

from feeds.captures import CaptureError, CaptureLostError, Captures
from feeds.catalogue import read_catalogue, write_opml, write_toml
from feeds.collect import CollectReport, collect
from feeds.coverage import Coverage, Watched, coverage_of, watched
from feeds.errors import FeedError
from feeds.health import Health
from feeds.health import forget as forget_days
from feeds.health import refresh as refresh_health
from feeds.home import look_at_homes
from feeds.onboarding import Onboarding, onboard, probe_all
from feeds.onboarding import outage as outage_of
from feeds.opml import UNKNOWN_LANGUAGE
from feeds.pace import Pace
from feeds.poll import PollReport, poll
from feeds.probe import Probe
from feeds.row import named_feed
from feeds.settings import FeedsSettings
from feeds.single import fetch_article
from feeds.together import fleet as fleet_troubles
from feeds.types import Progress
from feeds.urls import canonical, host_of, registered_domain

__all__ = [
    "UNKNOWN_LANGUAGE",
    "CaptureError",
    "CaptureLostError",
    "Captures",
    "CollectReport",
    "Coverage",
    "FeedError",
    "FeedsSettings",
    "Health",
    "Onboarding",
    "Pace",
    "PollReport",
    "Probe",
    "Progress",
    "Watched",
    "canonical",
    "collect",
    "coverage_of",
    "fetch_article",
    "fleet_troubles",
    "forget_days",
    "host_of",
    "look_at_homes",
    "named_feed",
    "onboard",
    "outage_of",
    "poll",
    "probe_all",
    "read_catalogue",
    "refresh_health",
    "registered_domain",
    "watched",
    "write_opml",
    "write_toml",
]
