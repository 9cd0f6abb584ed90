"""CreditAgencies: which agencies have to do with an article, in which role, and what says so.

    provider · canonical · dateline · byline · sign-off     origin: the text itself is the agency's
    byline beside the outlet · with inputs from             contributor
    "Reuters reported" · "told AFP"                         cited
    picture credits                                         photo

Names count only at a credit's place, short tokens only in brackets, slashes and author fields, and nothing is ever
matched over a whole page. `origin_agency` is set only where exactly one agency is the origin: absence of a credit
proves nothing, and a name alone proves no origin.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from pipelines.core.credit.byline import byline_findings
from pipelines.core.credit.cited import citations, photo_credits
from pipelines.core.credit.dateline import Dateline, find_dateline
from pipelines.core.credit.finding import Finding, Rule
from pipelines.core.credit.table import agency_ids, agency_of_host
from pipelines.core.credit.tail import copyright_findings, sign_offs, with_inputs
from schemas.article import Article
from schemas.article_parts import AgencyRole, SourceKind
from schemas.changed import changed


def credit_agencies(article: Article) -> Article:
    """The article with `agencies`, `origin_agency` and, where the text prints one and none is known, `dateline`.

    One credit an agency and role, in the order of the rules (`Rule`), with its first evidence. Of a wire the provider
    is the origin whatever the text says. Idempotent; linear in the text; never raises.
    """
    body = (article.body_text or "").replace("\xa0", " ").replace("\u200b", "")
    paragraphs = [line for line in map(str.strip, body.split("\n")) if line]
    dateline = find_dateline(paragraphs)
    findings = tuple(_findings(article, body, paragraphs, dateline))
    first = {(finding.agency, finding.role): finding for finding in reversed(findings)}
    kept = [finding for finding in findings if first[finding.agency, finding.role] is finding]
    return changed(
        article,
        agencies=tuple(finding.credit() for finding in kept),
        origin_agency=_origin(article, kept),
        dateline=article.dateline or (dateline.place if dateline is not None else None),
    )


def _findings(
    article: Article, body: str, paragraphs: list[str], dateline: Dateline | None
) -> Iterator[Finding]:
    if article.source_kind is SourceKind.WIRE and article.source in agency_ids():
        yield Finding(article.source, AgencyRole.ORIGIN, Rule.PROVIDER)
    yield from _canonical(article)
    if dateline is not None:
        yield from dateline.findings
    outlet = [name for name in (article.source_name, article.source) if name]
    yield from byline_findings(article.byline, article.authors, paragraphs, outlet)
    captions = frozenset(picture.caption for picture in article.media if picture.caption)
    yield from sign_offs(paragraphs, captions)
    if article.copyright_notice:
        yield from copyright_findings(article.copyright_notice)
    yield from with_inputs(paragraphs)
    yield from citations(body)
    yield from photo_credits(article.media)


def _canonical(article: Article) -> Iterator[Finding]:
    """A page whose original stands on an agency's site, or that stands there itself."""
    if article.source_kind is SourceKind.WIRE:
        return
    for url in filter(None, (article.syndicated_from, article.canonical_url, article.url)):
        host = _host(url)
        agency = agency_of_host(host)
        if agency is not None:
            yield Finding(agency, AgencyRole.ORIGIN, Rule.CANONICAL, f"({host})")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # an address that is none names no agency
        return ""


def _origin(article: Article, findings: list[Finding]) -> str | None:
    if article.source_kind is SourceKind.WIRE:
        return article.source
    origins = {finding.agency for finding in findings if finding.role is AgencyRole.ORIGIN}
    return min(origins) if len(origins) == 1 else None
