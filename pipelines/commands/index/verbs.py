"""`copydesk index`: the search index on a cluster, made and kept.

init      make it ready for this release; again and again if you like
check     whether it is as it should be, and has what the folder has
reindex   make months anew behind their aliases, while the stream goes on
retain    delete months that are old
"""

import typer

from pipelines.commands.index.check import check
from pipelines.commands.index.init import init
from pipelines.commands.index.reindex import reindex
from pipelines.commands.index.retain import retain

index = typer.Typer(no_args_is_help=True, help="The search index on a cluster, made and kept.")
for verb, told in (
    (init, "make it ready for this release"),
    (check, "whether it is as it should be"),
    (reindex, "make months anew, while the stream goes on"),
    (retain, "delete months that are old"),
):
    index.command(short_help=told)(verb)
