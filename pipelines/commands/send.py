"""`copydesk send PATH…`: captured files onto the topics, and drop folders in which agencies still deliver."""

import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.files.listing import NamedFile, list_files
from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producing import PATIENCE_S
from connectors.kafka.record_limits import check_topics
from connectors.kafka.topics import Topics
from pipelines.commands.arguments import named_path
from pipelines.commands.cluster.options import with_cluster
from pipelines.commands.cluster.reaching import reached
from pipelines.commands.cluster.topics_file import TopicsFile, topics_told
from pipelines.commands.interrupts import leaving_on_interrupt
from pipelines.commands.output import people, print_json, print_table
from pipelines.commands.progress import shown
from pipelines.commands.sending.drop_folders import held
from pipelines.options import Misuse

if TYPE_CHECKING:
    from pipelines.commands.sending.sender import Sender, SentCount

_QUIET_S = 2.0
_INTERRUPTED = (
    "interrupted. Run the same command again: what has arrived is sent again, and is the same record."
)
# Beyond this a list of what was not sent is not read any more.
_SHOWN_UNSENT = 20


@with_cluster
def send(
    cluster: KafkaCluster,
    paths: Annotated[
        list[Path],
        typer.Argument(parser=named_path, metavar="PATH…", help="Files or folders of captured news."),
    ],
    topic: Annotated[
        str | None,
        typer.Option(help="Send everything to this topic. Default: by content.", show_default=False),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.001, metavar="N", help="At most so many records a second.", show_default=False),
    ] = None,
    follow_folders: Annotated[
        bool, typer.Option("--follow", help="PATHs are drop folders: send what comes, until Ctrl-C.")
    ] = False,
    settle: Annotated[
        float,
        typer.Option(min=0.0, metavar="S", help="With --follow: seconds that a file must stand still."),
    ] = 2.0,
    file: TopicsFile = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Send captured news: wire copy to the wire topic, pages to the pages topic, records captured from either back to it.

    What is neither is sent all the same and becomes a dead letter there. What is cut off, too large for its topic or
    captured from another one is not sent: it is told, and the exit code is 1. --topic sends what was captured elsewhere.

    With --follow a file is picked up when its size and time have stood still, sent, acknowledged and moved to `done/`,
    or to `failed/` with a `.reason` beside it. Names ending in .tmp or .part and hidden files are left alone. At least
    once: what a crash has left is sent at the next start. Ctrl-C and SIGTERM end it after the file in hand. What topic a
    captured record names counts for nothing there: its content decides, or --topic.
    """
    topics = topics_told(file)
    _check_topic(topic, topics)
    folders = _drop_folders(paths) if follow_folders else []
    files = () if follow_folders else _listed(paths)
    # What reads files takes seconds to import: not before the options are known to be right.
    from pipelines.commands.sending.following import UNACKNOWLEDGED_S
    from pipelines.commands.sending.routing import Routing
    from pipelines.commands.sending.sender import Pace, Sender

    patience_s = UNACKNOWLEDGED_S if follow_folders else PATIENCE_S
    routing = Routing(topics=topics, topic=topic, trusts_captures=not follow_folders)
    sender = Sender(cluster, routing, pace=Pace(rate), patience_s=patience_s)
    names = frozenset([topic] if topic else [topics.pages.name, topics.wire.name])
    with closing(sender), leaving_on_interrupt(_INTERRUPTED), reached(cluster):
        check_topics(cluster, names)
        if follow_folders:
            _follow(folders, sender, settle)
        else:
            with shown(sender.count.line, after_s=_QUIET_S):
                for one in files:
                    sender.send_file(one)
    _tell(sender.count, json)
    if sender.count.unsent:
        raise typer.Exit(1)


def _check_topic(topic: str | None, declared: Topics) -> None:
    """Refuse what the pipeline writes: its readers would take raw news for articles.

    Raises:
        Misuse: the topic is one of these.
    """
    for written in declared:
        if written.name == topic and written not in (declared.pages, declared.wire):
            raise Misuse("--topic", topic, f"is a topic that the stream writes to ({written.role})")


def _follow(folders: list[Path], sender: "Sender", settle_s: float) -> None:
    from pipelines.commands.sending.following import ending_on_signals, follow

    people.print("copydesk: following; Ctrl-C ends it after the file in hand.", markup=False)
    with ExitStack() as stack:
        ending = stack.enter_context(ending_on_signals())
        if people.is_terminal:
            stack.enter_context(shown(sender.count.line))
        follow([stack.enter_context(held(folder, settle_s)) for folder in folders], sender, ending)


def _drop_folders(paths: list[Path]) -> list[Path]:
    """The folders to follow, each once.

    Raises:
        Misuse: one is no folder, cannot be written, or lies in another.
    """
    for path in paths:
        if not path.is_dir():
            raise Misuse("PATH", path, "is no folder; --follow needs drop folders")
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise Misuse("PATH", path, "cannot be written; files are moved within a drop folder")
    folders = list(dict.fromkeys(path.resolve() for path in paths))
    for folder in folders:
        if any(other in folder.parents for other in folders):
            raise Misuse("PATH", folder, "lies in another drop folder, whose files include its own")
    return folders


def _listed(paths: list[Path]) -> tuple[NamedFile, ...]:
    """The files to send, each of which can be opened: asked now, not hours later.

    Raises:
        Misuse: one is not there or not readable, or there is none.
    """
    try:
        files = list_files(paths)
        for file in files:
            os.close(os.open(file.path, os.O_RDONLY))
    except FileNotFoundError as error:
        named = error.filename or error.args[0]
        raise Misuse(
            "PATH", named, "no such file or folder; give files or folders of captured news"
        ) from error
    except OSError as error:
        raise Misuse(
            "PATH", error.filename, f"cannot be read ({error.strerror}); check its permissions"
        ) from error
    if not files:
        raise Misuse(
            "PATH", " ".join(map(str, paths)), "holds no file; give files or folders of captured news"
        )
    return files


def _tell(count: "SentCount", json: bool) -> None:
    if json:
        print_json(_document(count))
    else:
        print_table(
            ("records", "topic"), [(f"{sent:,}", topic) for topic, sent in sorted(count.records.items())]
        )
        for one in count.first_unsent[:_SHOWN_UNSENT]:
            people.print(
                f"not sent: {one.source}, record {one.offset}: {one.reason}", style="yellow", markup=False
            )
        if count.unsent > _SHOWN_UNSENT:
            people.print(f"and {count.unsent - _SHOWN_UNSENT:,} more", style="yellow")


def _document(count: "SentCount") -> dict[str, Any]:
    return {
        "files": count.files,
        "records": count.records.total(),
        "bytes": count.bytes,
        "topics": dict(sorted(count.records.items())),
        "unsent": count.unsent,
        "first_unsent": [
            {"source": one.source, "offset": one.offset, "reason": one.reason} for one in count.first_unsent
        ],
    }
