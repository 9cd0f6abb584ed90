"""TagLanguage: in which language an article is written, and how sure that is.

    wire with a declared tag   the tag stands; the detector may only object (`language_disagrees`)
    everything else            detected from the body, with the headline where the body is short; `und` when unsure

`<html lang>` is no declaration: pages inherit it from their templates. What is detected and how is
`detector.py`; tags and keys are `tags.py`.
"""

from pipelines.core.language.detector import NOTHING, Guess, known_keys
from pipelines.core.language.shares import guess_with_shares
from pipelines.core.language.tags import UNDETERMINED, canonical_tag, language_key
from schemas.article import Article
from schemas.article_parts import LanguageShare, LanguageSource
from schemas.changed import changed

DISAGREES = "language_disagrees"

# Below it the headline is read too: 60 characters of body are .977 right (`research/text.md` §3).
_SHORT_BODY = 60
# From 120 characters on the detector was never wrong on news bodies (`research/text.md` §3): only then it may object.
_LEAST_CHARS_TO_OBJECT, _LEAST_CONFIDENCE_TO_OBJECT = 120, 0.9


def tag_language(article: Article) -> Article:
    """The article with `language`, `language_source`, `language_confidence` and `languages`.

    A declared tag stays, spelled as BCP 47 wants it; a declaration that is no tag is none. `language_confidence` is
    the detector's probability of its own answer, `None` where there was no letter to judge by. Idempotent; never
    raises.
    """
    body = article.body_text or ""
    text = _text_to_judge(article.headline or "", body)
    guess, shares = guess_with_shares(text, body)
    declared = canonical_tag(article.language) if _is_declared(article) else None
    if declared is not None:
        return _declared(article, declared, guess, text, shares)
    language = shares[0].tag if shares else guess.tag
    return changed(
        article,
        language=language,
        language_source=LanguageSource.DETECTED if guess is not NOTHING else None,
        language_confidence=_confidence(guess),
        languages=shares,
    )


def _is_declared(article: Article) -> bool:
    return article.language_source is LanguageSource.DECLARED


def _text_to_judge(headline: str, body: str) -> str:
    return body if len(body) >= _SHORT_BODY else f"{headline}\n{body}"


def _declared(
    article: Article, declared: str, guess: Guess, text: str, shares: tuple[LanguageShare, ...]
) -> Article:
    others = tuple(flag for flag in article.quality_flags if flag != DISAGREES)
    flags = (*others, DISAGREES) if _objects(declared, guess, text, shares) else others
    return changed(
        article,
        language=declared,
        language_confidence=_confidence(guess),
        languages=shares,
        quality_flags=flags,
    )


def _objects(declared: str, guess: Guess, text: str, shares: tuple[LanguageShare, ...]) -> bool:
    """Whether the detector is sure of another language; never of one beside it, nor where it cannot know the declared."""
    key = language_key(declared)
    return (
        guess.tag != UNDETERMINED
        and guess.confidence >= _LEAST_CONFIDENCE_TO_OBJECT
        and len(text) >= _LEAST_CHARS_TO_OBJECT
        and language_key(guess.tag) != key
        and key in known_keys()
        and all(language_key(share.tag) != key for share in shares)
    )


def _confidence(guess: Guess) -> float | None:
    return guess.confidence if guess is not NOTHING else None
