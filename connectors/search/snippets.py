"""What is shown of a text beside a hit: the same of every index."""

from connectors.search.folding import is_unspaced, unfold

# A token is a word, or a character in scripts without spaces; 64 is the most that FTS5 takes.
SNIPPET_WORDS, SNIPPET_CHARACTERS = 28, 64
# As much of a text as an opening may be cut from.
OPENING_CHARS = 600
# Stand-ins while a snippet is cut, so that a caller's marks may be anything, even what stands in the text.
OPEN, CLOSE = "\ufdd0", "\ufdd1"


def opening(text: str, ellipsis: str) -> str:
    """The beginning of a text, in one line; `ellipsis` where it goes on.

    >>> opening("one two " * 40, "…").endswith("one two…")
    True
    """
    text = one_line(text[:OPENING_CHARS])
    words = text if is_unspaced(text) else text.split()
    limit = snippet_tokens(text)
    if len(words) <= limit:
        return text
    return ("" if is_unspaced(text) else " ").join(words[:limit]) + ellipsis


def snippet_tokens(text: str) -> int:
    """How many words a snippet of this text has, or characters where these stand for words."""
    return SNIPPET_CHARACTERS if is_unspaced(text) else SNIPPET_WORDS


def one_line(text: str) -> str:
    """The text as it is shown: without zero-width spaces and line feeds."""
    return " ".join(unfold(text).split())
