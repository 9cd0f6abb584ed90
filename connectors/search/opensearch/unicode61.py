"""What SQLite's tokenizer makes of each character, as a table: what parts words, and what a character becomes in one.

`unicode61` goes by tables of its own, of an old Unicode, in which what was not yet assigned is part of a word. No class
of Lucene's or Java's expressions is equal to them, and those change with the JDK. So the table is read from SQLite
once, kept beside this module, and held against SQLite by a test:

    python -m connectors.search.opensearch.unicode61        writes unicode61.json
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from connectors.search.sqlite.tokenizer import folded_in_words

_FILE = "unicode61.json"


@dataclass(frozen=True, slots=True)
class Unicode61:
    """The table: ranges of code points that part words, first and last; characters and what they become in a word.

    What is in neither stays as it is. `dropped` are the marks that leave nothing: they part no word.
    """

    separators: tuple[tuple[int, int], ...]
    folds: dict[str, str]
    dropped: str


@cache
def unicode61() -> Unicode61:
    """The table that is kept beside this module."""
    kept = json.loads(files(__package__).joinpath(_FILE).read_text(encoding="ascii"))
    return Unicode61(
        separators=tuple(_range(written) for written in kept["separators"]),
        folds={character: folded for folded, characters in kept["folds"].items() for character in characters},
        dropped=kept["dropped"],
    )


def _range(written: str) -> tuple[int, int]:
    first, last = written.split("-")
    return int(first, 16), int(last, 16)


def unicode61_of_sqlite() -> Unicode61:
    """The table as the SQLite of this machine has it."""
    made = folded_in_words()
    return Unicode61(
        separators=ranges(ord(character) for character, folded in made.items() if folded is None),
        folds={character: folded for character, folded in made.items() if folded and folded != character},
        dropped="".join(character for character, folded in made.items() if folded == ""),
    )


def ranges(codes: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Rising code points as ranges, first and last.

    >>> ranges([1, 2, 3, 9])
    ((1, 3), (9, 9))
    """
    found: list[tuple[int, int]] = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return tuple(found)


def _written(table: Unicode61) -> str:
    """A line a part: a new table is read in a diff."""
    folds: defaultdict[str, str] = defaultdict(str)
    for character, folded in table.folds.items():
        folds[folded] += character
    separators = [f"{first:04x}-{last:04x}" for first, last in table.separators]
    return json.dumps({"separators": separators, "dropped": table.dropped, "folds": folds}, indent=0) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name(_FILE).write_text(_written(unicode61_of_sqlite()), encoding="ascii")
