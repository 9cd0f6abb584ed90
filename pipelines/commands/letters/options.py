"""The options that every verb of `copydesk dead-letters` has."""

from typing import Annotated

import typer

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID…]", help="Ids of dead letters, or their beginnings.", show_default=False),
]
Reason = Annotated[
    str | None,
    typer.Option(metavar="CODE", help="Reason code or its family: text.empty, text.", show_default=False),
]
Source = Annotated[
    str | None, typer.Option(metavar="NAME", help="Topic, or file: and its path.", show_default=False)
]
Stage = Annotated[
    str | None, typer.Option(metavar="LABEL", help="Stage that rejected it.", show_default=False)
]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="Received then or later (ISO 8601).", show_default=False)
]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="Received before (ISO 8601).", show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only what would be done is shown.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
