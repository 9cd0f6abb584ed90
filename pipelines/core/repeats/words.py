"""The words of a text, as an array of folded characters with noughts between them.

Most texts are read at once: a table says of each character what folding makes of it, whatever stands beside it. Where
one is met that depends on its neighbours (a loose accent, a ligature, an invisible character), or where scripts meet
within a word, the text is folded whole: the same words, ten times as slow. Texts that are Latin-1 but for their quotes
and dashes, which most in Western languages are, have a table of bytes, three times as fast again.
"""

import re
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipelines.core.fold import folded

# A word: letters and digits with their combining marks. In the scripts of South Asia vowels are marks, so whole blocks
# are taken, but for the danda, which ends a sentence.
_WORD = re.compile("[\\w\u0300-\u036f\u0590-\u06ff\u0900-\u0963\u0966-\u0eff\u1000-\u109f\u1780-\u17ff]+")
# Quotes, dashes and the like end a word whatever they are.
_TYPOGRAPHIC = re.compile(
    r"[\u00a0\u00ab\u00b4\u00b7\u00bb\u2010-\u2015\u2018-\u201f\u2022\u2026\u2039\u203a]"
)

# The most frequent of them, which stand in texts that are Latin-1 else.
_MARKS = "’‘“”–—…\u2011•"
# Controls that are no white space are dropped, and the soft hyphen.
_DROPPED = bytes((*range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0x85), *range(0x86, 0xA0), 0xAD))

# Characters that folding may take alone: what is said of them is tried out. Latin, Greek, Cyrillic, Hebrew, Arabic,
# punctuation, currencies, symbols, kana, full-width forms.
_ALONE = (
    (0x0009, 0x024F),
    (0x0370, 0x052F),
    (0x05D0, 0x05EA),
    (0x060C, 0x064A),
    (0x0660, 0x06D3),
    (0x2000, 0x2044),
    (0x20A0, 0x20BF),
    (0x2190, 0x27BF),
    (0x3000, 0x30FF),
    (0xFF01, 0xFF5E),
)
# Han and Hangul, which fold to themselves.
_THEMSELVES = ((0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
_END, _DEPENDS = 0, 1
# Where letters of Latin and of Greek or Cyrillic touch, look-alikes are told by the whole word (`pipelines.core.fold`).
_GREEK_TO_CYRILLIC = (0x0370, 0x052F)
_LATIN = (0x00DF, 0x024F)

Codes = NDArray[np.unsignedinteger]


def word_codes(text: str) -> Codes:
    r"""The characters of a text's words, folded; 0 stands between words, once or more often.

    >>> bytes(word_codes("Dock strike: 'over'"))
    b'dock\x00strike\x00\x00\x00over\x00'
    """
    plain = text
    if not text.isascii():
        for mark in _MARKS:
            plain = plain.replace(mark, " ")
        plain = plain.replace("ß", "ss")
    try:
        low = plain.encode("latin-1").translate(_folding_of_latin(), _DROPPED)
    except UnicodeEncodeError:
        raw = plain.encode("utf-16-le", "surrogatepass")
        codes = _folding()[np.frombuffer(raw, "<u2")]
        return folded_codes(text) if (codes == _DEPENDS).any() or _may_be_mixed(codes) else codes
    return folded_codes(text) if _DEPENDS in low else np.frombuffer(low, np.uint8)


def folded_codes(text: str) -> Codes:
    """The same by way of the folded text, which holds for any."""
    words = " ".join(_WORD.findall(folded(_TYPOGRAPHIC.sub(" ", text)).replace("_", " ")))
    codes = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), dtype="<u4").copy()
    codes[codes == ord(" ")] = _END
    return codes


def _may_be_mixed(codes: Codes) -> bool:
    first, last = _GREEK_TO_CYRILLIC
    far = (codes >= first) & (codes <= last)
    if not far.any():
        return False
    latin = ((codes >= _LATIN[0]) & (codes <= _LATIN[1])) | ((codes >= ord("a")) & (codes <= ord("z")))
    return bool(((far[1:] & latin[:-1]) | (far[:-1] & latin[1:])).any())


@cache
def _folding_of_latin() -> bytes:
    """Of Latin-1: what folds to a character beyond it depends."""
    table = _folding()[:256]
    return np.where(table < 256, table, _DEPENDS).astype(np.uint8).tobytes()


@cache
def _folding() -> NDArray[np.uint16]:
    table = np.full(1 << 16, _DEPENDS, np.uint16)
    for first, last in _ALONE:
        table[first : last + 1] = [_alone(chr(code)) for code in range(first, last + 1)]
    for first, last in _THEMSELVES:
        table[first : last + 1] = np.arange(first, last + 1)
    return table


def _alone(char: str) -> int:
    """What folding makes of a character, tried out between two digits, which it leaves alone."""
    if unicodedata.category(char).startswith("M"):
        return _DEPENDS
    first, last = _GREEK_TO_CYRILLIC
    words = _WORD.findall(folded(_TYPOGRAPHIC.sub(" ", f"0{char}0")).replace("_", " "))
    if words == ["0", "0"]:
        # A sign among letters may make a word mixed.
        return _DEPENDS if first <= ord(char) <= last or char == "÷" else _END
    return ord(words[0][1]) if len(words) == 1 and len(words[0]) == 3 else _DEPENDS
