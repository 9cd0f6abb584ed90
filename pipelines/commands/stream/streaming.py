"""The streaming job on this machine: the dataflow, a publish beside it, and what people and machines see of both."""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import typer

from connectors.kafka.bundle import Unreadable
from connectors.kafka.losses import DataLoss
from connectors.kafka.record_limits import MissingTopic
from connectors.kafka.trouble import KafkaTrouble
from connectors.parquet.pending import settle_pending
from connectors.parquet.publish_due import is_publish_due
from connectors.search.opensearch.trouble import IndexTrouble
from pipelines.commands.opened import holds_output, naming_broken_files
from pipelines.commands.output import people
from pipelines.commands.progress import shown
from pipelines.commands.stream.disk_trouble import disk_trouble
from pipelines.commands.stream.draining import draining_on_signal
from pipelines.commands.stream.metrics_server import serving
from pipelines.commands.stream.publish_beside import PublishBeside
from pipelines.commands.stream.state import StreamState
from pipelines.commands.stream.watching import StreamWatch
from pipelines.ingest import run
from pipelines.options import IngestConfig
from pipelines.transforms.metrics import reset_tally

# What ends a stream and is no bug: its message says what happened and what to do.
_TOLD = (DataLoss, Unreadable, KafkaTrouble, IndexTrouble)
_GO_ON = "What was written is complete; mend that and run the same command again."


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnd:
    """How a stream ended: drained, or at the end that it was given; its last state; whether all is published."""

    is_drained: bool
    is_published: bool
    state: StreamState


def stream(config: IngestConfig, publishing: PublishBeside, host: str, port: int | None) -> StreamEnd:
    """Run the dataflow until it is drained or at its end, watched and published meanwhile and once more at last.

    `port` None: no pages. A crash leaves with exit code 3; what is no bug of ours without a traceback.

    Raises:
        Misuse: the address of the pages is taken, or a file of the output cannot be read.
    """
    # The local runner logs the traceback of what ends it, once for each DoFn on its way; it is told here, and once.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    logging.getLogger("connectors").setLevel(logging.WARNING)
    watch = StreamWatch(publish=publishing.figures)
    began_ns = time.time_ns()
    reset_tally()
    with _telling(config.data), naming_broken_files(config.memory or config.data), ExitStack() as held:
        # First: whoever sees that it has begun may tell it to end.
        held.enter_context(draining_on_signal(watch.drain))
        if port is not None:
            _tell_address(held.enter_context(serving(host, port, watch.pages())))
        held.enter_context(shown(watch.line))
        with publishing.going():
            run(config)
            # What is asked for from now on ends no reading any more.
            ended, is_drained = watch.state(), watch.is_draining
            watch.is_publishing = True
        # What a bundle that was cut short before this run has left, and nobody has written again, are rows like others.
        settle_pending(config.data, began_ns)
        is_published = publishing.publish_if_due()
    return StreamEnd(
        is_drained=is_drained,
        is_published=is_published,
        state=replace(ended, publish=publishing.figures()),
    )


def due(data: Path) -> Callable[[], bool]:
    """Whether there is anything to publish in a folder of output, now."""

    def is_due() -> bool:
        return holds_output(data) and is_publish_due(str(data), datetime.now(UTC))

    return is_due


def _tell_address(url: str) -> None:
    people.print(f"copydesk: {url}/metrics and {url}/healthz show how it goes", markup=False)


@contextmanager
def _telling(data: Path) -> Iterator[None]:
    """Leave with one sentence when the body ends by what is no bug; with the exit code of a misuse if a topic is missing."""
    try:
        yield
    except (*_TOLD, OSError, RuntimeError, sqlite3.Error) as error:
        found = _found(error)
        told = disk_trouble(error, data)
        if found is not None:
            # Where in the graph it happened says nothing to whoever runs it.
            _leave(str(found).partition(" [while running")[0], 2 if isinstance(found, MissingTopic) else 3)
        if told is not None:
            _leave(f"{told}. {_GO_ON}", 3)
        raise


def _leave(told: str, code: int) -> NoReturn:
    people.print(f"copydesk: {told}", style="red", markup=False)
    raise typer.Exit(code) from None


def _found(error: BaseException) -> Exception | None:
    """The error that is no bug; the runner may have put another one around it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _TOLD):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None
