"""Text that travels in a body and is not for readers: notes to editors, contacts behind a notebook line.

It must go before anything is hashed, indexed or written for readers (research/wire.md §0.6): names, telephone numbers
and addresses of correspondents stand there.
"""

import re

_LEAD_IN = r"\W*(?:(?:hinweise?|note|notiz|achtung|eds?|nb)\b\W*)?"
# From such a line to the end of the body nothing is for readers: dpa closes its copy with a notebook.
_NOTEBOOK = re.compile(
    rf"{_LEAD_IN}(?:the\s+)?following\s+(?:information|material|contacts?)\s+(?:is|are)\s+not\s+(?:intended\s+)?for\s+publication"
    rf"|{_LEAD_IN}die\s+folgenden\s+(?:informationen|angaben)\s+sind\s+nicht\s+zur\s+ver[öo]e?ffentlichung"
    rf"|{_LEAD_IN}les\s+informations\s+suivantes\s+ne\s+sont\s+pas\s+destinées\s+à\s+(?:la\s+)?publication"
    r"|\W*(?:not\s+for\s+publication|nicht\s+zur\s+ver[öo]e?ffentlichung)\b\s*(?:[:(.!-]|$)"
    r"|\W*(?:redaktionelle[rn]?\s+hinweise?|notizblock)\W*$",
    re.IGNORECASE,
)
# One line to editors. `Editor's note:` is often published, `Eds:` never is.
_NOTE = re.compile(
    r"\W*(?:E[Dd][Ss]\s?:|EDS NOTE\b|ATTENTION EDITORS\b|EDITORS\s?:|NOTE TO EDITORS?\b|Achtung Redaktionen\b"
    r"|Redaktionelle[rn]?\s+Hinweise?\s?:)"
)


def without_non_public(paragraphs: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paragraphs for readers, and those that are not.

    >>> without_non_public(("Rain fell.", "The following information is not intended for publication", "tel. 1"))
    (('Rain fell.',), ('The following information is not intended for publication', 'tel. 1'))
    """
    public: list[str] = []
    notes: list[str] = []
    for position, paragraph in enumerate(paragraphs):
        if _NOTEBOOK.match(paragraph):
            return tuple(public), (*notes, *paragraphs[position:])
        (notes if _NOTE.match(paragraph) else public).append(paragraph)
    return tuple(public), tuple(notes)
