"""`python -m deploy.local up` and `down`.

0   done; also where all runs already, or nothing does
2   something is missing: one sentence says what, and what to do
3   a service did not start: the last lines of its log say why
"""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from connectors.kafka.cluster import quiet_client_logs
from deploy.local import services
from deploy.local.class_path import BUILD
from deploy.local.unavailable import DidNotStart, Unavailable

app = typer.Typer(
    help="Real services on this machine, without containers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Build = Annotated[
    Path, typer.Option("--build", metavar="FOLDER", help="Where data, logs and jars' paths lie.")
]
_RUNS = "already runs and answers"
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@app.command()
def up(build: Build = BUILD, json_: Json = False) -> None:  # noqa: FBT002
    """Start what does not run yet, and wait until it answers."""
    began = time.monotonic()
    outcome = services.up(build, tell=_tell)
    if json_:
        sys.stdout.write(json.dumps(outcome.answering) + "\n")
        return
    did = {
        name: f"answers after {time.monotonic() - began:.1f} s" if name in outcome.started else _RUNS
        for name in ("kafka", "opensearch")
    }
    kafka, index = outcome.answering["kafka"], outcome.answering["opensearch"]
    kafka_secure, index_secure = outcome.answering["kafka_secure"], outcome.answering["opensearch_secure"]
    sys.stdout.write(
        f"Kafka {did['kafka']}: {kafka}\n"
        f"  with TLS and login: {kafka_secure['bootstrap_servers']}, user {kafka_secure['sasl_username']}\n"
        f"OpenSearch {did['opensearch']}: {index}\n"
        f"  with TLS and login: {index_secure['index']}, user {index_secure['index_username']}\n"
        f"all of it: {services.listing(build)}\n"
        f"try: copydesk topics create --bootstrap-servers {kafka}\n"
        f"     copydesk index init --index {index}\n"
        "end: make services-down\n"
    )


@app.command()
def down(
    build: Build = BUILD,
    json_: Json = False,  # noqa: FBT002
) -> None:
    """End what runs; its data stay."""
    ended = services.down(build)
    if json_:
        sys.stdout.write(json.dumps({"ended": list(ended)}) + "\n")
    else:
        sys.stdout.write(f"ended: {', '.join(ended)}\n" if ended else "nothing was running\n")


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


def main(arguments: list[str] | None = None) -> None:
    """Run one verb and leave with its exit code."""
    quiet_client_logs()
    try:
        app(arguments, prog_name="python -m deploy.local")
    except Unavailable as unavailable:
        _tell(str(unavailable))
        sys.exit(2)
    except DidNotStart as did_not:
        _tell(str(did_not))
        sys.exit(3)


if __name__ == "__main__":
    main()
