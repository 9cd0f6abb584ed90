"""Small words that one language of the news writes and no other: they tell most texts without statistics.

A paragraph of a news text is nearly always in the language of its neighbours, and asking the model costs ten times as
much as looking for words. Of 16,900 paragraphs of English news they tell 89 %, and of 5,900 news bodies 73 %. On 28,200
paragraphs of all languages they said otherwise than the model six times (English, of five that quote it and one that the
model cannot tell); on 26,700 texts, 3,000 of them made of several languages, never.
"""

from functools import cache
from importlib.resources import files

import orjson

# Four words of one language, three of them different, and none of another. With three words two paragraphs more would
# be told wrongly, with five an eighth fewer be told.
_LEAST_WORDS, _LEAST_DIFFERENT = 4, 3
# A whole text is told where each quarter is: a paragraph in another language leaves a quarter untold. With thirds five
# of 4,700 told texts were told wrongly, with quarters none of 4,400.
_PARTS, _LEAST_CHARS = 4, 400


def told_language(text: str) -> str | None:
    """The language that a text's small words tell beyond doubt, `None` where they leave any. Linear in the text.

    >>> told_language("The port of Springfield was closed and the ships that lay there were moved.")
    'en'
    >>> told_language("The ships that were there, und nicht nur die.") is None
    True
    """
    languages = _languages()
    words = [word for word in text.split() if word in languages]
    if len(words) < _LEAST_WORDS or len(set(words)) < _LEAST_DIFFERENT:
        return None
    first, *others = {languages[word] for word in words}
    return None if others else first


def told_throughout(text: str) -> str | None:
    """The language that each quarter of a text tells, `None` where one does not, and for less than 400 characters."""
    if len(text) < _LEAST_CHARS:
        return None
    size = -(-len(text) // _PARTS)
    first = told_language(text[:size])
    is_all = first is not None and all(
        told_language(text[start : start + size]) == first for start in range(size, len(text), size)
    )
    return first if is_all else None


@cache
def _languages() -> dict[str, str]:
    document = orjson.loads(files("pipelines.core.language").joinpath("telling_words.json").read_bytes())
    return {word: language for language, words in document.items() for word in words.split()}
