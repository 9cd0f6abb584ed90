"""Snippets of long texts, cut from the one of their passages that matches best.

FTS5's snippet() compares every match of a text with every other: 3 ns of CPU a pair, 0.3 s for 10,000 matches, minutes for
the longest text there may be. `highlight` is no way around it: it copies what it has marked so far at each match (4 s for
83,000 in 2,000,000 characters). So a long text is indexed once more in memory, by passages (40 ms for 2,000,000
characters), and FTS5 cuts the snippet from one of them.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from connectors.search.folding import ZERO_WIDTH_SPACE
from connectors.search.snippets import CLOSE, OPEN
from connectors.search.sqlite.schema import TOKENIZER

# In characters. A passage of words of one letter that all match takes 20 ms; news has 400 to 1,500 words, most of it less.
PASSAGE_CHARS = 5_000
# Passages have as much in common, so that words side by side stand whole in one of them: half of the longest query.
_SHARED_CHARS = 1_000
_BREAK = re.compile(rf"[\s{ZERO_WIDTH_SPACE}]")

_PASSAGE = f"""
select rowid, snippet(passage, 0, '{OPEN}', '{CLOSE}', :ellipsis, :tokens) from passage
where passage match :words and rowid = (
    select rowid from passage where passage match :words order by rank, rowid limit 1
)
"""


@contextmanager
def passages() -> Iterator[sqlite3.Connection]:
    """A connection in which the passages of one text at a time are looked at; in memory, for texts may be withdrawn."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def cut_passage(
    connection: sqlite3.Connection, texts: Iterable[str], words: str, *, tokens: int, ellipsis: str
) -> str | None:
    """A piece of the first of these texts that has any of the words, marked; None if none has.

    `words` is an expression of FTS5 that any passage with one of them matches. `tokens` is the length of the piece.
    """
    for text in texts:
        connection.execute("drop table if exists passage")
        connection.execute(f'create virtual table passage using fts5(text, tokenize = "{TOKENIZER}")')
        connection.execute("begin")
        connection.executemany("insert into passage (rowid, text) values (?, ?)", enumerate(_passages(text)))
        connection.execute("commit")
        values = {"words": words, "tokens": tokens, "ellipsis": ellipsis}
        found = connection.execute(_PASSAGE, values).fetchone()
        if found is not None:
            number, cut = found
            return _within(connection, number, cut, ellipsis)
    return None


def _passages(text: str) -> Iterator[str]:
    """The passages of a text in their order; none begins or ends within a word that is shorter than what they share."""
    for start in range(0, max(1, len(text) - _SHARED_CHARS), PASSAGE_CHARS - _SHARED_CHARS):
        end = min(start + PASSAGE_CHARS, len(text))
        first = _BREAK.search(text, start, start + _SHARED_CHARS) if start else None
        last = _BREAK.search(text[end : end - _SHARED_CHARS : -1]) if end < len(text) else None
        yield text[first.end() if first else start : end - last.start() if last else end]


def _within(connection: sqlite3.Connection, number: int, cut: str, ellipsis: str) -> str:
    """What was cut of a passage as a piece of the text: with an ellipsis where the text goes on beyond the passage."""
    last = connection.execute("select max(rowid) from passage").fetchone()[0]
    if number > 0:
        cut = ellipsis + cut.removeprefix(ellipsis)
    if number < last:
        cut = cut.removesuffix(ellipsis) + ellipsis
    return cut
