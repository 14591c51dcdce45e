"""From a feed's URL to a clean article."""
