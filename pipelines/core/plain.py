"""Plain characters: what every text of an article is made of before any rule of news looks at it.

Guarantees of `plain_line` and `plain_lines`: idempotent, they never raise, and the result is never longer than the
NFC of what came.
"""

import re
import string
import unicodedata
from functools import cache
from typing import Literal

# Dropped: C0 and C1 controls that are no white space, soft hyphen, zero-width space, word joiner, direction marks,
# byte-order mark, interlinear annotations, lone surrogates (orjson refuses to write them; `research/wire.md` §6).
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]+"
)

# The joiners are letters' business in Arabic and Indic scripts and in emoji (Persian spells with them); anywhere else
# they are dust.
_DUST_JOINERS = re.compile("(?<![\u0590-\u1fff\u2190-\u2fff\u3400-\U0010ffff])[\u200c\u200d]+")

# Scripts written without spaces: each letter counts as a word, as the repeats stage counts them.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(
    rf"(?:(?![{_UNSPACED}])[\w\u0300-\u036f\u0900-\u0dff])+(?:['’.,-](?:(?![{_UNSPACED}])\w)+)*"
)
# Letters without those two peculiarities are counted by their shape: words of 2,500 characters in 15 µs against 130.
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_NOT_SIMPLE = re.compile(f"[{_UNSPACED}\u0300-\u036f\u0900-\u0dff]")
_MOST_SIGNS = 32
_LETTERS_IN_SHAPE = f"?_{string.ascii_letters}{string.digits}"
_SHAPE = bytes(
    ord("w") if chr(code) in _LETTERS_IN_SHAPE else ord("-") if chr(code) in "'.,-" else ord(" ")
    for code in range(256)
)

# Sorting the marks of one letter takes quadratic time. UAX #15 (stream-safe text) allows 30 a letter, and no language
# writes more than a handful; a mark decomposes into two at most (all of Unicode 15).
_MAX_MARKS = 32
_MANY_MARKS = _MAX_MARKS // 2 + 1
_MARKS_LIE_IN = range(0x300, 0x1F000)
# Latin, Greek and Cyrillic letters have none among them.
_MAY_BE_MANY_MARKS = re.compile(f"[^\x00-\u02ff\u0370-\u0482\u048a-\u058f]{{{_MANY_MARKS}}}")
_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]+")
# What a normal form makes marks of: three Tibetan vowels, the halfwidth sound marks of kana (all of Unicode 15).
_BECOME_MARKS = "\u0f73\u0f75\u0f81\uff9e\uff9f"


def normal(text: str, form: Literal["NFC", "NFKC", "NFKD"] = "NFC") -> str:
    r"""The text in a normal form of Unicode, in linear time: no letter keeps more than 32 combining marks.

    Idempotent; never raises.

    >>> normal("Cafe\u0301")
    'Café'
    >>> len(normal("e" + "\u0316" * 1_000_000))
    33
    """
    if text.isascii():
        return text
    is_western = len(text) - len(text.encode("cp1252", "ignore")) < _MANY_MARKS  # in a third of the time
    if not is_western and _MAY_BE_MANY_MARKS.search(text) is not None:
        text = _mark_runs(beyond_bmp=_has_marks_beyond_bmp(text)).sub(_fewer_marks, text)
    return unicodedata.normalize(form, text)


def plain_line(text: str) -> str:
    r"""One line: NFC, white space folded to single spaces, invisible characters and lone surrogates dropped.

    >>> plain_line(" Cafe\u0301\u00a0 no\u200bon\n")
    'Café noon'
    """
    # A printable text holds no white space but the space, and nothing that is dropped.
    if text.isprintable():
        text = text if text.isascii() else normal(text)
        return " ".join(text.split()) if "  " in text else text.strip(" ")
    if text.isascii():
        return " ".join(_DROPPED.sub("", text).split())
    return " ".join(normal(_DUST_JOINERS.sub("", _DROPPED.sub("", text))).split())


def plain_lines(text: str) -> tuple[str, ...]:
    """The lines of a text, each plain, blank ones as empty strings. Every kind of line break counts."""
    return tuple(plain_line(line) for line in text.splitlines())


def count_words(text: str) -> int:
    """How many words; in scripts without spaces (Han, kana, Thai, Lao, Khmer, Burmese) each letter is one.

    >>> count_words("The union's 9.5 % deal")
    4
    >>> count_words("工会投票")
    4
    """
    others = "".join(set(_NOT_ASCII.findall(text)))
    signs = {sign for sign in others if not sign.isalnum()}
    if len(signs) > _MOST_SIGNS or _NOT_SIMPLE.search(others) is not None:
        return len(_WORD.findall(text)) + len(_UNSPACED_LETTER.findall(text))
    for sign in signs:  # in any order: each becomes a character of its own
        text = text.replace(sign, "'" if sign == "’" else " ")
    # Now a letter is a w, a sign that joins letters a hyphen, all else a space; and a word is where a w has none before
    # it and no hyphen with a w before it.
    shape = b" " + text.replace("?", " ").encode("ascii", "replace").translate(_SHAPE)
    return shape.count(b" w") + shape.count(b" -w") + shape.count(b"--w")


@cache
def _mark_runs(*, beyond_bmp: bool) -> re.Pattern[str]:
    """Runs of too many marks.

    Two patterns, because a class of the basic plane is a table of bits and one that reaches beyond it is asked range by
    range: 52 µs against 1,540 for a text of 6 KB.
    """
    lie_in = _MARKS_LIE_IN if beyond_bmp else range(_MARKS_LIE_IN.start, 0x10000)
    marks = "".join(sign for sign in map(chr, lie_in) if unicodedata.combining(sign))
    return re.compile(f"[{marks}{_BECOME_MARKS}]{{{_MANY_MARKS},}}")


def _has_marks_beyond_bmp(text: str) -> bool:
    return any(unicodedata.combining(sign) for run in _BEYOND_BMP.findall(text) for sign in run)


def _fewer_marks(found: re.Match[str]) -> str:
    run = found.group()
    decomposed = unicodedata.normalize("NFKD", run[:_MAX_MARKS])
    return run if max(len(run), len(decomposed)) <= _MAX_MARKS else decomposed[:_MAX_MARKS]
