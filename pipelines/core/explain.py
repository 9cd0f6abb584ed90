"""Why an article belongs to its event, in words."""

from collections.abc import Iterator

from schemas.article import Article
from schemas.article_parts import DupKind, EventReason

_HOW = {DupKind.COPY: "a copy of", DupKind.REWRITE: "a rewrite of", DupKind.EXCERPT: "an excerpt of"}


def why_joined(article: Article, headlines: dict[str, str]) -> str:
    """One sentence that says why the article joined; `headlines` by article_id, of articles readers may see."""
    if article.event_is_new:
        return "the first report: it founded the event"
    parts = list(_parts(article, article.event_reason or EventReason(), headlines))
    return "; ".join(parts) if parts else "joined by what it tells; the article nearest to it is not shown"


def _parts(article: Article, reason: EventReason, headlines: dict[str, str]) -> Iterator[str]:
    if article.dup_kind is not None:  # an index holds the kind without the original
        original = headlines.get(article.dup_of or "")
        yield (
            f"{_HOW[article.dup_kind]} “{original}”"
            if original
            else f"{_HOW[article.dup_kind]} another report"
        )
    elif reason.nearest_article in headlines:
        yield f"nearest to “{headlines[reason.nearest_article]}”"
    for label, values in (
        ("both name", reason.shared_entities),
        ("both say", reason.shared_terms),
        ("both count", reason.shared_numbers),
        ("both mention", reason.shared_dates),
    ):
        if values:
            yield f"{label} {', '.join(values[:5])}"
    if reason.gap_hours is not None:
        yield f"{_gap(reason.gap_hours)} from the event's nearest report"
    if article.event_confidence is not None:
        second = "" if reason.margin is None else f", {reason.margin:.2f} ahead of the next best event"
        yield f"probability {article.event_confidence:.2f}{second}"


def _gap(hours: float) -> str:
    minutes = round(hours * 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
