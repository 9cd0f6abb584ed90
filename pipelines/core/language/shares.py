"""How much of a text is in which language, by paragraph; only where more than one matters.

Two languages in halves look to any detector like one of them for sure (`research/text.md` §3: p .97). So a few
paragraphs from all over the text are looked at first, and all of them only where these disagree: a text in one
language, nearly every one, costs a look at the small words of four paragraphs and no vote.
"""

from collections import defaultdict
from collections.abc import Sequence

from pipelines.core.language.detector import Guess, guess_languages
from pipelines.core.language.tags import UNDETERMINED, language_key
from pipelines.core.language.telling_words import told_language
from schemas.article_parts import LanguageShare

# 60 characters are .977 right, 120 and more 1.000 on news (`research/text.md` §3). Shorter paragraphs do not vote, and a
# language that has less than a reliable paragraph in all does not matter, nor one below a tenth.
_SHORTEST_VOTE, _LOOK_CHARS = 60, 200
_LEAST_CHARS, _LEAST_SHARE = 120, 0.1
_PROBES, _MOST_VOTES = 4, 48


def guess_with_shares(text: str, body: str) -> tuple[Guess, tuple[LanguageShare, ...]]:
    """The language of a text, and the languages of a body with their shares: asked together, which is cheaper.

    Shares are of the paragraphs that can be told, largest first, sum to at most 1 and are rounded to hundredths; there
    are none where one language is all. Paragraphs of one language key are one language, named as its longest. Long
    texts are sampled evenly: bounded work on any input.
    """
    paragraphs = [line for line in body.split("\n") if len(line) >= _SHORTEST_VOTE]
    # One paragraph cannot disagree with itself.
    looks = list(map(_look, _spread(paragraphs, _PROBES))) if len(paragraphs) > 1 else []
    told = [told_language(look) for look in looks]
    guess, *asked = guess_languages(
        [text, *(look for look, tag in zip(looks, told, strict=True) if tag is None)]
    )
    tags = (*told, *(answer.tag for answer in asked))
    keys = {language_key(tag) for tag in tags if tag is not None} - {UNDETERMINED}
    return guess, _shares(_spread(paragraphs, _MOST_VOTES)) if len(keys) > 1 else ()


def _shares(paragraphs: Sequence[str]) -> tuple[LanguageShare, ...]:
    chars: defaultdict[str, int] = defaultdict(int)
    names: dict[str, tuple[int, str]] = {}
    looks = guess_languages(list(map(_look, paragraphs)))
    for look, length in zip(looks, map(len, paragraphs), strict=True):
        if look.tag == UNDETERMINED:
            continue
        key = language_key(look.tag)
        chars[key] += length
        if length > names.get(key, (0, ""))[0]:
            names[key] = (length, look.tag)
    return _that_matter({names[key][1]: count for key, count in chars.items()})


def _look(paragraph: str) -> str:
    return paragraph[:_LOOK_CHARS]


def _that_matter(chars: dict[str, int]) -> tuple[LanguageShare, ...]:
    total = sum(chars.values())
    shares = [
        LanguageShare(tag=tag, share=round(count / total, 2))
        for tag, count in sorted(chars.items(), key=_largest_first)
        if count >= max(_LEAST_CHARS, _LEAST_SHARE * total)
    ]
    return tuple(shares) if len(shares) > 1 else ()


def _largest_first(entry: tuple[str, int]) -> tuple[int, str]:
    return -entry[1], entry[0]


def _spread(paragraphs: Sequence[str], most: int) -> list[str]:
    """At most so many, evenly from first to last."""
    if len(paragraphs) <= most:
        return list(paragraphs)
    return [paragraphs[i * (len(paragraphs) - 1) // (most - 1)] for i in range(most)]
