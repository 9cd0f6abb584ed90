"""A crawled page, opened from its envelope but not yet read."""

from dataclasses import dataclass
from datetime import datetime

from schemas.raw import Raw
from schemas.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage(Raw):
    """A page as served: `body` is undecoded bytes of HTML, or stripped text when `is_text` is set.

    `url` and `final_url` are null for a bare file. `title` and `published` are what the crawler's feed said of the
    page, unverified; `headers` are the response headers in lower case. `payload_sha256` is that of the record's value.
    """

    record: Record
    body: bytes
    is_text: bool
    payload_sha256: str
    charset: str | None = None
    url: str | None = None
    final_url: str | None = None
    fetched_at: datetime | None = None
    http_status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    title: str | None = None
    published: str | None = None
    source_id: str | None = None
    is_bare: bool = False
