"""Text as the index matches it: one token a character where a script puts no space between words.

SQLite's `unicode61` tokenizer cuts at white space and punctuation, so a Chinese sentence would be one token that no
query ever equals. A zero-width space around every Han, kana, Hangul, Thai, Lao, Khmer and Myanmar character makes each
one a token; a run of them in a query then becomes a phrase. The space is taken out again of whatever is shown.

Articles and queries go through the same function, or they would not meet.
Source: `research/sinks.md` §3.1: Chinese of two characters found; plain FTS5 0 hits, trigram 3 characters or more.
"""

import re
import unicodedata
from functools import cache

ZERO_WIDTH_SPACE = "\u200b"

# What unicode61 is told to take as part of a word (sqlite/schema.py): letters, numbers, private use, and marks, because
# the vowel signs of Devanagari, Bengali or Tamil are marks and a Hindi word without them is another word.
TOKEN_CATEGORIES = ("L", "N", "M", "Co")

_UNSPACED_CHARACTERS = (
    "\u0e00-\u0e7f\u0e80-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Myanmar, Khmer
    "\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"  # iteration marks, kana, bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"  # Han
    "\uac00-\ud7af"  # Hangul
    "\uff66-\uff9f"  # half-width kana
)
_UNSPACED = re.compile(f"([{_UNSPACED_CHARACTERS}])")
# Full-width digits and Latin letters, as in the dates of Japanese newspapers; punctuation stays as printed.
_WIDE = {ord(wide): ord(wide) - 0xFEE0 for wide in "０１２３４５６７８９"} | {
    wide: wide - 0xFEE0 for first in "Ａａ" for wide in range(ord(first), ord(first) + 26)
}
_SURROGATE = re.compile("[\ud800-\udfff]")
# Whatever a composed text may have that is indexed in another form. Most texts have none, and one look is a tenth of
# three passes (10 µs of 150 for 2,200 characters).
_FOLDED = re.compile(f"[{_UNSPACED_CHARACTERS}\ud800-\udfff{''.join(map(chr, _WIDE))}]")


def fold(text: str) -> str:
    """The text as it is indexed: composed, half-width, with a zero-width space around each unspaced character.

    Lone surrogates, which SQLite cannot hold, become U+FFFD. Idempotent up to runs of the zero-width space.

    >>> fold("２０２６年 storm").replace(ZERO_WIDTH_SPACE, "|")
    '2026|年| storm'
    """
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFC", text)
    if _FOLDED.search(composed) is None:
        return composed
    narrow = _SURROGATE.sub("\ufffd", composed).translate(_WIDE)
    return _UNSPACED.sub(rf"{ZERO_WIDTH_SPACE}\1{ZERO_WIDTH_SPACE}", narrow)


def narrowed() -> dict[str, str]:
    """The full-width characters that are folded, each with its narrow one."""
    return {chr(wide): chr(narrow) for wide, narrow in _WIDE.items()}


def unfold(text: str) -> str:
    """The text as it is shown: without zero-width spaces."""
    return text.replace(ZERO_WIDTH_SPACE, "")


def storable(text: str | None) -> str | None:
    """The text with lone surrogates, which SQLite cannot hold, as U+FFFD."""
    return text if text is None or text.isascii() else _SURROGATE.sub("\ufffd", text)


def searchable(text: str) -> str:
    """The folded words of the text, one space between them; empty where nothing can be searched for.

    Only letters, numbers and marks come through, so no quote, operator or NUL does.

    >>> searchable('"covid-19" AND (x)')
    'covid 19 AND x'
    """
    return " ".join("".join(_kept(character) for character in fold(text)).split())


def is_unspaced(text: str) -> bool:
    """Whether the text is in a script that puts no space between words: its tokens are characters, not words."""
    return _UNSPACED.search(text) is not None


@cache
def _token_character(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in TOKEN_CATEGORIES or category in TOKEN_CATEGORIES


def _kept(character: str) -> str:
    return character if _token_character(character) else " "
