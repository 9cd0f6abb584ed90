"""Files that hold what only their owner may read."""

from pathlib import Path


def write_privately(path: Path, text: str) -> None:
    """Write a file that nobody else could read at any moment."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
