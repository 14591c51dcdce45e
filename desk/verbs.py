"""The verbs of the command line, and how errors end."""

from __future__ import annotations

import sys

import typer

from alerts.errors import AlertError
from archive import ArchiveError
from classifiers import ClassifierError
from desk import (
    alert_commands,
    archive_commands,
    audit_command,
    doctor_command,
    evaluate_command,
    export_command,
    feed_commands,
    index_command,
    label_commands,
    lexicon_commands,
    live_commands,
    model_commands,
    models_commands,
    page_command,
    replay_command,
    review_command,
    seed_commands,
)
from desk.console import complain
from desk.demo.command import demo
from desk.errors import DeskError
from feeds import FeedError
from flows.server import ServerError
from flows.settings import ConfigError
from flows.up import UpError
from net import NetError

FAILED = 1
USAGE = 2

app = typer.Typer(
    name="pivotwatch",
    help="Early warning of Armenia's distance from Russia: feeds in, explained alerts out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo)
live_commands.register(app)
doctor_command.register(app)
audit_command.register(app)
page_command.register(app)
model_commands.register(app)
evaluate_command.register(app)
review_command.register(app)
app.add_typer(feed_commands.app, name="feeds")
app.add_typer(label_commands.app, name="labels")
app.add_typer(models_commands.app, name="models")
app.add_typer(seed_commands.app, name="seeds")
app.add_typer(lexicon_commands.app, name="lexicon")
app.add_typer(alert_commands.app, name="alerts")
app.add_typer(archive_commands.app, name="archive")
alert_commands.register(app)
replay_command.register(alert_commands.app)
export_command.register(app)
index_command.register(app)


def run() -> None:
    """Run a command; a known error is one clear line (or one a problem) and an exit code."""
    try:
        app()
    except ConfigError as error:
        complain(str(error))
        sys.exit(USAGE)
    except (
        AlertError,
        ArchiveError,
        ClassifierError,
        DeskError,
        FeedError,
        NetError,
        ServerError,
        UpError,
    ) as error:
        complain(str(error))
        sys.exit(FAILED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
