"""The demo: an invented newsroom on loopback, and the real pipeline run on it twice."""
