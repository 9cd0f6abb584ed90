"""What the sandbox's workers do with a page: bytes in, bytes out, nothing of Beam in between."""

from base64 import b64encode
from dataclasses import replace
from functools import cache
from hashlib import sha256

from pipelines.core.page.compose import compose_page
from pipelines.transforms.sandbox_nursery import Job, Limits
from pipelines.transforms.sandbox_verdict import garbled
from schemas.article import Article
from schemas.codec import decode, encode
from schemas.page import RawPage
from schemas.raw_codec import decode_raw, encode_raw
from schemas.record import Origin, Record

# Read once before the first worker starts, so that every table and every pattern of the parsers is loaded: by a page
# that states its headline, day and author; one whose day has to be guessed, in words that no language explains (which
# loads 200 of them: 1 to 1.7 s, in each worker, before it was done here); one with so little text that every extractor
# is asked; and stripped text.
_PROSE = (
    "The ferry between Port Lowry and Saltmarsh sailed again on Monday after nine days in dock, its owner said.",
    "Two hundred passengers were on board when it left at seven, and the next boat was sold out by noon.",
    "The repair of the bow door cost 40,000 crowns, of which the county pays half, according to the owner.",
)
_HTML = """<!doctype html><html lang="en"><head><title>Ferry back in service | Harbour Post</title>
<link rel="canonical" href="https://post.example/2026/03/02/ferry">{head}</head>
<body><article><h1>Ferry back in service</h1>{body}</article></body></html>"""
_STATEMENT = """<script type="application/ld+json">{"@type":"NewsArticle","headline":"Ferry back in service",
"datePublished":"2026-03-02T08:00:00+01:00","author":{"@type":"Person","name":"Ada Quill"}}</script>"""
_PARAGRAPHS = "".join(f"<p>{line}</p>" for line in _PROSE)
_SAMPLES = (
    _HTML.format(
        head=_STATEMENT, body=f'<p class="byline">By Ada Quill</p><time>2 March 2026</time>{_PARAGRAPHS}'
    ),
    _HTML.format(head="", body=f"<time>Mo 2. Mrz 2026 um 12 xq</time>{_PARAGRAPHS}").replace(
        "/2026/03/02", ""
    ),
    _HTML.format(head="", body=f"<div>{_PROSE[0]}</div>"),
    "\n".join(("Ferry back in service", "By Ada Quill", "Published 2 March 2026, 14:05 CET", *_PROSE)),
)


def page_name(page: RawPage) -> tuple[Origin, str]:
    """What a page is called between the stage that begins it and the one that waits for it."""
    return page.record.origin, page.payload_sha256


def pack_page(page: RawPage) -> bytes:
    """A page as a task: without its record's bytes, which no stage of the worker looks at, and not compressed."""
    return encode_raw(replace(page, record=replace(page.record, value=b"", headers=())), plain=True)


def compose_packed(task: bytes) -> bytes:
    """`compose_page` on a packed page, in a worker; the article, encoded.

    Raises:
        Rejected: as `compose_page`.
    """
    page = decode_raw(task)
    assert isinstance(page, RawPage)
    return encode(compose_page(page))


def unpack_article(result: bytes) -> Article:
    """The article of a result.

    Raises:
        Rejected: it is none, so the worker was not its own any more.
    """
    try:
        return decode(Article, result)
    except ValueError:
        raise garbled("is no article") from None


@cache
def page_job(limits: Limits | None = None) -> Job:
    """The job of a pool that composes pages."""
    return Job(
        work=f"{compose_packed.__module__}:{compose_packed.__qualname__}",
        samples=tuple(b64encode(pack_page(_sample(text))).decode() for text in _SAMPLES),
        limits=limits or Limits(),
    )


def _sample(text: str) -> RawPage:
    body = text.encode()
    return RawPage(
        record=Record(origin=Origin(source="sample"), value=b""),
        body=body,
        is_text=not text.startswith("<"),
        payload_sha256=sha256(body).hexdigest(),
    )
