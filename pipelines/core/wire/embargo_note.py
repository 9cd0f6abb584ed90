"""Embargoes that only a note to editors tells of: `Eds: strictly embargoed until 15:00`.

Notes are free text, so the words count at the start of a sentence only, after the words that notes begin with: news of
an embargo (`Adds reaction to arms embargo`, `Embargo on oil: adds quote`) is none.
"""

import re

_MAX_NOTE_CHARS = 20_000
_TAG = re.compile(r"<(?:/?[A-Za-z][^<>]*+|!--[^<>]*+)>")
_INLINE = re.compile(r"</?(?:b|i|em|strong|u|span|a|font)\b[^<>]*+>", re.IGNORECASE)
_SENTENCE = re.compile(r"[\n\r]+|[.;!|](?:\s+|$)")
# What notes begin with, word by word.
_LEAD_IN = re.compile(
    r"(?:[\W_]|\b(?:eds?|notes?|to|editors?|desks?|news|all|attn|attention|advisory|important|urgent|reminder|please"
    r"|hinweis|achtung|an|die|der|redaktion|redaktionen|bitte|this|the|story|item|report|copy|text|material|is|are|ist"
    r"|strictly|under|streng|beachten|unter|mit)\b)++",
    re.IGNORECASE,
)
_OVER = r"(?:\s+(?:is|was|has|have|been|now|already|ist|wurde|hiermit)\b)*+\s*[:,-]?\s*(?:lifted|over|expired|ended|removed|released|off\b|no longer|none|void|aufgehoben|abgelaufen|beendet|entf[äa]llt|keine|lev[ée])"
_EMBARGO = re.compile(
    rf"(?:embargoed\b|sperrfrist(?:en)?\b|gesperrt\s+bis\b|embargo\b(?=\s*(?:$|[:!,(\[–—-]|\d"
    r"|(?:until|till|til|bis|for|time|date|lifts?|expires|ends|applies|in force|gmt|midnight|noon|jusqu|hasta|fino|tot)\b))"
    r"|hold\s+for\s+(?:release|publication)\b"
    r"|(?:not\s+(?:for|to\s+be)|(?:do|must)\s+not|nicht)\s+(?:be\s+)?"
    r"(?:release|released|publication|publish|published|use|used|broadcast|ver[öo]e?ffentlichen)\s+(?:before|until|till|prior|vor|bis)\b"
    rf")(?!{_OVER})",
    re.IGNORECASE,
)
# In capitals and at the start it is a mark, whatever follows but its end.
_MARK = re.compile(rf"EMBARGO\b(?!(?i:{_OVER}))")


def tells_of_embargo(note: str) -> bool:
    """Whether a note, with or without markup, says that its item is under embargo.

    >>> tells_of_embargo("<p>Eds: Embargoed until 15:00</p>"), tells_of_embargo("Embargo lifted")
    (True, False)
    """
    text = _TAG.sub("\n", _INLINE.sub("", note[:_MAX_NOTE_CHARS]))
    return any(map(_is_embargo, _SENTENCE.split(text)))


def _is_embargo(sentence: str) -> bool:
    lead_in = _LEAD_IN.match(sentence)
    start = 0 if lead_in is None else lead_in.end()
    return any(pattern.match(sentence, start) is not None for pattern in (_EMBARGO, _MARK))
