"""Who does something about a dead letter: told, else the login name."""

import getpass
from typing import Annotated

import typer

from pipelines.commands.arguments import readable
from pipelines.options import Misuse

MAX_NAME_CHARS = 255
By = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Who does it; default: the login name.", show_default=False),
]


def person(name: str | None) -> str:
    """The name to be kept beside what is done.

    Raises:
        Misuse: none was told and the system knows none, or it is no name.
    """
    if name is None:
        try:
            name = getpass.getuser()
        except (OSError, KeyError):
            raise Misuse("--by", "", "is needed: this system knows no login name") from None
    told = readable(name).strip()
    if not told or len(told) > MAX_NAME_CHARS:
        raise Misuse("--by", repr(name)[:80], f"must be a name of 1 to {MAX_NAME_CHARS} characters")
    return told
