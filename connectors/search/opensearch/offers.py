"""The rows of a batch by article, and what is to stand of each where something stands already."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from connectors.search.folding import storable
from connectors.search.opensearch.document import Document, document, tombstone
from connectors.search.opensearch.names import month_of
from connectors.search.opensearch.rewrites import known_of, rewritten
from connectors.search.opensearch.standing import Standing
from connectors.search.versions import Verdict, greatest, is_of_history_only, judge, place_of
from schemas.article import Article
from schemas.article_parts import PubStatus
from schemas.standing import Place
from schemas.visibility import readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A row that is to stand. `article_id` is as the index can hold it."""

    article_id: str
    article: Article
    place: Place
    is_tombstone: bool
    is_bare: bool = False

    def after(self, before: Self | Standing) -> Self:
        """The same version once more."""
        if self.is_tombstone or before.is_tombstone:
            return self
        known = before.known if isinstance(before, Standing) else known_of(before.article)
        assert known is not None, "it is no tombstone"
        return replace(self, article=rewritten(known, self.article))

    def document(self, month: str) -> Document:
        """Its document in a month."""
        return tombstone(self.article, month) if self.is_tombstone else document(self.article, month)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a batch brings of an article. `month` is the earliest that any of its rows names."""

    article_id: str
    article: Article
    month: str
    version: Version | None
    bare: Version | None

    def against(self, held: Standing | None) -> tuple[Version | None, Verdict | None]:
        """What is to stand where `held` does, `None` for `held` itself; and what became of the version that is not bare."""
        now, verdict = None, None
        if self.version is not None:
            verdict = Verdict.LATER if held is None else judge(held, self.version)
            if verdict is Verdict.LATER:
                now = self.version
            elif verdict is Verdict.AGAIN and held is not None:
                now = self.version.after(held)
        before = now or held
        if self.bare is not None and (before is None or judge(before, self.bare) is Verdict.LATER):
            now = self.bare
        return now, verdict


def offers(articles: Iterable[Article], as_of: datetime) -> list[Offer]:
    """The rows by article, those of history only left out. `as_of` decides what a row without text does to an older one."""
    months: dict[str, str] = {}
    versions: list[Version] = []
    for article in articles:
        if is_of_history_only(article):
            continue
        version = _version(article, as_of)
        month = month_of(article.first_received)
        months[version.article_id] = min(month, months.get(version.article_id, month))
        versions.append(version)
    with_text = {one.article_id: one for one in greatest(_of(versions, is_bare=False), _again)}
    bare = {one.article_id: one for one in greatest(_of(versions, is_bare=True), _again)}
    return [
        _offer(article_id, month, with_text.get(article_id), bare.get(article_id))
        for article_id, month in months.items()
    ]


def _offer(article_id: str, month: str, version: Version | None, bare: Version | None) -> Offer:
    either = version or bare
    assert either is not None, "it was named by one of them"
    return Offer(article_id=article_id, article=either.article, month=month, version=version, bare=bare)


def _version(article: Article, as_of: datetime) -> Version:
    """A usable row without text hides an older text if readers may not see it now: it has no other way to say so."""
    has_text = bool(article.headline or article.body_text)
    is_usable = article.pub_status is PubStatus.USABLE
    return Version(
        article_id=storable(article.article_id) or "",
        article=article,
        place=place_of(article.order_key, article.pub_status, article.visible_from, article.content_hash),
        is_tombstone=not (is_usable and has_text),
        is_bare=is_usable and not has_text and readable(article, as_of),
    )


def _of(versions: Iterable[Version], *, is_bare: bool) -> Iterable[Version]:
    return (version for version in versions if version.is_bare is is_bare)


def _again(before: Version, now: Version) -> Version:
    return now.after(before)
