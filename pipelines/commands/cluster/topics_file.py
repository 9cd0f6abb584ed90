"""Which topics a verb works with: those that are declared, or what a file of the operator declares otherwise."""

from pathlib import Path
from typing import Annotated

import typer

from connectors.kafka.topics import BadDeclaration, Topics, declared_topics
from pipelines.commands.arguments import named_path
from pipelines.core.decode.capture import feed_of
from pipelines.options import Misuse
from schemas.record import Feed

TopicsFile = Annotated[
    Path | None,
    typer.Option(
        "--topics",
        envvar="COPYDESK_TOPICS",
        parser=named_path,
        metavar="FILE",
        help="Topics by role (YAML), where they are not as declared.",
        show_default=False,
    ),
]


def topics_told(file: Path | None) -> Topics:
    """The topics by role.

    Raises:
        Misuse: the file is not there or declares what cannot be, or a raw topic is called what it is not.
    """
    try:
        topics = declared_topics(file)
    except OSError as error:
        raise Misuse("--topics", file, f"cannot be read ({error.strerror})") from error
    except BadDeclaration as error:
        raise Misuse("--topics", file, str(error)) from error
    _check_feed(topics.pages.name, Feed.PAGES, "`page` and no `wire`")
    _check_feed(topics.wire.name, Feed.WIRE, "`wire`")
    return topics


def _check_feed(name: str, feed: Feed, needed: str) -> None:
    """Hold that a raw topic's name says what its records may be, wherever they are read: stream, capture, dead letters.

    Else its records could be anything, and anyone's web page could kill an agency's story.
    """
    if feed_of(name) is not feed:
        raise Misuse("--topics", name, f"its records are read as what its name says; it needs {needed} in it")
