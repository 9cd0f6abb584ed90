"""The command line as people call it: its two outputs and its exit code."""

import io
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import orjson

from pipelines.__main__ import main
from pipelines.commands.cluster.environment import cluster_environment

COPYDESK = Path(sys.executable).with_name("copydesk")


@dataclass(frozen=True)
class Outcome:
    """What a verb said and how it ended."""

    code: int
    out: bytes
    err: str

    @property
    def json(self):
        """The one JSON document on stdout."""
        assert self.code in (0, 1), self.err
        return orjson.loads(self.out)


def copydesk(*arguments, cluster=None, password=None, environment=None):
    """Run a verb in this process; `cluster` is told by the environment, as a service would be.

    What is no misuse and no exit of its own is raised: a crash is a failed test.
    """
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with (
        patch.dict(os.environ, _environment(cluster, password) | (environment or {}), clear=True),
        patch("sys.excepthook"),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _exit_code(arguments)
        out.flush()
    return Outcome(code, out.buffer.getvalue(), err.getvalue())


def _exit_code(arguments):
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as leaving:
        return leaving.code or 0
    return 0


@contextmanager
def running(*arguments, cluster=None):
    """A verb in a process of its own; killed at the end of the body if it still runs."""
    process = subprocess.Popen(
        [COPYDESK, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(cluster, None),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process, number=signal.SIGTERM):
    """The exit code and outputs of a running verb after a signal."""
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return Outcome(process.returncode, out.encode(), err)


def _environment(cluster, password):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
    if cluster is not None:
        environment |= cluster_environment(cluster)
    return environment | ({"COPYDESK_SASL_PASSWORD": password} if password is not None else {})
