"""How texts are compared: folded until nothing is left that a reader would call the same.

Folding is for hashing and matching only; no folded text is ever shown. Look-alike letters stay in the text as they
are: folding alone takes them for what they look like.

Source: `research/text.md` §4.5, "fold before hashing".
"""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from pipelines.core.plain import normal

# What NFKC leaves of quotes, dashes and dots. A class is searched several times as fast as a text is translated.
_QUOTES = re.compile('["`‘’‚‛′‵ʼʹ„“”‟″«»‹›「」『』]')
_DASHES = re.compile("[‐‑‒–—―−⸺⸻]")

# Invisible characters: soft hyphen, joiners, direction marks, variation selectors, byte-order mark, controls, lone
# surrogates. They are dropped; the controls among them that are white space are folded as such.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]"
)

# Letters that look alike in lower case, after Unicode's confusables: the ones found in Latin words of real pages.
_CYRILLIC, _LATIN_OF_CYRILLIC = "аеорсухіјѕһԁԛԝкмтв", "aeopcyxijshdqwkmtb"
_GREEK, _LATIN_OF_GREEK = "αορνικτυχε", "aopviktuxe"
_TO_LATIN = str.maketrans(_CYRILLIC + _GREEK, _LATIN_OF_CYRILLIC + _LATIN_OF_GREEK)
_TO_CYRILLIC = str.maketrans(_LATIN_OF_CYRILLIC, _CYRILLIC)

_DOTTED_I = re.compile("i\u0307+")

_MAY_BE_MIXED = re.compile("[a-zß-ɏ][\u0370-\u052f]|[\u0370-\u052f][a-zß-ɏ]")
_LETTERS = re.compile("[a-zß-ɏ\u0370-\u052f]+")
_LATIN = re.compile("[a-zß-ɏ]")
# A control that no folded text holds: a character that folding does not take alone.
_DEPENDS = b"\x00"
_WORDS_APART = re.compile(r"[^\w\u0300-\u036f\u0900-\u109f\u1780-\u17ff\u0e00-\u0eff\u0590-\u06ff]+|_+")


def folded(text: str) -> str:
    r"""The text as it is compared: NFKC, case, white space, quotes and dashes folded, look-alikes as what they seem.

    Never raises; folding twice is folding once.

    >>> folded("“Scооters” —  a\u00a0Test…") == folded('"scooters" - a test...')
    True
    """
    if text.isascii():
        return " ".join(_QUOTES.sub("'", _INVISIBLE.sub("", text)).lower().split())
    # NFKC would make a space and a loose accent of an acute that stands for an apostrophe.
    plain = _INVISIBLE.sub("", text).replace("´", "'")
    plain = normal(plain, "NFKC").casefold()
    # Turkish has an i with and one without a dot in both cases: for comparing they are one.
    plain = normal(_DOTTED_I.sub("i", plain), "NFKC").replace("ı", "i")
    plain = _DASHES.sub("-", _QUOTES.sub("'", plain)).replace("·", " ")
    if _MAY_BE_MIXED.search(plain):
        plain = _LETTERS.sub(_one_script, plain)
    return " ".join(plain.split())


def folded_words(text: str) -> str:
    """The folded text without punctuation: its words, one space between.

    >>> folded_words("Dock strike: 'over', says union!")
    'dock strike over says union'
    >>> folded_words("don´t -_- stop")
    'don t stop'
    """
    try:
        western = text.encode("cp1252")
    except UnicodeEncodeError:
        return _words_of_any(text)
    table = _western()
    letters = western.translate(table.letters, table.dropped)
    return _words_of_any(text) if _DEPENDS in letters else " ".join(letters.decode("latin-1").split())


def content_hash(headline: str | None, body: str | None) -> str | None:
    r"""SHA-256 in hex of the folded headline and body, `None` where neither holds a word.

    Case, punctuation and layout do not count. Source: `research/wire.md` §6.

    >>> content_hash("Dock strike ends", "It is over.") == content_hash("DOCK STRIKE ENDS", "It is  over")
    True
    >>> content_hash(None, " \n") is None
    True
    """
    parts = folded_words(headline or ""), folded_words(body or "")
    if not any(parts):
        return None
    return sha256("\n".join(parts).encode()).hexdigest()


def _words_of_any(text: str) -> str:
    return " ".join(_WORDS_APART.sub(" ", folded(text)).split())


@dataclass(frozen=True, slots=True)
class _Western:
    """For each byte of Windows-1252 the letter in Latin-1 that folding makes of it, a space or `_DEPENDS`."""

    letters: bytes
    dropped: bytes


@cache
def _western() -> _Western:
    """Text of western Europe byte by byte, a tenth of the time; what is said of each byte is tried out."""
    words = [_words_of_any(f"0{bytes([code]).decode('cp1252', 'replace')}0") for code in range(256)]
    return _Western(
        letters=b"".join(map(_alone, words)),
        dropped=bytes(code for code, word in enumerate(words) if word == "00"),
    )


def _alone(word: str) -> bytes:
    """What became of a character between two noughts; of several letters, or of one not in Latin-1, `_DEPENDS`."""
    if word == "0 0":
        return b" "
    return word[1].encode("latin-1") if len(word) == 3 and word[1] <= "\xff" else _DEPENDS


def _one_script(found: re.Match[str]) -> str:
    """A word that mixes scripts is read in the script that most of it has; Latin where they are even."""
    word = found.group()
    latin = len(_LATIN.findall(word))
    if latin in (0, len(word)):
        return word
    return word.translate(_TO_LATIN if 2 * latin >= len(word) else _TO_CYRILLIC)
