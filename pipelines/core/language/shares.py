"""How much of a text is in which language, by paragraph; only where more than one matters.

Two languages in halves look to any detector like one of them for sure (`research/text.md` §3: p .97). So a few
paragraphs from all over the text are asked first, and all of them only where these disagree: a text in one language,
nearly every one, costs three more short looks and no vote.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pipelines.core.language.detector import guess_language
from pipelines.core.language.tags import UNDETERMINED, language_key
from schemas.article_parts import LanguageShare

# 60 characters are .977 right, 120 and more 1.000 on news (`research/text.md` §3). Shorter paragraphs do not vote, and a
# language that has less than a reliable paragraph in all does not matter, nor one below a tenth.
_SHORTEST_VOTE, _LOOK_CHARS = 60, 200
_LEAST_CHARS, _LEAST_SHARE = 120, 0.1
_PROBES, _MOST_VOTES = 4, 48


def language_shares(body: str) -> tuple[LanguageShare, ...]:
    """Languages of the body with their shares of the characters, largest first; empty where one language is all.

    Shares are of the paragraphs that can be told, sum to at most 1 and are rounded to hundredths. Paragraphs of one
    language key are one language, named as its longest. Long texts are sampled evenly: bounded work on any input.
    """
    paragraphs = [line for line in body.split("\n") if len(line) >= _SHORTEST_VOTE]
    if len({language_key(tag) for tag, _ in _votes(_spread(paragraphs, _PROBES))}) < 2:
        return ()
    chars: defaultdict[str, int] = defaultdict(int)
    names: dict[str, tuple[int, str]] = {}
    for tag, length in _votes(_spread(paragraphs, _MOST_VOTES)):
        key = language_key(tag)
        chars[key] += length
        if length > names.get(key, (0, ""))[0]:
            names[key] = (length, tag)
    return _that_matter({names[key][1]: count for key, count in chars.items()})


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


def _votes(paragraphs: Iterable[str]) -> list[tuple[str, int]]:
    guesses = ((guess_language(paragraph[:_LOOK_CHARS]).tag, len(paragraph)) for paragraph in paragraphs)
    return [(tag, length) for tag, length in guesses if tag != UNDETERMINED]


def _spread(paragraphs: Sequence[str], most: int) -> list[str]:
    """At most so many, evenly from first to last."""
    if len(paragraphs) <= most:
        return list(paragraphs)
    return [paragraphs[i * (len(paragraphs) - 1) // (most - 1)] for i in range(most)]
