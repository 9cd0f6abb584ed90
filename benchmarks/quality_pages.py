"""How well pages are read: `python -m benchmarks.quality_pages [SHARED]`.

Body by the metric of the article-extraction-benchmark (4-word shingles, each text weighing the same; Chinese, Japanese
and Korean by character, both sides NFC), title, time, and pages a second, beside trafilatura on the same pages in the
same run. Source: scrapinghub/article-extraction-benchmark, `evaluate.py`.
"""

import gzip
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from statistics import mean
from typing import Any

import orjson
from trafilatura import bare_extraction, extract
from trafilatura.settings import Document

from benchmarks.figures import Figure
from benchmarks.shared_data import SHARED
from pipelines.core.clean import clean_text
from pipelines.core.page.compose import compose_page
from schemas.article import Article
from schemas.page import RawPage
from schemas.record import Feed, Origin, Record
from schemas.rejection import Rejected

PART = "pages"
PEER = "trafilatura"
SETS = ("aeb", "fundus")
_SHINGLE = 4
_TOKEN = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")
_SIMILAR = 0.9
_SAME_TIME_S = 60
_ROUNDS = 2
# Gold days that are the page's own day and month swapped (`research/text.md` §1.1); read the right way round.
_SWAPPED = ("tr/AnadoluAjansi_2025_04_05.html.gz", "de/KlasseGegenKlasse_2026_01_07.html.gz")


@dataclass(frozen=True, slots=True)
class Sample:
    """A page of a set with what its gold file says."""

    page: RawPage
    gold: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Peer:
    """What trafilatura reads off a page: its plain text, and title and day of its metadata."""

    text: str
    title: str | None
    day: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One page, read by both."""

    sample: Sample
    article: Article | None
    peer: Peer

    @property
    def body(self) -> str:
        """Our text, empty where the page was rejected."""
        return (self.article.body_text or "") if self.article is not None else ""

    @property
    def headline(self) -> str | None:
        """Our headline."""
        return self.article.headline if self.article is not None else None

    @property
    def published(self) -> datetime | None:
        """Our publication time, guesses included."""
        return self.article.published if self.article is not None else None


def samples(shared: Path, name: str) -> list[Sample]:
    """The pages of one set, each as its crawler would hand it on."""
    folder = shared / "data" / "pages" / name
    found = []
    for gold in orjson.loads(gzip.decompress((folder / "gold.json.gz").read_bytes())):
        body = gzip.decompress((folder / gold["file"]).read_bytes())
        crawled = gold.get("crawl")
        fetched = datetime.fromisoformat(crawled).replace(tzinfo=UTC) if crawled else None
        record = Record(origin=Origin(source=name), value=body, received=fetched, feed=Feed.PAGES)
        found.append(
            Sample(
                RawPage(
                    record=record,
                    body=body,
                    is_text=False,
                    payload_sha256=sha256(body).hexdigest(),
                    url=gold["url"],
                    fetched_at=fetched,
                ),
                gold,
            )
        )
    return found


def read_ours(page: RawPage) -> Article | None:
    """Our article, cleaned as in the dataflow."""
    try:
        return clean_text(compose_page(page))
    except Rejected:
        return None


def read_peer(page: RawPage) -> Peer:
    """Plain `extract()` for the text, as its users call it, and its metadata."""
    document = bare_extraction(page.body, url=page.url, with_metadata=True, include_comments=False)
    title, day = (document.title, document.date) if isinstance(document, Document) else (None, None)
    return Peer(extract(page.body, url=page.url, include_comments=False) or "", title, day)


def shingle_f1(pairs: list[tuple[str, str]]) -> float:
    """The benchmark's F1 over (gold, read) pairs: from mean precision and mean recall."""
    scores = [_match(gold, read) for gold, read in pairs]
    precision = mean(hit / (hit + extra) for hit, extra, _ in scores if hit + extra > 0)
    recall = mean(hit / (hit + missed) for hit, _, missed in scores if hit + missed > 0)
    return 2 * precision * recall / (precision + recall)


def _match(gold: str, read: str) -> tuple[int, int, int]:
    wanted, found = _shingles(gold), _shingles(read)
    hit = (wanted & found).total()
    return hit, found.total() - hit, wanted.total() - hit


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = _TOKEN.findall(unicodedata.normalize("NFC", text))
    shingles = (tuple(tokens[i : i + _SHINGLE]) for i in range(max(1, len(tokens) - _SHINGLE + 1)))
    return Counter(shingle for shingle in shingles if shingle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one reader did on one page's title and time; a time is right, wrong or none."""

    title_exact: bool
    title_similar: bool
    date_right: bool
    date_none: bool

    @property
    def date_not_wrong(self) -> bool:
        """Right, or rightly silent."""
        return self.date_right or self.date_none


def judge(gold: dict[str, Any], title: str | None, published: datetime | str | None) -> Verdict:
    """`published` is an instant, right to the minute or by its day, or a bare day."""
    wanted, found = _letters(gold["title"]), _letters(title)
    ratio = SequenceMatcher(None, wanted.casefold(), found.casefold(), autojunk=False).ratio()
    return Verdict(
        title_exact=wanted == found,
        title_similar=ratio >= _SIMILAR,
        date_right=published is not None and _is_right(_gold_time(gold), published),
        date_none=published is None,
    )


def _letters(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFC", text or "").split())


def _gold_time(gold: dict[str, Any]) -> datetime:
    time = datetime.fromisoformat(gold["publishing_date"])
    if gold["id"] in _SWAPPED:
        time = time.replace(month=time.day, day=time.month)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _is_right(gold: datetime, published: datetime | str) -> bool:
    if isinstance(published, datetime):
        if _is_same_minute(gold, published):
            return True
        published = published.date().isoformat()
    return published in (gold.date().isoformat(), gold.astimezone(UTC).date().isoformat())


def _is_same_minute(gold: datetime, published: datetime) -> bool:
    return abs((published - gold).total_seconds()) <= _SAME_TIME_S


# What is counted of a verdict, and the least share of pages that is accepted.
MEASURES: tuple[tuple[str, Callable[[Verdict], bool], float | None], ...] = (
    ("title exact", attrgetter("title_exact"), 0.84),
    ("title similar", attrgetter("title_similar"), None),
    ("date right", attrgetter("date_right"), 0.98),
    ("date not wrong", attrgetter("date_not_wrong"), 0.985),
    ("date none", attrgetter("date_none"), None),
)


def _seconds(work: Callable[[RawPage], object], pages: list[RawPage]) -> float:
    start = time.process_time()
    for page in pages:
        work(page)
    return time.process_time() - start


def _speed(pages: list[RawPage]) -> Figure:
    """Pages a CPU second, best of interleaved rounds, against trafilatura with metadata."""

    def peer(page: RawPage) -> object:
        return bare_extraction(page.body, url=page.url, with_metadata=True, include_comments=False)

    rounds = [(_seconds(read_ours, pages), _seconds(peer, pages)) for _ in range(_ROUNDS)]
    ours, theirs = (len(pages) / min(column) for column in zip(*rounds, strict=True))
    note = f"{ours:.0f} and {theirs:.0f} pages a CPU second, {PEER} with metadata"
    return Figure(part=PART, measure="speed, times the peer's", ours=ours / theirs, bar=1.2, note=note)


def _body(name: str, read: list[Reading]) -> Figure:
    ours = shingle_f1([(one.sample.gold["articleBody"], one.body) for one in read])
    theirs = shingle_f1([(one.sample.gold["articleBody"], one.peer.text) for one in read])
    return Figure(
        part=PART,
        measure=f"{name}: body F1",
        ours=ours,
        peer=theirs,
        peer_name=PEER,
        bar=max(0.95, theirs),
        note=f"{len(read)} pages, {sum(one.article is None for one in read)} rejected",
    )


def _titles_and_times(name: str, read: list[Reading]) -> list[Figure]:
    ours = [judge(one.sample.gold, one.headline, one.published) for one in read]
    theirs = [judge(one.sample.gold, one.peer.title, one.peer.day) for one in read]
    exact = [
        one.published is not None and _is_same_minute(_gold_time(one.sample.gold), one.published)
        for one in read
    ]
    return [
        *(
            Figure(
                part=PART,
                measure=f"{name}: {measure}",
                ours=mean(value(one) for one in ours),
                peer=mean(value(one) for one in theirs),
                peer_name=PEER,
                bar=bar,
            )
            for measure, value, bar in MEASURES
        ),
        Figure(part=PART, measure=f"{name}: time within a minute", ours=mean(exact)),
    ]


def quality_figures(shared: Path) -> list[Figure]:
    """Body on both page sets; title and time where the gold has them."""
    found: list[Figure] = []
    for name in SETS:
        read = [Reading(one, read_ours(one.page), read_peer(one.page)) for one in samples(shared, name)]
        found.append(_body(name, read))
        if all("publishing_date" in one.sample.gold for one in read):
            found += _titles_and_times(name, read)
    return found


def figures(shared: Path) -> list[Figure]:
    """How well, and how fast on all pages."""
    pages = [one.page for name in SETS for one in samples(shared, name)]
    return [*quality_figures(shared), _speed(pages)]


def main() -> None:
    """Print the figures."""
    for one in figures(Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED):
        peer = "" if one.peer is None else f"  {one.peer:.4f} {one.peer_name}"
        bar = "" if one.bar is None else f"  bar {one.bar:.3f}"
        print(f"{one.measure:28} {one.ours:.4f}{peer}{bar}  {one.note}")


if __name__ == "__main__":
    main()
