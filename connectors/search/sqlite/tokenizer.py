"""What SQLite's tokenizer makes of every character: the measure that the analyzer of another index is held against."""

import sqlite3
from collections.abc import Iterable

from connectors.search.sqlite.schema import TOKENIZER

_SURROGATES = range(0xD800, 0xE000)


def every_character() -> Iterable[str]:
    """All that may stand in a text: every code point but surrogates."""
    return (chr(code) for code in range(0x110000) if code not in _SURROGATES)


def tokens_of(texts: Iterable[str]) -> list[tuple[str, ...]]:
    """The tokens of each text, in their places. One may be empty: a mark that is folded away and stands alone.

    >>> tokens_of(["Élysée 2026", "don't"])
    [('elysee', '2026'), ('don', 't')]
    """
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute(f'create virtual table words using fts5(a, tokenize = "{TOKENIZER}")')
        connection.execute("create virtual table found using fts5vocab(words, instance)")
        connection.execute("begin")
        connection.executemany("insert into words (rowid, a) values (?, ?)", enumerate(texts))
        connection.execute("commit")
        [(count,)] = connection.execute("select count(*) from words_content")
        placed: list[dict[int, str]] = [{} for _ in range(count)]
        for row, offset, term in connection.execute("select doc, offset, term from found"):
            placed[row][offset] = term or ""
    finally:
        connection.close()
    return [tuple(tokens[place] for place in sorted(tokens)) for tokens in placed]


def folded_in_words() -> dict[str, str | None]:
    """Each character as it stands between two letters of a token, empty where it is dropped; `None` if it parts them."""
    characters = list(every_character())
    found = tokens_of(f"x{character}y" for character in characters)
    return {
        character: tokens[0][1:-1] if len(tokens) == 1 else None
        for character, tokens in zip(characters, found, strict=True)
    }
