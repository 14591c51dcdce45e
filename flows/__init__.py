"""Flows: what runs when, and the settings it is composed from.

In: the home directory with its configuration. Out: cycles run on schedule (``watch``), a model
kept up to date (``retrain``), a daily mail (``digest``), all shown in Prefect's UI. The stages
themselves are ordinary functions in ``flows.cycle``; only modules of this folder import Prefect,
and none of them is imported here, so that a program can read the settings without its cost.
"""
