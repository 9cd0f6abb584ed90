"""What the verbs take from the command line, before it means anything."""

import os
from pathlib import Path
from typing import Annotated

import typer


def named_path(text: str | Path) -> Path:
    """A path as it was given; an empty one is refused, which `Path` would take for the working directory.

    >>> named_path("in/a.ndjson").name
    'a.ndjson'
    """
    if text == "":
        raise typer.BadParameter("is empty; give the path of a file or folder")
    return Path(text)


def readable(text: str) -> str:
    r"""An argument as text: of a byte that is no UTF-8 only its mark is left, as no article has it.

    >>> readable("ann\udce9e")
    'ann�e'
    """
    return os.fsencode(text).decode("utf-8", "replace")


DataFolder = Annotated[Path, typer.Option(parser=named_path, metavar="PATH", help="Folder of the output.")]
