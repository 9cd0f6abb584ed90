"""Every quality figure on the evaluation data, beside the peers in the same run.

python -m benchmarks.quality [--shared FOLDER] [--json] [PART …]
"""

import argparse
import dataclasses
import importlib
import sys
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure
from benchmarks.shared_data import SHARED

PARTS = ("pages", "lines", "language", "repeats", "events")


def figures_of(part: str, shared: Path) -> list[Figure]:
    """The figures of one part."""
    return list(importlib.import_module(f"benchmarks.quality_{part}").figures(shared))


def _print(figures: list[Figure]) -> None:
    table = Table("part", "measure", "ours", "bar", "peer", "", box=None, header_style="bold")
    for one in figures:
        missed = one.bar is not None and one.ours < one.bar
        peer = "" if one.peer is None else f"{one.peer:.3f} {one.peer_name or ''}"
        bar = "" if one.bar is None else f"{one.bar:g}"
        table.add_row(
            one.part, one.measure, f"{one.ours:.3f}", bar, peer, one.note, style="red" if missed else ""
        )
    console = Console()
    console.print(table, width=None if console.is_terminal else 160)


def main() -> None:
    """Print the figures of the parts that the arguments name, of all without any."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"PART {', '.join(sorted(unknown))}: allowed are {', '.join(PARTS)}")
    if not (arguments.shared / "data").is_dir():
        sys.exit(f"--shared {arguments.shared}: holds no data/ folder")
    figures = [one for part in arguments.parts or PARTS for one in figures_of(part, arguments.shared)]
    if arguments.json:
        print(orjson.dumps([dataclasses.asdict(one) for one in figures], option=orjson.OPT_INDENT_2).decode())
    else:
        _print(figures)


if __name__ == "__main__":
    main()
