"""Bytes of others as a person may look at them: nothing in them moves the cursor, colours the screen or turns the text.

Dead letters are what nobody could read: a terminal would obey what stands in them.
"""

import unicodedata

_KEPT = "\n\t"
# Marks that turn the direction of what follows (Unicode, UAX #9), and what no reader sees.
_UNSEEN = frozenset(
    "\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
_HEX_COLUMNS = 16


def safe_text(text: str, *, one_line: bool = False) -> str:
    r"""The text with everything in it that a terminal could obey, or nobody could see, written out.

    >>> safe_text("a\x1b[31mb\u202ec", one_line=True)
    'a\\x1b[31mb\\u202ec'
    """
    kept = "" if one_line else _KEPT
    return "".join(
        character if character in kept or _is_harmless(character) else _written_out(character)
        for character in text
    )


def _is_harmless(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn") and character not in _UNSEEN


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def head_of(content: bytes, *, most_chars: int, most_bytes: int) -> str:
    r"""The beginning of some bytes: as text where they are UTF-8, else as hexadecimal digits beside what is legible.

    >>> head_of(b"caf\xc3\xa9", most_chars=9, most_bytes=9)
    'café'
    >>> head_of(b"\xff\x00ab", most_chars=9, most_bytes=9)
    '00000000  ff 00 61 62                                      |..ab|'
    """
    text = _as_text(content[: 4 * most_chars])
    if text is None:
        return "\n".join(_hex_lines(content[:most_bytes]))
    return safe_text(text[:most_chars])


def is_shown_whole(content: bytes, *, most_chars: int, most_bytes: int) -> bool:
    """Whether `head_of` shows all of it."""
    text = _as_text(content[: 4 * most_chars])
    return len(content) <= most_bytes if text is None else len(content) <= len(text[:most_chars].encode())


def _as_text(content: bytes) -> str | None:
    """The bytes as UTF-8; the last character may be cut off. `None` of what holds a null byte, which no text does."""
    if b"\0" in content:
        return None
    for cut in range(4):
        try:
            return content[: len(content) - cut].decode()
        except UnicodeDecodeError as error:
            if error.end < len(content) - cut:
                return None
    return None


def _hex_lines(content: bytes) -> list[str]:
    return [
        f"{place:08x}  {content[place : place + _HEX_COLUMNS].hex(' '):<47}  |{_legible(content[place : place + _HEX_COLUMNS])}|"
        for place in range(0, len(content), _HEX_COLUMNS)
    ]


def _legible(content: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in content)
