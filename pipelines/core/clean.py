"""CleanText: the text of every article, in plain characters, without furniture and without what is for editors only.

    every field      NFC, white space folded, invisible characters and lone surrogates dropped, limits of the schema
    body             one paragraph a line, no blank lines
    web              furniture (`clean_web`) goes to `removed_lines`
    wire             lines that are not for publication go to `removed_lines`, which only history holds
    last             `word_count`, and `content_hash` over what is left

Cleaning is idempotent, never lengthens a text beyond its NFC, and never raises.
"""

import re
from dataclasses import dataclass, replace

from pipelines.core.clean_web import web_reasons
from pipelines.core.fold import content_hash
from pipelines.core.limits import MAX_ENTRIES, within
from pipelines.core.plain import count_words, plain_line, plain_lines
from schemas.article import Article
from schemas.article_parts import Media, RemovedLine, SourceKind, Subject
from schemas.changed import changed

TRUNCATED = "truncated"

# From such a line on, nothing is for publication (dpa's notebook, agencies' notes at the end of a text).
_NOTHING_AFTER = re.compile(
    r"(?:die folgenden informationen sind nicht zur veröffentlichung bestimmt|"
    r"(?:the )?following (?:information|contact details?|details?) (?:is|are) not (?:intended )?for publication|"
    r"les informations suivantes ne sont pas destinées à (?:la )?publication|"
    r"la siguiente información no es para (?:su )?publicación|not for publication(?: below this line)?)\W*$",
    re.IGNORECASE,
)
# One such line is a note to editors.
_NOTE = re.compile(
    r"[\W_]*(?:eds|editors?|editors'? notes?|notes? to editors?|attention editors?|attn editors?|note to subscribers?|"
    r"news editors?|desk note|achtung redaktion(?:en)?|redaktioneller hinweis|redaktionelle hinweise|hinweis an die redaktionen|"
    r"note aux rédactions|à l'attention des rédactions|nota a los editores|nota a la redacción|nota ai redattori|"
    r"к сведению редакций)\s*[:：]|[(\[]?\s*(?:not for publication|for editorial use only|not for broadcast|"
    r"nicht zur veröffentlichung)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Body:
    """What is left of a body, and what was taken out."""

    text: str | None
    removed: tuple[RemovedLine, ...]


def clean_text(article: Article) -> Article:
    """The article with its text cleaned, counted and hashed. Idempotent; never raises."""
    body = _clean_body(article)
    headline = _line(article.headline)
    plain = changed(
        article,
        headline=headline,
        slugline=_line(article.slugline),
        byline=_line(article.byline),
        authors=_lines(article.authors),
        dateline=_line(article.dateline),
        abstract=_paragraphs(article.abstract),
        body_text=body.text,
        removed_lines=(*article.removed_lines, *body.removed),
        section=_line(article.section),
        media=tuple(_media(one) for one in article.media),
        correction_note=_paragraphs(article.correction_note),
        subjects=tuple(Subject(uri=one.uri, name=_line(one.name)) for one in article.subjects),
        genres=_lines(article.genres),
        keywords=_lines(article.keywords),
        services=_lines(article.services),
        source_name=_line(article.source_name),
        copyright_notice=_paragraphs(article.copyright_notice),
        usage_terms=_paragraphs(article.usage_terms),
        quality_flags=article.quality_flags[-MAX_ENTRIES:],
        word_count=count_words(body.text or ""),
        content_hash=content_hash(headline, body.text),
    )
    cut = within(plain)
    return plain if cut is plain else _counted_again(cut, article.quality_flags)


def _counted_again(cut: Article, flags: tuple[str, ...]) -> Article:
    """An article whose texts were cut, with what is counted and hashed of them."""
    flags = flags if TRUNCATED in flags else (*flags, TRUNCATED)
    return changed(
        cut,
        quality_flags=flags[-MAX_ENTRIES:],
        word_count=count_words(cut.body_text or ""),
        content_hash=content_hash(cut.headline, cut.body_text),
    )


def _clean_body(article: Article) -> _Body:
    lines = [line for line in plain_lines(article.body_text or "") if line]
    rules = web_reasons if article.source_kind is SourceKind.WEB else _wire_reasons
    reasons = rules(lines)
    if not any(reasons):
        return _Body("\n".join(lines) or None, ())
    return _Body(
        text="\n".join(line for line, reason in zip(lines, reasons, strict=True) if reason is None) or None,
        removed=tuple(
            RemovedLine(line=line, reason=reason)
            for line, reason in zip(lines, reasons, strict=True)
            if reason is not None
        ),
    )


def _wire_reasons(lines: list[str]) -> list[str | None]:
    reasons: list[str | None] = []
    is_public = True
    for line in lines:
        is_public = is_public and _NOTHING_AFTER.match(line.lstrip("#*-–— ([")) is None
        if not is_public:
            reasons.append("wire.not_for_publication")
        else:
            reasons.append("wire.editors_note" if _NOTE.match(line) else None)
    return reasons


def _line(text: str | None) -> str | None:
    return (plain_line(text) or None) if text is not None else None


def _lines(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not texts:
        return ()
    return tuple(dict.fromkeys(line for text in texts if (line := plain_line(text))))


def _paragraphs(text: str | None) -> str | None:
    return ("\n".join(line for line in plain_lines(text) if line) or None) if text is not None else None


def _media(media: Media) -> Media:
    if media.caption is None and media.credit is None:
        return media
    return replace(media, caption=_line(media.caption), credit=_line(media.credit))
