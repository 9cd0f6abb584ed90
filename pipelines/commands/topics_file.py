"""Which topics a verb works with: those that are declared, or what a file of the operator declares otherwise."""

from pathlib import Path
from typing import Annotated

import typer

from connectors.kafka.topics import BadDeclaration, Topics, declared_topics
from pipelines.commands.arguments import named_path
from pipelines.options import Misuse

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
        Misuse: the file is not there or declares what cannot be.
    """
    try:
        return declared_topics(file)
    except OSError as error:
        raise Misuse("--topics", file, f"cannot be read ({error.strerror})") from error
    except BadDeclaration as error:
        raise Misuse("--topics", file, str(error)) from error
