"""Passwords: from a file or from the environment, never an argument, and never part of a message."""

import os
from pathlib import Path

from connectors.secret import Secret
from pipelines.options import Misuse

# No password is longer; a file that is, is another file.
_MAX_PASSWORD_BYTES = 4_096


def secret_told(option: str, file: str | None, variable: str) -> Secret | None:
    """What a file holds, without the line feed at its end, or else a variable; `None` where neither is given.

    Raises:
        Misuse: the file cannot be read, or holds no password.
    """
    if not file:
        text = os.environ.get(variable)
        return Secret(_plain(variable, text)) if text else None
    try:
        with Path(file).open("rb") as stream:
            held = stream.read(_MAX_PASSWORD_BYTES + 1)
    except OSError as error:
        raise Misuse(option, file, f"cannot be read ({error.strerror})") from error
    if len(held) > _MAX_PASSWORD_BYTES:
        raise Misuse(option, file, f"holds more than {_MAX_PASSWORD_BYTES} bytes, which is no password")
    text = held.decode("utf-8", "surrogateescape").rstrip("\r\n")
    if not text:
        raise Misuse(option, file, "is empty; put the password into it")
    return Secret(_plain(f"{option} {file}", text))


def _plain(told: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        # Not `from error`, which holds the text.
        raise Misuse(told, "", "is no text in UTF-8") from None
    return text
