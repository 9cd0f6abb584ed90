"""`copydesk`: argv to a verb, and what went wrong to an exit code.

0   done (dead letters are no failure; --fail-on-dead-letters makes them one)
1   ran and found trouble
2   misuse: the message names the option, its value and what is allowed
3   aborted: a crash, or an outage that outlasted its patience
"""

import logging
import os
import sys
from types import TracebackType

import typer

from pipelines.commands.audit import audit
from pipelines.commands.capture import capture
from pipelines.commands.events import events
from pipelines.commands.index.verbs import index
from pipelines.commands.letters.verbs import dead_letters
from pipelines.commands.output import people
from pipelines.commands.publish import publish
from pipelines.commands.replay import replay
from pipelines.commands.run import run
from pipelines.commands.search import search
from pipelines.commands.send import send
from pipelines.commands.show import show
from pipelines.commands.sql import sql
from pipelines.commands.topics import topics
from pipelines.options import Misuse

# Parsers that warn of each bad page: what was wrong with it is told by its dead letter or its quality flags.
QUIET = ("trafilatura", "htmldate", "courlan", "justext")

app = typer.Typer(
    name="copydesk",
    help="Wire and web news in, clean articles with event IDs out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb, told in (
    (replay, "captured news in, articles with event IDs out"),
    (run, "topics in, articles with event IDs out, until told to end"),
    (publish, "build what readers open; lift embargoes"),
    (search, "full text over what readers may see"),
    (show, "one article and its versions"),
    (events, "what happened, and who tells it"),
    (sql, "ask the output in SQL (DuckDB)"),
    (audit, "list input records that came to nothing"),
    (send, "captured news onto Kafka topics"),
    (capture, "a range of Kafka topics to NDJSON"),
):
    app.command(short_help=told)(verb)
app.add_typer(topics, name="topics", short_help="create and check Kafka topics")
app.add_typer(index, name="index", short_help="make and keep the search index on a cluster")
app.add_typer(dead_letters, name="dead-letters", short_help="what was rejected, and what to do about it")


def main(arguments: list[str] | None = None) -> None:
    """Run one verb and leave with its exit code."""
    sys.excepthook = _aborted
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    for chatty in QUIET:
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    try:
        # Not `app()`, which puts a hook of its own in the place of ours.
        typer.main.get_command(app)(arguments, prog_name="copydesk")
    except Misuse as misuse:
        people.print(f"copydesk: {misuse}", style="red", markup=False)
        sys.exit(2)


def _aborted(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A crash keeps its traceback and gets its own exit code, which Python would give as 1."""
    sys.__excepthook__(kind, error, trace)
    people.print("copydesk: aborted. What was written is complete; run the same command again.", style="red")
    sys.stdout.flush()
    os._exit(3)


if __name__ == "__main__":
    main()
