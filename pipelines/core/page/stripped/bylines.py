"""The form of a byline: a word that says `by`, and names."""

import re

_BY = re.compile(
    r"^\W*(?:(?i:by|von|par|por|di|door|av|af|przez|text(?:e|o)?|autor(?:in|e|a)?|author|written by|story by|"
    r"автор|текст|作者|記者|记者|文)\s*[:：]\s*|(?:By|BY|by|Von|VON|von|Par|PAR|Por|POR|Di|DI|di|Door|Av|Af|Autor|Autorin|Текст|Автор)\s+)(?=\S)"
)
BY_ALONE = re.compile(r"^\W*(?:by|von|par|por|di|door|av|author|autor(?:in)?|автор)\W*$", re.IGNORECASE)
_CUT_BYLINE = re.compile(r"\s+[|•·–—-]\s+|\s*[|•·]\s*|,?\s+\d")
_JOINERS = re.compile(r"\s*(?:,|;|&|、|\s(?:and|und|et|y|e|en|og|och|i|и|with|mit|avec|con|med)\s)\s*")
_PARTICLES = re.compile(
    r"(?:and|und|et|y|e|en|og|och|i|и|with|mit|avec|con|med|van|von|der|de|den|du|di|da|del|la|le|al|el|bin|ibn|ben|zu|"
    r"the|for|in|of|at|für|dos|das|ter|ten|af)\W*$",
    re.IGNORECASE,
)
_BYLINE_WORDS = range(1, 13)
_AGENCY_NAMES = re.compile(
    r"(?:ap|afp|dpa|reuters|efe|ansa|tass|xinhua|epa|apa|sda|ntb|tt|ritzau|belga|anp|pap|lusa)$",
    re.IGNORECASE,
)
# A desk or a correspondent who is not named is a byline too, and nobody's name.
_DESK = re.compile(
    r"(?:by\s+(?:our|a|the|staff)\s[\w' -]{0,40}?\b(?:correspondents?|reporters?|staff|writers?|desk|team|newsroom|editor)"
    r"|von\s+unser\w{0,2}\s[\w' -]{0,40}?(?:korrespondent(?:in)?|reporter(?:in)?|redaktion|mitarbeiter(?:in)?)"
    r"|par\s+(?:notre|nos|la)\s[\w' -]{0,40}?(?:correspondante?s?|rédaction|envoyée?s?\s+spécia(?:le?|ux))"
    r"|por\s+(?:nuestr[oa]s?|la)\s[\w' -]{0,40}?(?:corresponsal(?:es)?|redacción|enviad[oa]\s+especial)"
    r"|(?:dal|dalla)\s+nostr[oa]\s[\w' -]{0,40}?(?:corrispondente|inviat[oa]|redazione))"
    r"(?:\s+(?:in|at|à|a|en|de|da|aus|from)\s+[\w'-]{2,30})?",
    re.IGNORECASE,
)
_MAX_DESK_CHARS = 80
# In lower case only where a name of two to five words is all that follows: `par` opens many a sentence's second half.
_BY_LOWER = re.compile(r"^(?:di|por|par|door|da|av|af|przez)\s+(?=[^\W\d_])")
_LOWER_NAME_WORDS = range(2, 6)


def names_in(text: str) -> str | None:
    """The byline of a line, as printed without what follows it; `None` when the line is none.

    >>> names_in("By our Marnow correspondent"), people("By our Marnow correspondent")
    ('By our Marnow correspondent', ())
    """
    if _is_desk(text):
        return text.strip()
    found = _BY.match(text) or _BY_LOWER.match(text)
    if found is None or len(text) > 200:
        return None
    names = _CUT_BYLINE.split(text[found.end() :], maxsplit=1)[0].strip(" ,.:")
    words = names.replace(",", " ").split()
    if len(words) not in _BYLINE_WORDS or not names[0].isalpha() or names[0].islower():
        return None
    named = all(
        word[0].isupper() or _PARTICLES.match(word) or not word[0].isalpha() or not word.isascii()
        for word in words
    )
    if found.re is _BY_LOWER and (len(words) not in _LOWER_NAME_WORDS or ends_like_text(text)):
        return None
    return text[: found.end()].strip() + " " + names if named else None


def _is_desk(text: str) -> bool:
    return len(text) <= _MAX_DESK_CHARS and _DESK.fullmatch(text.strip(" .,:")) is not None


def is_lower_byline(text: str) -> bool:
    """Whether a line that begins in lower case is a byline and no second half of the line before.

    >>> is_lower_byline("di Anna Lorris"), is_lower_byline("di Anna Lorris, che ieri era a Marnow."), is_lower_byline("di Marnow")
    (True, False, False)
    """
    names = names_in(text) if text[:1].islower() else None
    return names is not None and len(names.split()) - 1 in _LOWER_NAME_WORDS and not ends_like_text(text)


def ends_like_text(text: str) -> bool:
    """Whether a line ends as a sentence or in its midst, where a byline ends in a name."""
    return text[-1:] in ".,;!?…"


def people(byline: str) -> tuple[str, ...]:
    """The people of a byline, agencies and desks left out."""
    if _is_desk(byline):
        return ()
    found = _BY.match(byline) or _BY_LOWER.match(byline)
    names = _JOINERS.split(byline[found.end() :] if found else byline)
    return tuple(
        dict.fromkeys(
            name.strip() for name in names if name and name.strip() and not _AGENCY_NAMES.match(name.strip())
        )
    )
